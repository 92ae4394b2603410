"""The list of contacts and the page of one: who sees what, and that an edit touches what was edited alone."""

from __future__ import annotations

from dataclasses import replace

import pytest

from storage_plugin.database.record_types import RecordTypes
from storage_plugin.model.book import Origin
from storage_plugin.model.contact import (
    Contact,
    Email,
    ImportantDate,
    Messenger,
    Phone,
    PostalAddress,
    Url,
)
from storage_plugin.model.record_type import Field, FieldKind, RecordType
from storage_plugin.model.view import Condition, Filter, NewContacts, Operator, View
from tests.web.forms import form
from tests.web.site import Browser, Site, contacts

BY = Origin("cli")
EVERYTHING = Contact(
    formatted_name="Dr. Anna Maria Abel",
    prefix="Dr.",
    given_name="Anna",
    middle_name="Maria",
    family_name="Abel",
    suffix="M.Sc.",
    nickname="Anni",
    phonetic_given_name="ana",
    phonetic_family_name="abl",
    phonetic_company="kon",
    maiden_name="Zorn",
    file_as="Abel (Contoso)",
    company="Contoso",
    department="Sales",
    office="4.11",
    job_title="Head",
    profession="Chemist",
    assistant="Bo",
    manager="Cy",
    spouse="Dan",
    children="Eva",
    birthday="--04-15",
    anniversary="2001-05-06",
    note="first line\nsecond line",
    emails=(Email("a@x.example", "work", preferred=True), Email("b@x.example", "home", "Lake house")),
    phones=(Phone("+49 30 1", "work"), Phone("+49 30 2", "x-satellite"), Phone("+49 30 3,,5", "mobile")),
    addresses=(PostalAddress("PO 1", "c/o", "Main St. 1\nYard", "Berlin", "BE", "10115", "Germany", "DE", "work"),),
    urls=(Url("https://x.example", "work"),),
    dates=(ImportantDate("2020-02-29", "Name day"),),
    messengers=(Messenger("anna", "xmpp", "home"),),
    categories=("VIP", "Müller, Söhne"),
)


def shared(site: Site, name: str, **more: object) -> int:
    return contacts(site).save(Contact(name, family_name=name, **more), BY).id  # type: ignore[arg-type]


def plain(site: Site, user: str, name: str) -> int:
    key = next(each.id for each in site.users.all() if each.name == user)
    return contacts(site).save(Contact(name, family_name=name), BY, owner_id=key).id


def edited(browser: Browser, key: int, **fields: object):
    path = f"/contacts/{key}/edit"
    filled: dict[str, object] = {**form(browser.get(path).text, path)}
    for name, value in fields.items():
        filled[name.replace("__", "-")] = value
    return browser.post(path, {name: value for name, value in filled.items() if value is not None})


def test_bcm_47_the_list_shows_what_one_may_see_and_no_more(office: Site):
    shared(office, "Sharedberg"), plain(office, "anna", "Annason"), plain(office, "ben", "Benson")
    for user, mine in (("anna", "Annason"), ("ben", "Benson"), ("boss", "")):
        text = office.browser(user).get("/contacts").text
        assert "Sharedberg" in text
        assert [name for name in ("Annason", "Benson") if name in text] == ([mine] if mine else [])


def test_every_way_to_a_contact_of_somebody_else_is_closed(office: Site):
    key = plain(office, "ben", "Benson")
    office.users.set_view("anna", View(Filter((Condition("family_name", Operator.IS_NOT, "Hiddenberg"),))))
    hidden = shared(office, "Hiddenberg")
    for user, closed in (("boss", [key]), ("anna", [key, hidden])):
        browser = office.browser(user)
        for each in closed:
            for page in ("", "/photo", "/edit"):
                answer = browser.get(f"/contacts/{each}{page}")
                assert answer.status == 404 and "Benson" not in answer.text and "Hiddenberg" not in answer.text
            for page in ("edit", "delete"):
                assert browser.post(f"/contacts/{each}/{page}", given_name="Thief").status == 404
    assert contacts(office).get(key).revision == 1


