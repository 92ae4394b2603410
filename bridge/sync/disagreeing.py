"""What is kept of a conflict: both versions whole, and the fields in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import astuple, is_dataclass
from typing import Any

from bridge.sync.actions import Pair
from bridge.sync.merge import FieldConflict, merge
from bridge.sync.putback import putback
from storage_plugin.database.our_writes import Disagreement
from storage_plugin.model.contact import Contact
from storage_plugin.model.mirror import NOTHING, Side
from storage_plugin.vcard.merge import FieldConflict as StoredConflict


def disagreement(
    pair: Pair, record: Contact, conflicts: Iterable[FieldConflict], photo: bytes | None
) -> Disagreement:
    """Give what a record would be if the folder had won, and each field on which the sides disagree."""
    assert pair.ours is not None and pair.theirs is not None
    was_ours, was_theirs = (pair.link.ours, pair.link.theirs) if pair.link else (NOTHING, NOTHING)
    other = merge(was_ours, pair.ours.view, was_theirs, pair.theirs.view, Side.THEIRS).ours
    fields = [StoredConflict(each.field, _text(each.ours), _text(each.theirs)) for each in conflicts]
    return Disagreement(putback(record, pair.ours.view, pair.ours.kept, other), fields, photo)


def _text(value: Any) -> str:
    if value is None:
        return ""
    if is_dataclass(value) and not isinstance(value, type):
        return ", ".join(str(part) for part in astuple(value) if part)
    return str(value)
