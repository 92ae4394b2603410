"""What the services' statuses are called (RFC 9110 15)."""

from __future__ import annotations

from http import HTTPStatus


def phrase(status: int) -> str:
    """Name a status: "HTTP 423 Locked"."""
    known = {each.value: each.phrase for each in HTTPStatus}
    return f"HTTP {status} {known.get(status, '')}".strip()
