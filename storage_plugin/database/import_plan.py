"""What shall become of each item of an import, decided before anything is written (AMI-9).

A record is known by its customer number where UID, an e-mail address or a name agrees; else by its UID, else by an
e-mail address together with the name where only one has both. What the file fills then wins, what it leaves empty
stays (``model.updating``). Where the file cannot say which record it means, the item is refused.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from storage_plugin.database.additions import New
from storage_plugin.database.incoming import Sent, columns_of
from storage_plugin.database.recognition import Known, agree, keys_of
from storage_plugin.database.record_types import KnownType
from storage_plugin.model.book import ContactId, Refused
from storage_plugin.model.contact import Contact, display_name
from storage_plugin.model.marking import N_
from storage_plugin.vcard.binaries import take_out
from storage_plugin.vcard.filling import filled
from storage_plugin.vcard.mapping import contact_from_vcard
from storage_plugin.vcard.merge import same_but_for_rev
from storage_plugin.vcard.versions import as_version

What = Literal["new", "changed", "restored", "unchanged", "left", "refused"]


@dataclass(frozen=True, slots=True)
class Item:
    """A card to be imported; ``customer_number`` is the one it has elsewhere.

    ``is_row``: it stands for a row of a table. ``is_made``: its UID was made from its content, so that a known UID
    means that the same was imported before.
    """

    sent: Sent
    customer_number: str = ""
    is_row: bool = False
    is_made: bool = False


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of an item; ``id`` is the record that it is now, or was taken for (0: refused).

    "unchanged": the file says nothing new. "left": it does, and known records were not to be changed.
    """

    what: What
    id: ContactId
    name: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """What shall become of an item: of record ``id``, or of the item ``at`` of this slice."""

    what: What
    name: str
    id: int | None = None
    at: int | None = None
    reason: str = ""

    def taken(self, ids: Mapping[int, int]) -> Taken:
        """Tell what became of it; ``ids`` are those of the items that were added."""
        key = self.id if self.at is None else ids.get(self.at)
        return Taken(self.what, ContactId(key or 0), self.name, self.reason)


