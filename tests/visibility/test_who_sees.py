"""Who owns, who sees: a test for each sentence of section 3 of the design on visibility and promotion."""

from __future__ import annotations

import pytest

from storage_plugin.database.record_types import RecordTypes
from storage_plugin.model.book import ContactId, Expect, Needle, NotFound, Origin, Precondition, Refused
from storage_plugin.model.contact import Contact
from storage_plugin.model.record_type import Field, FieldKind, RecordType
from storage_plugin.model.view import Condition, Filter, Operator, View, folded
from tests.visibility.office import ACCEPT, REFUSE, Office, Phone, group, only, vcard

ADMIN = Origin("cli")


def test_a_shared_contact_is_seen_by_all_and_a_plain_one_by_its_owner(
    office: Office, phone: Phone, bobs: Phone
) -> None:
    office.insert("ACME")
    phone.put("mine.vcf", vcard("1"))
    assert len(phone.listing()) == 2
    assert len(bobs.listing()) == 1
    assert "mine.vcf" not in bobs.listing()


def test_what_is_hidden_is_not_read_searched_edited_or_deleted(office: Office, phone: Phone, bobs: Phone) -> None:
    etag = phone.put("mine.vcf", vcard("1", "Secret Person")).etag
    assert bobs.book.cards(["mine.vcf"]) == {}
    assert not list(bobs.book.candidates([Needle(text=folded("Secret"), property="")]))
    assert not list(bobs.book.all_cards())
    for match in (None, etag, "*"):
        with pytest.raises(NotFound):
            bobs.delete("mine.vcf", match=match)
    for match in (etag, "*"):
        with pytest.raises(Precondition):
            bobs.put("mine.vcf", vcard("1", "Thief"), match=match)
    with pytest.raises(NotFound):
        bobs.move("mine.vcf", "stolen.vcf")
    assert phone.listing() == {"mine.vcf": etag}


FILTERS = [
    (Condition("company", Operator.IS, "MÜLLER gmbh"), {"Müller GmbH"}),
    (Condition("company", Operator.IS_NOT, "ACME"), {"Müller GmbH", "株式会社山田", "ООО Ромашка"}),
    (Condition("company", Operator.CONTAINS, "山田"), {"株式会社山田"}),
    (Condition("company", Operator.CONTAINS_NOT, "ромашка"), {"ACME", "Müller GmbH", "株式会社山田"}),
    (Condition("company", Operator.STARTS_WITH, "ооо"), {"ООО Ромашка"}),
    (Condition("job_title", Operator.IS_EMPTY), {"ACME", "Müller GmbH", "株式会社山田", "ООО Ромашка"}),
    (Condition("company", Operator.IS_NOT_EMPTY), {"ACME", "Müller GmbH", "株式会社山田", "ООО Ромашка"}),
    (Condition("customer_number", Operator.LESS, "10002"), {"ACME"}),
    (Condition("customer_number", Operator.GREATER, "10003"), {"ООО Ромашка"}),
    (Condition("type", Operator.IS, "Business Contact"), {"ACME", "Müller GmbH", "株式会社山田", "ООО Ромашка"}),
    (Condition("custom.Branch", Operator.IS, "süd"), set()),
]


@pytest.mark.parametrize(("condition", "seen"), FILTERS, ids=[f"{c.property} {c.operator}" for c, _ in FILTERS])
def test_a_filter_decides_which_shared_contacts_are_seen(
    office: Office, phone: Phone, condition: Condition, seen: set[str]
) -> None:
    for company in ("ACME", "Müller GmbH", "株式会社山田", "ООО Ромашка"):
        office.insert(company)
        phone.listing()
    office.sees(office.alice, View(Filter((condition,))))
    companies = {card.text.partition("ORG:")[2].splitlines()[0] for card in phone.book.all_cards()}
    assert companies == seen
    number = phone.book.entries()[0]
    office.sql("UPDATE contact SET note = 'touched' WHERE book_id = :b", b=office.book_id)
    changed = {entry.href for entry in phone.book.changes_since(number).changed}
    assert changed == set(phone.listing()), "a change of a hidden contact is told"


def test_conditions_join_by_all_or_by_any(office: Office, phone: Phone) -> None:
    for company in ("ACME", "ACME Süd", "Other"):
        office.insert(company)
    both = (Condition("company", Operator.CONTAINS, "acme"), Condition("company", Operator.CONTAINS, "süd"))
    office.sees(office.alice, View(Filter(both, "all")))
    assert len(phone.listing()) == 1
    office.sees(office.alice, View(Filter(both, "any")))
    assert len(phone.listing()) == 2


def test_a_plain_contact_passes_its_owners_filter_always(office: Office, phone: Phone) -> None:
    office.sees(office.alice, only("company", "is", "ACME"))
    phone.sync()
    phone.put("new.vcf", vcard("1", "New", "ORG:Other"))
    assert phone.sync()[1] == set()
    assert "new.vcf" in phone.listing()


