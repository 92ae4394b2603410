"""The contract of ``model.book.Contacts``: the same tests over memory, SQLite and PostgreSQL."""

from __future__ import annotations

from dataclasses import replace

import pytest

from storage_plugin.model.book import ContactId, InvalidToken, NotFound, Origin, Precondition, Refused
from storage_plugin.model.contact import Contact, Email, Phone, PostalAddress

CLI = Origin("cli")
ANNA = Contact(formatted_name="Anna Abel", given_name="Anna", family_name="Abel", company="Contoso")
BERT = Contact(formatted_name="Bert Böll", given_name="Bert", family_name="Böll")
CONTOSO = Contact(formatted_name="Contoso", company="Contoso")
FULL = replace(
    ANNA,
    nickname="Änni",
    note="l1\nl2; with, signs",
    birthday="--04-15",
    emails=(Email("anna@example.com", "work", preferred=True), Email("a@example.org", "home")),
    phones=(Phone("+49 30 1,,2", "mobile"), Phone("030/1", "work_fax")),
    addresses=(PostalAddress(street="Weg 1", city="Köln", postal_code="50667", kind="work"),),
    categories=("Kunde", "山"),
)
NOBODY = ContactId(4711)


# --- saving and reading ---


def test_a_saved_contact_is_read_back_whole(contacts):
    record = contacts.save(FULL, CLI)
    assert contacts.get(record.id) == record
    assert record.contact == FULL


def test_a_new_record_is_a_shared_business_contact_with_a_customer_number(contacts):
    record = contacts.save(ANNA, CLI)
    assert (record.type, record.owner_id, record.customer_number) == ("Business Contact", None, "10001")


def test_a_new_record_is_at_revision_one(contacts):
    assert contacts.save(ANNA, CLI).revision == 1


def test_customer_numbers_go_up(contacts):
    assert [contacts.save(ANNA, CLI).customer_number for _ in range(3)] == ["10001", "10002", "10003"]


def test_two_records_of_one_name_are_two(contacts):
    first, second = contacts.save(ANNA, CLI), contacts.save(ANNA, CLI)
    assert first.id != second.id and first.uid != second.uid and first.href != second.href


def test_a_plain_contact_belongs_to_its_owner_and_has_no_number(book):
    record = book.contacts.save(BERT, CLI, owner_id=book.alice.user_id)
    assert (record.owner_id, record.customer_number, record.type) == (book.alice.user_id, "", "")


def test_a_name_is_made_where_none_is_given(contacts):
    assert contacts.save(Contact(given_name="Anna", family_name="Abel"), CLI).contact.formatted_name == "Anna Abel"


def test_a_contact_that_says_nothing_is_refused(contacts):
    with pytest.raises(Refused):
        contacts.save(Contact(note="who is this?"), CLI)
    assert list(contacts.list()) == []


def test_records_are_listed_in_the_order_of_their_ids(contacts):
    made = [contacts.save(who, CLI).id for who in (BERT, ANNA, FULL)]
    contacts.save(replace(BERT, note="x"), CLI, contact_id=made[0])
    assert [record.id for record in contacts.list()] == sorted(made)


def test_what_is_listed_is_what_is_read_one_by_one(book):
    book.contacts.save(FULL, CLI)
    book.contacts.save(BERT, CLI, owner_id=book.bob.user_id)
    assert [book.contacts.get(record.id) for record in book.contacts.list()] == list(book.contacts.list())


def test_a_record_that_was_never_there_is_not_found(contacts):
    with pytest.raises(NotFound):
        contacts.get(NOBODY)


# --- changing ---


def test_a_change_is_read_back_under_a_higher_revision_and_number(contacts):
    old = contacts.save(FULL, CLI)
    new = contacts.save(replace(FULL, note="other"), CLI, contact_id=old.id)
    assert new.contact == replace(FULL, note="other")
    assert new.revision > old.revision and new.number > old.number


