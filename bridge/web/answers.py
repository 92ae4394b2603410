"""What a page answers; ``handling`` makes HTTP of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias


@dataclass(frozen=True, slots=True)
class Page:
    """A template with what it shows."""

    template: str
    shows: Mapping[str, Any] = field(default_factory=dict)
    status: int = 200


@dataclass(frozen=True, slots=True)
class Redirect:
    """Somewhere else (303); ``said`` is told there, once."""

    to: str
    said: str = ""


@dataclass(frozen=True, slots=True)
class File:
    """Octets to show (a picture), or, with a ``name``, to save."""

    content: bytes
    content_type: str
    name: str = ""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A session begins."""

    user: str
    to: str = "/"


@dataclass(frozen=True, slots=True)
class SignedOut:
    """The session ends."""


@dataclass(frozen=True, slots=True)
class Live:
    """A part of a page that changes while it is looked at: server-sent events (HTML Standard 9.2).

    ``look`` is called every second, in a thread, and gives what the template shows now; None when nothing more
    will happen: then the browser loads the whole page anew.
    """

    template: str
    look: Callable[[], Mapping[str, Any] | None]


AtOnce: TypeAlias = Page | Redirect | File | SignedIn | SignedOut
Answer: TypeAlias = AtOnce | Live
