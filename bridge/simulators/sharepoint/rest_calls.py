"""What all parts of REST's face share: a call, the list that its path names, and objects in verbose JSON.

The paths are in ``rest_routes``; what stands behind them in ``rest_lists``, ``rest_columns``, ``rest_changes``,
``rest_rows`` and ``rest_attachments``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from bridge.simulators.graph.messages import Answer, GraphError, Json, Request
from bridge.simulators.sharepoint.behaviour import Behaviour
from bridge.simulators.sharepoint.columns import Refusal
from bridge.simulators.sharepoint.store import ContactsList, Row, Site

_INVALID = "-1, Microsoft.SharePoint.Client.InvalidClientQueryException"
_EQUAL = re.compile(r"(\w+) eq (?:'((?:[^']|'')*)'|(\d+)|(true|false))")


@dataclass(slots=True)
class Call:
    """A request to the site; ``args`` is what its path names: ``list`` or ``title``, ``row``, ``column``, ``file``.

    The text of the path's arguments is plain: no quotes are doubled in it any more.
    """

    request: Request
    site: Site
    behaviour: Behaviour
    args: dict[str, str]

    @property
    def list(self) -> ContactsList:
        """Give the list of the path, named by its id or by its title; 404."""
        if "title" in self.args:
            return self._titled(self.args["title"])
        found = self.site.lists.get(self.args["list"].lower())
        if found is None:
            raise Refusal("no list", "List does not exist. It may have been deleted by another user.")
        return found

    def _titled(self, title: str) -> ContactsList:
        found = self.site.titled(title)
        if found is None:
            text = f"List '{title}' does not exist at site with URL '{self.site.address}'."
            raise GraphError(404, "-1, System.ArgumentException", text)
        return found

    @property
    def row(self) -> Row:
        """Give the row of the path; 404."""
        return self.list.row(int(self.args["row"]))

    @property
    def list_uri(self) -> str:
        """Give the address of the list, by its id as answers write it."""
        return f"{self.site.address}/_api/Web/Lists(guid'{self.list.id}')"

    @property
    def row_uri(self) -> str:
        """Give the address of the row."""
        return f"{self.list_uri}/Items({self.row.id})"

    def json(self) -> Json:
        """Read the body; 400 where it is no verbose JSON."""
        if "odata=verbose" not in self.request.headers.get("content-type", ""):
            raise GraphError(400, _INVALID, "No verbose JSON.")
        try:
            content = json.loads(self.request.body)
        except ValueError as error:
            raise GraphError(400, _INVALID, "") from error
        if not isinstance(content, dict):
            raise GraphError(400, _INVALID, "No object.")
        return content

    def check_version(self, version: str) -> None:
        """Refuse a write without If-Match, and one of another version than ``version``."""
        wanted = self.request.headers.get("if-match")
        if wanted is None:
            raise GraphError(400, "-1, Microsoft.SharePoint.SPException", "If-Match is missing.")
        if wanted not in ("*", version):
            text = f"The request ETag value '{wanted}' does not match the object's ETag value '{version}'."
            raise Refusal("conflict", text)


Handler = Callable[[Call], Answer]


def given(content: Json) -> Answer:
    """Answer with an object."""
    return Answer(200, {"d": content})


def listed(content: Iterable[Json]) -> Answer:
    """Answer with a collection."""
    return given({"results": list(content)})


def described(metadata: Json, properties: Json, links: Iterable[str] = ()) -> Json:
    """Give an object: what it is (``uri``, ``type`` …), its properties, and the addresses of what hangs on it."""
    uri = metadata["uri"]
    hanging = {name: {"__deferred": {"uri": f"{uri}/{name}"}} for name in links}
    return {"__metadata": {"id": uri} | metadata} | hanging | properties


def selected(call: Call, whole: Json, unasked: Json | None = None) -> Json:
    """Give an object with what ``$select`` names, else all of it; ``unasked`` is there only when it is named."""
    said = call.request.query.get("$select")
    if said is None:
        return whole
    known = whole | (unasked or {})
    names = [each for name in said.split(",") for each in (whole if name == "*" else (name,))]
    for name in names:
        if name not in known:
            text = f"The field or property '{name}' does not exist."
            raise GraphError(400, "-1, Microsoft.SharePoint.SPException", text)
    return {name: known[name] for name in ("__metadata", *names)}


def matching(call: Call, objects: Iterable[Json]) -> list[Json]:
    """Keep the objects for which one test of ``$filter`` holds; tests of equality, joined by ``or``."""
    said = call.request.query.get("$filter")
    if said is None:
        return list(objects)
    tests = [_test(each) for each in said.split(" or ")]
    return [each for each in objects if any(each.get(name) == value for name, value in tests)]


def _test(said: str) -> tuple[str, Any]:
    found = _EQUAL.fullmatch(said)
    if found is None:
        raise GraphError(400, _INVALID, f"The expression {said!r} is not valid.")
    name, text, number, truth = found.groups()
    if text is not None:
        return name, text.replace("''", "'")
    return name, int(number) if number else truth == "true"


def entity(one: ContactsList) -> str:
    """Give the type of the list's rows."""
    return f"SP.Data.{one.title.replace(' ', '_x0020_')}ListItem"


def check_type(said: Any, wanted: str) -> None:
    """Refuse what is no object that says its type, as verbose JSON must."""
    kind = (said.get("__metadata") or {}).get("type") if isinstance(said, dict) else None
    if kind != wanted:
        text = "An entry without a type name was found, but no expected type was specified."
        raise GraphError(400, _INVALID, f"{text} ({wanted})")
