"""The paths of REST's face, and what stands behind each; rows are in ``rest_rows``."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from typing import Any
from xml.sax.saxutils import quoteattr

from defusedxml import ElementTree

from bridge.simulators.graph.messages import Answer, GraphError, Json
from bridge.simulators.sharepoint import rest_rows as rows
from bridge.simulators.sharepoint.columns import CHOICES, DAY, KINDS, NOTE, NUMBER, TEXT, URL, Column, Refusal
from bridge.simulators.sharepoint.rest_calls import Call, Handler, check_type, entity
from bridge.simulators.sharepoint.store import KEPT, ContactsList

_EPOCH = datetime(1, 1, 1, tzinfo=UTC)
_TYPES = {
    TEXT: "SP.FieldText",
    NOTE: "SP.FieldMultiLineText",
    DAY: "SP.FieldDateTime",
    NUMBER: "SP.FieldNumber",
    URL: "SP.FieldUrl",
    CHOICES: "SP.FieldMultiChoice",
}


def get_web(call: Call) -> Answer:
    """Describe the site."""
    uri = f"{call.site.address}/_api/Web"
    return _d({"__metadata": {"id": uri, "uri": uri, "type": "SP.Web"}, "Id": call.site.web})


def get_titled(call: Call) -> Answer:
    """Describe the list of a title."""
    found = call.site.titled(call.args["title"].replace("''", "'"))
    if found is None:
        text = f"List '{call.args['title']}' does not exist at site with URL '{call.site.address}'."
        raise GraphError(404, "-1, System.ArgumentException", text)
    return _d(_list(call, found))


def get_list(call: Call) -> Answer:
    """Describe a list."""
    return _d(_list(call, call.list))


def add_list(call: Call) -> Answer:
    """Make a list."""
    wanted = call.json()
    check_type(wanted, "SP.List")
    made = call.site.add_list(str(wanted.get("Title", "")), int(wanted.get("BaseTemplate", 100)))
    return Answer(201, {"d": _list(call, made)})


def recycle_list(call: Call) -> Answer:
    """Move a list into the recycle bin."""
    call.site.remove_list(call.list)
    return _d({"Recycle": call.site.web})


def get_columns(call: Call) -> Answer:
    """List the columns."""
    return _d({"results": [_field(call, column) for column in call.list.columns.values()]})


def add_column(call: Call) -> Answer:
    """Add a column by its schema; its name is taken where Options say so (8, AddFieldInternalNameHint).

    One whose name there is already gets another name.
    """
    said: Any = call.json().get("parameters")
    check_type(said, "SP.XmlSchemaFieldCreationInformation")
    schema = ElementTree.fromstring(said["SchemaXml"])
    label = schema.get("DisplayName") or schema.get("Name") or ""
    name = schema.get("Name") if int(said.get("Options", 0)) & 8 else label.replace(" ", "_x0020_")
    kind = schema.get("Type")
    while name in call.list.columns:
        name += "0"
    if not name or kind not in KINDS:
        raise Refusal("value", f"A column named {name} of the type {kind} cannot be added.")
    column = Column(name, kind, label, schema.get("Indexed") == "TRUE", schema.get("EnforceUniqueValues") == "TRUE")
    if column.unique and not column.indexed:
        raise Refusal("value", "A column of unique values must be indexed.")
    column.rich, column.fill_in = schema.get("RichText") == "TRUE", schema.get("FillInChoice") == "TRUE"
    column.choices = [choice.text or "" for choice in schema.iter("CHOICE")]
    call.list.columns[name] = column
    return _d(_field(call, column))


def change_column(call: Call) -> Answer:
    """Index a column, or not any more."""
    column = call.list.columns.get(call.args["column"])
    if column is None:
        raise GraphError(404, "-2147024809, System.ArgumentException", "The column does not exist.")
    column.indexed = bool(call.json().get("Indexed", column.indexed))
    return Answer(204)


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
    return _d({"results": rows})


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


def _list(call: Call, one: ContactsList) -> Json:
    uri = f"{call.site.address}/_api/Web/Lists(guid'{one.id}')"
    return {
        "__metadata": {"id": uri, "uri": uri, "type": "SP.List", "etag": '"1"'},
        "BaseTemplate": one.template,
        "CurrentChangeToken": {
            "__metadata": {"type": "SP.ChangeToken"},
            "StringValue": token(one, call.site.clock(), one.last_change),
        },
        "Id": one.id,
        "ListItemEntityTypeFullName": entity(one),
        "Title": one.title,
    }


def _field(call: Call, column: Column) -> Json:
    uri = f"{call.site.address}/_api/Web/Lists(guid'{call.list.id}')/Fields(guid'{column.id}')"
    said = {"Type": column.kind, "Name": column.name, "ID": f"{{{column.id}}}"}
    if column.kind == NOTE:
        said["RichText"] = "TRUE" if column.rich else "FALSE"
    return {
        "__metadata": {"id": uri, "uri": uri, "type": _TYPES[column.kind]},
        "EnforceUniqueValues": column.unique,
        "Indexed": column.indexed,
        "InternalName": column.name,
        "SchemaXml": "<Field " + " ".join(f"{name}={quoteattr(value)}" for name, value in said.items()) + " />",
        "TypeAsString": column.kind,
    }


def _d(content: Json) -> Answer:
    return Answer(200, {"d": content})


def find_route(method: str, verb: str, path: str) -> tuple[Handler, dict[str, str], str]:
    """Find the handler of a request, the parts of its path, and what its sender must be allowed."""
    one = r"/_api/web/lists\(guid'(?P<list>[0-9a-f-]+)'\)"
    table: list[tuple[str, str, Handler, str]] = [
        ("GET", r"/_api/web", get_web, "read"),
        ("GET", r"/_api/web/lists/getbytitle\('(?P<title>.+)'\)", get_titled, "read"),
        ("POST", r"/_api/web/lists", add_list, "manage"),
        ("GET", one, get_list, "read"),
        ("POST", rf"{one}/recycle\(\)", recycle_list, "manage"),
        ("GET", f"{one}/fields", get_columns, "read"),
        ("POST", f"{one}/fields/createfieldasxml", add_column, "manage"),
        ("MERGE", rf"{one}/fields/getbyinternalnameortitle\('(?P<column>\w+)'\)", change_column, "manage"),
        ("POST", f"{one}/getchanges", get_changes, "read"),
        ("GET", f"{one}/items", rows.list_rows, "read"),
        ("POST", f"{one}/items", rows.add_row, "write"),
        ("GET", rf"{one}/items\((?P<row>\d+)\)", rows.get_row, "read"),
        ("MERGE", rf"{one}/items\((?P<row>\d+)\)", rows.change_row, "write"),
        ("POST", rf"{one}/items\((?P<row>\d+)\)/recycle\(\)", rows.recycle_row, "write"),
    ]
    for verb_of, pattern, handler, needed in table:
        found = re.fullmatch(pattern, path, re.IGNORECASE)
        if found is not None and verb_of == (verb or method):
            return handler, found.groupdict(), needed
    raise GraphError(404, "-1, Microsoft.SharePoint.Client.ResourceNotFoundException", f"Cannot find {path}.")
