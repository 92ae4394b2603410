"""Signing in with OpenID Connect (Core 1.0, authorization code) and PKCE (RFC 7636), against one provider.

The *errand* of a sign-in (nonce, code verifier, where to go on) travels through the browser as ``state``: encrypted,
bound to that browser, and good for ten minutes. Nothing is kept here, so any process can go on with it.
"""

from __future__ import annotations

import base64
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from hmac import compare_digest
from typing import Any
from urllib.error import URLError
from urllib.parse import quote_plus, urlencode
from urllib.request import Request, urlopen

import jwt

from storage_plugin.database.vault import Vault, VaultError

WITHIN = 600
"""Seconds that a sign-in may take."""

_OWNER = "openid sign-in"
_ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"]
_TIMEOUT, _LARGEST, _LEEWAY, _REMEMBERED = 10, 1 << 20, 60, 3600


class NotSignedIn(Exception):
    """The sign-in came to nothing; the text is for the log, and says nothing secret."""


@dataclass(frozen=True, slots=True)
class Client:
    """What the provider knows us by; without a secret, PKCE alone guards the code."""

    issuer: str
    client_id: str
    secret: str = ""


@dataclass(frozen=True, slots=True)
class Provider:
    """What the provider says of itself (OpenID Connect Discovery 1.0)."""

    authorization_endpoint: str
    token_endpoint: str
    jwks_uri: str


def begin(client: Client, vault: Vault, browser: str, back: str, to: str, now: float) -> str:
    """Give the address at which the provider asks who it is. ``browser`` is what only this browser sends us."""
    nonce, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(48)
    errand = {"nonce": nonce, "verifier": verifier, "to": to, "browser": browser, "until": str(now + WITHIN)}
    asked = {
        "response_type": "code",
        "scope": "openid profile email",
        "client_id": client.client_id,
        "redirect_uri": back,
        "state": vault.lock(_OWNER, errand),
        "nonce": nonce,
        "code_challenge": _base64(sha256(verifier.encode()).digest()),
        "code_challenge_method": "S256",
    }
    endpoint = _provider(client, now).authorization_endpoint
    return f"{endpoint}{'&' if '?' in endpoint else '?'}{urlencode(asked)}"


def finish(
    client: Client, vault: Vault, browser: str, back: str, said: Mapping[str, str], now: float
) -> tuple[dict[str, Any], str]:
    """Take what the provider sent the browser back with: give who it is (claims), and where to go on."""
    errand = _errand(vault, browser, said.get("state", ""), now)
    if said.get("iss", client.issuer) != client.issuer:
        raise NotSignedIn("the answer is of another provider")  # RFC 9207
    if not said.get("code"):
        raise NotSignedIn(f"the provider refused: {said.get('error', 'no code')[:80]!r}")
    token = _token(client, said["code"], errand["verifier"], back, now)
    return _claims(client, token, errand["nonce"], now), errand["to"]


def _errand(vault: Vault, browser: str, state: str, now: float) -> dict[str, str]:
    try:
        errand = vault.unlock(_OWNER, state)
    except VaultError as error:
        raise NotSignedIn("the state is none of ours") from error
    if not browser or not compare_digest(errand["browser"].encode(), browser.encode()):
        raise NotSignedIn("the state is of another browser")
    if now > float(errand["until"]):
        raise NotSignedIn("the sign-in took too long")
    return errand


def _token(client: Client, code: str, verifier: str, back: str, now: float) -> str:
    """Change the code for an ID token (Core 3.1.3)."""
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": back, "code_verifier": verifier}
    headers = {"Accept": "application/json"}
    if client.secret:
        pair = f"{quote_plus(client.client_id)}:{quote_plus(client.secret)}"  # RFC 6749 2.3.1
        headers["Authorization"] = f"Basic {base64.b64encode(pair.encode()).decode()}"
    else:
        form["client_id"] = client.client_id
    answer = _ask(Request(_provider(client, now).token_endpoint, urlencode(form).encode(), headers))
    token = answer.get("id_token")
    if not isinstance(token, str):
        raise NotSignedIn("the provider gave no ID token")
    return token


def _claims(client: Client, token: str, nonce: str, now: float) -> dict[str, Any]:
    """Verify an ID token (Core 3.1.3.7): signature, issuer, audience, time, and that it was made for this sign-in."""
    try:
        key = _keys(_provider(client, now).jwks_uri).get_signing_key_from_jwt(token)
        claims: dict[str, Any] = jwt.decode(
            token,
            key,
            algorithms=_ALGORITHMS,
            audience=client.client_id,
            issuer=client.issuer,
            leeway=_LEEWAY,
            options={"require": ["iss", "sub", "aud", "exp", "iat", "nonce"]},
        )
    except jwt.PyJWTError as error:
        raise NotSignedIn(f"the ID token does not hold: {type(error).__name__}") from error
    if not compare_digest(str(claims["nonce"]).encode(), nonce.encode()):
        raise NotSignedIn("the ID token is of another sign-in")
    if claims.get("azp", client.client_id) != client.client_id:
        raise NotSignedIn("the ID token was made for another program")
    return claims


def names_in(claims: Mapping[str, Any]) -> list[str]:
    """Give the names under which a user may be known here; an e-mail address only if the provider has checked it."""
    found = [claims.get("preferred_username")]
    if claims.get("email_verified") is True:
        found.append(claims.get("email"))
    return [name for name in found if isinstance(name, str) and name]


# --- the provider -------------------------------------------------------------------------------------------------


def _provider(client: Client, now: float) -> Provider:
    return _discovered(client.issuer, int(now // _REMEMBERED))


@lru_cache(maxsize=8)
def _discovered(issuer: str, _hour: int) -> Provider:
    said = _ask(Request(f"{issuer.rstrip('/')}/.well-known/openid-configuration"))
    if said.get("issuer") != issuer:
        raise NotSignedIn(f"the provider calls itself {str(said.get('issuer'))[:80]!r}: is openid_issuer right?")
    try:
        names = ("authorization_endpoint", "token_endpoint", "jwks_uri")
        return Provider(*(_safe_url(issuer, str(said[name])) for name in names))
    except KeyError as error:
        raise NotSignedIn(f"the provider does not say its {error}") from error


def _safe_url(issuer: str, url: str) -> str:
    """Give ``url``, which must be https where the issuer is."""
    if url.startswith("https://") or (issuer.startswith("http://") and url.startswith("http://")):
        return url
    raise NotSignedIn("the provider names an address without https")


@lru_cache(maxsize=8)
def _keys(uri: str) -> jwt.PyJWKClient:
    return jwt.PyJWKClient(uri, timeout=_TIMEOUT)


def _ask(request: Request) -> dict[str, Any]:
    try:
        with urlopen(request, timeout=_TIMEOUT) as answer:
            said = json.loads(answer.read(_LARGEST))
    except (URLError, OSError, ValueError) as error:
        raise NotSignedIn(f"the provider did not answer as it should: {type(error).__name__}") from error
    if not isinstance(said, dict):
        raise NotSignedIn("the provider did not answer as it should")
    return said


def _base64(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()
