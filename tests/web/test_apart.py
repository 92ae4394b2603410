"""Two that look alike and are not one person: said once, told to no one who may not know, and taken back."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import select

from storage_plugin.database import duplicates
from storage_plugin.database.erasure import erase
from storage_plugin.database.web_schema import distinct_pair
from storage_plugin.model.book import ContactId, Origin
from storage_plugin.model.contact import Contact, Email, Phone
from storage_plugin.model.view import Condition, Filter, Operator, View
from tests.web.forms import form
from tests.web.site import Answer, Browser, Site, contacts

BY = Origin("cli")
ALIKE = {"emails": (Email("info@x.example"),)}


def add(site: Site, name: str, owner: str = "", **more: Any) -> int:
    key = next((each.id for each in site.users.all() if each.name == owner), None)
    return contacts(site).save(Contact(name, family_name=name, **(more or ALIKE)), BY, owner_id=key).id


def change(site: Site, key: int, **fields: Any) -> None:
    record = contacts(site).get(ContactId(key))
    contacts(site).save(replace(record.contact, **fields), BY, contact_id=record.id)


def told_apart(browser: Browser, one: int, other: int) -> Answer:
    filled = form(browser.get(f"/duplicates/choose?id={one}&id={other}").text, "/duplicates/join")
    return browser.post("/duplicates/apart", filled)


def offered(browser: Browser) -> list[str]:
    """Name the contacts in the groups that the page offers."""
    parts = browser.get("/duplicates").text.split('name="id" value="')[1:]
    return [part.partition('"')[0] for part in parts]


def test_who_is_not_the_same_person_is_offered_to_nobody_again(office: Site):
    one, other = add(office, "Abel"), add(office, "Benz")
    assert offered(office.browser("ben")) == [str(one), str(other)]
    answer = told_apart(office.browser("anna"), other, one)
    assert "Not the same person" in answer.text and "<td>anna</td>" in answer.text
    assert offered(office.browser("ben")) == offered(office.browser("anna")) == []


def test_it_is_taken_back_by_whoever_sees_both(office: Site):
    one, other = add(office, "Abel"), add(office, "Benz")
    told_apart(office.browser("anna"), one, other)
    browser = office.browser("ben")
    browser.post("/duplicates/together", form(browser.get("/duplicates").text, "/duplicates/together"))
    assert offered(browser) == [str(one), str(other)]
    assert "Said by" not in browser.get("/duplicates").text


@pytest.mark.parametrize(
    "fields",
    [{"given_name": "Ida"}, {"emails": (Email("INFO@x.example"), Email("b@x.example"))}, {"phones": (Phone("1"),)}],
    ids=("name", "e-mail", "number"),
)
def test_who_changes_in_what_was_compared_is_offered_again(office: Site, fields: dict[str, Any]):
    one, other = add(office, "Abel"), add(office, "Benz")
    browser = office.browser("anna")
    told_apart(browser, one, other)
    change(office, other, note="since", job_title="Chief", emails=(Email("Info@x.example", "work"),))
    assert offered(browser) == []
    change(office, other, **fields)
    assert offered(browser) == [str(one), str(other)] and "Said by" not in browser.get("/duplicates").text
    told_apart(browser, one, other)
    assert offered(browser) == []


def test_of_three_only_who_may_still_be_one_are_offered(office: Site):
    one, two, three = add(office, "Abel"), add(office, "Benz"), add(office, "Cole")
    browser = office.browser("anna")
    told_apart(browser, one, two)
    assert offered(browser) == [str(one), str(two), str(three)]
    told_apart(browser, one, three)
    assert offered(browser) == [str(two), str(three)]
    told_apart(browser, two, three)
    assert offered(browser) == []


def test_those_behind_many_who_are_told_apart_are_found(office: Site, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(duplicates, "MOST", 2)
    shared = {at: tuple(Email(f"{at}{which}@x.example") for which in range(9 - at)) for at in range(5)}
    pairs = [[add(office, f"{at}{side}", emails=shared[at]) for side in "ab"] for at in range(5)]
    browser = office.browser("anna")
    for one, other in pairs[:4]:
        told_apart(browser, one, other)
    assert offered(browser) == [str(key) for key in pairs[4]]


def test_a_pair_is_told_only_to_those_who_see_both(office: Site):
    own, firm, hidden = add(office, "Own", "anna"), add(office, "Firm"), add(office, "Hidden")
    browser = office.browser("anna")
    told_apart(browser, own, firm)
    told_apart(browser, firm, hidden)
    assert browser.get("/duplicates").text.count("<td>anna</td>") == 2
    office.users.set_view("ben", View(Filter((Condition("family_name", Operator.IS_NOT, "Hidden"),))))
    for visitor, name in ((office.browser("ben"), "Hidden"), (office.browser("boss"), "Own")):
        text = visitor.get("/duplicates").text
        assert name not in text
    ben = office.browser("ben")
    ben.get("/duplicates")
    for path in ("apart", "together"):
        for key in (own, hidden):
            pair = {"kept": firm, "other": key, "one": firm, "kept-revision": 1, "other-revision": 1}
            assert ben.post(f"/duplicates/{path}", pair).status == 404
    assert browser.get("/duplicates").text.count("<td>anna</td>") == 2


def test_who_was_changed_meanwhile_is_looked_at_again(office: Site):
    one, other = add(office, "Abel"), add(office, "Benz")
    browser = office.browser("anna")
    filled = form(browser.get(f"/duplicates/choose?id={one}&id={other}").text, "/duplicates/join")
    change(office, one, family_name="Benz", formatted_name="Benz")
    assert browser.post("/duplicates/apart", filled).status == 409
    assert offered(browser) == [str(one), str(other)]


def test_who_may_only_read_tells_nobody_apart(office: Site):
    one, other = add(office, "Abel"), add(office, "Benz")
    told_apart(office.browser("anna"), one, other)
    office.users.set_view("ben", View(read_only=True))
    browser = office.browser("ben")
    text = browser.get("/duplicates").text
    assert "Said by" in text and "/duplicates/together" not in text
    pair = {"kept": one, "other": other, "one": one, "kept-revision": 1, "other-revision": 1}
    assert browser.post("/duplicates/together", pair).status == 409
    assert browser.post("/duplicates/apart", pair).status == 409
    assert offered(office.browser("anna")) == []


def test_it_is_known_of_who_was_deleted_and_brought_back_and_not_of_who_was_erased(office: Site):
    one, other = add(office, "Abel"), add(office, "Benz")
    browser = office.browser("anna")
    told_apart(browser, one, other)
    contacts(office).delete(ContactId(other), BY)
    assert "Said by" not in browser.get("/duplicates").text
    contacts(office).restore(ContactId(other), BY)
    assert offered(browser) == [] and "Said by" in browser.get("/duplicates").text
    erase(office.house.database, 1, [ContactId(other)], BY)
    with office.house.database.reading() as connection:
        assert connection.execute(select(distinct_pair)).all() == []


def test_who_said_so_may_leave(office: Site):
    one, other = add(office, "Abel"), add(office, "Benz")
    told_apart(office.browser("anna"), one, other)
    office.users.remove("anna")
    browser = office.browser("ben")
    assert offered(browser) == [] and "<td>–</td>" in browser.get("/duplicates").text
