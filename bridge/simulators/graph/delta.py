"""What changed since a cursor (https://learn.microsoft.com/graph/delta-query-overview), for contacts and folders.

A round is a chain of pages: ``@odata.nextLink`` until ``@odata.deltaLink``. The rows of a round are fixed when it
begins and shown as they are when their page is asked for, so that what is written meanwhile comes again next time. A
page asked for twice gives the same rows.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from hashlib import sha256
from typing import Any
from uuid import uuid4

from bridge.simulators.graph import contacts, folders, query
from bridge.simulators.graph.fields import read_contact
from bridge.simulators.graph.items import Entry, Item
from bridge.simulators.graph.mailbox import Mailbox
from bridge.simulators.graph.messages import Answer, GraphError, Json, bad_request
from bridge.simulators.graph.routes import Call, Route


@dataclass(frozen=True, slots=True)
class Cursor:
    """A place in a round (``rows`` left, None: the round has yet to begin), or between two rounds."""

    path: str
    since: int
    until: int = 0
    rows: tuple[Any, ...] | None = None
    select: str | None = None
    size: int = 50


class Cursors:
    """The state that the opaque tokens stand for. ``forget`` makes all of them answer 410."""

    def __init__(self) -> None:
        self._known: dict[str, Cursor] = {}
        self._generation = 150

    def token(self, cursor: Cursor) -> str:
        """Give a new token for a place."""
        token = f"{uuid4().hex}{uuid4().hex}.{uuid4().hex}"
        self._known[token] = cursor
        return token

    def find(self, token: str, path: str, code: str) -> Cursor:
        """Find the place of a token; 410 where it is not (any more) known for this path (docs#2350)."""
        cursor = self._known.get(token)
        if cursor is None or cursor.path != path:
            top = self._generation
            raise GraphError(
                410,
                code,
                f"The sync state generation is not found; generation={top - 8};"
                f"[highest={top}][{top}][{top - 2}][{top - 1}].",
            )
        return cursor

    def forget(self) -> None:
        """Lose the state of every token given so far."""
        self._generation += 10
        self._known.clear()


@dataclass(frozen=True, slots=True)
class _Source:
    """A collection with a log: what happened to each key, and how a row of it looks (None: it is not there)."""

    log: Mapping[Any, Entry]
    row: Callable[[Any, int], Json | None]


class Delta:
    """The handlers, over one set of cursors."""

    def __init__(self, cursors: Cursors) -> None:
        self._cursors = cursors

    def contacts(self, call: Call) -> Answer:
        """Tell what changed in one folder."""
        folder = call.mailbox.folder(call.args.get("folder", "contacts"))

        def row(key: int, since: int) -> Json | None:
            item = call.mailbox.items.get(key)
            if item is None or item.folder != folder.id or item.is_list:
                return None
            shown = contacts.in_list(contacts.render(call.mailbox, item, immutable=call.request.immutable))
            if since and call.behaviour.sparse_delta and not _is_new(item, since):
                shown = _sparse(shown, call.mailbox, item, since)
            return shown

        return self._answer(call, _Source(folder.log, row))

    def folders(self, call: Call) -> Answer:
        """Tell what changed among the contacts folders."""

        def row(key: str, since: int) -> Json | None:
            folder = call.mailbox.folders[key]
            return folders.render(folder) if folder.listed and not folder.deleted else None

        return self._answer(call, _Source(call.mailbox.folder_log, row))

    def _answer(self, call: Call, source: _Source) -> Answer:
        cursor = self._cursor(call)
        if cursor.rows is None:
            cursor = _begin(call, cursor, source)
        page, left = cursor.rows or (), ()
        if call.behaviour.empty_pages and page and page[0] is None:
            page, left = (), page[1:]
        else:
            page, left = page[: cursor.size], page[cursor.size :]
        more = bool(left)
        after = replace(cursor, rows=left) if more else replace(cursor, since=cursor.until, rows=None)
        token = self._cursors.token(after)
        link = call.request.link({"$skiptoken" if more else "$deltatoken": token})
        context = (
            f"{call.request.base}/$metadata#Collection({'contact' if 'contacts' in cursor.path else 'contactFolder'})"
        )
        request = replace(call.request, query={"$select": cursor.select} if cursor.select else {})
        rows = [_row(call, source, key, cursor.since) for key in page if key is not None]
        value = [row if "@removed" in row else query.selected(request, row) for row in rows]
        body: Json = {
            "@odata.context": context,
            f"@odata.{'nextLink' if more else 'deltaLink'}": link,
            "value": value,
        }
        applied = {"Preference-Applied": f"odata.maxpagesize={cursor.size}"} if call.request.page_size else {}
        return Answer(200, body, applied)

    def _cursor(self, call: Call) -> Cursor:
        options = call.request.query
        size = call.request.page_size or call.behaviour.delta_page
        token = options.get("$deltatoken") or options.get("$skiptoken")
        if token is not None:
            if len(options) > 1:
                raise bad_request("ErrorInvalidUrlQuery", "The token holds the query options of the first request.")
            cursor = self._cursors.find(token, call.request.path, call.behaviour.cursor_error)
            return replace(cursor, size=size)
        if "$expand" in options:
            raise GraphError(500, "InternalServerError", "Value cannot be null.\r\nParameter name: type")
        others = sorted(set(options) - {"$select"})
        if others:
            raise bad_request(
                "ErrorInvalidUrlQuery",
                "The following parameters are not supported with change tracking over the 'Contacts' resource: "
                f"'{', '.join(others)}'.",
            )
        return Cursor(call.request.path, 0, select=options.get("$select"), size=size)


def _begin(call: Call, cursor: Cursor, source: _Source) -> Cursor:
    """Fix the rows of a round, in no order that a client could rely on; None stands for an empty page.

    The first row comes once more at the end.
    """
    first = cursor.since == 0
    rows = [
        key
        for key, entry in source.log.items()
        if entry.change > cursor.since and (not (first and entry.removed) or call.behaviour.removed_at_first)
    ]
    rows.sort(key=lambda key: sha256(f"{key} {source.log[key].change}".encode()).digest())
    if call.behaviour.duplicates and len(rows) > 1:
        rows.append(rows[0])
    if call.behaviour.empty_pages and rows:
        rows.insert(0, None)
    return replace(cursor, rows=tuple(rows), until=call.mailbox.change)


def _row(call: Call, source: _Source, key: Any, since: int) -> Json:
    row = source.row(key, since)
    if row is not None:
        return row
    entry = source.log[key]
    gone = entry.immutable if call.request.immutable else entry.classic
    return {"id": gone, "@removed": {"reason": entry.removed or "deleted"}}


def _is_new(item: Item, since: int) -> bool:
    return not item.changed or min(item.changed.values()) > since


def _sparse(shown: Json, mailbox: Mailbox, item: Item, since: int) -> Json:
    """Leave out the fields that are as they were at ``since``."""
    touched = {name for name, change in item.changed.items() if change > since}
    same = {name: value for name, value in item.properties.items() if name not in touched}
    before, other = (read_contact(each, mailbox.directory) for each in (same, same | dict.fromkeys(touched, "?")))
    return {name: value for name, value in shown.items() if name not in before or before[name] != other[name]}


def routes(delta: Delta) -> list[Route]:
    """Give the paths; they come before those of single contacts."""
    return [
        Route.of("GET /contacts/delta", delta.contacts, "Contacts.Read"),
        Route.of("GET /contactFolders/{folder}/contacts/delta", delta.contacts, "Contacts.Read"),
        Route.of("GET /contactFolders/delta", delta.folders, "Contacts.Read"),
    ]
