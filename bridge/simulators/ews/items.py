"""GetItem, CreateItem, UpdateItem, DeleteItem, MoveItem, CopyItem ([MS-OXWSCORE], [MS-OXWSCONT])."""

from __future__ import annotations

from collections.abc import Callable
from xml.etree.ElementTree import Element

from bridge.simulators.ews import attachments
from bridge.simulators.ews.calls import Call, Handler, check_room, ids_of
from bridge.simulators.ews.contacts import Changes, ItemShape, item_id, read, render
from bridge.simulators.ews.properties import READ_ONLY, keys_of, path_name
from bridge.simulators.ews.soap import (
    EwsError,
    Fault,
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
from bridge.simulators.graph.fields import read_contact, regenerated
from bridge.simulators.graph.items import Item
from bridge.simulators.graph.mailbox import Mailbox


def get_item(call: Call) -> Element:
    """Read items whole."""
    shape = ItemShape.read(child(call.request, f"{M}ItemShape"))

    def one(id: Element) -> Element:
        mailbox, item = call.item(id)
        return render(mailbox, item, shape, attachments.listed(mailbox, item))

    return _each(call, ids_of(call, f"{M}ItemIds"), one)


def create_item(call: Call) -> Element:
    """Make contacts in a folder; the answer tells id and change key alone."""
    saved = call.request.find(f"{M}SavedItemFolderId")

    def one(contact: Element) -> Element:
        if local(contact) != "Contact":
            raise EwsError("ErrorInvalidItemForOperationCreateItem", "Only contacts are simulated.")
        mailbox, folder = (call.mailbox, call.mailbox.folders[call.mailbox.default])
        if saved is not None:
            mailbox, folder = call.folder(saved)
        call.may_write(mailbox)
        changes: Changes = {name: value for name, value in read(contact).items() if value}
        changes |= regenerated(changes, {})
        _check_taken(mailbox, changes)
        item = mailbox.add({name: value for name, value in changes.items() if value}, folder.id)
        return make(f"{T}Contact", item_id(mailbox, item))

    return _each(call, ids_of(call, f"{M}Items"), one)


def update_item(call: Call) -> Element:
    """Change single properties of contacts, as ConflictResolution says what becomes of another's change."""
    never = attribute(call.request, "ConflictResolution") == "NeverOverwrite"

    def one(change: Element) -> Element:
        id = child(change, f"{T}ItemId")
        if not id.get("ChangeKey"):
            text = "A change key is required for this operation."
            raise EwsError("ErrorChangeKeyRequiredForWriteOperations", text)
        mailbox, item = call.item(id)
        call.may_write(mailbox)
        if never and id.get("ChangeKey") != mailbox.change_key(item):
            text = "The change key passed in the request does not match the current change key for the item."
            raise EwsError("ErrorIrresolvableConflict", text)
        changes: Changes = {}
        for update in child(change, f"{T}Updates"):
            changes |= _updated(update)
        changes |= regenerated(changes, item.properties)
        _check_taken(mailbox, {**item.properties, **changes})
        mailbox.put(item, changes)
        return make(f"{T}Contact", item_id(mailbox, item))

    conflicts = make(f"{M}ConflictResults", make(f"{T}Count", "0"))
    return _each(call, ids_of(call, f"{M}ItemChanges"), one, conflicts)


def _updated(update: Element) -> Changes:
    kind, path = local(update), next(iter(update))
    if path_name(path) in READ_ONLY:
        raise EwsError("ErrorInvalidPropertyRequest", f"{path_name(path)} cannot be written.")
    keys = keys_of(path)
    if kind == "DeleteItemField":
        return dict.fromkeys(keys)
    if kind != "SetItemField":
        raise invalid(f"{kind} is not simulated.")
    contact = update.find(f"{T}Item")  # any item's properties may be set so, as DavMail does
    contact = child(update, f"{T}Contact") if contact is None else contact
    if len(contact) != 1 or any(len(entries) > 1 for entries in contact.findall(f"./*[{T}Entry]")):
        text = "An object within a change description must contain one and only one property to modify."
        raise EwsError("ErrorIncorrectUpdatePropertyCount", text)
    changes = read(contact)
    if not set(changes) <= set(keys):
        raise EwsError("ErrorUpdatePropertyMismatch", "The path does not name the property that is set.")
    return changes


def delete_item(call: Call) -> Element:
    """Delete items, at whatever version they are; ``MoveToDeletedItems`` keeps them under another id."""
    kind = attribute(call.request, "DeleteType")

    def one(id: Element) -> None:
        mailbox, item = call.item(id)
        call.may_write(mailbox)
        if kind == "MoveToDeletedItems":
            mailbox.delete(item)
        else:
            mailbox.purge(item)

    return _each(call, ids_of(call, f"{M}ItemIds"), one)


def move_item(call: Call) -> Element:
    """Move items into another folder, where they have another id."""
    return _carried(call, lambda mailbox, item, folder: _moved(mailbox, item, folder))


def copy_item(call: Call) -> Element:
    """Copy items with all their properties, hidden ones too."""
    return _carried(call, lambda mailbox, item, folder: mailbox.copy(item, folder))


def _moved(mailbox: Mailbox, item: Item, folder: str) -> Item:
    mailbox.move(item, folder)
    return item


def _carried(call: Call, carry: Callable[[Mailbox, Item, str], Item]) -> Element:
    _, folder = call.folder(child(call.request, f"{M}ToFolderId"))

    def one(id: Element) -> Element:
        mailbox, item = call.item(id)
        call.may_write(mailbox)
        return make(f"{T}Contact", item_id(mailbox, carry(mailbox, item, folder.id)))

    return _each(call, ids_of(call, f"{M}ItemIds"), one)


def _check_taken(mailbox: Mailbox, properties: Changes) -> None:
    check_room(mailbox)
    reason = mailbox.refuses(read_contact({key: value for key, value in properties.items() if value}, {}))
    if reason:
        raise EwsError("ErrorInvalidPropertySet", reason)


def _each(call: Call, elements: list[Element], do: Callable[[Element], Element | None], *more: Element) -> Element:
    """Answer each part of a request by itself: what one is refused for does not stop the others."""
    messages = []
    for element in elements:
        try:
            done = do(element)
        except Fault:
            raise
        except EwsError as error:
            empty = () if call.operation == "DeleteItem" else (make(f"{M}Items"),)
            messages.append(refusal(call.operation, error, *empty))
            continue
        content = () if done is None else (make(f"{M}Items", done), *more)
        messages.append(message(call.operation, *content))
    return response(call.operation, messages)


OPERATIONS: dict[str, Handler] = {
    "GetItem": get_item,
    "CreateItem": create_item,
    "UpdateItem": update_item,
    "DeleteItem": delete_item,
    "MoveItem": move_item,
    "CopyItem": copy_item,
}