def test_the_list_is_found_narrowed_and_sorted(office: Site):
    shared(office, "Ågård", company="Zet", categories=("VIP",)), shared(office, "Zorn", company="Afa")
    browser = office.browser("anna")
    assert "Zorn" not in browser.get("/contacts?q=zet").text
    assert "Zorn" not in browser.get("/contacts?category=VIP").text
    assert "Nothing found" in browser.get("/contacts?q=nobody").text
    text = browser.get("/contacts").text
    assert text.index("Ågård") < text.index("Zorn")
    text = browser.get("/contacts?sort=company").text
    assert text.index("Zorn") < text.index("Ågård")
    danish = office.browser("anna")
    danish.headers["Accept-Language"] = "da"
    text = danish.get("/contacts").text
    assert text.index("Zorn") < text.index("Ågård")


def test_as_one_types_only_the_table_comes(office: Site):
    shared(office, "Zorn")
    text = office.browser("anna").get("/contacts?q=zo", HX_Request="true").text
    assert "Zorn" in text and "<html" not in text


def test_a_page_shows_all_fields(office: Site):
    key = contacts(office).save(EVERYTHING, BY).id
    text = office.browser("anna").get(f"/contacts/{key}").text
    for said in (
        "Dr. Anna Maria Abel",
        "Chemist",
        "+49 30 2",
        "Lake house",
        "c/o",
        "Name day",
        "Müller, Söhne",
        "10001",
    ):
        assert said in text
    assert 'href="mailto:a@x.example"' in text and "15 April" in text


def test_a_link_of_a_contact_runs_no_script(office: Site):
    key = shared(office, "Evil", urls=(Url("javascript:alert(1)"),), note="<script>alert(2)</script>")
    text = office.browser("anna").get(f"/contacts/{key}").text
    assert 'href="javascript' not in text and "<script>alert" not in text


def test_a_form_that_is_sent_as_it_came_changes_nothing(office: Site):
    key = contacts(office).save(EVERYTHING, BY).id
    before = contacts(office).get(key)
    assert before.contact == EVERYTHING
    assert edited(office.browser("anna"), key).status == 200
    assert contacts(office).get(key) == before


def test_only_touched_fields_are_changed(office: Site):
    key = contacts(office).save(EVERYTHING, BY).id
    edited(office.browser("anna"), key, job_title="Chief", emails__0__address="new@x.example", phones__0__number="")
    emails = (replace(EVERYTHING.emails[0], address="new@x.example"), EVERYTHING.emails[1])
    wanted = replace(EVERYTHING, job_title="Chief", emails=emails, phones=EVERYTHING.phones[1:])
    assert contacts(office).get(key).contact == wanted


def test_the_last_row_of_a_list_makes_a_new_entry(office: Site):
    key = contacts(office).save(EVERYTHING, BY).id
    edited(
        office.browser("anna"),
        key,
        phones__3__number="+45 1",
        phones__3__kind="home_fax",
        dates__0__value="2021-01-02",
    )
    got = contacts(office).get(key).contact
    assert got.phones == (*EVERYTHING.phones, Phone("+45 1", "home_fax"))
    assert got.dates == (ImportantDate("2021-01-02", "Name day"),)


def test_what_is_no_date_is_said_and_nothing_is_changed(office: Site):
    key = contacts(office).save(EVERYTHING, BY).id
    answer = edited(office.browser("anna"), key, birthday="circa 1800", note="x")
    assert answer.status == 409 and "is no date" in answer.text
    assert contacts(office).get(key).contact == EVERYTHING


