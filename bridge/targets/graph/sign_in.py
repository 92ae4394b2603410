"""Signing in at Microsoft with msal, which keeps and renews tokens: as an app, or as a person by device code.

https://learn.microsoft.com/entra/msal/python. Work accounts: authority ``https://login.microsoftonline.com/TENANT``;
outlook.com: ``…/consumers``, device code only (client credentials cannot reach a personal mailbox). msal is
synchronous and is called in threads. What is to be kept (``saved``) holds refresh tokens: it must be encrypted.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import msal

from bridge.targets.base import SignInNeeded, Unreachable

AUTHORITY = "https://login.microsoftonline.com"
SCOPES = ("Contacts.ReadWrite", "MailboxSettings.ReadWrite")
"""The least that a person must consent to; the second is for the category's colour."""

SITE_SCOPES = ("Sites.Manage.All",)
"""The same for a contacts list of a site, to which columns are added."""

APP_SCOPES = ("https://graph.microsoft.com/.default",)


@dataclass(frozen=True, slots=True)
class Registration:
    """An app registered at Microsoft Entra; ``secret`` is empty for a public client."""

    client_id: str
    tenant: str = "consumers"
    secret: str = ""
    authority: str = AUTHORITY

    @property
    def url(self) -> str:
        """Give the authority of the tenant."""
        return f"{self.authority}/{self.tenant}"


@dataclass(frozen=True, slots=True)
class DeviceCode:
    """What a person must do: open ``page`` and type ``code``, within ``seconds``."""

    page: str
    code: str
    seconds: int
    flow: dict[str, Any]


class AppTokens:
    """Tokens of the app itself (client credentials): application permissions, any mailbox of the tenant."""

    def __init__(self, registration: Registration, **options: Any) -> None:
        self.app = msal.ConfidentialClientApplication(
            registration.client_id, registration.secret, registration.url, **options
        )

    async def token(self, *, fresh: bool = False) -> str:
        """Give an access token; raise SignInNeeded, Unreachable."""
        if fresh:
            self.app.remove_tokens_for_client()
        return _token(await _called(lambda: self.app.acquire_token_for_client(list(APP_SCOPES))))


class PersonTokens:
    """Tokens of a person who signed in once by device code; ``save`` gets the cache whenever it changed."""

    def __init__(
        self,
        registration: Registration,
        saved: str,
        save: Callable[[str], None],
        scopes: Sequence[str] = SCOPES,
        **options: Any,
    ) -> None:
        self.scopes = list(scopes)
        self.cache = msal.SerializableTokenCache()
        if saved:
            self.cache.deserialize(saved)
        self.save = save
        self.app = msal.PublicClientApplication(
            registration.client_id, authority=registration.url, token_cache=self.cache, **options
        )

    async def begin(self) -> DeviceCode:
        """Ask Microsoft for a code to be typed in a browser; raise SignInNeeded when the app may not."""
        flow = await _called(lambda: self.app.initiate_device_flow(self.scopes))
        if "user_code" not in flow:
            raise SignInNeeded(f"Microsoft gives no code: {_reason(flow)}")
        return DeviceCode(flow["verification_uri"], flow["user_code"], int(flow["expires_in"]), flow)

    async def finish(self, code: DeviceCode) -> str:
        """Wait until the code was typed (or has expired: SignInNeeded), and give the account's name."""
        try:
            answer = await _called(lambda: self.app.acquire_token_by_device_flow(code.flow))
        except asyncio.CancelledError:
            code.flow["expires_at"] = 0  # the thread of msal would wait for a quarter of an hour
            raise
        _token(answer)
        self._keep()
        return str((answer.get("id_token_claims") or {}).get("preferred_username", ""))

    async def token(self, *, fresh: bool = False) -> str:
        """Give an access token; raise SignInNeeded, Unreachable."""
        accounts = self.app.get_accounts()
        if not accounts:
            raise SignInNeeded("Nobody has signed in yet.")
        answer = await _called(
            lambda: self.app.acquire_token_silent(self.scopes, account=accounts[0], force_refresh=fresh)
        )
        self._keep()
        return _token(answer or {})

    def _keep(self) -> None:
        if self.cache.has_state_changed:
            self.save(self.cache.serialize())
            self.cache.has_state_changed = False


async def _called(ask: Callable[[], Any]) -> Any:
    try:
        return await asyncio.to_thread(ask)
    except OSError as error:  # msal speaks through requests, whose errors are OSErrors
        raise Unreachable(f"Microsoft's sign-in does not answer ({type(error).__name__}).") from error
    except ValueError as error:  # msal: an authority that cannot be found
        raise SignInNeeded(f"The registration cannot be used: {error}") from error


def _token(answer: dict[str, Any]) -> str:
    if "access_token" not in answer:
        raise SignInNeeded(f"Microsoft does not accept the sign-in: {_reason(answer)}")
    return str(answer["access_token"])


def _reason(answer: dict[str, Any]) -> str:
    said = str(answer.get("error_description") or answer.get("error") or "no reason given")
    return said.splitlines()[0]
