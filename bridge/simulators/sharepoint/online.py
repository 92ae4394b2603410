"""SharePoint Online's lists as Microsoft Graph shows them: ``/sites/…`` in the simulator of Graph.

https://learn.microsoft.com/graph/api/resources/list, .../listitem, .../columndefinition.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from bridge.simulators.graph.app import Simulator
from bridge.simulators.graph.messages import Answer, GraphError, Json, Request, bad_request
from bridge.simulators.graph.sign_in import Grant
from bridge.simulators.sharepoint import online_rows as rows
from bridge.simulators.sharepoint.behaviour import Behaviour
from bridge.simulators.sharepoint.columns import Column, Refusal
from bridge.simulators.sharepoint.online_calls import Call, Handler
from bridge.simulators.sharepoint.online_columns import definition, definitions, made_column
from bridge.simulators.sharepoint.online_delta import Rounds
from bridge.simulators.sharepoint.store import ContactsList, Site
from bridge.simulators.sharepoint.units import Units

RANKS = ("Sites.Read.All", "Sites.ReadWrite.All", "Sites.Manage.All", "Sites.FullControl.All")
"""The permissions, each with all that the one before it allows."""

SITES = frozenset({"Sites.Manage.All", "User.Read"})
"""The permissions that a mirror into a list needs."""

_STATUS = {
    "gone": (404, "itemNotFound"),
    "exists": (409, "nameAlreadyExists"),
    "duplicate": (409, "nameAlreadyExists"),
    "full": (507, "quotaLimitReached"),
    "conflict": (412, "resourceModified"),
}


class Online:
    """The sites of a tenant, served by a simulator of Graph."""

    def __init__(self, graph: Simulator) -> None:
        self.graph = graph
        self.behaviour = Behaviour()
        self.rounds = Rounds(self.behaviour)
        self.units = Units(graph.clock)
        self.sites: dict[str, Site] = {}
        graph.beside["sites"] = self.answer

    def site(self, address: str = "https://contoso.sharepoint.com/sites/office") -> Site:
        """Make a site."""
        made = Site(address, self.graph.clock)
        self.sites[self.full_id(made)] = made
        return made

    @staticmethod
    def full_id(site: Site) -> str:
        """Give the id of a site: host, site collection, web."""
        return f"{urlsplit(site.address).hostname},{site.id},{site.web}"

    def answer(self, request: Request, grant: Grant) -> Answer:
        """Answer a request; outlook.com has no sites."""
        if grant.mailbox is not None and grant.mailbox.consumer:
            raise GraphError(403, "accessDenied", "Sites are not available to personal accounts.")
        self.units.take(grant.application, request)
        method, pattern, handler, needed = self._route(request)
        _check(grant, needed)
        args = pattern.groupdict()
        site = self._site(args["site"])
        if ("manage" if needed == "Sites.Manage.All" else "read" if method == "GET" else "write") not in site.may:
            raise _denied()
        place = site.lists.get(args.get("list", "")) or site.titled(args.get("list", ""))
        try:
            return handler(Call(request, site, place, self.behaviour, self.rounds, args))
        except Refusal as refusal:
            status, code = _STATUS.get(refusal.why, (400, "invalidRequest"))
            raise GraphError(status, code, refusal.message) from refusal

    def _route(self, request: Request) -> tuple[str, re.Match[str], Handler, str]:
        for method, pattern, handler, needed in _ROUTES:
            found = pattern.fullmatch(request.path)
            if found is not None and method == request.method:
                return method, found, handler, needed
        raise bad_request("invalidRequest", f"Resource not found for {request.method} {request.path}.")

    def _site(self, named: str) -> Site:
        host, _, path = named.partition(":")
        for id, site in self.sites.items():
            address = urlsplit(site.address)
            if named == id or (host == address.hostname and path.rstrip("/") == address.path.rstrip("/")):
                return site
        raise GraphError(404, "itemNotFound", "Requested site could not be found")


def get_site(call: Call) -> Answer:
    """Describe the site."""
    body: Json = {
        "id": Online.full_id(call.site),
        "displayName": call.site.address.rpartition("/")[2],
        "name": call.site.address.rpartition("/")[2],
        "webUrl": call.site.address,
    }
    return Answer(200, body)


def get_lists(call: Call) -> Answer:
    """List the lists."""
    return Answer(200, {"value": [_list(call, each) for each in call.site.lists.values()]})


def add_list(call: Call) -> Answer:
    """Make a list."""
    wanted = call.request.json()
    template = (wanted.get("list") or {}).get("template", "genericList")
    if template not in ("contacts", "genericList") or not isinstance(wanted.get("displayName"), str):
        raise bad_request("invalidRequest", "The list is described wrongly.")
    return Answer(201, _list(call, call.site.add_list(wanted["displayName"], 105 if template == "contacts" else 100)))


def get_list(call: Call) -> Answer:
    """Describe a list, with its columns if they are asked for."""
    body = _list(call, call.rows)
    if call.request.query.get("$expand", "").startswith("columns"):
        body["columns"] = definitions(call.rows)
    return Answer(200, body)


def delete_list(call: Call) -> Answer:
    """Remove a list."""
    call.site.remove_list(call.rows)
    return Answer(204)


def get_columns(call: Call) -> Answer:
    """List the columns."""
    return Answer(200, {"value": definitions(call.rows)})


def add_column(call: Call) -> Answer:
    """Add a column."""
    column = made_column(call.request.json())
    if column.name in call.rows.columns:
        raise Refusal("exists", f"A column named {column.name} exists.")
    call.rows.columns[column.name] = column
    return Answer(201, definition(column))


def change_column(call: Call) -> Answer:
    """Index a column, or not any more."""
    found = [each for each in call.rows.columns.values() if call.args["column"] in (each.name, each.id)]
    if not found:
        raise GraphError(404, "itemNotFound", "The specified column was not found.")
    column: Column = found[0]
    column.indexed = bool(call.request.json().get("indexed", column.indexed))
    return Answer(200, definition(column))


def _list(call: Call, one: ContactsList) -> Json:
    template = "contacts" if one.template == 105 else "genericList"
    return {
        "id": one.id,
        "name": one.title,
        "displayName": one.title,
        "webUrl": f"{call.site.address}/Lists/{one.title}",
        "list": {"template": template, "hidden": False, "contentTypesEnabled": False},
    }


def _check(grant: Grant, needed: str) -> None:
    held = max((RANKS.index(each) for each in grant.permissions if each in RANKS), default=-1)
    if held < RANKS.index(needed):
        raise _denied()


def _denied() -> GraphError:
    return GraphError(403, "accessDenied", "Access denied")


def _routes(*lines: tuple[str, Callable[[Any], Answer], str]) -> list[tuple[str, re.Pattern[str], Handler, str]]:
    found = []
    for line, handler, needed in lines:
        method, _, path = line.partition(" ")
        parts = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(path))
        parts = parts.replace("(?P<site>[^/]+)", "(?P<site>[^/:]+(?::/[^:]+)?)")
        found.append((method, re.compile(parts), handler, needed))
    return found


_LIST = "/sites/{site}/lists/{list}"
_ROUTES = _routes(
    ("GET /sites/{site}/lists", get_lists, "Sites.Read.All"),
    ("POST /sites/{site}/lists", add_list, "Sites.Manage.All"),
    (f"GET {_LIST}", get_list, "Sites.Read.All"),
    (f"DELETE {_LIST}", delete_list, "Sites.Manage.All"),
    (f"GET {_LIST}/columns", get_columns, "Sites.Read.All"),
    (f"POST {_LIST}/columns", add_column, "Sites.Manage.All"),
    (f"PATCH {_LIST}/columns/{{column}}", change_column, "Sites.Manage.All"),
    (f"GET {_LIST}/items/delta", rows.delta, "Sites.Read.All"),
    (f"GET {_LIST}/items", rows.list_rows, "Sites.Read.All"),
    (f"POST {_LIST}/items", rows.add_row, "Sites.ReadWrite.All"),
    (f"GET {_LIST}/items/{{row}}", rows.get_row, "Sites.Read.All"),
    (f"DELETE {_LIST}/items/{{row}}", rows.delete_row, "Sites.ReadWrite.All"),
    (f"GET {_LIST}/items/{{row}}/fields", rows.get_fields, "Sites.Read.All"),
    (f"PATCH {_LIST}/items/{{row}}/fields", rows.change_row, "Sites.ReadWrite.All"),
    ("GET /sites/{site}", get_site, "Sites.Read.All"),
)
