"""Contact ⇄ EWS: laws of mapping and of XML, the schema as their judge, and the facts that they do not show."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from lxml.etree import fromstring, tostring

from bridge.targets.ews.mapping import changes_to_ews, contact_from_ews, contact_to_ews, marks
from bridge.targets.ews.properties import ADDRESSES, CUSTOMER_NUMBER, DAYS, EMAILS, PHONES, STAMP, TEXTS
from bridge.targets.ews.xml import M, T, change_elements, contact_element, make, read_contact
from bridge.targets.outlook import SHAPE
from storage_plugin.model.book import ContactId
from storage_plugin.model.contact import Contact, Email, Messenger, Phone, PostalAddress, Url
from storage_plugin.model.mirror import Flag, Stamp
from tests.judges.ews_schema import errors
from tests.unit.vcard.strategies import NORMAL_CONTACTS

VIEWS = NORMAL_CONTACTS.map(lambda contact: SHAPE.view(contact).view)
FLAG = Flag("Business Contact")
ENVELOPE = '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>{}</s:Body></s:Envelope>'


def judged(request):
    """What the schema has against a request."""
    return errors(ENVELOPE.format(tostring(request, encoding="unicode")).encode())


def updated(before, changes):
    return {key: value for key, value in (before | changes).items() if value is not None}


@given(VIEWS)
def test_what_is_written_is_read_back(view):
    assert contact_from_ews(contact_to_ews(view), None) == view


@settings(deadline=None)  # the first example reads the schema
@given(VIEWS)
def test_xml_says_what_was_meant_and_the_schema_agrees(view):
    payload = contact_to_ews(view)
    contact = contact_element(payload)
    assert read_contact(fromstring(tostring(contact))) == payload
    assert judged(make(f"{M}CreateItem", make(f"{M}Items", contact))) == []


@settings(deadline=None)
@given(VIEWS, VIEWS)
def test_changes_bring_the_known_contact_to_the_new_view(known, view):
    before = contact_to_ews(known)
    changes = changes_to_ews(before, known, view, marks(view, None, None, "", flagged=False))
    assert contact_from_ews(updated(before, changes), None) == view
    updates = make(f"{T}Updates", *change_elements(changes))
    id = make(f"{T}ItemId", Id="x", ChangeKey="y")
    change = make(f"{M}ItemChanges", make(f"{T}ItemChange", id, updates))
    if changes:
        assert judged(make(f"{M}UpdateItem", change, ConflictResolution="NeverOverwrite")) == []


@given(VIEWS)
def test_nothing_is_written_where_nothing_differs(view):
    before = contact_to_ews(view)
    assert changes_to_ews(before, view, view, marks(view, None, None, "", flagged=False)) == {}


def test_every_slot_has_a_place():
    """The random contacts above seldom fill the rarer slots; this one fills each."""
    view = SHAPE.view(
        Contact(
            **{name: f"{name} 1" for name in SHAPE.fields if name not in ("birthday", "anniversary")},
            birthday="1996-04-15",
            anniversary="2020-02-29",
            emails=tuple(Email(f"{name}@contoso.example") for name in "abc"),
            phones=tuple(
                Phone(f"+49 30 {n}{i}", kind) for kind, n in SHAPE.lists["phones"].slots.items() for i in range(n)
            ),
            addresses=tuple(
                PostalAddress(street="1", city="2", region="3", postal_code="4", country="5", kind=kind)
                for kind in ("work", "home", "other")
            ),
            urls=(Url("https://contoso.example", "work"), Url("https://anna.example", "home")),
            messengers=tuple(Messenger(name) for name in "abc"),
            categories=("VIP",),
        )
    )
    assert view.kept == Contact()
    contact = contact_element(contact_to_ews(view.view))
    assert contact_from_ews(read_contact(contact), None) == view.view
    assert judged(make(f"{M}CreateItem", make(f"{M}Items", contact))) == []


def test_a_phone_that_changes_is_one_change():
    """exchangelib itself would clear every other slot in the same request."""
    known = Contact(phones=(Phone("1", "work"), Phone("2", "work"), Phone("3", "mobile")))
    view = replace(known, phones=(Phone("1", "work"), Phone("2", "work"), Phone("4", "mobile")))
    changes = changes_to_ews(contact_to_ews(known), known, view, {})
    assert changes == {PHONES["mobile"][0]: "4"}


def test_a_list_that_is_shorter_clears_its_last_slots():
    known = Contact(emails=tuple(Email(f"{name}@x.example") for name in "abc"))
    changes = changes_to_ews(contact_to_ews(known), known, replace(known, emails=known.emails[1:]), {})
    assert changes == {EMAILS[0]: "b@x.example", EMAILS[1]: "c@x.example", EMAILS[2]: None}


def test_a_part_of_an_address_is_one_change():
    known = Contact(addresses=(PostalAddress(street="Weg 1", city="Köln", kind="work"),))
    view = Contact(addresses=(PostalAddress(street="Weg 2", city="Köln", kind="work"),))
    assert changes_to_ews(contact_to_ews(known), known, view, {}) == {ADDRESSES["work"]["street"]: "Weg 2"}


def test_what_the_known_contact_does_not_say_is_left_alone():
    before = contact_to_ews(Contact(note="theirs", job_title="Buyer"))
    assert changes_to_ews(before, Contact(), Contact(company="x"), {}) == {TEXTS["company"]: "x"}


def test_a_changed_name_takes_the_display_name_along():
    known = Contact(formatted_name="Anna Muster", given_name="Anna", family_name="Muster", file_as="Muster, Anna")
    changes = changes_to_ews(contact_to_ews(known), known, replace(known, family_name="Beispiel"), {})
    assert changes == {TEXTS["family_name"]: "Beispiel", TEXTS["formatted_name"]: "Anna Muster"}


def test_a_file_as_that_somebody_chose_stays_when_the_name_changes():
    known = Contact(given_name="Anna", family_name="Muster", file_as="The boss")
    changes = changes_to_ews(contact_to_ews(known), known, replace(known, given_name="Ann"), {})
    assert changes[TEXTS["file_as"]] == "The boss"


@pytest.mark.parametrize("moment", ["1996-04-15T11:59:00Z", "1996-04-14T23:00:00Z", "1996-04-15T02:00:00+02:00"])
def test_a_birthday_is_the_same_day_however_the_program_wrote_it(moment):
    assert contact_from_ews({DAYS["birthday"]: moment}, None).birthday == "1996-04-15"


def test_bcm_7_the_flag_is_no_category_of_the_contact():
    stamp = Stamp("i", "b", ContactId(7))
    view = Contact(categories=("VIP",))
    marked = marks(view, FLAG, stamp, "10007", flagged=True)
    assert (marked[STAMP], marked[CUSTOMER_NUMBER]) == ("i:b:7", "10007")
    assert contact_from_ews(updated({}, marked), FLAG) == view
    assert contact_from_ews(updated({}, marked), None).categories == ("VIP", FLAG.name)


@pytest.mark.parametrize(
    "spelling",
    [
        {"PropertyTag": "0x3A4A", "PropertyType": "String"},
        {"PropertyTag": "14922", "PropertyType": "String"},
    ],
)
def test_a_property_is_known_however_the_server_spells_it(spelling):
    named = make(f"{T}ExtendedFieldURI", **spelling)
    contact = make(f"{T}Contact", make(f"{T}ExtendedProperty", named, make(f"{T}Value", "7")))
    assert read_contact(contact) == {CUSTOMER_NUMBER: "7"}


@pytest.mark.parametrize(
    "owner",
    [
        {"DistinguishedPropertySetId": "Address"},
        {"PropertySetId": "00062004-0000-0000-C000-000000000046"},
    ],
)
def test_a_property_set_is_known_however_the_server_spells_it(owner):
    named = make(f"{T}ExtendedFieldURI", **owner, PropertyId="32812", PropertyType="String")
    contact = make(f"{T}Contact", make(f"{T}ExtendedProperty", named, make(f"{T}Value", "ANNA")))
    assert read_contact(contact) == {TEXTS["phonetic_given_name"]: "ANNA"}


def test_a_home_page_need_not_be_well_formed():
    view = Contact(urls=(Url(":", "work"), Url("http://a b|c", "home")))
    contact = contact_element(contact_to_ews(view))
    assert contact_from_ews(read_contact(contact), None) == view
    assert judged(make(f"{M}CreateItem", make(f"{M}Items", contact))) == []


def test_what_xml_cannot_hold_is_left_out():
    assert make(f"{T}Surname", "a\x00b\x0bc\ud800d").text == "abcd"
