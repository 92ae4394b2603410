"""A signed-in connection to Exchange Web Services through exchangelib: requests, waiting, the translation of errors.

exchangelib signs in (Basic, NTLM, Kerberos), keeps the connection, and reads answers; what is sent are our own
elements, so that each request says what we mean and nothing else. It is synchronous (requests) and is called in
threads. A request that the server has surely not done (ErrorServerBusy) is sent again after the time that it names;
one whose answer was lost is never sent again by this file: the engine looks for what became of it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Literal
from urllib.parse import urlsplit

from exchangelib import UTC, Account, Configuration, Credentials, Version, errors
from exchangelib.credentials import DELEGATE, IMPERSONATION
from exchangelib.protocol import FailFast, Protocol
from exchangelib.services.common import EWSAccountService
from exchangelib.transport import AUTH_TYPE_MAP
from exchangelib.version import EXCHANGE_2016

from bridge.targets.base import Full, SignInNeeded, TargetError, Throttled, Unreachable
from bridge.targets.ews.errors import BUSY, away, error_of, throttled
from bridge.targets.ews.xml import M, make
from bridge.targets.pacing import Patience, seconds_named
from bridge.targets.phrases import phrase
from storage_plugin.model.marking import N_

# What goes wrong is told by our own errors; exchangelib would log whole requests with the contacts in them.
logging.getLogger("exchangelib").setLevel(logging.CRITICAL)

Scheme = Literal["ntlm", "basic", "kerberos"]
_SCHEMES = {"ntlm": "NTLM", "basic": "basic", "kerberos": "gssapi"}


@dataclass(frozen=True, slots=True)
class EwsAccount:
    """Which server, who signs in, and whose mailbox (an e-mail address).

    ``url`` is the address of Exchange.asmx. ``login`` is ``DOMAIN\\user`` or ``user@domain``; for Kerberos
    ``user@REALM``, or empty for the only ticket that the process has. ``impersonates``: the login acts as the
    mailbox's owner (a service account with the role ApplicationImpersonation) instead of opening a mailbox that is
    its own or shared with it.
    """

    url: str
    mailbox: str
    login: str = ""
    password: str = field(default="", repr=False)
    scheme: Scheme = "ntlm"
    impersonates: bool = False


class _Policy(FailFast):  # type: ignore[misc]
    """Repeat nothing; tell the time that a 503 names, and what may be wrong with a ticket."""

    def __init__(self, scheme: Scheme) -> None:
        self._scheme = scheme

    def raise_response_errors(self, response: Any) -> None:
        named = seconds_named(response.headers.get("Retry-After", ""))
        try:
            super().raise_response_errors(response)
        except errors.UnauthorizedError as error:
            if self._scheme != "kerberos":
                raise
            from bridge.targets.ews.kerberos import refused

            raise refused(response) from error
        except (errors.ErrorInternalServerTransientError, errors.ErrorServerBusy) as error:
            raise Unreachable(away(str(error)), 10.0 if named is None else named) from error
        except errors.RedirectError as error:
            words = N_(
                f"The Exchange server sends us to {error.url}: if that is right, enter it as the server's address."
            )
            raise Unreachable(words) from error
        except errors.MalformedResponseError as error:
            if response.status_code == 429:
                raise Throttled("Exchange asks for fewer requests.", named or 10.0) from error
            words = away(f"it answers {phrase(response.status_code)}.")
            raise Unreachable(words, 10.0 if named is None else named) from error


class _ByTicket(Protocol):  # type: ignore[misc]
    """exchangelib's connection, with the ticket of ``login``."""

    login: str

    def create_session(self) -> Any:
        from bridge.targets.ews.kerberos import Negotiate

        session = super().create_session()
        session.auth = Negotiate(self.login)
        return session


class _Operation(EWSAccountService):  # type: ignore[misc]
    """Any operation: gives each response message, or the error that it tells."""

    ERRORS_TO_CATCH_IN_RESPONSE = errors.ResponseMessageError

    def call(self, payload: Any) -> list[Any]:
        return list(self._response_generator(payload=payload))  # without exchangelib's own repetitions

    @classmethod
    def _get_elements_in_container(cls, container: Any) -> list[Any]:
        return [container]

    @classmethod
    def _get_soap_parts(cls, response: Any) -> tuple[Any, Any]:
        """Refuse what was cut off: exchangelib would read the first part of it as if it were all."""
        if not response.content.rstrip().endswith(b"Envelope>"):
            raise Unreachable(away("its answer cannot be read."))
        parts: tuple[Any, Any] = super()._get_soap_parts(response)
        return parts

    def _api_versions_to_try(self) -> tuple[str, ...]:
        return (self._version_hint.api_version,)


_AT_ONE_SERVER = ("Subscribe", "Unsubscribe")
"""Of several servers behind one address, that which has the mailbox must have the subscription, too."""


@cache
def _operation(name: str) -> type[_Operation]:
    return type(name, (_Operation,), {"SERVICE_NAME": name, "prefer_affinity": name in _AT_ONE_SERVER})


class EwsConnection:
    """One account's connection. ``sleep`` waits for a throttle to end."""

    def __init__(self, account: EwsAccount, sleep: Callable[[float], Awaitable[None]] = asyncio.sleep) -> None:
        self.of = account
        self.mailbox = account.mailbox
        self.sleep = sleep
        if account.scheme == "kerberos" and "gssapi" not in AUTH_TYPE_MAP:
            raise SignInNeeded("Kerberos needs a further library: pip install 'contact-bridge[kerberos]'.")
        self._configuration = Configuration(
            service_endpoint=account.url,
            credentials=Credentials(account.login, account.password) if account.scheme != "kerberos" else None,
            auth_type=_SCHEMES[account.scheme],
            version=Version(build=EXCHANGE_2016),
            retry_policy=_Policy(account.scheme),
            max_connections=1,
        )
        self.account = Account(
            account.mailbox,
            config=self._configuration,
            access_type=IMPERSONATION if account.impersonates else DELEGATE,
            default_timezone=UTC,
            locale="en_US",
        )
        # exchangelib shares one connection among all mailboxes of a login: each of ours has its own.
        kind = _ByTicket if account.scheme == "kerberos" else Protocol
        self.account.protocol = type.__call__(kind, config=self._configuration)
        self.account.protocol.login = account.login
        with suppress(KeyError):
            del Protocol[self._configuration]

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
        """Give back the connection."""
        await asyncio.to_thread(self.account.protocol.close)

    def at_once(self, name: str, *content: Any) -> Any:
        """Do the same as ``one`` from a thread, and wait for nothing; raise Throttled, too."""
        answers = self._send(name, content, {})
        if isinstance(answers, Throttled):
            raise answers
        (answer,) = answers
        if isinstance(answer, Exception):
            raise error_of(answer)
        return answer

    def _send(self, name: str, content: tuple[Any, ...], attributes: dict[str, str]) -> list[Any] | Throttled:
        try:
            with self.translated():
                return _operation(name)(account=self.account).call(make(f"{M}{name}", *content, **attributes))
        except Throttled as error:
            return error

    @contextmanager
    def translated(self) -> Iterator[None]:
        """Raise what goes wrong inside as a TargetError."""
        try:
            yield
        except BUSY as error:
            raise throttled(error) from error
        except errors.ErrorInternalServerError as error:
            raise Unreachable(away(str(error))) from error
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