class Plan:
    """Decides on one item after the other; ``news`` are the items to be added, by their place."""

    def __init__(self, known: Known, kind: KnownType | None, owner_id: int | None, changes: bool) -> None:
        self.known, self.kind, self.owner_id, self.changes = known, kind, owner_id, changes
        self._before = dict(known.texts)
        self.news: dict[int, New] = {}
        self._by_uid: dict[str, int] = {}
        self._by_number: dict[str, int] = {}
        self._by_email: dict[tuple[str, str], int] = {}

    def all(self, items: Sequence[Item]) -> list[Decision]:
        """Decide on a slice; what one item changes and a later one changes back is no change."""
        return [self._settled(each) for each in [self.decide(at, item) for at, item in enumerate(items)]]

    def _settled(self, said: Decision) -> Decision:
        if said.what != "changed" or said.id is None:
            return said
        is_new = not same_but_for_rev(self._before[said.id][0], self.known.texts[said.id][0])
        return said if is_new else replace(said, what="unchanged")

    def decide(self, at: int, item: Item) -> Decision:
        """Say what becomes of the item in place ``at``."""
        uid, name = item.sent.uid, display_name(item.sent.columns.contact)
        if item.sent.is_group:
            return Decision("refused", name, reason=N_("a list of contacts is no contact"))
        if item.is_made and uid in self.known.by_uid:
            return Decision("unchanged", name, id=self.known.by_uid[uid])
        try:
            key = self._find(item)
        except Refused as error:
            return Decision("refused", name, reason=error.reason)
        if key is not None:
            return self._known_one(item, key, name)
        if uid in self.known.deleted:
            return Decision("restored", name, id=self.known.deleted[uid])
        if (first := self._find_here(item)) is not None:
            return self._said_above(item, first, name)
        return self._new(at, item, name)

    def _find(self, item: Item) -> int | None:
        """Find the record that an item means; raise Refused where that is not clear."""
        number, uid = item.customer_number, item.sent.uid
        by_number, by_uid = self.known.by_number.get(number), self.known.by_uid.get(uid)
        if by_number is not None:
            if by_uid not in (None, by_number):
                raise Refused(f"customer number {number} and UID are those of two records")
            if by_uid is None and by_number in self.known.texts:
                self._must_agree(item, contact_from_vcard(self.known.texts[by_number][0]))
                if (others := self._of_email(item)) and by_number not in others:
                    raise Refused(f"customer number {number} and e-mail address are those of two records")
            return by_number
        if by_uid is not None:
            return by_uid
        if uid in self.known.deleted or self._find_here(item) is not None:
            return None
        found = self._of_email(item)
        if len(found) > 1:
            raise Refused("several records have this name and e-mail address")
        return found.pop() if found else None

    def _must_agree(self, item: Item, who: Contact) -> None:
        """Raise Refused where the customer number of ``who`` stands beside another person's name and addresses."""
        if not agree(item.sent.columns.contact, who):
            number, name = item.customer_number, display_name(who)
            raise Refused(f"customer number {number} is that of {name} here; name and e-mail addresses are others")

    def _of_email(self, item: Item) -> set[int]:
        keys = keys_of(item.sent.columns.contact)
        return {key for each in keys for key in self.known.by_email.get(each, ()) if self._is_still(key, each)}

    def _is_still(self, key: int, wanted: tuple[str, str]) -> bool:
        """Tell whether a record has this address and name still, after what the items above changed."""
        text = self.known.texts[key][0]
        return text == self._before[key][0] or wanted in keys_of(contact_from_vcard(text))

    def _find_here(self, item: Item) -> int | None:
        """Find the item above, in this slice, that is of the same record; raise Refused as ``_find``."""
        if (first := self._by_number.get(item.customer_number)) is not None:
            if self._by_uid.get(item.sent.uid) != first:
                self._must_agree(item, self.news[first].sent.columns.contact)
            return first
        if item.sent.uid in self._by_uid:
            return self._by_uid[item.sent.uid]
        keys = keys_of(item.sent.columns.contact)
        return next((self._by_email[key] for key in keys if key in self._by_email), None)

    def _known_one(self, item: Item, key: int, name: str) -> Decision:
        if key not in self.known.texts:
            reason = N_(f"customer number {item.customer_number} belongs to a record that is not in this scope")
            return Decision("refused", name, reason=reason)
        text, version = self.known.texts[key]
        slim, _ = filled_by(text, version, item)
        if same_but_for_rev(text, slim):
            return Decision("unchanged", name, id=key)
        if not self.changes:
            return Decision("left", name, id=key)
        self.known.texts[key] = (slim, version)
        return Decision("changed", name, id=key)

    def _said_above(self, item: Item, first: int, name: str) -> Decision:
        new = self.news[first]
        slim, binaries = filled_by(new.sent.slim, new.sent.version, item)
        if same_but_for_rev(new.sent.slim, slim):
            return Decision("unchanged", name, at=first)
        joined = replace(new.sent, slim=slim, binaries=new.sent.binaries | binaries, columns=columns_of(slim))
        self.news[first] = replace(new, sent=joined)
        return Decision("changed", name, at=first)

    def _new(self, at: int, item: Item, name: str) -> Decision:
        number = item.customer_number
        self.news[at] = New(item.sent, self.kind, self.owner_id, number_elsewhere=number)
        self._by_uid[item.sent.uid] = at
        self._by_number |= {number: at} if number else {}
        self._by_email |= dict.fromkeys(keys_of(item.sent.columns.contact), at)
        return Decision("new", name, at=at)


def filled_by(text: str, version: str, item: Item) -> tuple[str, dict[str, str]]:
    """Give what a record says after ``item``, and the binaries of that."""
    sent = item.sent
    if sent.version == version:
        return filled(text, sent.slim, is_row=item.is_row), sent.binaries
    said, binaries = take_out(as_version(sent.text, "3.0" if version == "2.1" else version))
    return filled(text, said, is_row=item.is_row), binaries
