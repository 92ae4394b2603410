"""Signing in by Kerberos (RFC 4559), and what to do where that fails.

The ticket is that of the process: somebody has fetched it (``kinit``), or the library does so by itself from a keytab
(``KRB5_CLIENT_KTNAME``). It needs ``requests_gssapi`` (``pip install 'contact-bridge[kerberos]'``), above MIT's
libraries.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import gssapi
from gssapi.exceptions import ExpiredCredentialsError, GSSError, MissingCredentialsError
from requests_gssapi import HTTPSPNEGOAuth
from requests_gssapi.exceptions import SPNEGOExchangeError

from bridge.targets.base import SignInNeeded, TargetError, Unreachable

SKEW = timedelta(minutes=5)
"""How far clocks may be apart, unless an administrator allows more."""

_EXPIRED, _NOT_YET_VALID, _SKEW, _NO_SERVICE = -1765328352, -1765328351, -1765328347, -1765328377
_NO_ANSWER, _NO_REALM = -1765328228, -1765328230
"""Errors of Kerberos (RFC 4120 7.5.9, and MIT's krb5.h), as they come through GSSAPI's minor status."""


class Negotiate(HTTPSPNEGOAuth):  # type: ignore[misc]
    """Answers a server's challenge with the ticket of ``login`` (``anna@CONTOSO.EXAMPLE``), ``""`` the only one."""

    def __init__(self, login: str) -> None:
        super().__init__()
        self._login = login

    def generate_request_header(self, response: Any, host: str, is_preemptive: bool = False) -> str:
        """Give the header; raise SignInNeeded or Unreachable with a sentence that says what to do."""
        try:
            self.creds = _credentials(self._login)
            return str(super().generate_request_header(response, host, is_preemptive))
        except (SPNEGOExchangeError, GSSError) as error:
            raise _reason(self._login, host) from error


def refused(response: Any) -> SignInNeeded:
    """Say what may be wrong where a server answers 401 (``requests.Response``) though there is a ticket."""
    offered = response.headers.get("WWW-Authenticate", "").casefold()
    if "negotiate" not in offered:
        return SignInNeeded("Exchange offers no Kerberos: switch Windows authentication on for EWS, or choose NTLM.")
    apart = _apart(response.headers)
    if abs(apart) > SKEW:
        minutes = abs(round(apart.total_seconds() / 60))
        return SignInNeeded(
            f"The clocks of this machine and of Exchange are {minutes} minutes apart: set them right."
        )
    host = urlsplit(response.url).hostname
    return SignInNeeded(
        f"Exchange does not accept the Kerberos ticket: see that HTTP/{host} is registered for Exchange (setspn)."
    )


def _apart(headers: Mapping[str, str]) -> timedelta:
    """Tell how far our clock is ahead of the server's."""
    with suppress(ValueError, TypeError):  # no date, or none that can be read
        said = parsedate_to_datetime(headers.get("Date", ""))
        return datetime.now(UTC) - (said if said.tzinfo else said.replace(tzinfo=UTC))
    return timedelta()


def _credentials(login: str) -> Any:
    """Give the credentials of a principal, None for ``""``; the realms of Active Directory are in upper case."""
    if not login:
        return None
    name, at, realm = login.partition("@")
    principal = gssapi.Name(name + at + realm.upper(), gssapi.NameType.kerberos_principal)
    return gssapi.Credentials(name=principal, usage="initiate")


def _reason(login: str, host: str) -> TargetError:
    """Say why there is no token. SPNEGO does not tell, so that Kerberos itself is asked for one."""
    try:
        service = gssapi.Name(f"HTTP@{host}", gssapi.NameType.hostbased_service)
        mechanism, credentials = gssapi.MechType.kerberos, _credentials(login)
        gssapi.SecurityContext(usage="initiate", name=service, mech=mechanism, creds=credentials).step()
    except GSSError as error:
        return _told(error, host)
    return Unreachable("Kerberos gave no ticket, and gives one now.")


def _told(error: Any, host: str) -> TargetError:
    code = error.min_code - 2**32 if error.min_code >= 2**31 else error.min_code
    if code == _EXPIRED or isinstance(error, ExpiredCredentialsError):
        return SignInNeeded(
            "The Kerberos ticket has expired: fetch one with kinit, or set KRB5_CLIENT_KTNAME to a keytab."
        )
    if isinstance(error, MissingCredentialsError):
        return SignInNeeded(
            "There is no Kerberos ticket: fetch one with kinit, or set KRB5_CLIENT_KTNAME to a keytab."
        )
    if code in (_SKEW, _NOT_YET_VALID):
        return SignInNeeded(
            "The clocks of this machine and of the Kerberos server are too far apart: set them right."
        )
    if code == _NO_SERVICE:
        return SignInNeeded(
            f"Kerberos does not know HTTP/{host}: enter the name that Exchange is registered by (setspn)."
        )
    if code in (_NO_ANSWER, _NO_REALM):
        return Unreachable("No Kerberos server answers: see to the realm in /etc/krb5.conf and to the network.")
    words = "; ".join(error.get_all_statuses(error.min_code, False)).rstrip(".") + "."
    return SignInNeeded(f"Kerberos gives no ticket: {words}")
