"""Contact ⇄ Graph's contact resource: laws, and the facts of exchange that they do not show."""

from dataclasses import replace

import pytest
from hypothesis import given

from bridge.targets.graph.mapping import (
    NUMBER_ID,
    STAMP_ID,
    changes_to_graph,
    contact_from_graph,
    contact_to_graph,
    item_from_graph,
)
from bridge.targets.outlook import SHAPE
from storage_plugin.model.book import ContactId
from storage_plugin.model.contact import Contact, Email, Messenger, Phone, PostalAddress, Url
from storage_plugin.model.mirror import Flag, Stamp
from tests.unit.vcard.strategies import NORMAL_CONTACTS

VIEWS = NORMAL_CONTACTS.map(lambda contact: SHAPE.view(contact).view)
FLAG = Flag("Business Contact")


def patched(resource, patch):
    """The resource after a PATCH, extended properties one by one."""
    extended = {each["id"]: each for each in resource.get("singleValueExtendedProperties", ())}
    extended |= {each["id"]: each for each in patch.get("singleValueExtendedProperties", ())}
    return (
        resource | patch | {"singleValueExtendedProperties": [e for e in extended.values() if e["value"] is not None]}
    )


@given(NORMAL_CONTACTS)
def test_what_is_shown_is_shown_whole(contact):
    view = SHAPE.view(contact).view
    assert SHAPE.view(view).view == view


@given(VIEWS)
def test_what_is_written_is_read_back(view):
    assert contact_from_graph(contact_to_graph(view) | {"categories": list(view.categories)}, None) == view


@given(VIEWS, VIEWS)
def test_a_patch_brings_the_known_contact_to_the_new_view(known, view):
    resource = patched(contact_to_graph(known), changes_to_graph(known, view))
    resource["categories"] = list(view.categories)
    assert contact_from_graph(resource, None) == view


@given(VIEWS)
def test_nothing_is_written_where_nothing_differs(view):
    assert changes_to_graph(view, view) == {}


MOMENTS = {
    "Outlook on the web": "1996-04-15T11:59:00Z",
    "DavMail": "1996-04-15T00:00:00Z",
    "Outlook in Berlin": "1996-04-14T23:00:00Z",
    "Outlook in Seattle": "1996-04-15T08:00:00Z",
    "with fractions": "1996-04-15T11:59:00.0000000Z",
}


@pytest.mark.parametrize("moment", MOMENTS.values(), ids=list(MOMENTS))
def test_a_birthday_is_the_same_day_however_the_program_wrote_it(moment):
    assert contact_from_graph({"birthday": moment}, None).birthday == "1996-04-15"


def test_a_birthday_without_its_year_is_kept_not_mirrored():
    assert "birthday" not in contact_to_graph(SHAPE.view(Contact(birthday="--04-15")).view)


def test_a_fourth_email_and_a_third_business_phone_are_kept():
    contact = Contact(
        emails=tuple(Email(f"{name}@contoso.example") for name in "abcd"),
        phones=(Phone("1", "work"), Phone("2", "work"), Phone("3", "work")),
    )
    shown = SHAPE.view(contact)
    assert [email.address for email in shown.kept.emails] == ["d@contoso.example"]
    assert [phone.number for phone in shown.kept.phones] == ["3"]


def test_what_had_no_slot_does_not_slide_into_one_that_became_free():
    contact = Contact(emails=tuple(Email(f"{name}@contoso.example") for name in "abcd"))
    before = SHAPE.view(contact)
    now = SHAPE.view(replace(contact, emails=contact.emails[1:]), before)
    assert [email.address[0] for email in now.view.emails] == ["b", "c"]


def test_what_has_a_slot_keeps_it_when_something_new_comes_before_it():
    contact = Contact(emails=tuple(Email(f"{name}@contoso.example") for name in "abc"))
    before = SHAPE.view(contact)
    now = SHAPE.view(replace(contact, emails=(Email("new@contoso.example"), *contact.emails)), before)
    assert [email.address[0] for email in now.view.emails] == ["a", "b", "c"]


def test_a_changed_name_takes_the_display_name_along():
    known = Contact(formatted_name="Anna Muster", given_name="Anna", family_name="Muster", file_as="Muster, Anna")
    patch = changes_to_graph(known, replace(known, family_name="Beispiel"))
    assert patch == {"surname": "Beispiel", "displayName": "Anna Muster"}


def test_a_file_as_that_somebody_chose_stays_when_the_name_changes():
    known = Contact(given_name="Anna", family_name="Muster", file_as="The boss")
    assert changes_to_graph(known, replace(known, given_name="Ann"))["fileAs"] == "The boss"


def test_bcm_7_the_flag_is_no_category_of_the_contact():
    item = item_from_graph(
        {
            "id": "AAMk",
            "changeKey": "EQ==",
            "categories": ["VIP", "Business Contact"],
            "singleValueExtendedProperties": [
                {"id": STAMP_ID.lower(), "value": "i:b:7"},
                {"id": NUMBER_ID, "value": "10007"},
            ],
        },
        FLAG,
        None,
    )
    assert (item.flagged, item.view.categories, item.customer_number) == (True, ("VIP",), "10007")
    assert item.stamp == Stamp("i", "b", ContactId(7))


def test_every_slot_has_a_place_in_the_resource():
    """The random contacts above seldom fill the rarer slots; this one fills each."""
    view = SHAPE.view(
        Contact(
            **{name: f"{name} 1" for name in SHAPE.fields if name not in ("birthday", "anniversary")},
            birthday="1996-04-15",
            anniversary="2020-02-29",
            phones=tuple(
                Phone(f"+49 30 {n}{i}", kind) for kind, n in SHAPE.lists["phones"].slots.items() for i in range(n)
            ),
            addresses=tuple(PostalAddress(street=f"{kind} street", kind=kind) for kind in ("work", "home", "other")),
            urls=(Url("https://contoso.example", "work"), Url("https://anna.example", "home")),
            messengers=(Messenger("anna"), Messenger("anna2")),
        )
    )
    assert view.kept == Contact()
    assert contact_from_graph(contact_to_graph(view.view), None) == view.view
    assert contact_from_graph(changes_to_graph(Contact(), view.view), None) == view.view
