"""Columns as Graph describes them (https://learn.microsoft.com/graph/api/resources/columndefinition)."""

from __future__ import annotations

from typing import Any

from bridge.simulators.graph.messages import Json, bad_request
from bridge.simulators.sharepoint.columns import CHOICES, DAY, KINDS, NOTE, NUMBER, SYSTEM, TEXT, URL, Column
from bridge.simulators.sharepoint.store import ContactsList


def definitions(one: ContactsList) -> list[Json]:
    """Describe the columns of a list, those of the system among them whose types contacts have, too."""
    return [
        definition(column) for column in (*(each for each in SYSTEM if each.kind in KINDS), *one.columns.values())
    ]


def definition(column: Column) -> Json:
    """Describe a column."""
    return {
        "id": column.id,
        "name": column.name,
        "displayName": column.label or column.name,
        "columnGroup": "Custom Columns",
        "description": "",
        "enforceUniqueValues": column.unique,
        "hidden": False,
        "indexed": column.indexed,
        "readOnly": column in SYSTEM,
        "required": column.required,
    } | _facet(column)


def _facet(column: Column) -> Json:
    if column.kind == TEXT:
        return {"text": {"allowMultipleLines": False, "linesForEditing": 0, "maxLength": 255}}
    if column.kind == NOTE:
        kind = "richText" if column.rich else "plain"
        return {"text": {"allowMultipleLines": True, "linesForEditing": 6, "textType": kind}}
    if column.kind == DAY:
        return {"dateTime": {"displayAs": "default", "format": "dateOnly"}}
    if column.kind == NUMBER:
        return {"number": {"decimalPlaces": "automatic", "displayAs": "number"}}
    if column.kind == URL:
        return {}  # the facet hyperlinkOrPicture is missing in answers (microsoft-graph-toolkit#1614)
    facet = {"allowTextEntry": column.fill_in, "choices": list(column.choices), "displayAs": "checkBoxes"}
    return {"choice": facet}


def made_column(said: Json) -> Column:
    """Read the description of a new column."""
    name: Any = said.get("name")
    facets = [facet for facet in ("text", "choice", "dateTime", "hyperlinkOrPicture") if facet in said]
    if not isinstance(name, str) or not name or len(facets) != 1:
        raise bad_request("invalidRequest", "The column is described wrongly.")
    if said.get("enforceUniqueValues") and not said.get("indexed"):
        raise bad_request("invalidRequest", "A column of unique values must be indexed.")
    column = Column(name, label=str(said.get("displayName") or name))
    column.indexed, column.unique = bool(said.get("indexed")), bool(said.get("enforceUniqueValues"))
    facet = said[facets[0]]
    if facets[0] == "choice":
        column.kind, column.fill_in = CHOICES, bool(facet.get("allowTextEntry"))
        column.choices = list(facet.get("choices") or ())
    elif facets[0] == "text":
        column.kind = NOTE if facet.get("allowMultipleLines") else TEXT
    else:
        column.kind = DAY if facets[0] == "dateTime" else URL
    return column
