"""The inbox: one's own plain contacts alone, and how they become business records."""

import re

import pytest

from bridge.web.once import ONCE
from storage_plugin.database import browsing
from storage_plugin.database.contacts import SqlContacts
from storage_plugin.database.record_types import RecordTypes
from storage_plugin.model.book import NotFound, Origin
from storage_plugin.model.contact import Contact, Email
from storage_plugin.model.record_type import Base, RecordType
from storage_plugin.model.view import Condition, Filter, Operator, View
from tests.web.site import Browser, Site, contacts

BY = Origin("cli")


def named(name: str) -> Contact:
    return Contact(formatted_name=name, family_name=name, emails=(Email(f"{name.lower()}@x.example"),))


def plain(site: Site, user: str, name: str) -> int:
    key = next(each.id for each in site.users.all() if each.name == user)
    return contacts(site).save(named(name), BY, owner_id=key).id


def promote(browser: Browser, *ids: int, way: str = "move", type: str = "Business Contact", **more):
    once = re.search(r'name="once" value="([^"]+)"', browser.get("/inbox").text)
    fields = {"id": list(ids), "way": way, "type": type, "once": once[1] if once else "", **more}
    return browser.post("/inbox/promote", fields)


def test_everyone_sees_the_own_plain_contacts_alone(office: Site):
    plain(office, "anna", "Ansgar")
    plain(office, "ben", "Bruno")
    plain(office, "boss", "Bodo")
    contacts(office).save(named("Shared"), BY)
    for user, mine in (("anna", "Ansgar"), ("ben", "Bruno"), ("boss", "Bodo")):
        text = office.browser(user).get("/inbox").text
        assert [name for name in ("Ansgar", "Bruno", "Bodo", "Shared") if name in text] == [mine]
        assert "Bruno" not in office.browser("boss").get("/inbox?q=bruno").text.replace('value="bruno"', "")


def test_bcm_45_a_moved_contact_is_the_record(office: Site):
    key = plain(office, "anna", "Dunker")
    anna = office.browser("anna")
    answer = promote(anna, key)
    assert f'href="/contacts/{key}"' in answer.text and "10001" in answer.text
    record = contacts(office).get(key)
    assert (record.owner_id, record.type, record.customer_number) == (None, "Business Contact", "10001")
    assert "The inbox is empty" in anna.get("/inbox").text


def test_bcm_44_of_a_copied_contact_the_plain_one_stays(office: Site):
    key = plain(office, "anna", "Dunker")
    anna = office.browser("anna")
    assert promote(anna, key, way="copy").status == 200
    (made,) = [each for each in contacts(office).list() if each.id != key]
    assert (made.owner_id, made.contact.formatted_name) == (None, "Dunker")
    assert contacts(office).get(key).owner_id is not None
    assert "Dunker" in anna.get("/inbox").text


def test_bcm_43_several_are_chosen_from_the_list_at_once(office: Site):
    keys = [plain(office, "anna", name) for name in ("Ada", "Bea", "Cid")]
    text = promote(office.browser("anna"), *keys[:2]).text
    assert "Ada" in text and "Bea" in text
    assert [contacts(office).get(key).owner_id is None for key in keys] == [True, True, False]


def test_bcm_41_record_types_of_ones_own_can_be_chosen(office: Site):
    RecordTypes(office.house.database, 1).add(RecordType("Supplier"))
    key = plain(office, "anna", "Dunker")
    anna = office.browser("anna")
    assert '<option value="Supplier">' in anna.get("/inbox").text
    promote(anna, key, type="Supplier")
    assert contacts(office).get(key).type == "Supplier"


def test_bcm_42_an_account_is_named_as_what_is_not_mirrored(office: Site):
    RecordTypes(office.house.database, 1).add(RecordType("Branch", Base.ACCOUNT))
    key = plain(office, "anna", "Contoso")
    anna = office.browser("anna")
    assert "Branch (a company: not on devices, not mirrored)" in anna.get("/inbox").text
    promote(anna, key, type="Account")
    assert [each.id for each in contacts(office).accounts()] == [key]


def test_bcm_46_no_more_is_asked(office: Site):
    text = promote(office.browser("anna"), plain(office, "anna", "Dunker")).text
    assert "<form" not in text.split("<main", 1)[1]


def test_bcm_47_the_record_can_be_looked_at(office: Site):
    key = plain(office, "anna", "Dunker")
    text = promote(office.browser("anna"), key).text
    assert 'href="/contacts"' in text and f'href="/contacts/{key}"' in text


