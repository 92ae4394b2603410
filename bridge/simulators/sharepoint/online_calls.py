"""A request to a list through Microsoft Graph, as its handlers get it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from bridge.simulators.graph.messages import Answer, GraphError, Request
from bridge.simulators.sharepoint.behaviour import Behaviour
from bridge.simulators.sharepoint.online_delta import Rounds
from bridge.simulators.sharepoint.store import ContactsList, Site


@dataclass(slots=True)
class Call:
    """A request to a list, with the parts of its path by name."""

    request: Request
    site: Site
    list: ContactsList | None
    behaviour: Behaviour
    rounds: Rounds
    args: dict[str, str] = field(default_factory=dict)

    @property
    def rows(self) -> ContactsList:
        """Give the list; 404 where the path leads to none."""
        if self.list is None:
            raise GraphError(404, "itemNotFound", "The specified list was not found.")
        return self.list


Handler = Callable[[Call], Answer]
