"""Passwords: those that people choose for the web page, and those that devices are given.

An app password has 128 random bits, one per device, and is stored as SHA-256: nothing slow is needed to guard what
cannot be guessed. What people choose is stored with argon2.
"""

from __future__ import annotations

import secrets
from functools import cache
from hashlib import sha256

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError


def new_app_password() -> str:
    """Make the password of a device, spelled so that people can type it on a phone: seven groups of four signs."""
    alphabet = "abcdefghijkmnpqrstuvwxyz23456789"
    bits = int.from_bytes(secrets.token_bytes(16), "big")
    letters = "".join(alphabet[bits >> shift & 31] for shift in range(0, 130, 5))
    return "-".join(letters[at : at + 4] for at in range(0, len(letters), 4))


def digest(app_password: str) -> str:
    """Give what is kept of an app password; hyphens are for the eye."""
    return sha256(app_password.replace("-", "").encode()).hexdigest()


def hashed(password: str) -> str:
    """Give what is kept of a password that somebody chose."""
    return PasswordHasher().hash(password)


def is_right(password: str, kept: str | None) -> bool:
    """Check a password that somebody chose; it takes as long where none is kept, so as not to tell whether one is."""
    try:
        return PasswordHasher().verify(kept or _nobodys(), password) and kept is not None
    except (VerificationError, InvalidHashError):
        return False


@cache
def _nobodys() -> str:
    return hashed(secrets.token_urlsafe())