def test_a_change_keeps_identity_owner_type_and_number(book):
    old = book.contacts.save(ANNA, CLI, type="Supplier")
    new = book.contacts.save(BERT, CLI, contact_id=old.id, owner_id=book.bob.user_id, type="Account")
    for name in ("id", "uid", "href", "type", "owner_id", "customer_number"):
        assert getattr(new, name) == getattr(old, name)


def test_saving_what_a_record_says_already_changes_nothing(contacts):
    record = contacts.save(FULL, CLI)
    assert contacts.save(record.contact, CLI, contact_id=record.id) == record
    assert contacts.changes_since(record.number) == (record.number, [])


def test_a_field_can_be_emptied(contacts):
    record = contacts.save(FULL, CLI)
    assert contacts.save(ANNA, CLI, contact_id=record.id).contact == ANNA


def test_a_change_at_the_present_revision_is_taken(contacts):
    record = contacts.save(ANNA, CLI)
    assert contacts.save(BERT, CLI, contact_id=record.id, revision=record.revision).contact == BERT


def test_a_change_against_an_old_revision_is_refused_and_nothing_changes(contacts):
    old = contacts.save(ANNA, CLI)
    new = contacts.save(BERT, CLI, contact_id=old.id)
    with pytest.raises(Precondition):
        contacts.save(FULL, CLI, contact_id=old.id, revision=old.revision)
    assert contacts.get(old.id) == new


def test_a_record_that_is_not_there_cannot_be_changed(contacts):
    with pytest.raises(NotFound):
        contacts.save(ANNA, CLI, contact_id=NOBODY)


def test_a_deleted_record_cannot_be_changed(contacts):
    record = contacts.save(ANNA, CLI)
    contacts.delete(record.id, CLI)
    with pytest.raises(NotFound):
        contacts.save(BERT, CLI, contact_id=record.id)


# --- deleting and restoring ---


def test_a_deletion_against_an_old_revision_is_refused_and_nothing_changes(contacts):
    old = contacts.save(ANNA, CLI)
    new = contacts.save(BERT, CLI, contact_id=old.id)
    with pytest.raises(Precondition):
        contacts.delete(old.id, CLI, revision=old.revision)
    assert contacts.get(old.id) == new
    contacts.delete(old.id, CLI, revision=new.revision)
    assert list(contacts.list()) == []


def test_a_deleted_record_is_not_there_any_more(contacts):
    record = contacts.save(ANNA, CLI)
    contacts.delete(record.id, CLI)
    assert list(contacts.list()) == []
    with pytest.raises(NotFound):
        contacts.get(record.id)


def test_a_record_cannot_be_deleted_twice(contacts):
    record = contacts.save(ANNA, CLI)
    contacts.delete(record.id, CLI)
    with pytest.raises(NotFound):
        contacts.delete(record.id, CLI)


def test_a_record_that_was_never_there_cannot_be_deleted(contacts):
    with pytest.raises(NotFound):
        contacts.delete(NOBODY, CLI)


def test_a_restored_record_is_what_it_was(book):
    old = book.contacts.save(FULL, CLI, type="Supplier", custom={"Terms": "30 days"})
    book.contacts.delete(old.id, CLI)
    new = book.contacts.restore(old.id, CLI)
    same = {"revision": old.revision, "number": old.number, "modified_at": old.modified_at}
    assert replace(new, **same) == old
    assert new.revision > old.revision and new.number > old.number


def test_a_restored_plain_contact_belongs_to_its_owner_still(book):
    record = book.contacts.save(BERT, CLI, owner_id=book.bob.user_id)
    book.contacts.delete(record.id, CLI)
    assert book.contacts.restore(record.id, CLI).owner_id == book.bob.user_id


def test_a_living_record_cannot_be_restored(contacts):
    record = contacts.save(ANNA, CLI)
    with pytest.raises(NotFound):
        contacts.restore(record.id, CLI)


