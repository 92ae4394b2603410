"""The photo in the form of a contact: a new one, none any more, or as it is."""

from __future__ import annotations

from bridge.pictures import LARGEST, LONGEST_SIDE, NotAPicture, TooLargePicture, check_picture
from bridge.plain_pictures import without_metadata
from bridge.web.visit import Visit

FIELD = "photo"
WITHOUT = "photo-remove"
LARGEST_FORM = 32 * 1024 * 1024
"""Octets of a form with a photo: what comes from a camera gets an answer that says what is wrong with it."""


class NotTaken(ValueError):
    """The photo in a form cannot be taken; the text says why, in the visitor's language."""


def photo_in(visit: Visit) -> bytes | None:
    """Read the photo that a form brings: ``b""`` to remove it, None to leave it. Raises NotTaken.

    Where it was taken is left out. What devices send stays as it is: cards are kept to the letter.
    """
    file = visit.form.uploads.get(FIELD)
    if file is None or not file.content:
        return b"" if visit.form.has(WITHOUT) else None
    try:
        picture = without_metadata(file.content)
        check_picture(picture)
    except NotAPicture:
        raise NotTaken(visit._("%(file)s is no photo: choose a JPEG or PNG picture.", file=file.name)) from None
    except TooLargePicture:
        said = visit._(
            "%(file)s is larger than phones take (%(megabytes)s MB, %(pixels)s pixels a side): take a smaller copy.",
            file=file.name,
            megabytes=LARGEST // 1024 // 1024,
            pixels=LONGEST_SIDE,
        )
        raise NotTaken(said) from None
    return picture
