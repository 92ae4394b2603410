"""The ports through which contacts are kept: what an address book must be able to do, and how it may fail.

``AddressBook`` is the book as one signed-in device sees it, in the words of CardDAV (hrefs, ETags, sync tokens);
``Contacts`` is the same book in the words of the business (records, promotion, deleted items, history).
Every method of both is atomic: it is one transaction, done whole or not at all.

Errors: the class tells what the caller can do::

    BookError
    ├── NotFound            there is no such record, or the viewer may not know of it
    ├── Precondition        the record has changed, or exists already (HTTP 412)
    ├── UidConflict         another visible card has this UID, at ``href`` (HTTP 409)
    ├── Refused             the viewer may not do this; ``reason`` is one sentence (HTTP 403)
    ├── InvalidToken        the sync token is foreign, too old or of another view: start afresh
    ├── TooLarge            the card has more than ``limit`` octets or lines
    ├── SchemaMismatch      the database is of another version of this program; the text says what to do
    ├── StorageFull         disk or quota is exhausted; nothing was changed (HTTP 507)
    └── Unavailable         database away or locked; try again after ``retry_after`` seconds (HTTP 503)
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple, NewType, Protocol, overload

from storage_plugin.model.contact import Contact
from storage_plugin.model.view import View

ContactId = NewType("ContactId", int)
"""Our key of a record; never shown on a device, never reused."""

ChangeNumber = NewType("ChangeNumber", int)
"""One per committed transaction of a book; number order is commit order, gaps may occur."""


class BookError(Exception):
    """Anything that a book can refuse or fail at."""


class NotFound(BookError):
    """There is no such record here, or the viewer may not know of it."""


class Precondition(BookError):
    """If-Match or If-None-Match does not hold."""


class UidConflict(BookError):
    """Another card of this address book has the UID (RFC 6352 6.3.2.1 no-uid-conflict)."""

    def __init__(self, href: str) -> None:
        super().__init__(f"the UID is in use at {href}")
        self.href = href


class Refused(BookError):
    """The viewer may not do this."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class InvalidToken(BookError):
    """The sync token is not one that we can continue from (RFC 6578 3.2 valid-sync-token)."""


class TooLarge(BookError):
    """The card has more than ``limit`` octets, or (``is_lines``) content lines (RFC 6350 3.2)."""

    def __init__(self, limit: int, *, is_lines: bool = False) -> None:
        most = f"a card may have {limit} lines at most" if is_lines else f"a card may have {limit} octets at most"
        super().__init__(most)
        self.limit = limit


class SchemaMismatch(BookError):
    """The database has the schema of another version; nothing was changed."""


class StorageFull(BookError):
    """Disk or quota is exhausted; nothing was changed."""


class Unavailable(BookError):
    """The database cannot be reached or is locked; ``retry_after`` is in seconds."""

    def __init__(self, reason: str, retry_after: int = 30) -> None:
        super().__init__(reason)
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True)
class Origin:
    """Who makes a change, and by which way it came: "dav", "cli", "sql", "import", "mirror", "web", "naming"."""

    source: str
    user_id: int | None = None
    device_id: int | None = None
    run_id: int | None = None


@dataclass(frozen=True, slots=True)
class Viewer:
    """A user (on a device) looking at his or her active book, as read at sign-in.

    ``book_key`` names installation and book in sync tokens; ``number`` is the book's change number at sign-in.
    ``writes_v4`` says that this device has sent vCard 4.0 before, so it may be given 4.0 as stored.
    ``epoch`` counts how often this device was told to list everything anew.
    ``presented`` is the number of the token that this device presented last, as far as it is written down.
    ``has_aliases``: some members go by a name of their own here, since their usual one was taken.
    """

    user_id: int
    user: str
    book_id: int
    book_key: str
    view: View
    number: ChangeNumber
    device_id: int | None = None
    device: str = ""
    writes_v4: bool = False
    has_aliases: bool = False
    epoch: int = 0
    presented: ChangeNumber | None = None
    is_administrator: bool = False

    @property
    def origin(self) -> Origin:
        """Give the author of what this viewer changes over DAV."""
        return Origin("dav", self.user_id, self.device_id)


class Entry(NamedTuple):
    """A member of the address book: its name in the collection (not encoded) and its strong ETag (not quoted)."""

    href: str
    etag: str


@dataclass(frozen=True, slots=True)
class Listing(Sequence[Entry]):
    """Many members in two columns of one length: to make ten thousand ``Entry`` takes longer than to read them."""

    hrefs: list[str] = field(default_factory=list)
    etags: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.hrefs)

    def __iter__(self) -> Iterator[Entry]:
        return map(Entry, self.hrefs, self.etags)

    @overload
    def __getitem__(self, at: int) -> Entry: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Entry]: ...
    def __getitem__(self, at: int | slice) -> Entry | Sequence[Entry]:
        if isinstance(at, slice):
            return Listing(self.hrefs[at], self.etags[at])
        return Entry(self.hrefs[at], self.etags[at])


class Card(NamedTuple):
    """A member with its text: ``text`` is what this viewer gets by default, ``stored`` what the database holds."""

    href: str
    etag: str
    uid: str
    text: str
    stored: str
    vcard_version: str
    modified_at: str


