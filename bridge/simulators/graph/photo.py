"""A contact's picture (https://learn.microsoft.com/graph/api/profilephoto-get): ``photo`` and ``photo/$value``.

There is one size. Neither the version of the contact nor a delta tells that it changed, unless the behaviour says so.
"""

from __future__ import annotations

from hashlib import sha256

from bridge.simulators.graph.contacts import check_room, find
from bridge.simulators.graph.messages import Answer, GraphError, bad_request
from bridge.simulators.graph.routes import Call, Route

_KINDS = {b"\xff\xd8\xff": "image/jpeg", b"\x89PNG": "image/png", b"GIF8": "image/gif"}


def _photo(call: Call) -> bytes:
    photo = find(call).photo
    if photo is None:
        raise GraphError(404, "ErrorItemNotFound", "The photo wasn't found.")
    return photo


def describe_photo(call: Call) -> Answer:
    """Tell that there is a picture; its size in pixels is not looked up."""
    photo = _photo(call)
    etag = f'W/"{sha256(photo).hexdigest()}"'
    return Answer(200, {"@odata.mediaEtag": etag, "id": "default", "width": None, "height": None})


def get_photo(call: Call) -> Answer:
    """Give the picture's bytes."""
    photo = _photo(call)
    return Answer(200, photo, {"Content-Type": kind_of(photo)})


def kind_of(photo: bytes) -> str:
    """Tell a picture's media type."""
    return next(name for head, name in _KINDS.items() if photo.startswith(head))


def put_photo(call: Call) -> Answer:
    """Take a picture."""
    find(call)
    photo = call.request.body
    if not photo.startswith(tuple(_KINDS)):
        raise bad_request("ErrorInvalidImage", "The image is not of a known format.")
    if len(photo) > call.behaviour.photo_limit:
        raise GraphError(413, "ErrorInvalidImageSize", "The image is too large.")
    check_room(call.mailbox)
    _put(call, photo)
    return Answer(200)


def delete_photo(call: Call) -> Answer:
    """Remove the picture; long refused with 405 (docs#6255), which a switch of the behaviour brings back."""
    if not call.behaviour.photo_delete:
        raise GraphError(405, "ErrorInvalidRequest", "The OData request is not supported.")
    _photo(call)
    _put(call, None)
    return Answer(204)


def _put(call: Call, photo: bytes | None) -> None:
    item = find(call)
    call.mailbox.put_photo(item, photo)
    if call.behaviour.photo_in_delta:
        call.mailbox.put(item, {})


def routes() -> list[Route]:
    """Give the paths, in the default folder and in any."""
    found = []
    for place in ("/contacts/{contact}", "/contactFolders/{folder}/contacts/{contact}"):
        found += [
            Route.of(f"GET {place}/photo", describe_photo, "Contacts.Read"),
            Route.of(f"DELETE {place}/photo", delete_photo, "Contacts.ReadWrite"),
            Route.of(f"GET {place}/photo/$value", get_photo, "Contacts.Read"),
            Route.of(f"PUT {place}/photo/$value", put_photo, "Contacts.ReadWrite"),
            Route.of(f"DELETE {place}/photo/$value", delete_photo, "Contacts.ReadWrite"),
        ]
    return found