def test_a_record_can_be_deleted_and_restored_again_and_again(contacts):
    record = contacts.save(ANNA, CLI)
    for _ in range(3):
        contacts.delete(record.id, CLI)
        assert contacts.restore(record.id, CLI).contact == ANNA


def test_the_customer_number_of_a_deleted_record_is_not_given_again(contacts):
    record = contacts.save(ANNA, CLI)
    contacts.delete(record.id, CLI)
    assert contacts.save(BERT, CLI).customer_number == "10002"


def test_an_id_is_not_used_again(contacts):
    record = contacts.save(ANNA, CLI)
    contacts.delete(record.id, CLI)
    assert contacts.save(BERT, CLI).id > record.id


# --- promotion ---


def test_a_promoted_contact_is_shared_under_a_customer_number(book):
    plain = book.contacts.save(BERT, CLI, owner_id=book.alice.user_id)
    record = book.contacts.promote(plain.id, book.alice)
    assert (record.owner_id, record.type, record.customer_number) == (None, "Business Contact", "10001")
    assert record.contact == BERT
    assert (record.uid, record.href) == (plain.uid, plain.href)
    assert record.revision > plain.revision


def test_a_contact_can_be_promoted_to_a_type_of_ones_own(book):
    plain = book.contacts.save(BERT, CLI, owner_id=book.alice.user_id)
    assert book.contacts.promote(plain.id, book.alice, type="Supplier").type == "Supplier"


def test_an_administrator_may_promote_for_others(book):
    plain = book.contacts.save(BERT, CLI, owner_id=book.alice.user_id)
    assert book.contacts.promote(plain.id, book.root).owner_id is None


def test_the_command_line_may_promote(book):
    plain = book.contacts.save(BERT, CLI, owner_id=book.alice.user_id)
    assert book.contacts.promote(plain.id, CLI).owner_id is None


def test_who_is_not_the_owner_does_not_learn_of_a_plain_contact(book):
    plain = book.contacts.save(BERT, CLI, owner_id=book.alice.user_id)
    with pytest.raises(NotFound) as said:
        book.contacts.promote(plain.id, book.bob)
    with pytest.raises(NotFound) as of_nobody:
        book.contacts.promote(NOBODY, book.bob)
    assert str(said.value).replace(str(plain.id), "N") == str(of_nobody.value).replace("4711", "N")
    assert book.contacts.get(plain.id) == plain


def test_promotion_to_an_unknown_type_is_refused(book):
    plain = book.contacts.save(BERT, CLI, owner_id=book.alice.user_id)
    with pytest.raises(Refused, match="Business Contact, Account, Supplier"):
        book.contacts.promote(plain.id, book.alice, type="Friend")
    assert book.contacts.get(plain.id) == plain


def test_promoting_a_business_contact_again_changes_nothing(book):
    record = book.contacts.save(ANNA, CLI)
    assert book.contacts.promote(record.id, book.root) == record


def test_an_administrator_can_give_a_shared_record_another_type(book):
    record = book.contacts.save(ANNA, CLI)
    supplier = book.contacts.promote(record.id, book.root, type="Supplier")
    assert (supplier.type, supplier.customer_number) == ("Supplier", record.customer_number)


def test_a_coworker_cannot_give_a_shared_record_another_type(book):
    record = book.contacts.save(ANNA, CLI)
    with pytest.raises(Refused):
        book.contacts.promote(record.id, book.bob, type="Account")


def test_a_deleted_contact_cannot_be_promoted(book):
    plain = book.contacts.save(BERT, CLI, owner_id=book.alice.user_id)
    book.contacts.delete(plain.id, CLI)
    with pytest.raises(NotFound):
        book.contacts.promote(plain.id, book.alice)


# --- record types and their fields ---


def test_a_record_of_an_unknown_type_is_refused(contacts):
    with pytest.raises(Refused):
        contacts.save(ANNA, CLI, type="Friend")


