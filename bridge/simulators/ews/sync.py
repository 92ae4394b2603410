"""SyncFolderItems ([MS-OXWSSYNC]).

The sync state is opaque and belongs to one folder. The rows of a round are fixed when it begins and shown as they are
when their page is asked for; ``IncludesLastItemInRange`` ends it. Whether an item is new or changed since then is
told by the oldest change of its properties.
"""

from __future__ import annotations

from base64 import b64encode
from dataclasses import dataclass, replace
from hashlib import sha256
from uuid import uuid4
from xml.etree.ElementTree import Element

from bridge.simulators.ews import attachments
from bridge.simulators.ews.calls import Call, Handler
from bridge.simulators.ews.contacts import ItemShape, render
from bridge.simulators.ews.soap import EwsError, M, T, child, invalid, make, message, refusal, response
from bridge.simulators.graph.ids import ews_id
from bridge.simulators.graph.items import Folder, Item
from bridge.simulators.graph.mailbox import Mailbox

MOST = 512
"""MaxChangesReturned; more is refused by the schema."""

_NEVER = -1
"""Before any change of a mailbox."""


@dataclass(frozen=True, slots=True)
class _State:
    folder: str
    since: int
    until: int = 0
    rows: tuple[int, ...] | None = None


class SyncStates:
    """The places in folders that the opaque states stand for; ``forget`` makes all of them invalid."""

    def __init__(self) -> None:
        self._known: dict[str, _State] = {}

    def forget(self) -> None:
        """Know no state any more."""
        self._known.clear()

    def sync_folder_items(self, call: Call) -> Element:
        """Tell what changed in a folder since a state, page by page."""
        most = int(child(call.request, f"{M}MaxChangesReturned").text or "0")
        if not 1 <= most <= MOST:
            raise invalid(f"the MaxInclusive constraint failed: {most}.")
        shape = ItemShape.read(child(call.request, f"{M}ItemShape"))
        try:
            mailbox, folder = call.folder(child(call.request, f"{M}SyncFolderId"))
            state = self._state(call, folder)
        except EwsError as error:
            return response(call.operation, [refusal(call.operation, _of_sync(error))])
        if state.rows is None:
            state = _begun(mailbox, folder, state)
        page, left = (state.rows or ())[:most], (state.rows or ())[most:]
        after = replace(state, rows=left) if left else _State(folder.id, state.until)
        ignored = {each.get("Id") for each in call.request.findall(f"{M}Ignore/{T}ItemId")}
        rows = [_row(mailbox, folder, key, state.since, shape) for key in page]
        shown = [row for row in rows if row is not None and _id(row) not in ignored]
        answer = message(
            call.operation,
            make(f"{M}SyncState", self._token(after)),
            make(f"{M}IncludesLastItemInRange", "false" if left else "true"),
            make(f"{M}Changes", *shown),
        )
        return response(call.operation, [answer])

    def _state(self, call: Call, folder: Folder) -> _State:
        token = call.request.findtext(f"{M}SyncState")
        if not token:
            return _State(folder.id, _NEVER)
        state = self._known.get(token)
        if state is None or state.folder != folder.id:
            raise EwsError("ErrorInvalidSyncStateData", "Synchronization state data is corrupt or otherwise invalid.")
        return state

    def _token(self, state: _State) -> str:
        token = b64encode(b"H4sIAAAAAAAEAO" + uuid4().bytes + uuid4().bytes).decode()
        self._known[token] = state
        return token


def _of_sync(error: EwsError) -> EwsError:
    if error.code == "ErrorFolderNotFound":
        return EwsError("ErrorSyncFolderNotFound", error.text)
    return error


def _begun(mailbox: Mailbox, folder: Folder, state: _State) -> _State:
    """Fix the rows of a round, in no order that a client could rely on; what is gone already is not in the first."""
    rows = [
        key
        for key, entry in folder.log.items()
        if entry.change > state.since and not (state.since == _NEVER and entry.removed)
    ]
    rows.sort(key=lambda key: sha256(f"{key} {folder.log[key].change}".encode()).digest())
    return replace(state, rows=tuple(rows), until=mailbox.change)


def _row(mailbox: Mailbox, folder: Folder, key: int, since: int, shape: ItemShape) -> Element | None:
    item = mailbox.items.get(key)
    if item is None or item.folder != folder.id:
        if since == _NEVER:
            return None
        return make(f"{T}Delete", make(f"{T}ItemId", Id=ews_id(folder.log[key].classic), ChangeKey="EQAAAA=="))
    kind = "Create" if _is_new(item, since) else "Update"
    return make(f"{T}{kind}", render(mailbox, item, shape, attachments.listed(mailbox, item)))


def _is_new(item: Item, since: int) -> bool:
    return not item.changed or min(item.changed.values()) > since


def _id(row: Element) -> str | None:
    found = row.find(f".//{T}ItemId")
    return None if found is None else found.get("Id")


def operations(states: SyncStates) -> dict[str, Handler]:
    """Give the operations over one set of states."""
    return {"SyncFolderItems": states.sync_folder_items}
