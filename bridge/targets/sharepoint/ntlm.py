"""NTLM over an aiohttp session of one connection ([MS-NTHT]), by pyspnego: the handshake signs in the connection."""

from __future__ import annotations

from base64 import b64decode, b64encode
from binascii import Error
from typing import TYPE_CHECKING

from bridge.targets.base import SignInNeeded, TargetError

if TYPE_CHECKING:
    from spnego import ContextProxy

SCHEMES = ("NTLM", "NEGOTIATE")
"""The schemes that take NTLM's messages, in the order in which we choose."""


class Handshake:
    """The client's side of one handshake; ``DOMAIN\\user`` or ``user@domain``, and the password."""

    def __init__(self, scheme: str, user: str, password: str) -> None:
        self._scheme = scheme
        self._context = _context(user, password)

    def first(self) -> str:
        """Give the value of Authorization that asks for a challenge."""
        return f"{self._scheme} {b64encode(self._context.step() or b'').decode()}"

    def second(self, challenges: list[str]) -> str:
        """Give the value that answers a challenge (``WWW-Authenticate``); raise SignInNeeded without one."""
        import spnego

        for challenge in challenges:
            scheme, _, token = challenge.partition(" ")
            if scheme.upper() == self._scheme and token:
                try:
                    return f"{self._scheme} {b64encode(self._context.step(b64decode(token)) or b'').decode()}"
                except (Error, spnego.exceptions.SpnegoError) as error:
                    raise SignInNeeded("The server's challenge (NTLM) cannot be read.") from error
        raise SignInNeeded("The server does not accept the user name or the password.")


def _context(user: str, password: str) -> ContextProxy:
    try:
        import spnego
    except ImportError as error:
        raise TargetError("Windows sign-in needs a package: pip install 'contact-bridge[sharepoint]'.") from error
    return spnego.client(user, password, protocol="ntlm")