def test_own_fields_are_kept_changed_and_removed(contacts):
    record = contacts.save(ANNA, CLI, type="Supplier", custom={"Terms": "30 days", "Rating": "A", "Since": ""})
    assert record.custom == {"Terms": "30 days", "Rating": "A"}
    record = contacts.save(ANNA, CLI, contact_id=record.id, custom={"Rating": "B", "Terms": ""})
    assert record.custom == contacts.get(record.id).custom == {"Rating": "B"}


def test_own_fields_stay_when_only_the_contact_changes(contacts):
    record = contacts.save(ANNA, CLI, type="Supplier", custom={"Terms": "30 days"})
    assert contacts.save(BERT, CLI, contact_id=record.id).custom == {"Terms": "30 days"}


@pytest.mark.parametrize(
    "custom",
    [{"Colour": "red"}, {"Rating": "C"}, {"Since": "1.4.2020"}, {"Since": "20200401"}, {"Discount": "much"}],
)
def test_a_value_that_a_field_cannot_hold_is_refused(contacts, custom):
    with pytest.raises(Refused):
        contacts.save(ANNA, CLI, type="Supplier", custom=custom)
    assert list(contacts.list()) == []


def test_a_change_of_an_own_field_alone_is_a_change(contacts):
    old = contacts.save(ANNA, CLI, type="Supplier")
    new = contacts.save(ANNA, CLI, contact_id=old.id, custom={"Discount": "3.50"})
    assert new.revision > old.revision
    assert [change.id for change in contacts.changes_since(old.number)[1]] == [old.id]


def test_a_plain_contact_has_no_own_fields(book):
    with pytest.raises(Refused):
        book.contacts.save(BERT, CLI, owner_id=book.alice.user_id, custom={"Terms": "30 days"})


# --- accounts ---


def test_a_new_contact_is_linked_to_the_account_of_its_company(contacts):
    account = contacts.save(CONTOSO, CLI, type="Account")
    assert contacts.save(ANNA, CLI).account_id == account.id


def test_a_company_that_is_no_account_stays_text(contacts):
    contacts.save(CONTOSO, CLI, type="Account")
    record = contacts.save(replace(ANNA, company="Contoso Ltd"), CLI)
    assert (record.account_id, record.contact.company) == (None, "Contoso Ltd")


def test_another_company_links_to_its_account_and_renames_none(contacts):
    contoso = contacts.save(CONTOSO, CLI, type="Account")
    fabrikam = contacts.save(Contact(formatted_name="Fabrikam"), CLI, type="Account")
    anna = contacts.save(ANNA, CLI)
    moved = contacts.save(replace(ANNA, company="Fabrikam"), CLI, contact_id=anna.id)
    assert moved.account_id == fabrikam.id
    assert contacts.get(contoso.id) == contoso
    assert contacts.save(replace(ANNA, company="Nowhere"), CLI, contact_id=anna.id).account_id is None


def test_an_account_stands_for_a_company_and_is_linked_to_none(contacts):
    first = contacts.save(CONTOSO, CLI, type="Account")
    second = contacts.save(Contact(formatted_name="Contoso"), CLI, type="Account")
    for account in (first, second):
        assert (account.contact.is_company, account.contact.company, account.account_id) == (True, "Contoso", None)


def test_a_contact_can_be_linked_to_an_account_by_id(contacts):
    account = contacts.save(CONTOSO, CLI, type="Account")
    record = contacts.save(BERT, CLI, account_id=account.id)
    assert (record.account_id, record.contact.company) == (account.id, "Contoso")


def test_a_contact_can_only_be_linked_to_an_account(contacts):
    anna = contacts.save(ANNA, CLI)
    with pytest.raises(Refused):
        contacts.save(BERT, CLI, account_id=anna.id)