def test_an_accepted_contact_that_fails_its_makers_filter_stays_plain(
    office: Office, phone: Phone, bobs: Phone
) -> None:
    office.sees(office.alice, only("company", "is", "ACME", new_contacts=ACCEPT))
    phone.sync()
    phone.put("new.vcf", vcard("1", "New", "ORG:Other", "EMAIL:a@example.org"))
    assert phone.sync()[1] == set()
    assert "new.vcf" in phone.listing()
    assert bobs.listing() == {}


def test_a_group_card_is_its_owners_verbatim_and_passes_any_filter(office: Office, phone: Phone, bobs: Phone) -> None:
    office.sees(office.alice, only("company", "is", "ACME"))
    text = group("g", "Friends", "x")
    phone.put("friends.vcf", text)
    assert phone.text("friends.vcf").encode() == text
    assert bobs.listing() == {}
    assert office.contacts() == {}


def test_accounts_are_shown_only_where_switched_on(office: Office, phone: Phone, bobs: Phone) -> None:
    key = office.insert("ACME")
    office.sql("UPDATE contact SET record_type_id = :t WHERE id = :k", t=office.type_id("Account"), k=key)
    assert phone.listing() == {}
    office.sees(office.alice, View(show_accounts=True))
    assert len(phone.listing()) == 1
    assert bobs.listing() == {}


def test_a_company_edited_on_a_phone_links_to_the_account_of_that_name(office: Office, phone: Phone) -> None:
    account = office.insert("ACME")
    office.sql("UPDATE contact SET record_type_id = :t WHERE id = :k", t=office.type_id("Account"), k=account)
    phone.put("a.vcf", vcard("1", "Ada", "ORG:Nobody"))
    (key,) = office.contacts().keys() - {account}
    assert office.contacts()[key]["account_id"] is None
    phone.put("a.vcf", vcard("1", "Ada", "ORG:ACME"))
    assert office.contacts()[key]["account_id"] == account
    phone.put("a.vcf", vcard("1", "Ada", "ORG:ACME Limited"))
    assert office.contacts()[key]["account_id"] is None
    assert office.contacts()[account]["company"] == "ACME"


def test_own_fields_of_a_type_can_be_filtered_by(office: Office, phone: Phone) -> None:
    RecordTypes(office.database, office.book_id).add(RecordType("Partner", fields=(Field("Branch", FieldKind.TEXT),)))
    office.sees(office.alice, only("custom.Branch", "is", "SÜD"))
    office.business.save(Contact(formatted_name="N"), ADMIN, type="Partner", custom={"Branch": "Nord"})
    assert phone.listing() == {}
    record = office.business.save(Contact(formatted_name="S"), ADMIN, type="Partner", custom={"Branch": "Süd"})
    assert list(phone.listing()) == [record.href]


def test_promotion_shares_a_plain_contact_and_gives_it_its_number(office: Office, phone: Phone, bobs: Phone) -> None:
    phone.put("a.vcf", vcard("1"))
    record = office.business.promote(ContactId(office.only_id()), ADMIN)
    assert record.owner_id is None
    assert record.customer_number
    assert record.customer_number not in phone.text("a.vcf")
    assert list(bobs.listing()) == ["a.vcf"]
    phone.put("b.vcf", vcard("2"))
    plain = next(key for key, row in office.contacts().items() if row["owner_id"])
    with pytest.raises(NotFound):
        office.business.promote(ContactId(plain), bobs.viewer.origin)


def test_new_contacts_are_plain_accepted_or_refused(office: Office, phone: Phone, bobs: Phone) -> None:
    phone.put("inbox.vcf", vcard("1", "Ada", "EMAIL:a@example.org"))
    assert bobs.listing() == {}
    office.sees(office.alice, View(new_contacts=ACCEPT))
    phone.put("full.vcf", vcard("2", "Ada", "EMAIL:a@example.org"))
    phone.put("no-mail.vcf", vcard("3", "Ada"))
    phone.put("company.vcf", vcard("4", "ACME", "EMAIL:a@example.org", "X-ABShowAs:COMPANY", "ORG:ACME"))
    assert list(bobs.listing()) == ["full.vcf"], "BC-19 asks for an e-mail, BC-20 for a person"
    office.sees(office.alice, View(new_contacts=REFUSE))
    with pytest.raises(Refused):
        phone.put("no.vcf", vcard("5"))
    assert "no.vcf" not in phone.listing()


