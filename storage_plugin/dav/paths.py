"""Paths: ``/`` root, ``/USER/`` home and principal, ``/USER/contacts/`` the one address book, below it the cards.

An href is no file name here: anything goes but ``/``, control characters, ``.`` and ``..``, up to 255 characters.
Inside the house it is decoded; on the wire it is percent-encoded UTF-8 (RFC 3986 2.5).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from enum import Enum
from string import ascii_letters, digits
from typing import NamedTuple
from urllib.parse import quote, unquote_to_bytes, urlsplit

BOOK = "contacts"
MAX_HREF = 255

_UNFIT = re.compile("[\x00-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_SAFE_OCTETS = f"{ascii_letters}{digits}_.~-".encode()
_SAFE = re.compile(r"[A-Za-z0-9_.~-]*", re.ASCII)


class Kind(Enum):
    """What a path leads to."""

    ROOT = "root"
    HOME = "home"
    BOOK = "book"
    CARD = "card"
    NOWHERE = "nowhere"


class Place(NamedTuple):
    """A path taken apart; ``user`` is whose home it is in, ``href`` the name of the card."""

    kind: Kind
    user: str = ""
    href: str = ""


class BadPath(ValueError):
    """No resource could ever have this path."""


def place_of(path: str) -> Place:
    """Say what a decoded path leads to; raise BadPath. Doubled slashes count once."""
    if _UNFIT.search(path):
        raise BadPath("the path has characters that no name may have")
    parts = [part for part in path.split("/") if part]
    if "." in parts or ".." in parts:
        raise BadPath("the path has dots for a name")
    match parts:
        case []:
            return Place(Kind.ROOT)
        case [user]:
            return Place(Kind.HOME, user)
        case [user, "contacts"]:
            return Place(Kind.BOOK, user)
        case [user, "contacts", href]:
            if len(href) > MAX_HREF:
                raise BadPath(f"a name may have {MAX_HREF} characters at most")
            if path.endswith("/"):
                return Place(Kind.NOWHERE, user)
            return Place(Kind.CARD, user, href)
    return Place(Kind.NOWHERE, parts[0])


def decoded_path(path_info: str) -> str:
    """Decode PATH_INFO, which carries octets as Latin-1 (PEP 3333); raise BadPath if they are not UTF-8."""
    if path_info.isascii():
        return path_info
    try:
        return path_info.encode("latin-1").decode()
    except UnicodeEncodeError:
        return path_info
    except UnicodeDecodeError as error:
        raise BadPath("the path is not UTF-8") from error


def place_of_url(url: str, prefix: str) -> Place:
    """Say what an href or Destination leads to, a whole URL or a path; raise BadPath."""
    try:
        path = urlsplit(url.strip()).path if "://" in url else url.strip()
        path = unquote_to_bytes(path).decode()
    except ValueError as error:
        raise BadPath("this is no URL") from error
    if prefix and not path.startswith(f"{prefix}/"):
        raise BadPath("the URL is outside of this server")
    return place_of(path[len(prefix) :])


def plain_names(urls: Sequence[str], book: str) -> list[str] | None:
    """Take the names off URL paths of the usual kind, as our own listings write them below ``book``; else None."""
    names = [url.removeprefix(book) for url in urls]
    is_plain = all_safe(names) and all(0 < len(name) <= MAX_HREF and name[0] != "." for name in names)
    return names if is_plain else None


def quoted(name: str) -> str:
    """Percent-encode one path segment; what is usual passes untouched."""
    return name if _SAFE.fullmatch(name) else quote(name, safe="")


def all_safe(names: list[str]) -> bool:
    """Tell at once whether no name of a listing needs encoding."""
    text = "".join(names)
    return text.isascii() and not text.encode().translate(None, _SAFE_OCTETS)


class Urls(NamedTuple):
    """The encoded paths of one user's resources, as they stand in answers."""

    root: str
    home: str
    book: str

    @classmethod
    def of(cls, prefix: str, user: str) -> Urls:
        """Make the paths below ``prefix`` (of a reverse proxy, decoded, without final slash)."""
        root = f"{quote(prefix)}/"
        home = f"{root}{quoted(user)}/"
        return cls(root, home, f"{home}{BOOK}/")

    def card(self, href: str) -> str:
        """Give the path of a card."""
        return self.book + quoted(href)
