"""Group cards: lists of contacts, as 4.0 and as Apple write them (VC-50, VC-51)."""

from __future__ import annotations

from dataclasses import dataclass

from storage_plugin.vcard.intake import is_group, made_name
from storage_plugin.vcard.lines import Card, parse

_URN = "urn:uuid:"


@dataclass(frozen=True, slots=True)
class Group:
    """A group's name, its members' UIDs without ``urn:uuid:`` (VC-64), and members named otherwise, verbatim."""

    name: str
    members: tuple[str, ...] = ()
    others: tuple[str, ...] = ()


def group_of(text: str, card: Card | None = None) -> Group | None:
    """Read a group card; None for any other card."""
    card = card or parse(text)
    if not is_group(card):
        return None
    members = [line.text.strip() for line in card.named("MEMBER", "X-ADDRESSBOOKSERVER-MEMBER")]
    name = next((text for line in card.named("FN") if (text := line.text.strip())), "") or made_name(card)
    uids = tuple(bare_uid(member) for member in members if member.lower().startswith(_URN))
    return Group(name, uids, tuple(member for member in members if member and not member.lower().startswith(_URN)))


def bare_uid(uid: str) -> str:
    """Give ``uid`` without ``urn:uuid:``, for comparison (VC-64)."""
    return uid[len(_URN) :] if uid.lower().startswith(_URN) else uid
