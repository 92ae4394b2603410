"""Take back what a run did to one contact: what becomes of its item, as a pure function of the run's log and of now.

Only what nobody has touched since is taken back, on either side; everything else is left, with the reason. Whatever
was in the folder before the run is there again afterwards, as the run found it; what the run put there goes. The
record itself is taken back by the history of the book. What is remembered then lets the pair rest (``Rest``): the
next run does not do the same again before somebody changes the contact.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum

from bridge.sync.actions import Pair
from bridge.sync.policy import belongs_in_folder
from storage_plugin.model.contact import Contact
from storage_plugin.model.marking import N_
from storage_plugin.model.mirror import Former, Item, Link, Local, Origin, Photos, Rest

UNDONE_BY_NOTHING = frozenset({"ask", "forget", "remember"})
"""What a run can do that changes neither side."""


class Folder(Enum):
    """What is to be done in the folder."""

    NOTHING = "nothing"
    CREATE = "create"
    UPDATE = "update"
    DELETE = "delete"


@dataclass(frozen=True, slots=True)
class Done:
    """What a run did to a contact, and how it stands now.

    ``is_as_left``: no run has synchronised it again. ``revision`` is that of the record after the run. ``tried`` is
    what an undo that was broken off asked of the folder, with the view that it sent; ``nothing`` if it did not.
    """

    name: str
    actions: tuple[str, ...]
    former: Former
    pair: Pair
    revision: int
    is_as_left: bool
    tried: Folder = Folder.NOTHING
    sent: Contact | None = None


@dataclass(frozen=True, slots=True)
class Left:
    """A contact that is left as it is; ``reason`` ends the sentence "left as it is: …"."""

    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class TakeBack:
    """A contact that is taken back.

    ``view`` is what the item is to show, ``marked`` whether it carries the stamp then. ``photo`` is the fingerprint
    of the picture that it had, as the folder told it: ``""`` for none, None to leave the picture alone.
    """

    done: Done
    folder: Folder = Folder.NOTHING
    view: Contact | None = None
    flagged: bool = False
    marked: bool = True
    photo: str | None = None


def taken_back(done: Done) -> TakeBack | Left | None:
    """Decide about one contact; None where the run changed nothing that could be taken back."""
    if set(done.actions) <= UNDONE_BY_NOTHING:
        return None
    reason = _touched(done)
    if reason:
        return Left(done.name, reason)
    link, item, before = done.pair.link, done.pair.theirs, done.former.item
    if link is None:
        return TakeBack(done) if before is None or item is not None else _made_again(done, before)
    if before is None:
        return TakeBack(done, Folder.NOTHING if item is None else Folder.DELETE)
    return TakeBack(done) if item is None else _as_before(done, before, item)


def link_after(action: TakeBack, ours: Local, item: Item | None) -> Link | None:
    """Give the link to remember, with the record and the item as they are now; None for none."""
    former, now = action.done.former, action.done.pair.link
    base = former.link or now
    if base is None or (ours.plain and former.link is not None and former.item is None):
        return None  # a plain contact that followed an item which has gone
    if former.link is None and former.item is not None:  # it was met: it is its owner's again
        base = replace(base, origin=Origin.FOREIGN, before=None, flagged=False)
    seen = base.photos.theirs if item is None or item.photo is None else item.photo
    return replace(
        base,
        contact=ours.contact,
        item=item.id if item else base.item,
        version=item.version if item else base.version or "gone",
        ours=ours.view,
        theirs=item.view if item else base.theirs,
        photos=Photos(ours.photo, seen),
        kept=ours.kept,
        rest=Rest(belongs_in_folder(ours), item is not None),
    )


def told(action: TakeBack | Left) -> str:
    """Say in one line what becomes of a contact."""
    if isinstance(action, Left):
        return N_(f"{action.name}: left as it is: {action.reason}")
    deeds = {
        Folder.NOTHING: N_("in the book alone"),
        Folder.CREATE: N_("put into the folder again"),
        Folder.UPDATE: N_("in the folder as before"),
        Folder.DELETE: N_("removed from the folder"),
    }
    name, undone, deed = action.done.name, _said(action.done.actions), deeds[action.folder]
    return N_(f"{name}: take back {undone}: {deed}")


_WORDS = {
    "takein": N_("taking in"),
    "create": N_("create"),
    "adopt": N_("adopt"),
    "update": N_("update"),
    "remove": N_("remove"),
    "unmark": N_("unmark"),
    "trash": N_("trash"),
    "revive": N_("revive"),
    "refresh": N_("refresh"),
    "drop": N_("drop"),
    "keep": N_("keep"),
}


def _said(actions: tuple[str, ...]) -> str:
    deeds = (_WORDS.get(action, action) for action in actions if action not in UNDONE_BY_NOTHING)
    return ", ".join(dict.fromkeys(deeds))


def _touched(done: Done) -> str:
    """Say what has been touched since the run; ``""`` when nothing has."""
    link, ours, item = done.pair.link, done.pair.ours, done.pair.theirs
    if not done.is_as_left:
        return N_("a later run has synchronised it again.")
    if ours is None or not (ours.wanted or ours.plain):
        return N_("it is not in the book any more, or hidden from this user.")
    if ours.revision != done.revision:
        return N_("it was changed in the book since.")
    if link is None:
        again = item is not None and done.tried is not Folder.CREATE
        return N_("it is in the folder again.") if again else ""
    if item is None:
        return "" if done.tried is Folder.DELETE else N_("it was deleted from the folder since.")
    if _is_as_left(done, link, item) or (done.tried is Folder.UPDATE and item.view == done.sent):
        return ""
    return N_("it was changed in the folder since.")


def _is_as_left(done: Done, link: Link, item: Item) -> bool:
    """A service may give an item a new version by itself: then what it shows decides."""
    if item.version == link.version:
        return True
    was_flagged = link.flagged or (done.former.item is not None and done.former.item.flagged)
    same = item.view == link.theirs and item.photo in (None, link.photos.theirs)
    return same and item.flagged == was_flagged


def _made_again(done: Done, before: Item) -> TakeBack:
    known = done.former.link
    photo = known.photos.theirs if known and known.photos.theirs else None
    return TakeBack(done, Folder.CREATE, before.view, before.flagged, photo=photo)


def _as_before(done: Done, before: Item, item: Item) -> TakeBack:
    """Show again what the item showed; a picture that nobody looked at was then what it was at the last run."""
    link, known = done.pair.link, done.former.link
    assert link is not None
    was_marked = known is not None and known.origin is not Origin.FOREIGN and known.version != ""
    is_marked = item.stamp is not None
    marked = before.stamp is not None or was_marked
    photo = before.photo if before.photo is not None else known.photos.theirs if known else None
    present = item.photo if item.photo is not None else link.photos.theirs
    photo = None if photo == present else photo
    same = before.view == item.view and marked == is_marked and before.flagged == item.flagged and photo is None
    folder = Folder.NOTHING if same else Folder.UPDATE
    return TakeBack(done, folder, before.view, before.flagged, marked, photo)
