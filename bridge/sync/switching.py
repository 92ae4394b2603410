"""What becomes of the mirrored contacts when their user goes to another book: a pure decision (BCM-50 … BCM-58)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum

from bridge.sync.actions import Action, HandOver, Keep, Pair
from bridge.sync.leaving import last_edits, leave
from bridge.sync.match import match
from bridge.sync.policy import Policy, belongs_in_folder
from storage_plugin.model.book import ContactId
from storage_plugin.model.mirror import Item, ItemId, Link, Local, Origin, Stamp


class Choice(StrEnum):
    """What becomes of what was mirrored from the book that is left.

    ``KEEP``: it stays in the folder, still marked; the book that is entered knows it as plain contacts (BCM-51).
    ``DELETE``: what we created is removed, what we adopted is given back as it was (BCM-53). ``IMPORT``: it stays in
    the folder and is mirrored from then on with business contacts of the book that is entered (BCM-54, BCM-55).
    """

    KEEP = "keep"
    DELETE = "delete"
    IMPORT = "import"


def plan_switch(
    pairs: Iterable[Pair], choice: Choice, policy: Policy, twins: Mapping[ItemId, Local]
) -> Iterator[Action]:
    """Plan the switch for all that was mirrored; the owner's own contacts in the folder are not concerned.

    Imported is what is to be in the folder and is there; the rest leaves the mirror as at a stop. ``twins`` are
    records of the book that is entered that are the same persons (``twins_of``).
    """
    for pair in pairs:
        link, item = pair.link, pair.theirs
        if link is None or link.origin is Origin.FOREIGN:
            continue
        if choice is Choice.KEEP:
            yield Keep(pair)
        elif choice is Choice.IMPORT and item is not None and belongs_in_folder(pair.ours):
            edits = last_edits(link, pair.ours, item, policy)
            yield HandOver(pair, twins.get(item.id), edits.ours, edits.conflicts, edits.photo, edits.edited)
        else:
            yield leave(pair, policy, stays_known=False)


def twins_of(pairs: Iterable[Pair], locals: Sequence[Local]) -> dict[ItemId, Local]:
    """Tell which of the items are persons whom the book that is entered has among ``locals`` already (BCM-59).

    Stamp and customer number say nothing there: they are of the book that is left.
    """
    items = [replace(pair.theirs, stamp=None, customer_number="") for pair in pairs if pair.theirs and pair.link]
    shared = [local for local in locals if belongs_in_folder(local)]
    return {item.id: local for local, item in match(shared, items, _no_stamp).pairs}


def returning(leftovers: Iterable[Link], there: Mapping[ItemId, Item], installation: str) -> list[ContactId]:
    """Tell which records are joined again with what they left in the folder when their book was left.

    An item of ours that has lost its stamp may be another one by now.
    """
    return [
        link.contact
        for link in leftovers
        if (item := there.get(link.item)) is not None
        and (link.origin is Origin.FOREIGN or (item.stamp is not None and item.stamp.installation == installation))
    ]


def _no_stamp(contact: ContactId) -> Stamp:
    return Stamp("", "", contact)
