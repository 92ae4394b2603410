"""A signed-in connection to Exchange Web Services through exchangelib: requests, waiting, the translation of errors.

exchangelib signs in (Basic, NTLM, Kerberos), keeps the connection, and reads answers; what is sent are our own
elements, so that each request says what we mean and nothing else. It is synchronous (requests) and is called in
threads. A request that the server has surely not done (ErrorServerBusy) is sent again after the time that it names;
one whose answer was lost is never sent again by this file: the engine looks for what became of it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal
from urllib.parse import urlsplit

from exchangelib import UTC, Account, Configuration, Credentials, Version, errors
from exchangelib.credentials import DELEGATE, IMPERSONATION
from exchangelib.protocol import FailFast, Protocol
from exchangelib.services.common import EWSAccountService
from exchangelib.transport import AUTH_TYPE_MAP
from exchangelib.version import EXCHANGE_2016

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
from bridge.targets.ews.xml import M, make
from bridge.targets.pacing import Patience

# What goes wrong is told by our own errors; exchangelib would log whole requests with the contacts in them.
logging.getLogger("exchangelib").setLevel(logging.CRITICAL)

Scheme = Literal["ntlm", "basic", "kerberos"]
_SCHEMES = {"ntlm": "NTLM", "basic": "basic", "kerberos": "gssapi"}


@dataclass(frozen=True, slots=True)
class EwsAccount:
    """Which server, who signs in, and whose mailbox (an e-mail address).

    ``url`` is the address of Exchange.asmx. ``login`` is ``DOMAIN\\user`` or ``user@domain``; empty for Kerberos,
    which takes the ticket of the process. ``impersonates``: the login acts as the mailbox's owner (a service account
    with the role ApplicationImpersonation) instead of opening a mailbox that is its own or shared with it.
    """

    url: str
    mailbox: str
    login: str = ""
    password: str = ""
    scheme: Scheme = "ntlm"
    impersonates: bool = False


class _Policy(FailFast):  # type: ignore[misc]
    """Repeat nothing; tell the time that a 503 names."""

    def raise_response_errors(self, response: Any) -> None:
        try:
            super().raise_response_errors(response)
        except (errors.ErrorInternalServerTransientError, errors.ErrorServerBusy) as error:
            named = response.headers.get("Retry-After", "")
            raise Unreachable(_away(str(error)), float(named) if named.isdigit() else 10.0) from error


class _Operation(EWSAccountService):  # type: ignore[misc]
    """Any operation: gives each response message, or the error that it tells."""

    ERRORS_TO_CATCH_IN_RESPONSE = errors.ResponseMessageError

    def call(self, payload: Any) -> list[Any]:
        return list(self._response_generator(payload=payload))  # without exchangelib's own repetitions

    @classmethod
    def _get_elements_in_container(cls, container: Any) -> list[Any]:
        return [container]

    def _api_versions_to_try(self) -> tuple[str, ...]:
        return (self._version_hint.api_version,)


@cache
def _operation(name: str) -> type[_Operation]:
    return type(name, (_Operation,), {"SERVICE_NAME": name})


class EwsConnection:
    """One account's connection. ``sleep`` waits for a throttle to end."""

    def __init__(self, account: EwsAccount, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self.mailbox = account.mailbox
        self.sleep = sleep
        if account.scheme == "kerberos" and "gssapi" not in AUTH_TYPE_MAP:
            raise SignInNeeded("Kerberos needs a further library: pip install 'contact-bridge[kerberos]'.")
        self._configuration = Configuration(
            service_endpoint=account.url,
            credentials=Credentials(account.login, account.password) if account.scheme != "kerberos" else None,
            auth_type=_SCHEMES[account.scheme],
            version=Version(build=EXCHANGE_2016),
            retry_policy=_Policy(),
            max_connections=1,
        )
        self._account = Account(
            account.mailbox,
            config=self._configuration,
            access_type=IMPERSONATION if account.impersonates else DELEGATE,
            default_timezone=UTC,
            locale="en_US",
        )

    async def ask(self, name: str, *content: Any, **attributes: str) -> list[Any | TargetError]:
        """Send an operation; give its response messages (lxml elements) or what each says went wrong.

        Raises what concerns the whole request: Unreachable, Throttled, SignInNeeded, Forbidden …, and Rejected where
        the server refuses a request of several parts for one of them.
        """
        patience = Patience(self.sleep, "Exchange asks for fewer requests.")
        while True:
            answers = await asyncio.to_thread(self._send, name, content, attributes)
            if not isinstance(answers, Throttled):
                break
            await patience.wait(answers.retry_after)
        told = [error_of(each) if isinstance(each, Exception) else each for each in answers]
        for each in told:
            if isinstance(each, Unreachable | Full):
                raise each
        return told

    async def one(self, name: str, *content: Any, **attributes: str) -> Any:
        """Send an operation that has one response message; raise what it says went wrong."""
        (answer,) = await self.ask(name, *content, **attributes)
        if isinstance(answer, TargetError):
            raise answer
        return answer

    async def close(self) -> None:
        """Give back the connection, and forget the password."""
        await asyncio.to_thread(self._account.protocol.close)
        with suppress(KeyError):  # it was never connected
            del Protocol[self._configuration]

    def _send(self, name: str, content: tuple[Any, ...], attributes: dict[str, str]) -> list[Any] | Throttled:
        try:
            return _operation(name)(account=self._account).call(make(f"{M}{name}", *content, **attributes))
        except _BUSY as error:
            return _throttled(error)
        except errors.ErrorInternalServerError as error:
            raise Unreachable(_away(str(error))) from error
        except errors.ErrorTimeoutExpired as error:  # whatever ends a connection
            raise Unreachable(f"{self._host} does not answer.") from error
        except errors.EWSError as error:
            raise error_of(error) from error
        except UnicodeEncodeError as error:  # requests writes Basic in Latin-1
            raise SignInNeeded("This password cannot be sent by Basic: use NTLM, or a plainer one.") from error
        except OSError as error:  # what requests raises beyond what exchangelib translates
            raise Unreachable(f"{self._host} does not answer ({type(error).__name__}).") from error

    @property
    def _host(self) -> str:
        return urlsplit(self._configuration.service_endpoint).hostname or ""


def error_of(error: Exception) -> TargetError:
    """Translate an error of exchangelib."""
    words = str(error)
    for kinds, made in _ERRORS:
        if isinstance(error, kinds):
            return made(words)
    if isinstance(error, _BUSY):
        return _throttled(error)
    if isinstance(error, errors.ResponseMessageError):
        return Rejected(words or type(error).__name__)
    return Unreachable(_away(words))


def _throttled(error: Exception) -> Throttled:
    return Throttled("Exchange asks for fewer requests.", getattr(error, "back_off", None) or 10.0)


def _away(words: str) -> str:
    return f"The Exchange server does not answer as it should: {words.partition(chr(10))[0][:300]}"


_BUSY = (errors.ErrorServerBusy, errors.ErrorTooManyObjectsOpened, errors.ErrorExceededConnectionCount)
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
            errors.ErrorNonExistentMailbox,
            errors.ErrorCreateItemAccessDenied,
        ),
        lambda words: Forbidden(f"Exchange refuses this account: {words}"),
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
        lambda words: Unreachable(_away(words)),
    ),
)
