"""Rows as Graph shows them (https://learn.microsoft.com/graph/api/resources/listitem)."""

from __future__ import annotations

import re
from datetime import datetime
from typing import Any

from bridge.simulators.graph.messages import Answer, GraphError, Json, bad_request
from bridge.simulators.sharepoint.columns import CHOICES, URL, Refusal
from bridge.simulators.sharepoint.online_calls import Call
from bridge.simulators.sharepoint.store import ContactsList, Row

_FILTER = re.compile(r"fields/(\w+) eq '((?:[^']|'')*)'")


def etag(row: Row) -> str:
    """Give the version as Graph writes it: ``"{guid},n"``."""
    return f'"{row.guid},{row.version}"'


def moment(at: datetime) -> str:
    """Write a point in time."""
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


def fields_of(row: Row) -> Json:
    """Give the fields; empty ones are left out."""
    return {
        "@odata.etag": etag(row),
        "id": str(row.id),
        "ContentType": "Contact",
        "Modified": moment(row.modified),
        "Created": moment(row.created),
        "AuthorLookupId": "6",
        "EditorLookupId": "6",
        "_UIVersionString": f"{row.version}.0",
        "Attachments": False,
        "LinkTitle": row.values.get("Title", ""),
    } | row.values


def shown(one: ContactsList, row: Row, *, with_fields: bool) -> Json:
    """Give a row."""
    body: Json = {
        "@odata.etag": etag(row),
        "id": str(row.id),
        "eTag": etag(row),
        "createdDateTime": moment(row.created),
        "lastModifiedDateTime": moment(row.modified),
        "webUrl": f"{one.site.address}/Lists/{one.title}/{row.id}_.000",
        "contentType": {"id": f"{row.type}00A1", "name": "Contact" if row.type == "0x0106" else "Folder"},
    }
    return body | ({"fields": fields_of(row)} if with_fields else {})


def _expands(call: Call) -> bool:
    return call.request.query.get("$expand", "").startswith("fields")


def _row(call: Call) -> Row:
    if not call.args["row"].isdigit():
        raise bad_request("invalidRequest", "Invalid item id.")
    return call.rows.row(int(call.args["row"]))


def list_rows(call: Call) -> Answer:
    """List rows by their IDs, page by page; only indexed columns may be asked for, unless the client takes a risk."""
    query = call.request.query
    size = int(query.get("$top", call.behaviour.list_page))
    after = int(query.get("$skiptoken", "0").rpartition("=")[2])
    found = [row for row in _matching(call) if row.id > after]
    found.sort(key=lambda row: row.id)
    body: Json = {"value": [shown(call.rows, row, with_fields=_expands(call)) for row in found[:size]]}
    if len(found) > size:
        token = f"Paged=TRUE&p_ID={found[size - 1].id}"
        body["@odata.nextLink"] = call.request.link(query | {"$skiptoken": token})
    return Answer(200, body)


def _matching(call: Call) -> list[Row]:
    wanted = call.request.query.get("$filter")
    if wanted is None:
        return list(call.rows.rows.values())
    found = _FILTER.fullmatch(wanted)
    if found is None:
        raise bad_request("invalidRequest", f"This simulator does not read the filter {wanted!r}.")
    name, value = found[1], found[2].replace("''", "'")
    column = call.rows.columns.get(name)
    risks = "HonorNonIndexedQueriesWarningMayFailRandomly" in call.request.headers.get("prefer", "")
    if column is not None and not column.indexed and not risks:
        raise bad_request(
            "invalidRequest",
            f"Field '{name}' cannot be referenced in filter or orderby as it is not indexed. Provide the 'Prefer: "
            "HonorNonIndexedQueriesWarningMayFailRandomly' header to allow this, but be warned that such queries may "
            "fail on large lists.",
        )
    return call.rows.where(name, value)


def get_row(call: Call) -> Answer:
    """Read a row."""
    return Answer(200, shown(call.rows, _row(call), with_fields=_expands(call)))


def get_fields(call: Call) -> Answer:
    """Read the fields of a row."""
    return Answer(200, fields_of(_row(call)))


def add_row(call: Call) -> Answer:
    """Make a row."""
    wanted = call.request.json()
    if set(wanted) - {"fields", "contentType"} or not isinstance(wanted.get("fields"), dict):
        raise bad_request("invalidRequest", "The item is described wrongly.")
    row = call.rows.add(_values(call.rows, wanted["fields"]))
    return Answer(201, shown(call.rows, row, with_fields=True))


def change_row(call: Call) -> Answer:
    """Write some fields of a row."""
    row = _row(call)
    _check_version(call, row)
    call.rows.put(row, _values(call.rows, call.request.json()))
    return Answer(200, {"id": str(row.id)} if call.behaviour.bare_patch else fields_of(row))


def delete_row(call: Call) -> Answer:
    """Move a row into the recycle bin."""
    row = _row(call)
    _check_version(call, row)
    call.rows.recycle(row)
    return Answer(204)


def delta(call: Call) -> Answer:
    """Tell what changed since a token."""
    return call.rounds.answer(call.request, call.rows, lambda row, told: shown(call.rows, row, with_fields=told))


def _check_version(call: Call, row: Row) -> None:
    wanted = call.request.headers.get("if-match")
    if wanted not in (None, "*", etag(row)):
        raise GraphError(412, "resourceModified", "The resource has changed since the caller last read it.")


def _values(one: ContactsList, fields: Json) -> dict[str, Any]:
    """Read fields; several choices need their type said, hyperlinks cannot be written (docs#1965)."""
    values = {name: value for name, value in fields.items() if "@" not in name}
    for name, value in values.items():
        column = one.columns.get(name)
        if column is not None and column.kind == URL:
            raise Refusal("value", "Invalid request")
        is_plural = column is not None and column.kind == CHOICES and value is not None
        if is_plural and fields.get(f"{name}@odata.type") != "Collection(Edm.String)":
            raise Refusal("value", f"The type of {name} is not said.")
    return values
