"""What a run can do with one contact: the words of a plan, printed by ``telling``, carried out by ``run``.

Every action names its ``Pair``: what was remembered, and both sides as they were read. A view that is None is left
as it is. A run may be killed between any two effects, so their order matters (``outcome`` gives the links):

- Create, Update: the folder; then the record with the link. A Create leaves its intent in the journal first, an
  Update of an adopted item the link that ``unsettled`` gives.
- Adopt: the link that ``claimed`` gives; the folder (stamp, number and flag at least); the record with the link.
- Revive: the record comes back from the deleted items; then as Update.
- TakeIn: the record with its link; then the folder, unless the contact is plain.
- Remove, Unmark: where ``edited``, what is to be taken in with the link that ``taken_first`` gives; the folder; the
  link.
- HandOver: where ``edited``, as Remove; then the successor with its link, which has no version (see ``claimed``).
- Trash, Refresh, Drop, Ask, Remember, Forget: our side alone. Keep: nothing by itself, see ``switching``.

Conflicts go into the log before anything is overwritten.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from bridge.sync.merge import FieldConflict
from storage_plugin.model.contact import Contact
from storage_plugin.model.marking import N_
from storage_plugin.model.mirror import Item, Link, Local, Origin, Side


@dataclass(frozen=True, slots=True)
class Pair:
    """A record and its item, as they are now; any of the three may be missing.

    ``ours`` None: there is no such record any more, not even in the deleted items. ``theirs`` None: the item is not
    in the folder (one that was not read, since it did not change, is given as ``outcome.remembered`` makes it).
    """

    link: Link | None = None
    ours: Local | None = None
    theirs: Item | None = None


@dataclass(frozen=True, slots=True)
class Create:
    """Put a record into the folder, with ``view`` and the record's picture."""

    pair: Pair
    view: Contact
    flagged: bool = False


@dataclass(frozen=True, slots=True)
class Adopt:
    """Join a record and an item that were there before, or that a promotion joins (BCM-45); stamp the item.

    ``shown`` is what of ``ours`` the folder will show (see Update). ``before`` is the item as it was.
    """

    pair: Pair
    before: Contact
    ours: Contact | None = None
    theirs: Contact | None = None
    shown: Contact | None = None
    conflicts: tuple[FieldConflict, ...] = ()
    photo: Side | None = None
    flagged: bool = False
    waiting: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Update:
    """Bring both sides to the merged views; ``photo`` is the side that gets the other's picture (or loses its own).

    ``ours`` may hold more than the folder has slots for: all of it belongs into the record, and ``shown`` is the part
    that the folder then shows, so that ``Shape.view(record, View(shown, kept))`` gives the view to remember.
    """

    pair: Pair
    ours: Contact | None = None
    theirs: Contact | None = None
    shown: Contact | None = None
    conflicts: tuple[FieldConflict, ...] = ()
    photo: Side | None = None
    flagged: bool = False
    waiting: frozenset[str] = frozenset()

    @property
    def writes_folder(self) -> bool:
        """Tell whether the item is written to."""
        return (
            self.theirs is not None
            or self.photo is Side.THEIRS
            or (self.pair.theirs is not None and self.flagged != self.pair.theirs.flagged)
        )


@dataclass(frozen=True, slots=True)
class Ask:
    """Note conflicts that somebody must decide; each side keeps its own until then."""

    pair: Pair
    conflicts: tuple[FieldConflict, ...]
    waiting: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Remember:
    """Remember both sides as they are; nothing is written to them."""

    pair: Pair
    waiting: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Remove:
    """Delete an item that we created, and forget the link; ``ours`` takes in first what people changed there.

    A record in the deleted items comes back from there if it takes something in. ``edited``: people changed the item,
    whether or not there is something to take in; that this was looked at is remembered before the item is touched.
    """

    pair: Pair
    ours: Contact | None = None
    conflicts: tuple[FieldConflict, ...] = ()
    photo: Side | None = None
    edited: bool = False

    @property
    def takes_in(self) -> bool:
        """Tell whether our side is written to."""
        return self.ours is not None or self.photo is not None


