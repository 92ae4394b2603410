"""What changed in a list since a token (https://learn.microsoft.com/graph/api/listitem-delta).

A deleted row comes as ``"deleted": {"state": "deleted"}``; a row that changed more than once may come more than once,
and the last one counts. A token that is not known (any more) answers 410 with the address to begin anew.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from uuid import uuid4

from bridge.simulators.graph.messages import Answer, GraphError, Json, Request
from bridge.simulators.sharepoint.behaviour import Behaviour
from bridge.simulators.sharepoint.store import DELETE, ContactsList, Row

_BEGINNING = -1

Shown = Callable[[Row, bool], Json]


@dataclass(frozen=True, slots=True)
class Place:
    """A place in a round: what is left of it (None: it has yet to begin), as row ids and whether deleted there."""

    list: str
    since: int
    until: int = 0
    left: tuple[tuple[int, bool], ...] | None = None
    with_fields: bool = False


class Rounds:
    """The state behind the tokens. ``forget`` makes all of them answer 410."""

    def __init__(self, behaviour: Behaviour) -> None:
        self._behaviour = behaviour
        self._known: dict[str, Place] = {}

    def forget(self) -> None:
        """Lose the state of every token."""
        self._known.clear()

    def answer(self, request: Request, one: ContactsList, show: Shown) -> Answer:
        """Answer a request for changes."""
        place = self._place(request, one)
        if place.left is None:
            place = self._begun(place, one)
        size = int(request.query.get("$top", self._behaviour.delta_page))
        left = place.left or ()
        page, rest = left[:size], left[size:]
        after = replace(place, left=rest) if rest else replace(place, since=place.until, left=None)
        bare = self._behaviour.bare_delta and place.since != _BEGINNING
        rows = [self._row(one, id, deleted, show, place.with_fields and not bare) for id, deleted in page]
        name = "nextLink" if rest else "deltaLink"
        return Answer(200, {f"@odata.{name}": request.link({"token": self._token(after)}), "value": rows})

    def _place(self, request: Request, one: ContactsList) -> Place:
        token = request.query.get("token")
        with_fields = request.query.get("$expand", "").startswith("fields")
        if token is None:
            return Place(one.id, _BEGINNING, with_fields=with_fields)
        if token == "latest":
            return Place(one.id, one.last_change, one.last_change, (), with_fields)
        place = self._known.get(token)
        if place is None or place.list != one.id:
            anew = {"Location": f"{request.base}{request.path}"}
            raise GraphError(410, self._behaviour.resync, "Resync required. Replace any local items.", anew)
        return place

    def _token(self, place: Place) -> str:
        token = f"aTE09{uuid4().hex}"
        self._known[token] = place
        return token

    def _begun(self, place: Place, one: ContactsList) -> Place:
        """Fix what a round tells: the first, all that is there; another, what the log has."""
        if place.since == _BEGINNING:
            told = [(id, False) for id in one.rows]
        else:
            told = []
            last: dict[int, bool] = {}
            for change in one.changes(place.since):
                if change.row in last and self._behaviour.doubled_delta:
                    told.append((change.row, last[change.row]))
                last.pop(change.row, None)
                last[change.row] = change.kind == DELETE
            told += last.items()
        return replace(place, left=tuple(told), until=one.last_change)

    def _row(self, one: ContactsList, id: int, deleted: bool, show: Shown, with_fields: bool) -> Json:
        row = one.rows.get(id) or one.bin.get(id)
        if deleted or row is None:
            return {"id": str(id), "deleted": {"state": "deleted"}}
        if id not in one.rows and not with_fields:
            return {"id": str(id), "deleted": {"state": "deleted"}}
        return show(row, with_fields)