def test_a_deleted_account_leaves_its_contacts_without_one(contacts):
    account = contacts.save(CONTOSO, CLI, type="Account")
    anna = contacts.save(ANNA, CLI)
    contacts.delete(account.id, CLI)
    assert contacts.get(anna.id).account_id is None
    assert contacts.get(anna.id).contact == ANNA


def test_a_contact_comes_back_although_its_account_has_gone(contacts):
    account = contacts.save(CONTOSO, CLI, type="Account")
    anna = contacts.save(ANNA, CLI)
    contacts.delete(anna.id, CLI)
    contacts.delete(account.id, CLI)
    assert contacts.restore(anna.id, CLI).account_id is None


def test_a_contact_promoted_to_an_account_is_a_company_from_then_on(book):
    plain = book.contacts.save(BERT, CLI, owner_id=book.alice.user_id)
    account = book.contacts.promote(plain.id, book.alice, type="Account")
    assert (account.type, account.contact.is_company, account.contact.company) == ("Account", True, "Bert Böll")
    assert book.contacts.save(replace(ANNA, company="Bert Böll"), CLI).account_id == account.id


def test_an_account_is_linked_to_none_however_it_comes_by_its_name(book):
    first = book.contacts.save(CONTOSO, CLI, type="Account")
    plain = book.contacts.save(ANNA, CLI, owner_id=book.alice.user_id)
    assert plain.account_id == first.id
    assert book.contacts.promote(plain.id, book.alice, type="Account").account_id is None
    fabrikam = book.contacts.save(Contact(formatted_name="Fabrikam"), CLI, type="Account")
    renamed = replace(fabrikam.contact, company="Contoso")
    assert book.contacts.save(renamed, CLI, contact_id=fabrikam.id).account_id is None


# --- changes ---


def test_an_empty_book_has_no_changes(contacts):
    assert contacts.changes_since(0) == (0, [])


def test_each_changed_record_is_told_once(contacts):
    record = contacts.save(ANNA, CLI)
    for note in "abc":
        record = contacts.save(replace(ANNA, note=note), CLI, contact_id=record.id)
    now, changes = contacts.changes_since(0)
    assert [(change.id, change.number, change.deleted) for change in changes] == [(record.id, now, False)]


def test_changes_come_in_the_order_of_their_numbers(contacts):
    first, second = contacts.save(ANNA, CLI), contacts.save(BERT, CLI)
    contacts.save(FULL, CLI, contact_id=first.id)
    assert [change.id for change in contacts.changes_since(0)[1]] == [second.id, first.id]


def test_a_deletion_is_told_as_such(contacts):
    record = contacts.save(ANNA, CLI)
    contacts.delete(record.id, CLI)
    assert [(c.id, c.deleted) for c in contacts.changes_since(record.number)[1]] == [(record.id, True)]


def test_a_restoration_is_told_as_a_change(contacts):
    record = contacts.save(ANNA, CLI)
    contacts.delete(record.id, CLI)
    number, _ = contacts.changes_since(0)
    contacts.restore(record.id, CLI)
    assert [(c.id, c.deleted) for c in contacts.changes_since(number)[1]] == [(record.id, False)]


def test_a_promotion_is_told_as_a_change(book):
    plain = book.contacts.save(BERT, CLI, owner_id=book.alice.user_id)
    book.contacts.promote(plain.id, book.alice)
    assert [change.id for change in book.contacts.changes_since(plain.number)[1]] == [plain.id]


def test_what_was_refused_is_no_change(contacts):
    record = contacts.save(ANNA, CLI)
    with pytest.raises(Precondition):
        contacts.save(BERT, CLI, contact_id=record.id, revision=99)
    with pytest.raises(Refused):
        contacts.save(BERT, CLI, contact_id=record.id, custom={"Colour": "red"})
    assert contacts.changes_since(record.number) == (record.number, [])


@pytest.mark.parametrize("number", [-1, 1, 10**12])
def test_a_number_that_never_was_is_no_token(contacts, number):
    with pytest.raises(InvalidToken):
        contacts.changes_since(number)
