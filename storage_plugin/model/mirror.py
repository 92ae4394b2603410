"""The words of the mirror: one address book on our side, one contacts folder (the *target*) on the other.

The two sides are ``OURS`` (the business-contact database, the master) and ``THEIRS`` (the folder). A *view* is a
``Contact`` holding only what the target can hold; the rest of a record is kept, not mirrored. An *item* is a contact
in the folder. A *link* joins a record to its item and remembers both views as they were when last synchronised, so
that a side has changed when its view differs from the remembered one, and for no other reason: not for a new version,
not for what the server writes differently from what it was sent.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from typing import NewType

from storage_plugin.model.book import ContactId
from storage_plugin.model.contact import Contact

ItemId = NewType("ItemId", str)
"""The target's own key of an item: Graph's immutable id, EWS' ItemId, an href; compared exactly."""


NOTHING = Contact()
"""The contact without anything."""


class Side(StrEnum):
    """One of the two sides of a mirror."""

    OURS = "ours"
    THEIRS = "theirs"

    @property
    def other(self) -> Side:
        """Give the opposite side."""
        return Side.THEIRS if self is Side.OURS else Side.OURS


@dataclass(frozen=True, slots=True)
class Stamp:
    """The identity that is written, hidden, into a mirrored item (BCM-58); none of the parts contains a colon."""

    installation: str
    book: str
    contact: ContactId

    def __str__(self) -> str:
        return f"{self.installation}:{self.book}:{self.contact}"

    @classmethod
    def read(cls, text: str) -> Stamp | None:
        """Read a stamp; None for text that is none (people and other programs can write anything there)."""
        installation, _, rest = text.partition(":")
        book, _, contact = rest.partition(":")
        if not (installation and book and contact.isascii() and contact.isdigit()):
            return None
        return cls(installation, book, ContactId(int(contact)))

    def same_book(self, other: Stamp) -> bool:
        """Tell whether both name records of one book of one installation."""
        return (self.installation, self.book) == (other.installation, other.book)


@dataclass(frozen=True, slots=True)
class Flag:
    """The category that marks mirrored items for people (BCM-7, BCM-22); never the identity, never in a card.

    ``colour`` is one of Outlook's ``preset0`` … ``preset24`` or ``none`` (Graph: categoryColor).
    """

    name: str = "Business Contact"
    colour: str = "preset7"


@dataclass(frozen=True, slots=True)
class Item:
    """A contact as the folder holds it.

    ``version`` is opaque and good for equality alone (changeKey, ETag). ``view`` leaves the flag category out;
    ``flagged`` tells whether it was there. ``photo`` is the SHA-256 (hex) of the picture's bytes as the target holds
    them, ``""`` for none, None when this reading does not tell. ``modified_at`` is the target's clock (ISO 8601, UTC)
    or ``""``; only the rule "last change wins" looks at it.
    """

    id: ItemId
    version: str
    view: Contact
    stamp: Stamp | None = None
    customer_number: str = ""
    flagged: bool = False
    photo: str | None = ""
    modified_at: str = ""


class Origin(StrEnum):
    """How an item of a link came into the folder; it decides what may ever become of the item.

    ``CREATED``: by us, so stop and clean-ups remove it. ``ADOPTED``: it was there and was matched; it is unmarked,
    never deleted. ``FOREIGN``: it belongs to the mailbox's owner and is only read (a plain contact, BCM-13).
    """

    CREATED = "created"
    ADOPTED = "adopted"
    FOREIGN = "foreign"


@dataclass(frozen=True, slots=True)
class Photos:
    """The fingerprints of a contact's picture on both sides when last synchronised; servers encode pictures anew."""

    ours: str = ""
    theirs: str = ""


@dataclass(frozen=True, slots=True)
class Rest:
    """A pair that an undo left apart: nothing is done about it until either side is not as it was then.

    ``wanted``: the record belonged in the folder; ``present``: the item was there.
    """

    wanted: bool
    present: bool


@dataclass(frozen=True, slots=True)
class Link:
    """A record and its item, as they were after the last synchronisation.

    ``ours`` and ``theirs`` are the two views then; they differ only in what the server wrote otherwise than it was
    sent. ``kept`` are the parts of the record's lists that found no slot in the target then ("4th e-mail"); they stay
    out of the view, so that they never slide into a slot which somebody freed. ``before`` is an adopted item's view
    before our first write. ``rest``: see Rest.
    """

    contact: ContactId
    item: ItemId
    version: str
    origin: Origin
    ours: Contact
    theirs: Contact
    photos: Photos = Photos()
    kept: Contact = NOTHING
    before: Contact | None = None
    flagged: bool = False
    rest: Rest | None = None


@dataclass(frozen=True, slots=True)
class Former:
    """What there was before a run did something to a contact: its link, and its item as it was read then."""

    link: Link | None = None
    item: Item | None = None


@dataclass(frozen=True, slots=True)
class Local:
    """A record of our side as the mirror sees it: its view, and what decides about it.

    ``photo`` is a fingerprint of the picture, ``""`` for none. ``wanted`` is False for a record that exists but is
    not to be in the folder (it left the user's filter, became an account); ``trashed`` for one in the deleted items.
    ``plain`` marks a contact that nobody has promoted yet.
    """

    contact: ContactId
    revision: int
    view: Contact
    kept: Contact = NOTHING
    photo: str = ""
    customer_number: str = ""
    wanted: bool = True
    trashed: bool = False
    plain: bool = False
    modified_at: str = ""
    name: str = field(default="", compare=False)
