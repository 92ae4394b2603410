"""Columns as Graph defines them (https://learn.microsoft.com/graph/api/resources/columndefinition)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bridge.targets.sharepoint.columns import Column, Kind
from storage_plugin.model.mirror import Flag


def column_from_graph(said: Mapping[str, Any]) -> Column | None:
    """Read a column's definition; None for types that hold nothing of a contact, or cannot be written."""
    indexed, unique = bool(said.get("indexed")), bool(said.get("enforceUniqueValues"))
    if said.get("text") is not None:
        text = said["text"]
        kind = Kind.NOTE if text.get("allowMultipleLines") else Kind.TEXT
        return Column(said["name"], kind, "", indexed, unique, text.get("textType") == "richText")
    if said.get("dateTime") is not None:
        return Column(said["name"], Kind.DAY, "", indexed, unique)
    if said.get("choice") is not None:
        return Column(said["name"], Kind.CHOICES, "", indexed, unique)
    return None


def column_to_graph(column: Column) -> dict[str, Any]:
    """Write the definition of a column to be added."""
    said: dict[str, Any] = {"name": column.name, "displayName": column.label, "description": "Contact Bridge"}
    if column.indexed:
        said |= {"indexed": True, "enforceUniqueValues": column.unique}
    if column.kind is Kind.CHOICES:
        return said | {"choice": {"allowTextEntry": True, "choices": [Flag().name], "displayAs": "checkBoxes"}}
    return said | {"text": {"allowMultipleLines": False, "maxLength": 255}}
