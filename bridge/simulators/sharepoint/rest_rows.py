"""Rows as REST's verbose JSON shows them."""

from __future__ import annotations

import re
from typing import Any

from bridge.simulators.graph.messages import Answer, GraphError, Json
from bridge.simulators.sharepoint.columns import CHOICES, URL, Refusal
from bridge.simulators.sharepoint.rest_calls import Call, check_type, entity
from bridge.simulators.sharepoint.store import FOLDER, ContactsList, Row

_TEST = re.compile(r"(\w+) eq (?:'((?:[^']|'')*)'|(\d+))")
_PAGED = re.compile(r"Paged=TRUE&p_ID=(\d+)")


def etag(row: Row) -> str:
    """Give the version as REST writes it: ``"n"``."""
    return f'"{row.version}"'


def shown(call: Call, row: Row) -> Json:
    """Give a row with all its fields, empty ones as null, or with those that are asked for."""
    one = call.list
    uri = f"{call.site.address}/_api/Web/Lists(guid'{one.id}')/Items({row.id})"
    fields: Json = {
        "Id": row.id,
        "ID": row.id,
        "FileSystemObjectType": 1 if row.type == FOLDER else 0,
        "Modified": row.modified.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "Created": row.created.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    fields |= {name: _typed(one, name, row.values.get(name)) for name in one.columns}
    wanted = call.request.query.get("$select")
    if wanted is not None:
        unknown = [name for name in wanted.split(",") if name not in fields]
        if unknown:
            text = f"The field or property '{unknown[0]}' does not exist."
            raise GraphError(400, "-1, Microsoft.SharePoint.SPException", text)
        fields = {name: fields[name] for name in wanted.split(",")}
    return {"__metadata": {"id": row.guid, "uri": uri, "etag": etag(row), "type": entity(one)}} | fields


def list_rows(call: Call) -> Answer:
    """List rows by their IDs, a hundred at once if nothing else is asked for."""
    query = call.request.query
    size = min(int(query.get("$top", 100)), 5_000)
    paged = _PAGED.fullmatch(query.get("$skiptoken", "Paged=TRUE&p_ID=0"))
    if paged is None or "$skip" in query:
        raise GraphError(400, "-1, Microsoft.SharePoint.SPException", "Rows are paged by $skiptoken.")
    found = sorted((row for row in _matching(call) if row.id > int(paged[1])), key=lambda row: row.id)
    body: Json = {"results": [shown(call, row) for row in found[:size]]}
    if len(found) > size:
        body["__next"] = f"{call.site.address}/_api/Web/Lists(guid'{call.list.id}')/items?$skiptoken=…"
    return Answer(200, {"d": body})


def _matching(call: Call) -> list[Row]:
    wanted = call.request.query.get("$filter")
    if wanted is None:
        return list(call.list.rows.values())
    rows: dict[int, Row] = {}
    for test in wanted.split(" or "):
        found = _TEST.fullmatch(test)
        if found is None:
            raise GraphError(400, "-1, Microsoft.SharePoint.SPException", f"The expression {test!r} is not valid.")
        name = "ID" if found[1] == "Id" else found[1]
        value = found[3] if found[2] is None else found[2].replace("''", "'")
        rows |= {row.id: row for row in call.list.where(name, value)}
    return list(rows.values())


def get_row(call: Call) -> Answer:
    """Read a row."""
    return Answer(200, {"d": shown(call, _row(call))})


def add_row(call: Call) -> Answer:
    """Make a row."""
    row = call.list.add(_values(call))
    return Answer(201, {"d": shown(call, row)}, {"ETag": etag(row)})


def change_row(call: Call) -> Answer:
    """Write some fields of a row; the answer is empty."""
    row = _row(call)
    wanted = call.request.headers.get("if-match")
    if wanted is None:
        raise GraphError(400, "-1, Microsoft.SharePoint.SPException", "If-Match is missing.")
    if wanted not in ("*", etag(row)):
        text = f"The request ETag value '{wanted}' does not match the object's ETag value '{etag(row)}'."
        raise Refusal("conflict", text)
    call.list.put(row, _values(call))
    return Answer(204)


def recycle_row(call: Call) -> Answer:
    """Move a row into the recycle bin, whatever If-Match says."""
    row = _row(call)
    call.list.recycle(row)
    return Answer(200, {"d": {"Recycle": row.guid}})


def _row(call: Call) -> Row:
    return call.list.row(int(call.args["row"]))


def _values(call: Call) -> Json:
    said = call.json()
    check_type(said, entity(call.list))
    return {name: _plain(call.list, name, value) for name, value in said.items() if name != "__metadata"}


def _plain(one: ContactsList, name: str, value: Any) -> Any:
    column = one.columns.get(name)
    if value is None or column is None:
        return value
    if column.kind == CHOICES:
        check_type(value, "Collection(Edm.String)")
        return value.get("results")
    if column.kind == URL:
        check_type(value, "SP.FieldUrlValue")
        return {part: text for part, text in value.items() if part != "__metadata"}
    return value


def _typed(one: ContactsList, name: str, value: Any) -> Any:
    if value is not None and one.columns[name].kind == CHOICES:
        return {"__metadata": {"type": "Collection(Edm.String)"}, "results": value}
    if value is not None and one.columns[name].kind == URL:
        return {"__metadata": {"type": "SP.FieldUrlValue"}, **value}
    return value