@pytest.mark.parametrize("way", ["move", "copy"])
@pytest.mark.parametrize("user", ["anna", "boss"])
def test_nobody_promotes_what_is_not_in_the_own_inbox(office: Site, way, user):
    mine, bens = plain(office, user, "Mine"), plain(office, "ben", "Bruno")
    shared = contacts(office).save(named("Shared"), BY).id
    browser = office.browser(user)
    for wanted in ([bens], [mine, bens], [shared], [4711]):
        answer = promote(browser, *wanted, way=way, type="Account")
        assert answer.status == 404 and "Bruno" not in answer.text
    assert contacts(office).get(bens).owner_id is not None
    assert contacts(office).get(mine).owner_id is not None
    assert contacts(office).get(shared).type == "Business Contact"
    assert len(list(contacts(office).list())) == 3


def test_a_record_that_a_filter_hides_is_not_told_of(office: Site):
    secret = contacts(office).save(named("Secret"), BY).id
    office.users.set_view("anna", View(Filter((Condition("company", Operator.IS, "Contoso"),))))
    plain(office, "anna", "Mine")
    anna = office.browser("anna")
    assert promote(anna, secret).text == promote(anna, 4711).text.replace("4711", str(secret))


def test_who_may_only_read_promotes_nothing(office: Site):
    office.users.set_view("anna", View(read_only=True))
    key = plain(office, "anna", "Dunker")
    anna = office.browser("anna")
    assert "Create records" not in anna.get("/inbox").text
    once = ONCE.word()
    assert promote(anna, key, once=once).status == 409
    assert contacts(office).get(key).owner_id is not None


def test_a_form_that_is_sent_twice_makes_one_copy(office: Site):
    key = plain(office, "anna", "Dunker")
    anna = office.browser("anna")
    once = ONCE.word()
    assert "10001" in promote(anna, key, way="copy", once=once).text
    assert "nothing was done" in promote(anna, key, way="copy", once=once).text
    assert len(list(contacts(office).list())) == 2


@pytest.mark.parametrize(
    "wrong", [{"way": "steal"}, {"type": ""}, {"id": []}, {"id": ["x"]}, {"type": "No such type"}, {"once": "guess"}]
)
def test_a_form_that_says_no_whole_thing_changes_nothing(office: Site, wrong):
    key = plain(office, "anna", "Dunker")
    answer = promote(office.browser("anna"), key, **wrong)
    assert answer.status in (200, 409)
    assert contacts(office).get(key).owner_id is not None
    assert len(list(contacts(office).list())) == 1


def test_a_long_inbox_comes_in_pages_and_can_be_searched(office: Site, monkeypatch):
    monkeypatch.setattr(browsing, "PER_PAGE", 2)
    for name in ("Ada", "Bea", "Cid"):
        plain(office, "anna", name)
    anna = office.browser("anna")
    first = anna.get("/inbox").text
    assert "Cid" in first and "Bea" in first and "Ada" not in first and "3 contacts" in first
    later = re.search(r'href="(/inbox\?[^"]+)" rel="next"', first)[1].replace("&amp;", "&")
    second = anna.get(later).text
    assert "Ada" in second and "Bea" not in second and 'rel="next"' not in second
    found = anna.get("/inbox?q=ada").text
    assert "Ada" in found and "Cid" not in found and "1 contact" in found


@pytest.mark.parametrize(("path", "order"), [("/inbox?q=d", "DuoDuaDad"), ("/contacts?q=d", "DadDuaDuo")])
def test_many_that_are_found_are_not_counted_and_come_in_pages(office: Site, monkeypatch, path, order):
    monkeypatch.setattr(browsing, "PER_PAGE", 1)
    monkeypatch.setattr(browsing, "MOST_COUNTED", 2)
    for name in ("Dad", "Dua", "Duo"):
        plain(office, "anna", name)
    anna, read = office.browser("anna"), ""
    for number in (1, 2, 3):
        text = anna.get(path).text
        assert "More than 2 contacts" in text and f"Page {number}<" in text.replace(" <", "<")
        read += "".join(name for name in ("Dad", "Dua", "Duo") if f">{name}<" in text or f" {name}</" in text)
        later = re.search(r'href="([^"]+)" rel="next"', text)
        path = later[1].replace("&amp;", "&") if later else ""
    assert (read, path) == (order, "")


def test_an_address_of_nonsense_is_no_fault(office: Site):
    anna = office.browser("anna")
    for query in ("page=x", "page=99999999999999999999", "page=-1", "q=%00%27", "page=%C2%B2"):
        assert anna.get(f"/inbox?{query}").status == 200


def test_the_inbox_of_another_book_is_not_shown(office: Site):
    plain(office, "anna", "Ansgar")
    from storage_plugin.database.books import Books

    Books(office.house.database).create("Second")
    with office.house.database.writing() as connection:
        from sqlalchemy import text

        connection.execute(text("UPDATE user SET book_id = (SELECT id FROM book WHERE name = 'Second')"))
    assert "The inbox is empty" in office.browser("anna").get("/inbox").text
    with pytest.raises(NotFound):
        SqlContacts(office.house.database, 2).get(1)