@pytest.mark.parametrize("flag", ["Business Contact", "business CONTACT"])
def test_the_flag_category_promotes_on_any_device_of_the_owner(
    office: Office, phone: Phone, bobs: Phone, flag: str
) -> None:
    phone.put("a.vcf", vcard("1"))
    phone.sync()
    tablet = office.another(office.alice)
    tablet.put("a.vcf", vcard("1", "Ada Lovelace", f"CATEGORIES:{flag}"), match=tablet.listing()["a.vcf"])
    assert list(bobs.listing()) == ["a.vcf"]
    assert office.contacts()[office.only_id()]["customer_number"]
    phone.sync()
    assert phone.cards == phone.listing()


def test_the_flag_category_is_a_setting_and_refuse_forbids_it(office: Office, phone: Phone, bobs: Phone) -> None:
    phone.put("a.vcf", vcard("1"))
    office.sees(office.alice, View(new_contacts=REFUSE))
    phone.put("a.vcf", vcard("1", "Ada", "CATEGORIES:Business Contact"))
    assert bobs.listing() == {}
    office.sees(office.alice, View())
    office.set("flag_category", "Kunde")
    try:
        phone.put("a.vcf", vcard("1", "Ada B", "CATEGORIES:Business Contact"))
        assert bobs.listing() == {}
        phone.put("a.vcf", vcard("1", "Ada C", "CATEGORIES:Freund,KUNDE"))
        assert list(bobs.listing()) == ["a.vcf"]
    finally:
        office.sql("DELETE FROM setting WHERE name = 'flag_category'")


def test_vc_49_a_category_removed_on_a_phone_is_removed_and_demotes_nobody(
    office: Office, phone: Phone, bobs: Phone
) -> None:
    phone.put("a.vcf", vcard("1", "Ada", "CATEGORIES:Business Contact,VIP"))
    phone.put("a.vcf", vcard("1", "Ada", "CATEGORIES:VIP"), match=phone.listing()["a.vcf"])
    assert [row.name for row in office.ask("SELECT name FROM category")] == ["VIP"]
    assert list(bobs.listing()) == ["a.vcf"]


def test_a_switched_book_is_another_address_book(office: Office, phone: Phone) -> None:
    phone.put("a.vcf", vcard("1"))
    phone.sync()
    first, held = phone.token, dict(phone.cards)
    office.switch(office.alice, office.new_book())
    assert phone.listing() == {}
    phone.sync()
    assert phone.cards == {}
    phone.put("a.vcf", vcard("1"))
    office.switch(office.alice, office.book_id)
    phone.token, phone.cards = first, held
    phone.sync()
    assert phone.cards == phone.listing() != {}


def test_a_revoked_device_is_shut_out_at_once(office: Office, phone: Phone) -> None:
    office.users.revoke(office.alice, "phone")
    assert office.users.sign_in(office.alice, phone.secret) is None


def test_a_user_with_plain_contacts_is_not_removed(office: Office, phone: Phone, bobs: Phone) -> None:
    phone.put("a.vcf", vcard("1"))
    with pytest.raises(Refused):
        office.users.remove(office.alice)
    office.insert("SQL", office.bob)
    with pytest.raises(Refused):
        office.users.remove(office.bob)


def test_what_a_removed_user_had_thrown_away_is_nobodys(office: Office, phone: Phone, bobs: Phone) -> None:
    phone.put("a.vcf", vcard("1"))
    key = office.only_id()
    phone.delete("a.vcf")
    office.users.remove(office.alice)
    with pytest.raises(Refused):
        office.business.restore(ContactId(key), ADMIN)
    bobs.put("a.vcf", vcard("1"))
    assert office.only_id() != key
    assert len(bobs.listing()) == 1


def test_a_read_only_user_goes_on_syncing_and_changes_nothing(office: Office, phone: Phone) -> None:
    phone.put("a.vcf", vcard("1"))
    phone.sync()
    old, versions = phone.text("a.vcf"), office.ask("SELECT count(*) AS n FROM version")[0].n
    office.sees(office.alice, View(read_only=True))
    phone.sync()
    before = phone.listing()
    phone.put("a.vcf", vcard("1", "Changed"), match=before["a.vcf"])
    assert phone.sync()[0] == {"a.vcf"}
    phone.delete("a.vcf")
    assert phone.sync()[0] == {"a.vcf"}
    phone.put("new.vcf", vcard("2"))
    assert phone.sync()[1] == {"new.vcf"}
    with pytest.raises(Refused):
        phone.book.move("a.vcf", "b.vcf", Expect(), overwrite=False)
    assert phone.text("a.vcf") == old
    assert phone.listing() != before
    assert phone.cards == phone.listing()
    assert office.ask("SELECT count(*) AS n FROM version")[0].n == versions
    kinds = [row.kind for row in office.ask("SELECT kind FROM conflict WHERE book_id = :b", b=office.book_id)]
    assert kinds == ["proposal"] * 3


def test_a_refused_put_leaves_nothing(office: Office, phone: Phone) -> None:
    with pytest.raises(Precondition):
        phone.book.put("a.vcf", vcard("1"), Expect(("*",)))
    assert office.contacts() == {}