class Property(NamedTuple):
    """What a device set of a collection: the XML inside of a property, and its ``xml:lang`` (RFC 4918 4.3)."""

    value: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Changes:
    """What happened since a number: members to fetch again and members that are gone, each once."""

    number: ChangeNumber
    changed: Listing
    removed: Sequence[str]


@dataclass(frozen=True, slots=True)
class Expect:
    """The client's precondition (RFC 9110 13.1): ETags unquoted; ``("*",)`` means "any that exists"."""

    match: tuple[str, ...] = ()
    none_match: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Stored:
    """The outcome of a PUT; ``etag`` is None when what is served differs from what was sent (RFC 6352 6.3.2.3)."""

    created: bool
    etag: str | None


class Needle(NamedTuple):
    """Text to look for, already ``folded``, in the values of a property (upper case), or ("") anywhere in a card."""

    text: str
    property: str = ""


EXACT_NEEDLES = frozenset({"FN", "EMAIL"})
"""The properties for which every book answers a needle exactly."""


MAX_PROPERTIES = 50
"""How many properties a user may have set of one resource."""


class AddressBook(Protocol):
    """The book as one viewer sees it, in the words of CardDAV. Nothing invisible is ever read, told or changed."""

    viewer: Viewer

    def entries(self) -> tuple[ChangeNumber, Listing]:
        """List all members, with the number at which the list holds."""

    def changes_since(self, number: ChangeNumber) -> Changes:
        """Tell each member changed or gone since ``number``; raise InvalidToken when history does not reach back."""

    def cards(self, hrefs: Iterable[str]) -> Mapping[str, Card]:
        """Fetch members by name; a name that is not there (or not visible) is left out."""

    def all_cards(self) -> Iterator[Card]:
        """Read the whole book, one card after the other."""

    def candidates(self, needles: Sequence[Needle], *, every: bool = False) -> Iterator[Card]:
        """Read the cards that may contain any (or ``every``) needle; never too few, perhaps too many.

        For the properties of EXACT_NEEDLES not too many either: a value of the property does contain the needle.
        """

    def put(self, href: str, body: bytes, expect: Expect, *, charset: str | None = None) -> Stored:
        """Store the card that a device sent; raise vcard.NotAVCard, Precondition, UidConflict, Refused, TooLarge."""

    def delete(self, href: str, expect: Expect) -> None:
        """Move the record to the deleted items; raise NotFound, Precondition, Refused."""

    def move(self, href: str, new_href: str, expect: Expect, *, overwrite: bool) -> bool:
        """Give the member another name; tell whether something was overwritten (its record goes to the trash).

        ``expect`` is said of the member; raise NotFound, Precondition, Refused.
        """

    def properties(self, resource: str) -> Mapping[str, Property]:
        """Read what this user set of a ``resource`` ("home" or "book"), by name in Clark notation."""

    def set_properties(self, resource: str, changes: Sequence[tuple[str, Property | None]]) -> None:
        """Set (None: remove) in the given order, all or nothing; raise Refused above MAX_PROPERTIES."""

    def presented(self, number: ChangeNumber) -> None:
        """Remember that this device has the state of ``number`` (the base for merging edits without If-Match)."""

    def given(self, numbers: Mapping[str, ChangeNumber]) -> None:
        """Remember the same of single cards, by ETag, for a device that presents no sync tokens."""


@dataclass(frozen=True, slots=True)
class Record:
    """A business record with what the card does not say; ``owner_id`` None means shared with the whole firm."""

    id: ContactId
    contact: Contact
    uid: str
    href: str
    revision: int
    number: ChangeNumber
    type: str = "Business Contact"
    owner_id: int | None = None
    account_id: ContactId | None = None
    customer_number: str = ""
    custom: Mapping[str, str] = field(default_factory=dict)
    modified_at: str = ""


@dataclass(frozen=True, slots=True)
class Change:
    """A record that was saved (``deleted`` False) or moved to the deleted items at ``number``."""

    id: ContactId
    number: ChangeNumber
    deleted: bool


class Contacts(Protocol):
    """A book in the words of the business; the caller has checked that the user may see the whole of it."""

    def get(self, contact_id: ContactId) -> Record:
        """Read one record; raise NotFound (also for one in the deleted items)."""

    def list(self) -> Iterator[Record]:
        """Read all records of the book, in the order of their ids."""

    def save(
        self,
        contact: Contact,
        by: Origin,
        *,
        contact_id: ContactId | None = None,
        owner_id: int | None = None,
        type: str = "Business Contact",
        revision: int | None = None,
    ) -> Record:
        """Create a record, or change the one of ``contact_id``: only the card lines of changed fields are touched.

        ``owner_id`` and ``type`` count only for a new record. Raises Precondition when ``revision`` is given and
        is not the present one, NotFound, Refused.
        """

    def delete(self, contact_id: ContactId, by: Origin, *, revision: int | None = None) -> None:
        """Move a record to the deleted items; raise NotFound, and Precondition when it is not at ``revision``."""

    def restore(self, contact_id: ContactId, by: Origin) -> Record:
        """Bring a record back from the deleted items under its id and customer number; raise NotFound."""

    def promote(self, contact_id: ContactId, by: Origin, *, type: str = "Business Contact") -> Record:
        """Make a plain contact a shared record with a customer number (BCM-41); raise NotFound, Refused."""

    def changes_since(self, number: ChangeNumber) -> tuple[ChangeNumber, Sequence[Change]]:
        """Tell each record changed or deleted after ``number``, once, in number order, and the number now."""
