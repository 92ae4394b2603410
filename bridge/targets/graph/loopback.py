"""Signing in at a simulator on this machine, as an app: msal takes https addresses alone.

https://learn.microsoft.com/entra/identity-platform/v2-oauth2-client-creds-grant-flow.
"""

from __future__ import annotations

from urllib.parse import urlsplit

import aiohttp

from bridge.targets.base import SignInNeeded, Unreachable
from bridge.targets.graph.sign_in import APP_SCOPES, Registration


def is_loopback(authority: str) -> bool:
    """Tell whether an authority is plain http on this very machine."""
    parts = urlsplit(authority)
    return parts.scheme == "http" and parts.hostname in ("127.0.0.1", "::1", "localhost")


class LoopbackTokens:
    """Tokens of the app itself; one that has run out is asked for anew when the service refuses it."""

    def __init__(self, registration: Registration) -> None:
        self.registration = registration
        self._token = ""

    async def token(self, *, fresh: bool = False) -> str:
        """Give an access token; raise SignInNeeded, Unreachable."""
        if fresh or not self._token:
            self._token = await self._ask()
        return self._token

    async def _ask(self) -> str:
        form = {
            "grant_type": "client_credentials",
            "client_id": self.registration.client_id,
            "client_secret": self.registration.secret,
            "scope": APP_SCOPES[0],
        }
        url = f"{self.registration.url}/oauth2/v2.0/token"
        try:
            async with aiohttp.ClientSession() as session, session.post(url, data=form) as answer:
                said = await answer.json(content_type=None)
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            raise Unreachable(f"The simulator's sign-in does not answer ({type(error).__name__}).") from error
        if "access_token" not in said:
            raise SignInNeeded(f"The simulator does not accept the sign-in: {said.get('error_description', '')}")
        return str(said["access_token"])
