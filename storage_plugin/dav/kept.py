"""What devices set of home and book (see ``proppatch``), as Radicale's core hands it on: short name → plain text.

What was set with elements in it cannot be told there; it stays as it is. Core lets nobody set anything of a home.
"""

from __future__ import annotations

from collections.abc import Mapping
from html import unescape

from radicale.xmlutils import make_clark, make_human_tag

from storage_plugin.dav.multistatus import escaped
from storage_plugin.dav.paths import Kind
from storage_plugin.dav.properties import KEEPING, LIVE, SETTABLE
from storage_plugin.dav.proppatch import MAX_VALUE
from storage_plugin.model.book import AddressBook, Property, Refused

PROTECTED = "[Errno 13] This property cannot be changed."
TOO_MUCH = "[Errno 28] This is more than the server keeps."


def kept(book: AddressBook, kind: Kind) -> dict[str, str]:
    """Give what was set there."""
    found = ((name, said.value) for name, said in book.properties(KEEPING[kind]).items())
    return {make_human_tag(name): unescape(value) for name, value in found if name[1:2] != "}" and "<" not in value}


def keep(book: AddressBook, now: Mapping[str, str], wanted: Mapping[str, str]) -> None:
    """Set of the book what ``wanted`` says otherwise than ``now``, and remove what it lacks; raise ValueError."""
    changes: list[tuple[str, Property | None]] = [(make_clark(name), None) for name in now if name not in wanted]
    changes += [(make_clark(name), Property(escaped(text))) for name, text in wanted.items() if now.get(name) != text]
    if any(name in LIVE and name not in SETTABLE for name, _ in changes):
        raise ValueError(PROTECTED)
    if any(said is not None and len(said.value) > MAX_VALUE for _, said in changes):
        raise ValueError(TOO_MUCH)
    try:
        book.set_properties(KEEPING[Kind.BOOK], changes)
    except Refused as error:
        raise ValueError(TOO_MUCH) from error