def test_what_somebody_else_changed_meanwhile_is_shown_and_not_overwritten(office: Site):
    key = contacts(office).save(EVERYTHING, BY).id
    browser, path = office.browser("anna"), f"/contacts/{key}/edit"
    filled = form(browser.get(path).text, path) | {"job_title": ["Mine"], "nickname": ["My nick"]}
    others = replace(EVERYTHING, job_title="Theirs", note="their note")
    contacts(office).save(others, BY, contact_id=contacts(office).get(key).id)
    answer = browser.post(path, filled)
    assert answer.status == 409
    assert contacts(office).get(key).contact == others
    for said in ("Mine", "Theirs", "their note", "My nick"):
        assert said in answer.text
    again = form(answer.text, path)
    assert (again["job_title"], again["note"]) == (["Mine"], ["their note"])
    assert browser.post(path, again).status == 200
    assert contacts(office).get(key).contact == replace(others, job_title="Mine", nickname="My nick")


def test_own_fields_are_edited_by_their_kind(office: Site):
    lead = RecordType(
        "Lead", fields=(Field("Region"), Field("Since", FieldKind.DATE), Field("Rank", FieldKind.CHOICE, ("A", "B")))
    )
    RecordTypes(office.house.database, 1).add(lead)
    key = contacts(office).save(EVERYTHING, BY, type="Lead", custom={"Region": "North", "Rank": "A"}).id
    browser = office.browser("anna")
    edited(browser, key, **{"custom-Rank": "B", "custom-Since": "2026-01-02"})
    assert contacts(office).get(key).custom == {"Region": "North", "Rank": "B", "Since": "2026-01-02"}
    answer = edited(browser, key, **{"custom-Since": "yesterday"})
    assert answer.status == 409 and "must be a date" in answer.text


def test_a_new_contact_of_a_coworker_is_the_own_one_unless_said_otherwise(office: Site):
    browser = office.browser("anna")
    filled = form(browser.get("/contacts/new").text, "/contacts/new")
    assert filled["type"] == ["-"]
    answer = browser.post("/contacts/new", filled | {"given_name": ["Nina"], "family_name": ["New"]})
    assert answer.status == 200 and "Nina New" in answer.text
    (made,) = contacts(office).list()
    assert made.owner_id is not None and made.contact.formatted_name == "Nina New"
    browser.post("/contacts/new", filled | {"company": ["Contoso"], "type": ["Business Contact"]})
    assert [each.customer_number for each in contacts(office).list()] == ["", "10001"]


def test_an_empty_contact_is_not_made(office: Site):
    browser = office.browser("anna")
    browser.get("/contacts/new")
    assert browser.post("/contacts/new", note="nobody").status == 409
    assert list(contacts(office).list()) == []


@pytest.mark.parametrize("view", [View(read_only=True), View(new_contacts=NewContacts.REFUSE)])
def test_who_may_not_make_contacts_makes_none(office: Site, view: View):
    office.users.set_view("anna", view)
    browser = office.browser("anna")
    browser.get("/contacts")
    assert browser.get("/contacts/new").status == 409
    assert browser.post("/contacts/new", given_name="Nina").status == 409
    assert list(contacts(office).list()) == []


def test_who_may_only_read_changes_and_deletes_nothing(office: Site):
    key = shared(office, "Zorn")
    office.users.set_view("anna", View(read_only=True))
    browser = office.browser("anna")
    assert browser.get(f"/contacts/{key}").status == 200
    assert browser.get(f"/contacts/{key}/edit").status == 409
    for page in ("edit", "delete"):
        assert browser.post(f"/contacts/{key}/{page}", family_name="X").status == 409
    assert contacts(office).get(key).revision == 1


def test_a_deleted_contact_is_in_the_deleted_items(office: Site):
    key = shared(office, "Zorn")
    browser = office.browser("anna")
    browser.get(f"/contacts/{key}")
    assert "in the deleted items" in browser.post(f"/contacts/{key}/delete").text
    assert browser.get(f"/contacts/{key}").status == 404


def test_an_account_and_its_people_name_each_other(office: Site):
    account = contacts(office).save(Contact("Contoso", company="Contoso"), BY, type="Account").id
    key = shared(office, "Zorn", company="Contoso")
    browser = office.browser("anna")
    assert f'href="/contacts/{account}"' in browser.get(f"/contacts/{key}").text
    assert f'href="/contacts/{key}"' in browser.get(f"/contacts/{account}").text
