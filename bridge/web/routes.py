"""Which page is where, and for whom: the one table of all that can be reached."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from importlib import import_module

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


NOUNS = (
    *("signing_in", "openid", "first_run", "welcome", "home"),
    *("contacts", "contact", "contact_edit", "contact_account", "contact_past", "trash", "duplicates", "inbox"),
    *("devices", "device_undo", "me", "view"),
    *("mirror", "mirror_settings", "mirror_database", "mirror_end", "conflicts"),
    *("users", "types", "imports", "export", "erasure", "status"),
)
"""The files of ``bridge.web.pages``, in the order of the menu."""


def all_routes() -> Sequence[Route]:
    """Give every route of the page. The files are imported here: each of them imports this one."""
    pages = (import_module(f"bridge.web.pages.{noun}") for noun in NOUNS)
    return [route for page in pages for route in page.ROUTES]
