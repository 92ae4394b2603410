"""Laws of the mapping: reading and patching agree, and what is not edited keeps its bytes."""

from dataclasses import fields, replace

from hypothesis import assume, example, given
from hypothesis import strategies as st

from storage_plugin.model.contact import FIELDS, LISTS, Contact, display_name
from storage_plugin.vcard.lines import parse
from storage_plugin.vcard.mapping import card_with, contact_from_vcard, name_in, new_vcard, normalised, vcard_with
from storage_plugin.vcard.normal import normal_value
from tests.unit.vcard.strategies import CONTACTS, NORMAL_CONTACTS, cards, law


@law
@given(cards())
def test_get_put_what_was_read_changes_nothing(text):
    assert vcard_with(text, contact_from_vcard(text)) == text


@law
@given(cards() | NORMAL_CONTACTS.map(lambda contact: new_vcard(replace(contact, formatted_name=""), "1")))
@example("BEGIN:VCARD\r\nVERSION:3.0\r\nFN: \r\nN:Abel;Anna;;;\r\nEND:VCARD\r\n")
def test_the_name_in_a_card_is_that_of_its_contact(text):
    assert name_in(text) == display_name(contact_from_vcard(text))


@law
@given(cards(), NORMAL_CONTACTS)
def test_put_get_what_was_written_is_read(text, contact):
    written = vcard_with(text, contact)
    assert contact_from_vcard(written) == contact


@law
@given(cards(), NORMAL_CONTACTS, st.sampled_from([field.name for field in fields(Contact)]))
def test_one_edit_changes_one_field_only(text, contact, name):
    before = contact_from_vcard(text)
    wanted = replace(before, **{name: getattr(contact, name)})
    assume(name != "formatted_name" or wanted.formatted_name)
    assert contact_from_vcard(vcard_with(text, wanted)) == wanted


@law
@given(cards(), st.randoms(use_true_random=False), NORMAL_CONTACTS)
def test_put_get_for_lists_shuffled_thinned_and_mixed(text, random, other):
    before = contact_from_vcard(text)
    mixed = {}
    for name in LISTS:
        entries = [*getattr(before, name), *getattr(other, name)]
        random.shuffle(entries)
        mixed[name] = tuple(entry for entry in entries if random.random() < 0.8)
    wanted = replace(normalised(replace(before, **mixed)), **{name: getattr(before, name) for name in FIELDS})
    assert contact_from_vcard(vcard_with(text, wanted)) == wanted


@law
@given(cards(), NORMAL_CONTACTS)
def test_a_second_write_of_the_same_contact_changes_nothing(text, contact):
    once = vcard_with(text, contact)
    assert vcard_with(once, contact) == once


@law
@given(cards(), NORMAL_CONTACTS)
def test_the_lines_of_a_patched_card_are_those_of_its_text(text, contact):
    card = parse(text)
    before = [line.raw for line in card.lines]
    patched = card_with(card, contact)
    assert [(line.raw, line.name, line.value) for line in patched.lines] == [
        (line.raw, line.name, line.value) for line in parse(patched.text).lines
    ]
    assert [line.raw for line in card.lines] == before, "what was given is not written upon"


@law
@given(CONTACTS)
def test_normalising_one_attribute_is_as_good_as_all(contact):
    whole = normalised(contact)
    assert {name: normal_value(contact, name) for name in (*FIELDS, *LISTS)} == {
        name: getattr(whole, name) for name in (*FIELDS, *LISTS)
    }


@law
@given(CONTACTS)
def test_normalising_twice_is_normalising_once(contact):
    assert normalised(normalised(contact)) == normalised(contact)


@law
@given(NORMAL_CONTACTS, st.sampled_from(["3.0", "4.0"]))
def test_a_card_born_elsewhere_says_its_contact(contact, version):
    text = new_vcard(contact, "u-1", version)
    assert contact_from_vcard(text) == contact
    assert all(len(part.encode()) <= 75 for part in text.split("\r\n"))


@law
@given(cards(), st.sampled_from(["job_title", "note", "maiden_name", "given_name", "company", "spouse"]))
def test_lines_of_untouched_fields_keep_their_bytes(text, name):
    edited = vcard_with(text, replace(contact_from_vcard(text), **{name: "New, value; here"}))
    homes = {
        "job_title": {"TITLE"}, "note": {"NOTE"}, "maiden_name": {"X-MAIDENNAME"}, "given_name": {"N"},
        "company": {"ORG"}, "spouse": {"RELATED", "X-ABRELATEDNAMES", "X-EVOLUTION-SPOUSE", "X-ABLABEL"},
    }[name]  # fmt: skip
    others = [line.raw for line in parse(text).lines if line.name not in homes]
    assert [line.raw for line in parse(edited).lines if line.name not in homes] == others
