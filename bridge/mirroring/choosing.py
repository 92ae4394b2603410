"""What somebody may choose when a mirror is set up, and what follows from the choice by itself (BCM-20, BCM-21)."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from importlib.util import find_spec
from typing import Any

from bridge.mirroring.places import KINDS

_NEEDS = {"ews": "exchangelib"}
"""The libraries that an installation may lack."""


def offered(allowed: Collection[str], *, is_administrator: bool) -> Mapping[str, str]:
    """Give the kinds of folders that the page offers, each with what it is; ``allowed`` are those of the settings.

    A folder of this machine is offered to administrators alone, unless it is named: whoever names its path reads and
    writes there with the rights of the server.
    """
    may = {*allowed, *(("file",) if is_administrator else ())}
    return {kind: what for kind, what in KINDS.items() if kind in may and _is_there(kind)}


def with_sign_in(place: Mapping[str, Any], *, by_code: bool = False) -> dict[str, Any]:
    """Add who signs in where somebody must: a person who types a code, the app, or a user with a password."""
    found = dict(place)
    match found.get("kind"):
        case "graph":
            found["sign_in"] = "app" if found.get("mailbox") else "person"
        case "sharepoint" if by_code or "sign_in" not in found:
            found["sign_in"] = "person" if by_code else "password" if found.get("user") else "app"
    return found


def _is_there(kind: str) -> bool:
    library = _NEEDS.get(kind)
    return library is None or find_spec(library) is not None
