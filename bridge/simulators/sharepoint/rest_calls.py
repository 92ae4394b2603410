"""A request to a site through REST, as its handlers get it, and the types that verbose JSON must say."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bridge.simulators.graph.messages import Answer, GraphError, Json, Request
from bridge.simulators.sharepoint.behaviour import Behaviour
from bridge.simulators.sharepoint.columns import Refusal
from bridge.simulators.sharepoint.store import ContactsList, Site


@dataclass(slots=True)
class Call:
    """A request to the site, with the parts of its path by name."""

    request: Request
    site: Site
    behaviour: Behaviour
    args: dict[str, str]

    @property
    def list(self) -> ContactsList:
        """Give the list of the path; 404."""
        found = self.site.lists.get(self.args["list"])
        if found is None:
            raise Refusal("no list", "List does not exist. It may have been deleted by another user.")
        return found

    def json(self) -> Json:
        """Read the body; 400 where it is no verbose JSON."""
        if "odata=verbose" not in self.request.headers.get("content-type", ""):
            raise GraphError(400, "-1, Microsoft.SharePoint.Client.InvalidClientQueryException", "No verbose JSON.")
        try:
            content = json.loads(self.request.body)
        except ValueError as error:
            raise GraphError(400, "-1, Microsoft.SharePoint.Client.InvalidClientQueryException", "") from error
        if not isinstance(content, dict):
            raise GraphError(400, "-1, Microsoft.SharePoint.Client.InvalidClientQueryException", "No object.")
        return content


Handler = Callable[[Call], Answer]


def entity(one: ContactsList) -> str:
    """Give the type of the list's rows."""
    return f"SP.Data.{one.title.replace(' ', '_x0020_')}ListItem"


def check_type(said: Any, wanted: str) -> None:
    """Refuse what is no object that says its type, as verbose JSON must."""
    kind = (said.get("__metadata") or {}).get("type") if isinstance(said, dict) else None
    if kind != wanted:
        text = "An entry without a type name was found, but no expected type was specified."
        raise GraphError(400, "-1, Microsoft.SharePoint.Client.InvalidClientQueryException", f"{text} ({wanted})")
