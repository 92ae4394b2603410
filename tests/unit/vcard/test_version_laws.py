"""Laws of the conversion between versions: nothing is lost on the way to a device and back."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from storage_plugin.model.contact import LISTS
from storage_plugin.vcard.intake import accept
from storage_plugin.vcard.lines import parse
from storage_plugin.vcard.mapping import contact_from_vcard, new_vcard, vcard_with
from storage_plugin.vcard.versions import as_version, carried_over
from tests.unit.vcard.strategies import NORMAL_CONTACTS, cards, law

OTHER = {"2.1": "3.0", "3.0": "4.0", "4.0": "3.0"}


@law
@given(cards(), st.sampled_from(["3.0", "4.0"]))
def test_a_converted_card_is_a_card_of_that_version(text, wanted):
    converted = as_version(text, wanted)
    accepted = accept(converted.encode())
    assert (accepted.version, accepted.repaired, accepted.uid) == (wanted, False, "u-1")
    assert as_version(converted, wanted) == converted


@law
@given(NORMAL_CONTACTS, st.sampled_from(["3.0", "4.0"]))
def test_the_other_version_says_the_same_contact(contact, version):
    text = new_vcard(contact, "u-1", version)
    assert contact_from_vcard(as_version(text, OTHER[version])) == contact


@law
@given(cards(versions=("3.0", "4.0")))
def test_what_a_device_left_alone_stays_to_the_byte(stored):
    version = OTHER[parse(stored).version]
    assert carried_over(stored, as_version(stored, version)) == stored


@law
@given(cards(versions=("3.0", "4.0")), cards(versions=("3.0", "4.0")))
def test_carrying_any_card_over_gives_a_card(stored, edited):
    accepted = accept(carried_over(stored, edited).encode())
    assert accepted.version == parse(stored).version


@law
@given(NORMAL_CONTACTS, NORMAL_CONTACTS, st.sampled_from(["3.0", "4.0"]))
def test_no_edit_is_lost_on_the_way_back(before, after, version):
    stored = new_vcard(before, "u-1", version).replace("END:VCARD", "X-OWN;X-P=1:kept\r\nEND:VCARD")
    edited = vcard_with(as_version(stored, OTHER[version]), after)
    carried = carried_over(stored, edited)
    assert contact_from_vcard(carried) == after
    assert parse(carried).version == version and "X-OWN;X-P=1:kept\r\n" in carried


@law
@given(
    cards(versions=("3.0", "4.0")),
    NORMAL_CONTACTS,
    st.sampled_from(["note", "job_title", "phones", "emails", "urls"]),
)
def test_one_edit_of_any_card_is_carried_over(stored, contact, name):
    shown = as_version(stored, OTHER[parse(stored).version])
    wanted = replace(contact_from_vcard(shown), **{name: getattr(contact, name)})
    carried = carried_over(stored, vcard_with(shown, wanted))
    assert getattr(contact_from_vcard(carried), name) == getattr(wanted, name)
    hidden = {line.raw for line in parse(stored).lines} - {line.raw for line in parse(shown).lines}
    kinds = ("NOTE", "TITLE", "TEL", "EMAIL", "URL", "X-ABLABEL", "X-ABADR", "")
    kept = {line.raw for line in parse(carried).lines}
    assert not {raw for raw in hidden - kept if parse(raw).lines[0].name not in kinds}


@law
@given(NORMAL_CONTACTS, st.sampled_from(["3.0", "4.0"]), st.randoms(use_true_random=False))
def test_another_order_of_a_list_is_carried_over(before, version, random):
    stored = new_vcard(before, "u-1", version)
    wanted = replace(before, **{name: _shuffled(getattr(before, name), random) for name in LISTS})
    carried = carried_over(stored, vcard_with(as_version(stored, OTHER[version]), wanted))
    assert contact_from_vcard(carried) == wanted


def _shuffled(entries, random):
    return tuple(random.sample(entries, len(entries)))
