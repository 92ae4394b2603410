"""Rows as REST's verbose JSON shows them."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote

from bridge.simulators.graph.messages import Answer, GraphError, Json
from bridge.simulators.sharepoint.columns import CHOICES, URL, Refusal
from bridge.simulators.sharepoint.rest_calls import Call, check_type, described, entity, given, selected
from bridge.simulators.sharepoint.rest_columns import property_name
from bridge.simulators.sharepoint.store import FOLDER, ContactsList, Row

_TEST = re.compile(r"(\w+) eq (?:'((?:[^']|'')*)'|(\d+))")
_PAGED = re.compile(r"Paged=TRUE&p_ID=(\d+)")
_BARE = {"Id", "ID", "FileSystemObjectType"}
_LINKS = (
    *("FirstUniqueAncestorSecurableObject", "RoleAssignments", "AttachmentFiles", "ContentType"),
    *("FieldValuesAsHtml", "FieldValuesAsText", "FieldValuesForEdit", "ParentList"),
)


def etag(row: Row) -> str:
    """Give the version as REST writes it: ``"n"``."""
    return f'"{row.version}"'


def shown(call: Call, row: Row) -> Json:
    """Give a row with all its fields, empty ones as null, or with those that are asked for."""
    one = call.list
    _check_readable(call, row)
    metadata = {"id": row.guid, "uri": f"{call.list_uri}/Items({row.id})", "etag": etag(row), "type": entity(one)}
    fields: Json = {
        "FileSystemObjectType": 1 if row.type == FOLDER else 0,
        "Id": row.id,
        "ContentTypeId": row.type,
        **{property_name(name): _typed(one, name, row.values.get(name)) for name in one.columns},
        "ID": row.id,
        "Modified": row.modified.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "Created": row.created.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "AuthorId": 7,
        "EditorId": 7,
        "OData__UIVersionString": "1.0",
        "Attachments": bool(row.files),
        "GUID": row.guid,
    }
    return selected(call, described(metadata, fields, _LINKS), {"OData__ModerationComments": None})


def _check_readable(call: Call, row: Row) -> None:
    """Fail over a corrupt row, if its values are asked for."""
    asked = set(call.request.query.get("$select", "*").split(","))
    if row.id in call.list.corrupt and (call.request.method != "GET" or not asked <= _BARE):
        raise Refusal("corrupt", "Value does not fall within the expected range.")


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
        body["__next"] = _next(call, found[size - 1])
    return given(body)


def _next(call: Call, last: Row) -> str:
    """Give the address of the next page: what was asked for, from the row after ``last`` on."""
    query = call.request.query | {"$skiptoken": f"Paged=TRUE&p_ID={last.id}"}
    pairs = "&".join(f"{quote(name)}={quote(value, safe='')}" for name, value in query.items())
    return f"{call.list_uri}/items?{pairs}"


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
    return given(shown(call, call.row))


def add_row(call: Call) -> Answer:
    """Make a row."""
    row = call.list.add(_values(call))
    return Answer(201, {"d": shown(call, row)}, {"ETag": etag(row)})


def change_row(call: Call) -> Answer:
    """Write some fields of a row; the answer is empty."""
    row = call.row
    call.check_version(etag(row))
    _check_readable(call, row)
    call.list.put(row, _values(call))
    return Answer(204)


def delete_row(call: Call) -> Answer:
    """Delete a row for good."""
    row = call.row
    call.check_version(etag(row))
    call.list.delete(row)
    return Answer(200)


def recycle_row(call: Call) -> Answer:
    """Move a row into the recycle bin, whatever If-Match says."""
    row = call.row
    call.list.recycle(row)
    return given({"Recycle": row.guid})


def _values(call: Call) -> Json:
    said = call.json()
    check_type(said, entity(call.list))
    named = {name.replace("OData__", "_", 1): value for name, value in said.items() if name != "__metadata"}
    return {name: _plain(call.list, name, value) for name, value in named.items()}


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
