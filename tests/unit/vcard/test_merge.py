"""Joining two edits of one card: what one side changed is kept, what both changed is told."""

from dataclasses import fields, replace

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from storage_plugin.model.contact import Contact
from storage_plugin.vcard.lines import parse
from storage_plugin.vcard.mapping import contact_from_vcard, vcard_with
from storage_plugin.vcard.merge import FieldConflict, merged, same_but_for_rev
from tests.unit.vcard.strategies import NORMAL_CONTACTS, cards, law

FIELDS = [field.name for field in fields(Contact)]
SMOOTH = [name for name in FIELDS if name not in ("formatted_name", "photo")]


@law
@given(cards(), cards())
def test_what_only_the_client_changed_is_taken_to_the_byte(base, client):
    assert merged(base, base, client).text == client


@law
@given(cards(), cards())
def test_what_only_the_server_changed_is_kept_to_the_byte(base, server):
    assert merged(base, server, base).text == server


@law
@given(cards(), cards())
def test_the_same_edit_on_both_sides_is_no_conflict(base, both):
    merge = merged(base, both, both)
    assert (merge.text, merge.conflicts) == (both, ())


@law
@given(cards(versions=("3.0",)), cards(versions=("3.0",)), cards(versions=("3.0",)))
def test_no_property_of_the_client_is_lost(base, server, client):
    text = merged(base, server, client).text
    lines = parse(text).lines
    assert sum(line.name == "BEGIN" for line in lines) == sum(line.name == "END" for line in lines) == 1
    ours = {line.name for line in parse(client).lines} - {line.name for line in parse(base).lines} - {""}
    assert ours - {"X-ABLABEL", "X-ABADR"} <= {line.name for line in lines}


@law
@given(cards(versions=("3.0", "4.0")), NORMAL_CONTACTS, NORMAL_CONTACTS, st.permutations(SMOOTH).map(lambda p: p[:2]))
def test_edits_of_different_fields_are_both_there(base, one, other, names):
    before = contact_from_vcard(base)
    ours = replace(before, **{names[0]: getattr(one, names[0])})
    theirs = replace(before, **{names[1]: getattr(other, names[1])})
    text = vcard_with(base, ours)
    assume(not {"item1", "custom-1"} & {line.group.lower() for line in parse(base).lines})
    merge = merged(base, text, vcard_with(base, theirs))
    after = contact_from_vcard(merge.text)
    assert getattr(after, names[0]) == getattr(ours, names[0])
    assert getattr(after, names[1]) == getattr(theirs, names[1])


def card(*lines):
    return "\r\n".join(["BEGIN:VCARD", "VERSION:3.0", "UID:u", *lines, "END:VCARD", ""])


BASE = card("N:Muster;Anna;;;", "FN:Anna Muster", "item1.TEL;TYPE=WORK:1", "item1.X-ABLabel:Durchwahl", "TEL:2",
            "EMAIL:a@b.de", "CATEGORIES:A,B", "NOTE:old", "REV:1")  # fmt: skip

STORIES = {
    "phone and e-mail": (("TEL:2", "TEL:3"), ("a@b.de", "c@d.de"), ["TEL:3", "EMAIL:c@d.de"], ()),
    "two phones": (("TEL:2", "TEL:3"), ("WORK:1", "WORK:9"), ["TEL:3", "item1.TEL;TYPE=WORK:9"], ()),
    "label and number": (("WORK:1", "WORK:9"), ("Durchwahl", "Chef"), ["WORK:9", "X-ABLabel:Chef"], ()),
    "type and number": (("TEL:2", "TEL;TYPE=CELL:2"), ("TEL:2", "TEL:3"), ["TEL;TYPE=CELL:3"], ()),
    "given and family name": (("Anna;;;", "Eva;;;"), ("N:Muster", "N:Meier"), ["N:Meier;Eva;;;"], ()),
    "categories": (("A,B", "A,B,C"), ("A,B", "B,D"), ["CATEGORIES:B,C,D"], ()),
    "rev": (("REV:1", "REV:2"), ("REV:1", "REV:3"), ["REV:3"], ()),
    "note": (("old", "ours"), ("old", "theirs"), ["NOTE:theirs"], (FieldConflict("note", "ours", "theirs"),)),
    "removed and changed": (("TEL:2\r\n", ""), ("TEL:2", "TEL:3"), ["TEL:3"], (FieldConflict("phones", "", "3"),)),
    "changed and removed": (("TEL:2", "TEL:3"), ("TEL:2\r\n", ""), [], (FieldConflict("phones", "3", ""),)),
    "both added a title": (("NOTE", "TITLE:X\r\nNOTE"), ("NOTE", "TITLE:Y\r\nNOTE"), ["TITLE:Y"],
                           (FieldConflict("job_title", "X", "Y"),)),
    "both added a phone": (("NOTE", "TEL:8\r\nNOTE"), ("NOTE", "TEL:9\r\nNOTE"), ["TEL:8", "TEL:9"], ()),
    "both added the same": (("NOTE", "TEL:8\r\nNOTE"), ("NOTE", "tel:8\r\nNOTE"), ["TEL:8"], ()),
    "family name twice": (("N:Muster", "N:A"), ("N:Muster", "N:B"), ["N:B;Anna"],
                          (FieldConflict("family_name", "A", "B"),)),
    "labelled entries added": (
        ("NOTE", "item2.URL:x\r\nitem2.X-ABLabel:one\r\nNOTE"),
        ("NOTE", "item2.URL:y\r\nitem2.X-ABLabel:two\r\nNOTE"),
        ["item2.X-ABLabel:one", "item3.URL:y", "item3.X-ABLabel:two"], ()),
}  # fmt: skip


@pytest.mark.parametrize("story", STORIES)
def test_stories_of_two_edits(story):
    ours, theirs, expected, conflicts = STORIES[story]
    merge = merged(BASE, BASE.replace(*ours), BASE.replace(*theirs))
    assert all(line in merge.text for line in expected)
    assert merge.conflicts == conflicts
    assert merge.text.count("TEL:3") <= 1 and merge.text.count("TEL:8") <= 1


def test_VC_81_thunderbird_overwrites_nothing_that_it_did_not_edit():
    server = BASE.replace("TEL:2", "TEL:2\r\nTEL;TYPE=CELL:+49 170 1")
    client = BASE.replace("NOTE:old", "NOTE:new").replace("REV:1", "REV:9")
    merge = merged(BASE, server, client)
    assert "TEL;TYPE=CELL:+49 170 1" in merge.text and "NOTE:new" in merge.text and not merge.conflicts


def test_VC_87_a_touch_of_rev_is_no_edit():
    assert same_but_for_rev(BASE, BASE.replace("REV:1", "REV:strange"))
    assert same_but_for_rev(BASE, BASE.replace("REV:1\r\n", ""))
    assert not same_but_for_rev(BASE, BASE.replace("NOTE:old", "NOTE:new"))
