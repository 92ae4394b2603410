"""Which error means what to the caller: one sentence and an exit code for each."""

from __future__ import annotations

import os

from bridge.cli import Failure
from bridge.listening import CannotListen
from bridge.place import NotThere
from bridge.settings import WrongSettings
from bridge.supervisor import GaveUp
from bridge.targets.base import TargetError, Unreachable
from storage_plugin.model.book import (
    BookError,
    NotFound,
    Precondition,
    Refused,
    StorageFull,
    TooLarge,
    UidConflict,
    Unavailable,
)

FAILED, NOT_FOUND, REFUSED, UNAVAILABLE = 1, 3, 4, 5

CODES: tuple[tuple[type[Exception], int], ...] = (
    (NotFound, NOT_FOUND),
    (Precondition, REFUSED),
    (UidConflict, REFUSED),
    (Refused, REFUSED),
    (TooLarge, REFUSED),
    (StorageFull, UNAVAILABLE),
    (Unavailable, UNAVAILABLE),
    (CannotListen, UNAVAILABLE),
    (GaveUp, UNAVAILABLE),
    (NotThere, FAILED),
    (WrongSettings, FAILED),
    (Unreachable, UNAVAILABLE),
    (TargetError, FAILED),
    (BookError, FAILED),
)


def failure_of(error: Exception) -> Failure | None:
    """Give the failure to show for ``error``; None for a fault of ours, which deserves its traceback."""
    for kind, code in CODES:
        if isinstance(error, kind):
            return _failure(_sentence(error), code)
    if isinstance(error, OSError) and error.filename is not None:
        return _failure(f"{os.fsdecode(error.filename)}: {error.strerror}.", FAILED)
    return None


def _failure(sentence: str, code: int) -> Failure:
    failure = Failure(sentence)
    vars(failure)["exit_code"] = code
    return failure


def _sentence(error: Exception) -> str:
    text = str(error) or (type(error).__doc__ or "").splitlines()[0]
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) else ".")