@dataclass(frozen=True, slots=True)
class Unmark:
    """Give an adopted item back: stamp, customer number and flag out, and ``theirs`` as if we had never written.

    ``ours`` takes in first what people changed there (see Remove). ``photo``: "" removes the picture that we put
    there, another fingerprint is that of the picture before, None leaves it. ``stays_known``: the item is remembered
    as the owner's own, so that it does not come back as a new contact; else the link is forgotten.
    """

    pair: Pair
    theirs: Contact
    ours: Contact | None = None
    conflicts: tuple[FieldConflict, ...] = ()
    photo: str | None = None
    flagged: bool = False
    stays_known: bool = True
    edited: bool = False

    @property
    def takes_in(self) -> bool:
        """Tell whether our side is written to."""
        return self.ours is not None


@dataclass(frozen=True, slots=True)
class Trash:
    """Move a record to the deleted items, since people deleted its item (BCM-11); forget the link."""

    pair: Pair


@dataclass(frozen=True, slots=True)
class Revive:
    """Bring a record back from the deleted items, since its item was edited meanwhile; then as Update."""

    pair: Pair
    ours: Contact
    theirs: Contact | None = None
    shown: Contact | None = None
    conflicts: tuple[FieldConflict, ...] = ()
    photo: Side | None = None
    flagged: bool = False
    waiting: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class TakeIn:
    """Make a record of an item: a plain contact of the mirror's user, or (``origin`` not FOREIGN) a shared one.

    The item of a plain contact is never written to; the other one gets stamp, customer number and flag.
    """

    pair: Pair
    view: Contact
    origin: Origin = Origin.FOREIGN
    flagged: bool = False

    @property
    def plain(self) -> bool:
        """Tell whether the record is the user's own, and the item only read."""
        return self.origin is Origin.FOREIGN


@dataclass(frozen=True, slots=True)
class Refresh:
    """Let a plain contact follow its foreign item; the item is only read."""

    pair: Pair
    ours: Contact | None = None
    conflicts: tuple[FieldConflict, ...] = ()
    photo: Side | None = None


@dataclass(frozen=True, slots=True)
class Drop:
    """Move a plain contact to the deleted items, since its foreign item has gone; forget the link."""

    pair: Pair


@dataclass(frozen=True, slots=True)
class Forget:
    """Forget a link; nothing is written."""

    pair: Pair


@dataclass(frozen=True, slots=True)
class Keep:
    """Leave a mirrored item in the folder as it is, stamp and flag too, when its record's book is left (BCM-51)."""

    pair: Pair


@dataclass(frozen=True, slots=True)
class HandOver:
    """Let an item be that of a business record of the book that is entered: of ``twin``, or of a new one (BCM-54).

    The former record takes in first what people changed in the item (see Remove), and stays as it is from then on.
    """

    pair: Pair
    twin: Local | None = None
    ours: Contact | None = None
    conflicts: tuple[FieldConflict, ...] = ()
    photo: Side | None = None
    edited: bool = False

    @property
    def takes_in(self) -> bool:
        """Tell whether the former record is written to."""
        return self.ours is not None or self.photo is not None


Action = (
    Create
    | Adopt
    | Update
    | Ask
    | Remember
    | Remove
    | Unmark
    | Trash
    | Revive
    | TakeIn
    | Refresh
    | Drop
    | Forget
    | Keep
    | HandOver
)


@dataclass(frozen=True, slots=True)
class Question:
    """Why a run stops before doing anything: so many deletions at once may be a mistake."""

    ours: int
    theirs: int
    allowed: int
    names: tuple[str, ...] = field(default=())

    def __str__(self) -> str:
        """Say it in one sentence."""
        return N_(
            f"{self.ours} contacts would go to the deleted items and {self.theirs} be deleted from the folder; "
            f"more than {self.allowed} on one side need your word."
        )
