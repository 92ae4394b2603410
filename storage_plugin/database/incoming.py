"""What a device sends, read before any lock is taken; and what becomes of the stored card: a pure decision."""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from typing import NamedTuple
from uuid import uuid4

from storage_plugin.model.book import TooLarge
from storage_plugin.model.contact import Contact
from storage_plugin.model.sorting import listed_name, sort_keys
from storage_plugin.model.view import folded
from storage_plugin.vcard.binaries import take_out
from storage_plugin.vcard.intake import accept
from storage_plugin.vcard.lines import Card, parse_once
from storage_plugin.vcard.mapping import contact_from_vcard
from storage_plugin.vcard.merge import FieldConflict, merged
from storage_plugin.vcard.reescaping import without_reescaping
from storage_plugin.vcard.search import search_text, values_of
from storage_plugin.vcard.versions import as_version, carried_over

MAX_CARD_OCTETS = 10 * 1024 * 1024
"""The largest card that is stored; advertised as CARDDAV:max-resource-size."""

MAX_CARD_LINES = 10_000
"""Content lines of a person, folded ones counted once: two edits of more would take seconds to be merged."""

_LONGEST_UID = 512
"""Characters; more would not fit an index of PostgreSQL."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A card as it came in: ``text`` whole, ``slim`` without its ``binaries``."""

    text: str
    slim: str
    binaries: dict[str, str]
    uid: str
    version: str
    is_group: bool
    is_repaired: bool
    columns: Columns

    def columns_of(self, slim: str) -> Columns:
        """Read what ``slim`` says; what was sent has been read before any lock was taken."""
        return self.columns if slim == self.slim else columns_of(slim)


def read(body: bytes, charset: str | None = None, *, tolerant: bool = False) -> Sent:
    """Read a card from the wire; raise TooLarge, or vcard.NotAVCard with a reason."""
    if len(body) > MAX_CARD_OCTETS:
        raise TooLarge(MAX_CARD_OCTETS)
    accepted = accept(body, charset, tolerant=tolerant, new_uid=lambda: str(uuid4()))
    if not accepted.is_group and len(accepted.card.lines) > MAX_CARD_LINES:
        raise TooLarge(MAX_CARD_LINES, is_lines=True)
    slim, binaries = take_out(accepted.text, accepted.card)
    return Sent(
        accepted.text,
        slim,
        binaries,
        uid_key(accepted.uid),
        accepted.version,
        accepted.is_group,
        accepted.repaired,
        columns_of(slim, None if binaries else accepted.card),
    )


def uid_key(uid: str) -> str:
    """Give the UID for comparison: ``urn:uuid:X`` and ``X`` are the same (VC-64); a very long one by its hash."""
    bare = uid[9:] if uid[:9].lower() == "urn:uuid:" else uid
    return bare if len(bare) <= _LONGEST_UID else f"sha256:{sha256(bare.encode()).hexdigest()}"


class Haystack(NamedTuple):
    """What searches look through, folded: the values of FN, of EMAIL, and of all properties; and keys for sorting."""

    fn: str
    email: str
    text: str
    name_folded: str
    name_german: str
    name_nordic: str
    company_folded: str
    company_german: str
    company_nordic: str


@dataclass(frozen=True, slots=True)
class Columns:
    """What is read from a slim text into columns."""

    contact: Contact
    haystack: Haystack


def columns_of(slim: str, card: Card | None = None) -> Columns:
    """Read contact and search text from a slim text; ``card`` spares parsing it again."""
    card = card or parse_once(slim)
    who = contact_from_vcard(slim, card)
    return Columns(who, haystack_of(slim, who, card))


def haystack_of(slim: str, who: Contact, card: Card | None = None) -> Haystack:
    """Read what searches look through from a slim text, which says ``who``; ``card`` spares parsing it again."""
    card = card or parse_once(slim)
    names = "\n".join(folded(value.text) for value in values_of(card, "FN"))
    emails = "\n".join(folded(value.text) for value in values_of(card, "EMAIL"))
    keys = (*sort_keys(listed_name(who)), *sort_keys(who.company))
    return Haystack(names, emails, search_text(slim, card), *keys)


@dataclass(frozen=True, slots=True)
class Base:
    """The state from which a device made its edit: what it had seen, in the vCard version then stored."""

    text: str
    version: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """The whole text to store now, its vCard version, and where device and book disagreed."""

    text: str
    version: str
    conflicts: tuple[FieldConflict, ...] = ()


def outcome(stored: Base, sent: Base, base: Base | None, *, is_blind: bool) -> Outcome:
    """Decide what a card says after an edit; all texts whole, or all slim in one vCard version.

    ``base`` is what the device had seen where that differs from ``stored``; None: it had seen ``stored`` itself.
    A blind edit, which came without If-Match, may be that of a client that escapes anew what it did not edit.
    An edit in another vCard version patches the stored text, so that nothing that only this can say is lost.
    """
    if "2.1" in (stored.version, sent.version):
        return Outcome(sent.text, sent.version)
    edited, conflicts = sent.text, tuple[FieldConflict, ...]()
    if is_blind:
        edited = without_reescaping(_in_version(base or stored, sent.version), edited)
    if base is not None:
        merge = merged(
            _in_version(base, sent.version),
            _in_version(stored, sent.version),
            edited,
        )
        edited, conflicts = merge.text, tuple(merge.conflicts)
    if stored.version != sent.version:
        return Outcome(carried_over(stored.text, edited), stored.version, conflicts)
    return Outcome(edited, sent.version, conflicts)


def _in_version(state: Base, wanted: str) -> str:
    return state.text if state.version == wanted else as_version(state.text, wanted)
