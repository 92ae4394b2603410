"""A card with what a file says of the same person: the fields that the file fills, and properties the card lacks."""

from __future__ import annotations

from storage_plugin.model.updating import updated
from storage_plugin.vcard.draft import Draft
from storage_plugin.vcard.lines import parse
from storage_plugin.vcard.mapping import contact_from_vcard, vcard_with
from storage_plugin.vcard.units import Graft, units_of

_OF_THE_CARD_ITSELF = frozenset({"VERSION", "PRODID", "UID", "REV", "N", "FN"})


def filled(text: str, said: str, *, is_row: bool) -> str:
    """Give ``text`` with what ``said`` fills; both slim, in one vCard version. Nothing is taken away.

    Of what no field is known for, a property is taken that the card has not; of photos the file's.
    """
    old = contact_from_vcard(text)
    patched = vcard_with(text, updated(old, contact_from_vcard(said), is_row=is_row), old)
    return patched if is_row else _with_unknown(patched, said)


def _with_unknown(text: str, said: str) -> str:
    draft = Draft(text)
    graft = Graft(draft)
    known = {unit.name: unit for unit in units_of(draft.lines)}
    for unit in units_of(parse(said).lines):
        if not unit.name or unit.name in _OF_THE_CARD_ITSELF:
            continue
        there = known.get(unit.name)
        if there is None:
            before = draft.lines[:]
            graft.add(unit.lines)
            if unit.name != "PHOTO" and contact_from_vcard(draft.text) != contact_from_vcard(text):
                draft.lines = before  # another spelling of a field that the card says already
        elif unit.name == "PHOTO" and unit.meaning != there.meaning:
            graft.replace(there.lines, unit.lines)
    return draft.text
