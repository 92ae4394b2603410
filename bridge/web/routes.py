"""Which page is where, and for whom: the one table of all that can be reached."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum

from bridge.web.answers import Answer
from bridge.web.visit import Visit


class Access(Enum):
    """Who may open a page; each includes those after it."""

    ANYBODY = 0
    COWORKER = 1
    ADMINISTRATOR = 2


@dataclass(frozen=True, slots=True)
class Route:
    """A page: ``method`` is GET or POST (whatever changes something), ``path`` may hold ``{words}``."""

    method: str
    path: str
    page: Callable[[Visit], Answer]
    access: Access = Access.COWORKER
    largest: int = 1024 * 1024
    """Octets of a form."""


def all_routes() -> Sequence[Route]:
    """Give every route of the page."""
    from bridge.web.pages import (
        conflicts,
        contact,
        contact_edit,
        contact_past,
        contacts,
        device_undo,
        devices,
        duplicates,
        erasure,
        export,
        first_run,
        home,
        imports,
        inbox,
        me,
        mirror,
        mirror_database,
        mirror_end,
        mirror_settings,
        openid,
        signing_in,
        status,
        trash,
        types,
        users,
        welcome,
    )

    nouns = (
        signing_in,
        openid,
        first_run,
        welcome,
        home,
        contacts,
        contact,
        contact_edit,
        contact_past,
        trash,
        duplicates,
        devices,
        device_undo,
        inbox,
        me,
        mirror,
        mirror_settings,
        types,
        users,
        conflicts,
        mirror_database,
        mirror_end,
        erasure,
        export,
        imports,
        status,
    )
    return [route for noun in nouns for route in noun.ROUTES]
