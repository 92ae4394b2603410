"""Signing in: Basic and Kerberos for each request, NTLM for each connection ([MS-NTHT]).

The server's side of NTLM is pyspnego's, that of Kerberos (RFC 4559) MIT's, where the library ``gssapi`` is installed.
NTLM signs in the connection: 401 → 401 with a challenge → 200, and every further request of this connection is of
the same person without a header.
"""

from __future__ import annotations

import binascii
import os
import tempfile
from base64 import b64decode, b64encode
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any
from weakref import WeakKeyDictionary

SCHEMES = ("Negotiate", "NTLM", 'Basic realm="exchange.contoso.example"')


class Refused(Exception):
    """Not signed in; ``challenges`` are the WWW-Authenticate headers of the 401."""

    def __init__(self, *challenges: str) -> None:
        super().__init__("not signed in")
        self.challenges = challenges


class SignIn:
    """Who may sign in: login → password. ``offered`` are the schemes that the server has switched on.

    ``handshakes`` counts the connections that were signed in by NTLM; ``drops`` is how many of the next handshakes
    lose their connection in the middle. ``principals`` are those who may come with a ticket (``anna@REALM`` → login)
    where the server has a ``keytab``; ``tickets`` counts.
    """

    def __init__(self) -> None:
        self.passwords: dict[str, str] = {}
        self.offered: tuple[str, ...] = ("NTLM", SCHEMES[2])
        self.handshakes = 0
        self.drops = 0
        self.principals: dict[str, str] = {}
        self.keytab: Path | None = None
        self.tickets = 0
        self._connections: WeakKeyDictionary[Any, str] = WeakKeyDictionary()
        self._handshakes: WeakKeyDictionary[Any, Any] = WeakKeyDictionary()

    def login(self, headers: Mapping[str, str], connection: Any) -> str:
        """Tell who sends a request over a connection (any object that lives as long as it); raise Refused."""
        scheme, _, token = headers.get("Authorization", "").partition(" ")
        offered = {each.split()[0].lower() for each in self.offered}
        if scheme.lower() not in offered:
            if not scheme and connection in self._connections:
                return self._connections[connection]
            raise Refused(*self.offered)
        try:
            said = b64decode(token, validate=True)
        except binascii.Error as error:
            raise Refused(*self.offered) from error
        if scheme.lower() == "basic":
            return self._basic(said)
        if self.keytab is not None and not said.startswith(b"NTLMSSP\0"):
            return self._kerberos(said, self.keytab)
        return self._ntlm(scheme, said, connection)

    def _basic(self, said: bytes) -> str:
        """Read name and password, which clients write in UTF-8 or in Latin-1: nothing tells which."""
        for charset in ("utf-8", "latin-1"):
            with suppress(UnicodeDecodeError):
                login, _, password = said.decode(charset).partition(":")
                if self.passwords.get(login) == password:
                    return login
        raise Refused(*self.offered)

    def _kerberos(self, token: bytes, keytab: Path) -> str:
        import gssapi

        try:
            credentials = gssapi.Credentials(usage="accept", store={"keytab": str(keytab)})
            context = gssapi.SecurityContext(usage="accept", creds=credentials)
            context.step(token)
            login = self.principals.get(str(context.initiator_name)) if context.complete else None
        except gssapi.exceptions.GSSError as error:  # that of the step may come late, after the token that tells it
            raise Refused(*self.offered) from error
        if login is None:
            raise Refused(*self.offered)
        self.tickets += 1
        return login

    def _ntlm(self, scheme: str, token: bytes, connection: Any) -> str:
        import spnego

        if self.drops and token[8:9] == b"\x03":
            self.drops -= 1
            connection.abort()
            raise Refused
        handshake = self._handshakes.get(connection)
        if handshake is None or token[8:9] == b"\x01":
            with self._user_file():
                handshake = self._handshakes[connection] = spnego.server(protocol="ntlm")
        try:
            with self._user_file():
                answer = handshake.step(token)
        except (spnego.exceptions.SpnegoError, ValueError) as error:  # ValueError: the end of another handshake
            self._handshakes.pop(connection, None)
            raise Refused(*self.offered) from error
        if not handshake.complete:
            raise Refused(f"{scheme} {b64encode(answer or b'').decode()}")
        self._handshakes.pop(connection, None)
        login = next((each for each in self.passwords if _same(each, str(handshake.client_principal))), None)
        if login is None:
            raise Refused(*self.offered)
        self._connections[connection] = login
        self.handshakes += 1
        return login

    def _user_file(self) -> _UserFile:
        return _UserFile(self.passwords)


class _UserFile:
    """The file of passwords' hashes that pyspnego's server reads (NTLM_USER_FILE, smbpasswd), there for one step."""

    def __init__(self, passwords: Mapping[str, str]) -> None:
        from spnego._ntlm_raw.crypto import ntowfv1  # the plain format of the file takes no password with a colon

        self._lines = [
            f"{login}:0:{32 * '0'}:{ntowfv1(password).hex().upper()}:[U]:LCT-0"
            for login, password in passwords.items()
        ]
        self._path = ""
        self._before: str | None = None

    def __enter__(self) -> None:
        file, self._path = tempfile.mkstemp()
        with os.fdopen(file, "w", encoding="utf-8") as lines:
            lines.write("\n".join(self._lines))
        self._before = os.environ.get("NTLM_USER_FILE")
        os.environ["NTLM_USER_FILE"] = self._path

    def __exit__(self, *_: object) -> None:
        os.unlink(self._path)
        if self._before is None:
            del os.environ["NTLM_USER_FILE"]
        else:
            os.environ["NTLM_USER_FILE"] = self._before


def _same(login: str, principal: str) -> bool:
    return login.casefold() in (principal.casefold(), principal.rpartition("\\")[2].casefold())
