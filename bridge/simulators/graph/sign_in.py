"""Microsoft's sign-in, as far as a program without a browser needs it.

Client credentials (an application by itself), device code (a person, elsewhere, types a code) and refresh tokens, on
``/{tenant}/oauth2/v2.0/…`` (https://learn.microsoft.com/entra/identity-platform/v2-oauth2-device-code). What the
person does is done with ``approve`` and ``decline``. Access tokens are opaque; the ID token is a JWT without a
signature.
"""

from __future__ import annotations

import json
from base64 import urlsafe_b64encode
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import uuid4

from bridge.simulators.graph.mailbox import Clock, Mailbox
from bridge.simulators.graph.messages import Answer, GraphError, Json
from bridge.simulators.graph.subscriptions import TENANT

LIFE = timedelta(hours=1)
CODE_LIFE = timedelta(minutes=15)
INTERVAL = 5

CONTACTS = frozenset({"Contacts.ReadWrite", "MailboxSettings.ReadWrite", "User.Read"})
"""The permissions that a mirror of contacts needs."""


@dataclass(slots=True)
class Application:
    """A registered application; without a secret it is a public client. ``permissions`` are consented to."""

    id: str
    secret: str | None = None
    permissions: frozenset[str] = CONTACTS


@dataclass(slots=True)
class Grant:
    """What a token stands for; without a mailbox, an application by itself."""

    application: str
    mailbox: Mailbox | None
    permissions: frozenset[str]
    expires: datetime

    def allows(self, permission: str) -> bool:
        """Tell whether it holds the permission, or the stronger one."""
        return not {permission, permission.replace(".Read", ".ReadWrite")}.isdisjoint(self.permissions)


@dataclass(slots=True)
class _Device:
    application: str
    user_code: str
    scopes: str
    expires: datetime
    interval: int = INTERVAL
    asked: datetime | None = None
    mailbox: Mailbox | None = None
    declined: bool = False


