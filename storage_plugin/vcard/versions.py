"""The same card in another vCard version: 2.1 → 3.0, 3.0 ⇄ 4.0, and an edit of it brought back.

A phone reads a stored 4.0 card as 3.0 and sends back 3.0. What it left alone stays as stored, to the byte, with all
that 3.0 could not say; what it changed is said in 4.0. The other way round likewise.
"""

from __future__ import annotations

from storage_plugin.vcard.carrying import Carrying
from storage_plugin.vcard.conversion import pieces
from storage_plugin.vcard.draft import Draft
from storage_plugin.vcard.lines import parse


def as_version(text: str, wanted: str) -> str:
    """Say ``text`` in ``wanted`` ("3.0" or "4.0"); a text of that version comes back to the byte.

    Photos must have been put back (``binaries.put_back``): raises ValueError for placeholders, whose form differs
    between versions, and for a ``wanted`` that is never written.
    """
    draft = Draft(text)
    if draft.version == wanted:
        return text
    if draft.version == "2.1" and wanted == "4.0":
        return as_version(as_version(text, "3.0"), "4.0")
    return "".join(line.raw for piece in pieces(draft, wanted) for line in piece.outcome)


def carried_over(stored: str, edited: str) -> str:
    """Patch ``stored`` with what ``edited`` changed in ``as_version(stored, version of edited)``.

    The law: ``carried_over(s, as_version(s, v)) == s``. Texts of one version need no carrying, and a stored 2.1 card
    gives way, since 3.0 says all that it says: then ``edited`` comes back. Raises ValueError for slim texts.
    """
    draft = Draft(stored)
    version = parse(edited).version or draft.version
    if version == "2.1" != draft.version:
        edited, version = as_version(edited, "3.0"), "3.0"
    if version == draft.version or draft.version == "2.1":
        return edited
    return Carrying(draft, edited, version).run()
