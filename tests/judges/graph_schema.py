"""A judge that we did not write: every request to Graph and every answer of the simulator against the JSON Schema.

``Judge`` is an observer (``simulator.observers.append(judge)``); at the end ``judge.verdict()`` must be empty.
Requests that are wrong on purpose go inside ``with judge.expecting_bad_requests():``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator, FormatChecker

from bridge.simulators.graph.messages import Answer, Request
from tests.judges.sharepoint_schema import field_errors

FILE = Path(__file__).resolve().parents[1] / "schemas" / "graph" / "graph-v1.0-cut.jsonschema.json"

CONTACT, FOLDER, CATEGORY = (
    "microsoft.graph.contact",
    "microsoft.graph.contactFolder",
    "microsoft.graph.outlookCategory",
)
PHOTO, SUBSCRIPTION, USER = "microsoft.graph.profilePhoto", "microsoft.graph.subscription", "microsoft.graph.user"
CONVERTED = "microsoft.graph.convertIdResult"
SITE, LIST, COLUMN = "microsoft.graph.site", "microsoft.graph.list", "microsoft.graph.columnDefinition"
ROW, FIELDS = "microsoft.graph.listItem", "microsoft.graph.fieldValueSet"

_OWNER = r"/(?:me|users/[^/]+)"
_ONE = r"[^/]+"
_SITE = r"/sites/[^/:]+(?::/[^:]+)?"
_COLLECTIONS = {
    rf"{_OWNER}(/contactFolders/{_ONE})?/contacts(/delta)?": CONTACT,
    rf"{_OWNER}/contactFolders(/{_ONE}/childFolders)?(/delta)?": FOLDER,
    rf"{_OWNER}/outlook/masterCategories": CATEGORY,
    r"/subscriptions": SUBSCRIPTION,
    rf"{_OWNER}/translateExchangeIds": CONVERTED,
    rf"{_SITE}/lists": LIST,
    rf"{_SITE}/lists/{_ONE}/columns": COLUMN,
    rf"{_SITE}/lists/{_ONE}/items(/delta)?": ROW,
}
_SINGLES = {
    rf"{_OWNER}": USER,
    rf"{_OWNER}(/contactFolders/{_ONE})?/contacts/{_ONE}": CONTACT,
    rf"{_OWNER}/contactFolders/{_ONE}(/childFolders/{_ONE})?": FOLDER,
    rf"{_OWNER}/outlook/masterCategories/{_ONE}": CATEGORY,
    rf"{_OWNER}(/contactFolders/{_ONE})?/contacts/{_ONE}/photo": PHOTO,
    rf"/subscriptions/{_ONE}": SUBSCRIPTION,
    rf"{_SITE}/lists/{_ONE}": LIST,
    rf"{_SITE}/lists/{_ONE}/columns/{_ONE}": COLUMN,
    rf"{_SITE}/lists/{_ONE}/items/{_ONE}": ROW,
    rf"{_SITE}/lists/{_ONE}/items/{_ONE}/fields": FIELDS,
    _SITE: SITE,
}
_AROUND = {"@odata.context", "@odata.nextLink", "@odata.deltaLink", "@odata.count", "value"}


@cache
def _validator(definition: str) -> Draft202012Validator:
    schema = json.loads(FILE.read_text("utf-8"))
    return Draft202012Validator({"$ref": f"#/$defs/{definition}", "$defs": schema["$defs"]}, format_checker=_FORMATS)


_FORMATS = FormatChecker()
if "date-time" not in _FORMATS.checkers:
    raise RuntimeError("the package rfc3339-validator is needed: without it no date would be checked")


def errors(definition: str, content: Any) -> list[str]:
    """Give what the schema has against ``content``."""
    found = [f"{error.json_path}: {error.message[:300]}" for error in _validator(definition).iter_errors(content)]
    if definition in (ROW, FIELDS) and isinstance(content, dict):
        found += field_errors(content.get("fields", {}) if definition == ROW else content)
    return found


def notification_errors(content: Any) -> list[str]:
    """Judge a collection of notifications; ``resourceData`` is an open type, which the schema does not say."""
    bare = json.loads(json.dumps(content))
    for told in bare.get("value", []):
        if told.get("resourceData"):
            told["resourceData"] = {"@odata.type": told["resourceData"]["@odata.type"]}
    return errors("microsoft.graph.changeNotificationCollection", bare)


class Judge:
    """Holds what passes by against the schema; ``seen`` counts the bodies that were judged."""

    def __init__(self) -> None:
        self.seen = 0
        self._wrong: list[str] = []
        self._bad_requests: list[str] | None = None

    def __call__(self, request: Request, answer: Answer) -> None:
        bad = list(self._request_errors(request))
        if self._bad_requests is not None:
            self._bad_requests += bad
        else:
            self._wrong += [f"request {request.line}: {error}" for error in bad]
        self._wrong += [
            f"answer to {request.line}: {answer.status} {error}" for error in self._answer_errors(request, answer)
        ]

    def verdict(self) -> list[str]:
        """Give all that was wrong."""
        return self._wrong

    @contextmanager
    def expecting_bad_requests(self) -> Iterator[None]:
        """Let requests be wrong, of which there must be one."""
        self._bad_requests = []
        yield
        assert self._bad_requests, "no request was wrong by the schema"
        self._bad_requests = None

    def _request_errors(self, request: Request) -> Iterator[str]:
        if not request.body or "json" not in request.headers.get("content-type", ""):
            return
        self.seen += 1
        content = json.loads(request.body)
        if request.path == "/$batch":
            yield from errors("BatchRequest", content)
            return
        if request.path.endswith("/translateExchangeIds"):
            return
        table = _SINGLES if request.method == "PATCH" else _COLLECTIONS
        definition = _definition(table, request.path)
        yield from errors(definition, content) if definition else [f"no definition for {request.path}"]

    def _answer_errors(self, request: Request, answer: Answer) -> Iterator[str]:
        content = answer.body
        if not isinstance(content, dict):
            return
        self.seen += 1
        if answer.status >= 400:
            yield from errors("ODataError", content)
        elif request.path == "/$batch":
            yield from errors("BatchResponse", content)
        elif "value" in content and (definition := _definition(_COLLECTIONS, request.path)):
            yield from (f"unknown {name}" for name in set(content) - _AROUND)
            for row in content["value"]:
                yield from errors(definition, row)
        else:
            table = _COLLECTIONS if request.method == "POST" else _SINGLES
            definition = _definition(table, request.path)
            bare = {name: value for name, value in content.items() if not name.startswith("@odata.media")}
            yield from errors(definition, bare) if definition else [f"no definition for {request.path}"]


def _definition(table: dict[str, str], path: str) -> str | None:
    return next((name for pattern, name in table.items() if re.fullmatch(pattern, path)), None)
