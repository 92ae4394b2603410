"""Which run of a mirror a task is about: what is logged meanwhile tells its number."""

from __future__ import annotations

from contextvars import ContextVar

current_run: ContextVar[int] = ContextVar("current_run", default=0)
"""The id of the run; 0 for none."""