@dataclass(slots=True)
class SignIn:
    """The registered applications, and the tokens given."""

    clock: Clock
    applications: dict[str, Application] = field(default_factory=dict)
    _grants: dict[str, Grant] = field(default_factory=dict)
    _refreshes: dict[str, Grant] = field(default_factory=dict)
    _devices: dict[str, _Device] = field(default_factory=dict)

    def token(self, mailbox: Mailbox | None, permissions: Iterable[str] = CONTACTS, application: str = "test") -> str:
        """Give an access token at once; without a mailbox, of an application by itself."""
        token = f"EwB{uuid4().hex}{uuid4().hex}"
        self._grants[token] = Grant(application, mailbox, frozenset(permissions), self.clock() + LIFE)
        return token

    def grant(self, authorization: str | None) -> Grant:
        """Find what a bearer token stands for; 401."""
        kind, _, token = (authorization or "").partition(" ")
        grant = self._grants.get(token) if kind.lower() == "bearer" else None
        if grant is None or grant.expires <= self.clock():
            headers = {"WWW-Authenticate": 'Bearer realm="", authorization_uri="https://login.microsoftonline.com"'}
            raise GraphError(
                401, "InvalidAuthenticationToken", "Access token is missing, unknown or expired.", headers
            )
        return grant

    def approve(self, user_code: str, mailbox: Mailbox) -> None:
        """Do what the person does who types the code and signs in."""
        self._device(user_code).mailbox = mailbox

    def decline(self, user_code: str) -> None:
        """Do what the person does who types the code and says no."""
        self._device(user_code).declined = True

    def expire_tokens(self) -> None:
        """Let all access tokens run out; refresh tokens go on."""
        self._grants.clear()

    def revoke(self, permission: str) -> None:
        """Take back a permission from all tokens and applications."""
        for grant in (*self._grants.values(), *self._refreshes.values()):
            grant.permissions -= {permission}
        for application in self.applications.values():
            application.permissions -= {permission}

    def sign_out(self) -> None:
        """Revoke every token (a changed password): somebody must sign in anew."""
        self._grants.clear()
        self._refreshes.clear()

    def answer(self, method: str, path: str, form: Mapping[str, str], address: str) -> Answer:
        """Answer the endpoints; ``address`` is where this service is reached."""
        match method, path.strip("/").split("/"):
            case "GET", [tenant, "v2.0", ".well-known", "openid-configuration"]:
                return Answer(200, _configuration(f"{address}/{tenant}"))
            case "POST", [tenant, "oauth2", "v2.0", "devicecode"]:
                return self._device_code(form, f"{address}/{tenant}")
            case "POST", [tenant, "oauth2", "v2.0", "token"]:
                return self._token(form, tenant)
        return Answer(404, {"error": "not_found"})

    def _device_code(self, form: Mapping[str, str], address: str) -> Answer:
        if form.get("client_id") not in self.applications:
            return _refused("unauthorized_client", 700016, "Application was not found in the directory.")
        code, user_code = uuid4().hex, uuid4().hex[:9].upper()
        now = self.clock()
        self._devices[code] = _Device(form["client_id"], user_code, form.get("scope", ""), now + CODE_LIFE)
        body: Json = {
            "user_code": user_code,
            "device_code": code,
            "verification_uri": f"{address}/deviceauth",
            "expires_in": int(CODE_LIFE.total_seconds()),
            "interval": INTERVAL,
            "message": f"To sign in, open {address}/deviceauth and enter the code {user_code} to authenticate.",
        }
        return Answer(200, body)

    def _token(self, form: Mapping[str, str], tenant: str) -> Answer:
        application = self.applications.get(form.get("client_id", ""))
        if application is None:
            return _refused("unauthorized_client", 700016, "Application was not found in the directory.")
        match form.get("grant_type"):
            case "client_credentials":
                return self._client(form, application, tenant)
            case "urn:ietf:params:oauth:grant-type:device_code" | "device_code":
                return self._polled(form, application)
            case "refresh_token":
                old = self._refreshes.get(form.get("refresh_token", ""))
                if old is None or old.mailbox is None or old.application != application.id:
                    return _refused("invalid_grant", 50173, "The refresh token was revoked or has expired.")
                return self._granted(application, old.mailbox, " ".join(old.permissions))
        return _refused("unsupported_grant_type", 70003, "The grant type is not supported.")

    def _client(self, form: Mapping[str, str], application: Application, tenant: str) -> Answer:
        if application.secret is None or form.get("client_secret") != application.secret:
            return _refused("invalid_client", 7000215, "Invalid client secret provided.", 401)
        if tenant in ("consumers", "common", "organizations"):
            return _refused("invalid_request", 53003, "Client credentials need the tenant of an organisation.")
        if not form.get("scope", "").endswith("/.default"):
            return _refused("invalid_scope", 1002012, "The scope of client credentials ends in /.default.")
        token = self.token(None, application.permissions, application.id)
        return Answer(200, {"token_type": "Bearer", "expires_in": _seconds(), "access_token": token})

    def _polled(self, form: Mapping[str, str], application: Application) -> Answer:
        device, now = self._devices.get(form.get("device_code", form.get("code", ""))), self.clock()
        if device is None or device.application != application.id:
            return _refused("bad_verification_code", 70000, "The device code is not valid.")
        if device.expires <= now:
            return _refused("expired_token", 70020, "The device code has expired.")
        if device.declined:
            return _refused("authorization_declined", 70018, "The user declined.")
        early = device.asked is not None and now < device.asked + timedelta(seconds=device.interval)
        device.asked = now
        if device.mailbox is None:
            if early:
                device.interval += 5
                return _refused("slow_down", 70021, "Polled too often.")
            return _refused("authorization_pending", 70016, "The user has not signed in yet.")
        self._devices = {code: each for code, each in self._devices.items() if each is not device}
        return self._granted(application, device.mailbox, device.scopes)

    def _granted(self, application: Application, mailbox: Mailbox, scopes: str) -> Answer:
        wanted = {scope.rpartition("/")[2] for scope in scopes.split()}
        permissions = wanted & application.permissions
        token, refresh = self.token(mailbox, permissions, application.id), f"M.R3_{uuid4().hex}"
        self._refreshes[refresh] = Grant(application.id, mailbox, frozenset(permissions), self.clock() + LIFE)
        body: Json = {
            "token_type": "Bearer",
            "scope": " ".join(sorted(permissions)),
            "expires_in": _seconds(),
            "ext_expires_in": _seconds(),
            "access_token": token,
            "refresh_token": refresh,
            "id_token": self._id_token(application, mailbox),
            "client_info": _encoded({"uid": mailbox.user, "utid": TENANT}),
        }
        return Answer(200, body)

    def _id_token(self, application: Application, mailbox: Mailbox) -> str:
        now = int(self.clock().timestamp())
        claims = {
            "aud": application.id,
            "iss": f"https://login.microsoftonline.com/{TENANT}/v2.0",
            "iat": now,
            "nbf": now,
            "exp": now + _seconds(),
            "sub": mailbox.user,
            "oid": mailbox.user,
            "tid": TENANT,
            "preferred_username": mailbox.address,
        }
        return f"{_encoded({'alg': 'none', 'typ': 'JWT'})}.{_encoded(claims)}."

    def _device(self, user_code: str) -> _Device:
        return next(device for device in self._devices.values() if device.user_code == user_code)


def _configuration(address: str) -> Json:
    return {
        "issuer": f"{address}/v2.0",
        "authorization_endpoint": f"{address}/oauth2/v2.0/authorize",
        "token_endpoint": f"{address}/oauth2/v2.0/token",
        "device_authorization_endpoint": f"{address}/oauth2/v2.0/devicecode",
    }


def _refused(error: str, number: int, text: str, status: int = 400) -> Answer:
    return Answer(status, {"error": error, "error_description": f"AADSTS{number}: {text}", "error_codes": [number]})


def _seconds() -> int:
    return int(LIFE.total_seconds()) - 1


def _encoded(claims: Json) -> str:
    return urlsafe_b64encode(json.dumps(claims).encode()).decode().rstrip("=")
