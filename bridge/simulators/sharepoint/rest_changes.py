"""The change log of a list, as REST tells it (``GetChanges``)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from bridge.simulators.graph.messages import Answer
from bridge.simulators.sharepoint.columns import Refusal
from bridge.simulators.sharepoint.rest_calls import Call, check_type, listed
from bridge.simulators.sharepoint.store import KEPT, ContactsList

_EPOCH = datetime(1, 1, 1, tzinfo=UTC)


def get_changes(call: Call) -> Answer:
    """Tell what changed since a token: the oldest first, a thousand at once; of an old token nothing, or an error."""
    query: Any = call.json().get("query")
    check_type(query, "SP.ChangeQuery")
    start = query.get("ChangeTokenStart") or {}
    since = _number(call, str(start.get("StringValue", ""))) if start else 0
    wanted = {"Add": 1, "Update": 2, "DeleteObject": 3, "Restore": 7}
    kinds = {kind for name, kind in wanted.items() if query.get(name) and query.get("Item")}
    found = [change for change in call.list.changes(since) if change.kind in kinds] if since >= 0 else []
    rows = [
        {
            "__metadata": {"type": "SP.ChangeItem"},
            "ChangeToken": {
                "__metadata": {"type": "SP.ChangeToken"},
                "StringValue": token(call.list, change.at, change.number),
            },
            "ChangeType": change.kind,
            "SiteId": call.site.id,
            "Time": change.at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "ItemId": change.row,
            "ListId": call.list.id,
            "UniqueId": change.guid,
            "WebId": call.site.web,
        }
        for change in found[: call.behaviour.changes_page]
    ]
    return listed(rows)


def token(one: ContactsList, at: datetime, number: int) -> str:
    """Write a change token: ``1;3;LIST;TICKS;NUMBER``, ticks of 100 ns since the year 1."""
    ticks = int((at - _EPOCH).total_seconds()) * 10_000_000
    return f"1;3;{one.id};{ticks};{number}"


def _number(call: Call, said: str) -> int:
    """Give the number of a token; -1 where the change log does not reach that far back."""
    parts = said.split(";")
    if len(parts) != 5 or parts[2] != call.list.id or not parts[3].isdigit() or not parts[4].isdigit():
        raise Refusal("token", "The changeToken is not valid.")
    ticks = int((call.site.clock() - KEPT - _EPOCH).total_seconds()) * 10_000_000
    if int(parts[3]) >= ticks:
        return int(parts[4])
    if call.behaviour.expired == "error":
        raise Refusal("token", "The changeToken refers to a time before the start of the current change log.")
    return -1
