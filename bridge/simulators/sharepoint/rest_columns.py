"""The columns of a list, as REST shows them (``Fields``)."""

from __future__ import annotations

from typing import Any
from xml.sax.saxutils import quoteattr

from defusedxml import ElementTree

from bridge.simulators.graph.messages import Answer, GraphError, Json
from bridge.simulators.sharepoint.columns import CHOICES, DAY, KINDS, NOTE, NUMBER, SYSTEM, TEXT, URL, Column, Refusal
from bridge.simulators.sharepoint.rest_calls import Call, check_type, described, given, listed, matching, selected

_TYPES = {
    TEXT: "SP.FieldText",
    NOTE: "SP.FieldMultiLineText",
    DAY: "SP.FieldDateTime",
    NUMBER: "SP.FieldNumber",
    URL: "SP.FieldUrl",
    CHOICES: "SP.FieldMultiChoice",
    "User": "SP.FieldUser",
}
_NUMBERS = KINDS | {"Counter": 5, "Computed": 12, "Guid": 14, "Attachments": 19, "User": 20, "ContentTypeId": 25}


def property_name(column: str) -> str:
    """Give the name by which rows have a column: OData's names do not begin with an underscore."""
    return f"OData_{column}" if column.startswith("_") else column


def get_columns(call: Call) -> Answer:
    """List the columns, those of the system among them."""
    shown = [_shown(call, column) for column in (*SYSTEM, *call.list.columns.values())]
    return listed(selected(call, each) for each in matching(call, shown))


def get_column(call: Call) -> Answer:
    """Describe a column."""
    return given(selected(call, _shown(call, _column(call))))


def add_schema(call: Call) -> Answer:
    """Add a column by its schema; its name is taken where Options say so (8, AddFieldInternalNameHint)."""
    said: Any = call.json().get("parameters")
    check_type(said, "SP.XmlSchemaFieldCreationInformation")
    schema = ElementTree.fromstring(said["SchemaXml"])
    label = schema.get("DisplayName") or schema.get("Name") or ""
    name = schema.get("Name") if int(said.get("Options", 0)) & 8 else ""
    made = Column(name or _internal(label), schema.get("Type") or "", label)
    made.indexed, made.unique = schema.get("Indexed") == "TRUE", schema.get("EnforceUniqueValues") == "TRUE"
    made.rich, made.fill_in = schema.get("RichText") == "TRUE", schema.get("FillInChoice") == "TRUE"
    made.choices = [choice.text or "" for choice in schema.iter("CHOICE")]
    return _added(call, made)


def add_field(call: Call) -> Answer:
    """Add a column of a type, under the name that its title makes."""
    said: Any = call.json().get("parameters")
    check_type(said, "SP.FieldCreationInformation")
    kind = next((name for name, number in KINDS.items() if number == said.get("FieldTypeKind")), "")
    label = str(said.get("Title", ""))
    choices = [str(each) for each in (said.get("Choices") or {}).get("results", ())]
    return _added(call, Column(_internal(label), kind, label, choices=choices))


def change_column(call: Call) -> Answer:
    """Index a column, or not any more."""
    column = _column(call)
    column.indexed = bool(call.json().get("Indexed", column.indexed))
    return Answer(204)


def delete_column(call: Call) -> Answer:
    """Delete a column and all that is in it."""
    column = _column(call)
    if column in SYSTEM or column.name == "Title":
        raise Refusal("value", f"The column {column.name} cannot be deleted.")
    del call.list.columns[column.name]
    for row in call.list.rows.values():
        row.values.pop(column.name, None)
    return Answer(200)


def _column(call: Call) -> Column:
    """Find a column by its internal name, or else by its title."""
    wanted = call.args["column"]
    columns = [*call.list.columns.values(), *SYSTEM]
    for found in (each for each in columns if each.name == wanted):
        return found
    for found in (each for each in columns if each.label == wanted):
        return found
    raise GraphError(404, "-2147024809, System.ArgumentException", f"Column '{wanted}' does not exist.")


def _added(call: Call, column: Column) -> Answer:
    """Add a column; one whose name there is already gets another name."""
    taken = {*call.list.columns, *(each.name for each in SYSTEM)}
    while column.name in taken:
        column.name += "0"
    if not column.name or column.kind not in KINDS:
        raise Refusal("value", f"A column named {column.name} of the type {column.kind} cannot be added.")
    if column.unique and not column.indexed:
        raise Refusal("value", "A column of unique values must be indexed.")
    call.list.columns[column.name] = column
    return given(_shown(call, column))


def _internal(label: str) -> str:
    return label.replace(" ", "_x0020_")


def _shown(call: Call, column: Column) -> Json:
    said = {"Type": column.kind, "Name": column.name, "ID": f"{{{column.id}}}"}
    if column.kind == NOTE:
        said["RichText"] = "TRUE" if column.rich else "FALSE"
    properties = {
        "EnforceUniqueValues": column.unique,
        "EntityPropertyName": property_name(column.name),
        "FieldTypeKind": _NUMBERS[column.kind],
        "Hidden": False,
        "Id": column.id,
        "Indexed": column.indexed,
        "InternalName": column.name,
        "ReadOnlyField": column in SYSTEM,
        "Required": column.required,
        "SchemaXml": "<Field " + " ".join(f"{name}={quoteattr(value)}" for name, value in said.items()) + " />",
        "StaticName": column.name,
        "Title": column.label or column.name,
        "TypeAsString": column.kind,
    }
    uri = f"{call.list_uri}/Fields(guid'{column.id}')"
    return described({"uri": uri, "type": _TYPES.get(column.kind, "SP.Field")}, properties)
