"""The trip of Business Contact Manager's manual, and who of a phone's new contacts becomes a business contact."""

from __future__ import annotations

import pytest

from storage_plugin.database.record_types import RecordTypes
from storage_plugin.model.book import ContactId, Origin, Refused
from storage_plugin.model.contact import Contact
from storage_plugin.model.record_type import Base, RecordType
from storage_plugin.model.view import NewContacts, View
from tests.visibility.office import Office, Phone, only, vcard

CLI = Origin("cli")


def nick(office: Office) -> ContactId:
    return office.business.save(Contact(formatted_name="Nick Brigandi"), CLI).id


def test_BCM_11_what_a_phone_deletes_moves_to_the_deleted_items(office: Office, phone: Phone, bobs: Phone) -> None:
    key = nick(office)
    phone.sync(), bobs.sync()
    (href,) = phone.cards
    phone.delete(href)
    assert bobs.sync() == (set(), {href})
    assert list(office.deleted()) == [key]
    assert office.business.restore(key, CLI).contact.formatted_name == "Nick Brigandi"


def test_BCM_12_BCM_13_BCM_40_what_a_phone_creates_is_no_business_contact(
    office: Office, phone: Phone, bobs: Phone
) -> None:
    phone.put("andrea.vcf", vcard("andrea", "Andrea Dunker"))
    (andrea,) = office.business.inbox()
    assert (andrea.owner_id, andrea.customer_number) == (office.id_of(office.alice), "")
    assert phone.listing() and not bobs.listing()


@pytest.mark.parametrize("type_", ["Business Contact", "Account", "Supplier", "Depot"])
def test_BCM_14_BCM_41_BCM_46_a_plain_contact_is_promoted_to_any_type(
    office: Office, phone: Phone, type_: str
) -> None:
    types = RecordTypes(office.database, office.book_id)
    types.add(RecordType("Supplier", Base.CONTACT))
    types.add(RecordType("Depot", Base.ACCOUNT))
    phone.put("andrea.vcf", vcard("andrea", "Andrea Dunker"))
    made = office.business.promote(ContactId(office.only_id()), CLI, type=type_)
    assert (made.type, made.owner_id, made.customer_number != "") == (type_, None, True)
    assert not list(office.business.inbox())


def test_BCM_39_types_based_on_the_business_contact_are_shown(office: Office, phone: Phone) -> None:
    types = RecordTypes(office.database, office.book_id)
    types.add(RecordType("Supplier", Base.CONTACT))
    types.add(RecordType("Depot", Base.ACCOUNT))
    for type_ in ("Business Contact", "Supplier", "Account", "Depot"):
        office.business.save(Contact(formatted_name=type_), CLI, type=type_)
    shown = {line for href in phone.listing() for line in phone.text(href).splitlines() if line.startswith("FN:")}
    assert shown == {"FN:Business Contact", "FN:Supplier"}


def test_BCM_42_who_is_promoted_to_an_account_leaves_the_phones(office: Office, phone: Phone) -> None:
    phone.put("andrea.vcf", vcard("andrea", "Andrea Dunker"))
    phone.sync()
    office.business.promote(ContactId(office.only_id()), CLI, type="Account")
    assert phone.sync() == (set(), {"andrea.vcf"})


def test_BC_4_BC_12_each_coworker_has_a_filter_of_his_own(office: Office, phone: Phone, bobs: Phone) -> None:
    for company in ("Contoso", "Fabrikam"):
        office.business.save(Contact(formatted_name=company, company=company), CLI)
    office.sees(office.alice, only("company", "is", "Contoso"))
    office.sees(office.bob, only("formatted_name", "contains", "fabri"))
    assert len(phone.listing()) == len(bobs.listing()) == 1
    assert not phone.listing().keys() & bobs.listing().keys()


@pytest.mark.parametrize(
    ("lines", "name", "is_taken"),
    [
        pytest.param(("EMAIL:a@x.example",), "Ada Lovelace", True, id="BC-24 a whole one"),
        pytest.param((), "Ada Lovelace", False, id="BC-19 without an e-mail address"),
        pytest.param(
            ("EMAIL:a@x.example", "ORG:Contoso", "X-ABShowAs:COMPANY"), "Contoso", False, id="BC-20 a company"
        ),
    ],
)
def test_under_accept_a_new_contact_becomes_a_business_contact(
    office: Office, phone: Phone, lines: tuple[str, ...], name: str, is_taken: bool
) -> None:
    office.sees(office.alice, View(new_contacts=NewContacts.ACCEPT))
    phone.put("ada.vcf", vcard("ada", name, *lines))
    record = office.business.get(ContactId(office.only_id()))
    assert (record.owner_id is None, record.customer_number != "") == (is_taken, is_taken)


def test_BCM_13_a_view_may_refuse_new_contacts(office: Office, phone: Phone) -> None:
    office.sees(office.alice, View(new_contacts=NewContacts.REFUSE))
    with pytest.raises(Refused):
        phone.put("ada.vcf", vcard("ada"))
    assert office.contacts() == {} and phone.listing() == {}
