"""A judge of SharePoint's REST interface: requests and answers (verbose JSON) against its metadata (CSDL).

Each object that says its type must have none but that type's properties, with values of their types. Rows are of an
open type: their fields are held against [MS-OUTSPS]'s contact-specific schema, and against the columns of our own.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from bridge.simulators.graph.messages import Answer, Request

FOLDER = Path(__file__).resolve().parents[1] / "schemas" / "sharepoint"

OWN = {"BizId": "Text", "BizCategories": "MultiChoice"}
_SYSTEM = {
    **{"ID": "Counter", "AuthorId": "Counter", "EditorId": "Counter"},
    **{"Modified": "DateTime", "Created": "DateTime", "Attachments": "Attachments", "GUID": "Guid"},
    **{"ContentTypeId": "Text", "OData__UIVersionString": "Text", "OData__ModerationComments": "Note"},
}
"""What every list's rows have, by the names of REST ([MS-WSSTS], and the metadata of any list)."""

_ALIASES = {"HomeAddressStreet": "HomeAddress"}
"""Sites know the field 8C66E340-… by this name."""

_GUID = re.compile(r"[0-9a-fA-F]{8}-(?:[0-9a-fA-F]{4}-){3}[0-9a-fA-F]{12}")
_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_EDM = {
    "Edm.String": lambda value: isinstance(value, str),
    "Edm.Boolean": lambda value: isinstance(value, bool),
    "Edm.Int32": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "Edm.Int64": lambda value: isinstance(value, (int, str)) and not isinstance(value, bool),
    "Edm.Guid": lambda value: isinstance(value, str) and _GUID.fullmatch(value) is not None,
    "Edm.DateTime": lambda value: isinstance(value, str) and _MOMENT.fullmatch(value) is not None,
}
_COLUMN = {
    "Text": lambda value: isinstance(value, str),
    "Note": lambda value: isinstance(value, str),
    "DateTime": _EDM["Edm.DateTime"],
    "URL": lambda value: isinstance(value, dict) and value["__metadata"]["type"] == "SP.FieldUrlValue",
    "MultiChoice": lambda value: isinstance(value, dict) and value["__metadata"]["type"] == "Collection(Edm.String)",
    "Counter": _EDM["Edm.Int32"],
    "Attachments": _EDM["Edm.Boolean"],
    "Guid": _EDM["Edm.Guid"],
}
_LINK = "link"


@cache
def _types() -> dict[str, tuple[str | None, dict[str, tuple[str, bool]]]]:
    """Type → its base, and its properties and links with their types and whether they may be null."""
    found = {}
    for element in ElementTree.parse(FOLDER / "sharepoint-rest-cut.csdl.xml").iter():
        if element.tag.rpartition("}")[2] in ("EntityType", "ComplexType"):
            properties = {
                each.attrib["Name"]: (each.attrib["Type"], each.get("Nullable") != "false")
                for each in element
                if each.tag.endswith("}Property")
            }
            links = [each.attrib["Name"] for each in element if each.tag.endswith("}NavigationProperty")]
            properties |= dict.fromkeys(links, (_LINK, False))
            found[f"SP.{element.attrib['Name']}"] = (element.get("BaseType"), properties)
    return found


@cache
def _contact_fields() -> dict[str, str]:
    with (FOLDER / "contacts-list-fields.tsv").open(encoding="utf-8", newline="") as lines:
        return {row["name"]: row["type"] for row in csv.DictReader(lines, delimiter="\t")}


def column_type(name: str) -> str | None:
    """Give the type of a row's field; None where there is no such field."""
    return OWN.get(name) or _SYSTEM.get(name) or _contact_fields().get(_ALIASES.get(name, name))


def errors(content: Any, where: str = "$") -> Iterator[str]:
    """Give what the metadata has against an object, and whatever is in it."""
    if isinstance(content, list):
        for index, each in enumerate(content):
            yield from errors(each, f"{where}[{index}]")
    if not isinstance(content, dict):
        return
    kind = (content.get("__metadata") or {}).get("type")
    for name, value in content.items():
        if name == "__metadata":
            continue
        yield from errors(value, f"{where}.{name}")
        if kind is not None:
            yield from _property_errors(kind, name, value, f"{where}.{name}")


def _property_errors(kind: str, name: str, value: Any, where: str) -> Iterator[str]:
    if kind.startswith("Collection("):
        if name != "results" or not isinstance(value, list):
            yield f"{where}: a collection has results alone"
        return
    row = kind.startswith("SP.Data.")
    known = _properties("SP.ListItem" if row else kind)
    if known is None:
        yield f"{where}: there is no type {kind}"
    elif name in known:
        type, nullable = known[name]
        if value is None:
            if not nullable:
                yield f"{where}: null"
        elif type == _LINK:
            if set(value) != {"__deferred"} or set(value["__deferred"]) != {"uri"}:
                yield f"{where}: {value!r} is no {type}"
        elif (type in _EDM and not _EDM[type](value)) or (
            type not in _EDM and type != "Collection(Edm.String)" and value.get("__metadata", {}).get("type") != type
        ):
            yield f"{where}: {value!r} is no {type}"
    elif not row or (column := column_type(name)) is None:
        yield f"{where}: {kind} has no {name}"
    elif value is not None and not _COLUMN[column](value):
        yield f"{where}: {value!r} is no {column}"


_GRAPH = {"id", "ContentType", "AuthorLookupId", "EditorLookupId", "_UIVersionString", "Attachments", "LinkTitle"}
"""Fields that Graph adds to a row's own."""

_IN_GRAPH = _COLUMN | {
    "URL": lambda value: isinstance(value, dict) and set(value) == {"Url", "Description"},
    "MultiChoice": lambda value: isinstance(value, list) and all(isinstance(each, str) for each in value),
}


def field_errors(fields: dict[str, Any]) -> Iterator[str]:
    """Judge the fields of a row as Graph has them (``fieldValueSet`` is an open type)."""
    for name, value in fields.items():
        if "@" in name or name in _GRAPH:
            continue
        kind = column_type(name)
        if kind is None:
            yield f"rows have no {name}"
        elif value is not None and not _IN_GRAPH[kind](value):
            yield f"{name}: {value!r} is no {kind}"


def _properties(kind: str) -> dict[str, tuple[str, bool]] | None:
    if kind not in _types():
        return None
    base, properties = _types()[kind]
    return properties | ((_properties(base) or {}) if base else {})


class Judge:
    """Holds what passes by against the metadata; ``seen`` counts the bodies that were judged."""

    def __init__(self) -> None:
        self.seen = 0
        self._wrong: list[str] = []

    def __call__(self, request: Request, answer: Answer) -> None:
        is_file = "/attachmentfiles/add(" in request.path.lower()  # sent as it is, whatever its content type says
        if request.body and not is_file:
            self._judge(f"request {request.line}", json.loads(request.body))
        if isinstance(answer.body, dict):
            self._judge(f"answer to {request.line}", answer.body)
            if answer.status >= 400 and set(answer.body["error"]) != {"code", "message"}:
                self._wrong.append(f"answer to {request.line}: no error of OData")

    def verdict(self) -> list[str]:
        """Give all that was wrong."""
        return self._wrong

    def _judge(self, what: str, content: Any) -> None:
        self.seen += 1
        self._wrong += [f"{what}: {error}" for error in errors(content)]
