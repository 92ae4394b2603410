"""CreateAttachment, GetAttachment, DeleteAttachment: contact photos alone ([MS-OXWSATT]).

A contact's photo is a FileAttachment with IsContactPhoto; nothing public says whether a second one replaces the
first, so that ``Behaviour.keeps_photos`` makes both so. Each attachment made or deleted is a new version of the item.
"""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode
from collections.abc import Callable
from hashlib import sha256
from xml.etree.ElementTree import Element

from bridge.simulators.ews.calls import Call, Handler, check_room, ids_of
from bridge.simulators.ews.soap import (
    EwsError,
    M,
    T,
    attribute,
    child,
    invalid,
    local,
    make,
    message,
    refusal,
    response,
)
from bridge.simulators.graph.ids import ews_id
from bridge.simulators.graph.items import Item
from bridge.simulators.graph.mailbox import Mailbox


def listed(mailbox: Mailbox, item: Item) -> Element | None:
    """List the attachments of an item without their content, the oldest first."""
    found = [_described(item, photo) for photo in _photos(item)]
    return make(f"{T}Attachments", *found) if found else None


def create_attachment(call: Call) -> Element:
    """Give a contact a photo."""
    mailbox, item = call.item(child(call.request, f"{M}ParentItemId"))

    def one(attachment: Element) -> Element:
        call.may_write(mailbox)
        check_room(mailbox)
        if local(attachment) != "FileAttachment" or attachment.findtext(f"{T}IsContactPhoto") not in ("true", "1"):
            raise EwsError("ErrorInvalidAttachmentId", "Only contact photos are simulated.")
        photo = _content(attachment)
        _replace(call, item, [*_photos(item), photo] if call.behaviour.keeps_photos else [photo])
        _renew(mailbox, item)
        id = make(f"{T}AttachmentId", Id=_id(item, photo), **_root(mailbox, item))
        return make(f"{M}Attachments", make(f"{T}FileAttachment", id))

    return _each(call, ids_of(call, f"{M}Attachments"), one, make(f"{M}Attachments"))


def get_attachment(call: Call) -> Element:
    """Give photos with their content."""

    def one(id: Element) -> Element:
        _, item, photo = _found(call, attribute(id, "Id"))
        described = _described(item, photo)
        described.append(make(f"{T}Content", b64encode(photo).decode()))
        return make(f"{M}Attachments", described)

    return _each(call, ids_of(call, f"{M}AttachmentIds"), one, make(f"{M}Attachments"))


def delete_attachment(call: Call) -> Element:
    """Take photos away."""

    def one(id: Element) -> Element:
        mailbox, item, photo = _found(call, attribute(id, "Id"))
        call.may_write(mailbox)
        _replace(call, item, [each for each in _photos(item) if each != photo])
        _renew(mailbox, item)
        return make(f"{M}RootItemId", **_root(mailbox, item))

    return _each(call, ids_of(call, f"{M}AttachmentIds"), one)


def _photos(item: Item) -> list[bytes]:
    return [*item.older_photos, *([item.photo] if item.photo is not None else [])]


def _replace(call: Call, item: Item, photos: list[bytes]) -> None:
    item.older_photos = photos[:-1]
    for mailbox in call.reachable:
        if mailbox.items.get(item.key) is item:
            mailbox.put_photo(item, photos[-1] if photos else None)


def _renew(mailbox: Mailbox, item: Item) -> None:
    mailbox.put(item, {})


def _content(attachment: Element) -> bytes:
    try:
        return b64decode(attachment.findtext(f"{T}Content", ""), validate=False)
    except binascii.Error as error:
        raise invalid("the content of an attachment is not base64.") from error


def _id(item: Item, photo: bytes) -> str:
    return b64encode(f"{item.key}:{sha256(photo).hexdigest()}".encode()).decode()


def _root(mailbox: Mailbox, item: Item) -> dict[str, str]:
    return {"RootItemId": ews_id(mailbox.classic_id(item)), "RootItemChangeKey": mailbox.change_key(item)}


def _described(item: Item, photo: bytes) -> Element:
    return make(
        f"{T}FileAttachment",
        make(f"{T}AttachmentId", Id=_id(item, photo)),
        make(f"{T}Name", "ContactPicture.jpg"),
        make(f"{T}ContentType", "image/jpeg"),
        make(f"{T}Size", str(len(photo))),
        make(f"{T}IsInline", "false"),
        make(f"{T}IsContactPhoto", "true"),
    )


def _found(call: Call, id: str) -> tuple[Mailbox, Item, bytes]:
    for mailbox in call.reachable:
        for item in mailbox.items.values():
            for photo in _photos(item):
                if _id(item, photo) == id:
                    return mailbox, item, photo
    raise EwsError("ErrorItemNotFound", "The specified object was not found in the store.")


def _each(call: Call, elements: list[Element], do: Callable[[Element], Element], *empty: Element) -> Element:
    messages = []
    for element in elements:
        try:
            messages.append(message(call.operation, do(element)))
        except EwsError as error:
            messages.append(refusal(call.operation, error, *empty))
    return response(call.operation, messages)


OPERATIONS: dict[str, Handler] = {
    "CreateAttachment": create_attachment,
    "GetAttachment": get_attachment,
    "DeleteAttachment": delete_attachment,
}
