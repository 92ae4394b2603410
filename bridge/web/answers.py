"""What a page answers; ``handling`` makes HTTP of it."""

from __future__ import annotations

from collections.abc import Mapping
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


Answer: TypeAlias = Page | Redirect | File | SignedIn | SignedOut
