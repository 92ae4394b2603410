"""What is asked of the folder for an action, and how the journal has it, so that a lost answer can be found again."""

from __future__ import annotations

from dataclasses import replace

from bridge.sync.actions import Adopt, Create, Remove, Unmark, Update
from bridge.sync.context import Context, in_thread
from bridge.sync.noting import item_of, link_of, ours_of
from bridge.sync.policy import Mode
from bridge.targets import base
from storage_plugin.database import journal
from storage_plugin.database.our_side import OurSide
from storage_plugin.model.mirror import Item, Side

ToFolder = Create | Update | Adopt | Remove | Unmark


async def operation_of(context: Context, action: ToFolder) -> base.Operation:
    """Give the request of an action; the pictures that it needs are read here."""
    if isinstance(action, Create):
        local = ours_of(action)
        sends = local.photo and context.policy.modes.get("photo") is not Mode.KEEP
        photo = await in_thread(context.side.picture, local.contact) if sends else None
        stamp = context.mirror.stamp(local.contact)
        return base.Create(action.view, stamp, local.customer_number, action.flagged, photo)
    if isinstance(action, Remove | Unmark):
        return leaving(action, await picture_before(context.side, action))
    item, local = item_of(action), ours_of(action)
    photo = None
    if action.photo is Side.THEIRS:
        photo = await in_thread(context.side.picture, local.contact) or b""
    view = item.view if action.theirs is None else action.theirs
    stamp, number = context.mirror.stamp(local.contact), local.customer_number
    return base.Update(item.id, item.version, item.view, view, stamp, number, action.flagged, photo)


def intent_of(action: ToFolder, operation: base.Operation) -> journal.Intent:
    """Give what the journal is to know of a request before it is sent."""
    contact = action.pair.ours.contact if action.pair.ours else link_of(action).contact
    photo = action.pair.ours.photo if action.pair.ours else ""
    match operation:
        case base.Create():
            sent = replace(operation.view, photo=photo if operation.photo else "")
            return journal.Intent(journal.Operation.CREATE, contact, operation.stamp, view=sent)
        case base.Update(id=id, version=version):
            sent = replace(operation.view, photo=photo if operation.photo else "")
            return journal.Intent(journal.Operation.UPDATE, contact, operation.stamp, id, version, sent)
        case base.Delete(id=id, version=version):
            return journal.Intent(journal.Operation.DELETE, contact, None, id, version)


async def picture_before(side: OurSide, action: Remove | Unmark) -> bytes | None:
    """Find the picture to give back to an item: ``b""`` for none, None to leave what is there (or none is known)."""
    if isinstance(action, Remove) or not action.photo:
        return None if isinstance(action, Remove) or action.photo is None else b""
    return await in_thread(side.former_picture, link_of(action).contact, action.photo)


def leaving(action: Remove | Unmark, picture: bytes | None) -> base.Operation:
    """Give the request that takes an item out of the mirror."""
    item = item_of(action)
    if isinstance(action, Remove):
        return base.Delete(item.id, item.version)
    return base.Update(item.id, item.version, item.view, action.theirs, None, "", action.flagged, picture)


def lost_picture(operation: base.Operation, answer: Item) -> bool:
    """Tell whether a picture was sent and is not there: it is to be sent again."""
    return not isinstance(operation, base.Delete) and bool(operation.photo) and answer.photo == ""
