"""What exchangelib raises, and what EWS answers, in the words of ``bridge.targets.base``."""

from __future__ import annotations

from collections.abc import Callable

from exchangelib import errors

from bridge.targets.base import (
    Changed,
    CursorExpired,
    FolderGone,
    Forbidden,
    Full,
    Gone,
    Rejected,
    SignInNeeded,
    TargetError,
    Throttled,
    Unreachable,
)
from storage_plugin.model.marking import N_

BUSY = (errors.ErrorServerBusy, errors.ErrorTooManyObjectsOpened, errors.ErrorExceededConnectionCount)
"""Not now: the server has surely not done what it was asked for."""


class NoMailbox(FolderGone):
    """The server does not have the mailbox, or not any more: its new address is asked for, never looked up.

    Whoever answers in place of a server could send us anywhere, and the password would go along.
    """

    def __init__(self) -> None:
        super().__init__(
            "This server has no mailbox of this address: if it was moved, change the mirror's server to its new one."
        )


def error_of(error: Exception) -> TargetError:
    """Translate an error of exchangelib."""
    words = str(error)
    for kinds, made in _ERRORS:
        if isinstance(error, kinds):
            return made(words)
    if isinstance(error, BUSY):
        return throttled(error)
    if isinstance(error, errors.ResponseMessageError):
        return Rejected(words or type(error).__name__)
    return Unreachable(away(words))


def throttled(error: Exception) -> Throttled:
    """Give the error of a server that asks for time, with the seconds that it names."""
    return Throttled("Exchange asks for fewer requests.", getattr(error, "back_off", None) or 10.0)


def away(words: str) -> str:
    """Say in one sentence that a server does not answer as it should."""
    words = words.partition("\n")[0][:300].rstrip(".") + "."
    return N_(f"The Exchange server does not answer as it should: {words}")


_ERRORS: tuple[tuple[tuple[type[Exception], ...], Callable[[str], TargetError]], ...] = (
    (
        (errors.UnauthorizedError, errors.ErrorAccountDisabled, errors.ErrorPasswordExpired),
        lambda words: SignInNeeded("Exchange does not accept the user name or the password."),
    ),
    (
        (errors.ErrorItemNotFound, errors.ErrorInvalidIdMalformed, errors.ErrorInvalidId, errors.ErrorInvalidIdEmpty),
        Gone,
    ),
    (
        (
            errors.ErrorIrresolvableConflict,
            errors.ErrorStaleObject,
            errors.ErrorInvalidChangeKey,
            errors.ErrorChangeKeyRequiredForWriteOperations,
        ),
        Changed,
    ),
    (
        (errors.ErrorFolderNotFound, errors.ErrorSyncFolderNotFound, errors.ErrorParentFolderNotFound),
        lambda words: FolderGone("The folder is no longer in the mailbox."),
    ),
    ((errors.ErrorInvalidSyncStateData,), CursorExpired),
    (
        (errors.ErrorQuotaExceeded,),
        lambda words: Full("The mailbox is full: delete or archive something in it."),
    ),
    (
        (
            errors.ErrorAccessDenied,
            errors.ErrorImpersonateUserDenied,
            errors.ErrorImpersonationDenied,
            errors.ErrorCreateItemAccessDenied,
        ),
        lambda words: Forbidden(f"Exchange refuses this account: {words}"),
    ),
    (
        (
            errors.ErrorNonExistentMailbox,
            errors.ErrorWrongServerVersion,
            errors.ErrorWrongServerVersionDelegate,
            errors.ErrorCrossSiteRequest,
            errors.ErrorProxyServiceDiscoveryFailed,
        ),
        lambda words: NoMailbox(),
    ),
    (
        (
            errors.ErrorTimeoutExpired,
            errors.ErrorMailboxStoreUnavailable,
            errors.ErrorMailboxMoveInProgress,
            errors.ErrorConnectionFailed,
            errors.ErrorInternalServerTransientError,
            errors.ErrorBatchProcessingStopped,
        ),
        lambda words: Unreachable(away(words)),
    ),
)
