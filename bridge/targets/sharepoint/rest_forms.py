"""Rows and columns as REST's verbose JSON writes them (``Accept: application/json;odata=verbose``)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import quoteattr

from bridge.targets.sharepoint.columns import Column, Kind
from bridge.targets.sharepoint.mapping import Row, Values
from storage_plugin.model.mirror import Flag, ItemId


def row_from_rest(said: Mapping[str, Any]) -> Row:
    """Read a row; its version is the ETag."""
    values = {name: _plain(value) for name, value in said.items() if name != "__metadata"}
    return Row(ItemId(str(said["Id"])), said["__metadata"].get("etag", ""), values, said.get("Modified") or "")


def values_to_rest(values: Values) -> dict[str, Any]:
    """Write values; hyperlinks and choices have types of their own."""
    return {name: _typed(value) for name, value in values.items()}


def column_from_rest(said: Mapping[str, Any]) -> Column | None:
    """Read a field's definition; None for types that hold nothing of a contact."""
    if said["TypeAsString"] not in set(Kind):
        return None
    rich = re.search(r'\sRichText="TRUE"', str(said.get("SchemaXml", "")), re.IGNORECASE) is not None
    unique = bool(said.get("EnforceUniqueValues"))
    return Column(said["InternalName"], Kind(said["TypeAsString"]), "", bool(said.get("Indexed")), unique, rich=rich)


def column_to_xml(column: Column) -> str:
    """Write the definition of a column to be added ([MS-WSSFO3] 2.2.7.3.3, Field)."""
    said = {"Type": column.kind.value, "Name": column.name, "StaticName": column.name, "DisplayName": column.label}
    if column.indexed:
        said["Indexed"] = "TRUE"
    if column.unique:
        said["EnforceUniqueValues"] = "TRUE"
    if column.kind is Kind.CHOICES:
        said["FillInChoice"] = "TRUE"
    attributes = " ".join(f"{name}={quoteattr(value)}" for name, value in said.items())
    if column.kind is Kind.CHOICES:
        return f"<Field {attributes}><CHOICES><CHOICE>{Flag().name}</CHOICE></CHOICES></Field>"
    return f"<Field {attributes} />"


def _plain(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return value
    if "results" in value:
        return list(value["results"])
    return {name: each for name, each in value.items() if name != "__metadata"}


def _typed(value: Any) -> Any:
    if isinstance(value, list):
        return {"__metadata": {"type": "Collection(Edm.String)"}, "results": value}
    if isinstance(value, Mapping):
        return {"__metadata": {"type": "SP.FieldUrlValue"}, **value}
    return value
