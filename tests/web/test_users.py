"""Users on the page: who administers, what each one sees, and that somebody always can administer."""

import pytest

from storage_plugin.database.contacts import SqlContacts
from storage_plugin.database.roles import set_role
from storage_plugin.database.sessions import Sessions
from storage_plugin.model.book import Origin, Refused
from storage_plugin.model.contact import Contact
from storage_plugin.model.view import Condition, Filter, NewContacts, Operator, View
from tests.database.installation import Phone
from tests.web.site import PASSWORD, Browser, Site

CONTOSO = {"property": "company", "operator": "is", "value": "Contoso"}
POLICY = {"new_contacts": "inbox", "match": "all"}


@pytest.fixture
def boss(site: Site) -> Browser:
    site.users.add("anna")
    contacts = SqlContacts(site.house.database, 1)
    for name, company in (("Bert Boll", "Contoso"), ("Cleo Cook", "Fabrikam"), ("Dora Diel", "Fabrikam")):
        contacts.save(Contact(name, company=company), Origin("cli"))
    return site.browser("boss")


def row(site: Site, name: str):
    return next(each for each in site.users.all() if each.name == name)


def path(site: Site, name: str, *more: str) -> str:
    return "/".join(["", "users", str(row(site, name).id), *more])


def test_a_user_is_added_and_signs_in(site: Site, boss: Browser):
    assert "ben is added" in boss.post("/users/add", name="ben", password=PASSWORD, role="coworker").text
    assert site.users.verify_password("ben", PASSWORD)
    assert row(site, "ben").role == "coworker"
    boss.post("/users/add", name="robot", password="", role="coworker")
    assert not site.users.verify_password("robot", "")


@pytest.mark.parametrize(
    ("name", "password", "role"),
    [("a/b", "", "coworker"), ("anna", "", "coworker"), ("eve", "short", "coworker"), ("eve", PASSWORD, "king")],
)
def test_a_user_who_cannot_be_is_refused_with_a_sentence(site: Site, boss: Browser, name, password, role):
    before = site.users.all()
    assert boss.post("/users/add", name=name, password=password, role=role).status == 409
    assert site.users.all() == before


def test_a_coworker_cannot_change_the_own_view(site: Site, boss: Browser):
    site.users.set_view("anna", View(read_only=True))
    anna = site.browser("anna")
    assert anna.post(path(site, "anna", "view"), POLICY).status == 404
    assert anna.get(path(site, "anna")).status == 404 and anna.get("/users").status == 404
    assert row(site, "anna").view.read_only


def test_bc_4_the_filter_of_a_user_decides_what_the_devices_show(site: Site, boss: Browser):
    phone = Phone(site.house.database, "anna", "phone")
    assert len(phone.hrefs) == 3
    boss.post(path(site, "anna", "view"), {**POLICY, **CONTOSO}, read_only="on")
    assert len(phone.hrefs) == 1
    view = row(site, "anna").view
    assert view == View(Filter((Condition("company", Operator.IS, "Contoso"),)), read_only=True)
    assert 'value="Contoso"' in boss.get(path(site, "anna")).text
    boss.post(path(site, "anna", "view"), POLICY, property="", operator="is", value="Contoso")
    assert row(site, "anna").view == View()


def test_several_conditions_may_hold_all_or_any(site: Site, boss: Browser):
    rows = {"property": ["company", "", "note"], "operator": ["is", "is", "is-empty"], "value": ["Contoso", "", "x"]}
    boss.post(path(site, "anna", "view"), {**POLICY, **rows, "match": "any"})
    assert row(site, "anna").view.filter == Filter(
        (Condition("company", Operator.IS, "Contoso"), Condition("note", Operator.IS_EMPTY)), "any"
    )


def test_bc_14_counting_says_what_a_filter_would_let_through_and_sets_nothing(site: Site, boss: Browser):
    query = "new_contacts=inbox&property=company&operator=is&value=Contoso"
    told = boss.get(f"{path(site, 'anna', 'view', 'count')}?{query}").text
    assert "1 of 3 shared contacts pass: 0 more than now, 2 no more." in told and "<html" not in told
    page = boss.post(path(site, "anna", "view"), {**POLICY, **CONTOSO}, do="count").text
    assert "1 of 3 shared contacts pass" in page and 'value="Contoso"' in page
    assert row(site, "anna").view == View()


@pytest.mark.parametrize(
    "said",
    [
        {**POLICY, "property": "colour", "operator": "is", "value": "red"},
        {**POLICY, "property": "company", "operator": "like", "value": "red"},
        {**POLICY, "property": "company", "operator": "is", "value": ""},
        {**POLICY, "property": ["company", "note"], "operator": "is", "value": "x"},
        {**POLICY, "property": ["company"] * 51, "operator": ["is"] * 51, "value": ["x"] * 51},
        {"new_contacts": "lose", **CONTOSO},
        {},
    ],
)
def test_a_filter_that_cannot_be_hides_nothing(site: Site, boss: Browser, said):
    assert boss.post(path(site, "anna", "view"), said).status == 409
    assert row(site, "anna").view == View()


@pytest.mark.parametrize("policy", list(NewContacts))
def test_bcm_13_what_becomes_of_new_contacts_is_set_for_each_user(site: Site, boss: Browser, policy):
    boss.post(path(site, "anna", "view"), POLICY, new_contacts=policy.value, show_accounts="on")
    assert row(site, "anna").view == View(new_contacts=policy, show_accounts=True)


def test_a_new_password_ends_the_sessions_of_that_user_alone(site: Site, boss: Browser):
    anna = site.browser("anna")
    boss.post(path(site, "anna", "password"), password="another password")
    assert site.users.verify_password("anna", "another password")
    assert anna.get("/devices").url.startswith("/sign-in")
    assert boss.get("/users").status == 200
    assert boss.post(path(site, "anna", "password"), password="short").status == 409


def test_a_role_counts_from_the_next_request(site: Site, boss: Browser):
    anna = site.browser("anna")
    boss.post(path(site, "anna", "role"), role="administrator")
    assert anna.get("/users").status == 200
    anna.post(path(site, "boss", "role"), role="coworker")
    assert boss.get("/users").status == 404


def test_there_is_always_an_administrator(site: Site, boss: Browser):
    assert boss.post(path(site, "boss", "role"), role="coworker").status == 409
    assert boss.post(path(site, "boss", "remove")).status == 409
    assert row(site, "boss").role == "administrator"
    with pytest.raises(Refused):
        set_role(site.house.database, "anna", "king")


def test_a_user_who_is_removed_is_out_at_once(site: Site, boss: Browser):
    anna, phone = site.browser("anna"), Phone(site.house.database, "anna", "phone")
    assert "anna is removed" in boss.post(path(site, "anna", "remove")).text
    assert anna.get("/devices").url.startswith("/sign-in")
    assert site.users.sign_in("anna", phone.secret) is None
    assert Sessions(site.house.database).of("anna") == []


def test_a_user_with_contacts_of_the_own_is_not_removed(site: Site, boss: Browser):
    Phone(site.house.database, "anna", "phone").put("u1", "Emil Erd")
    assert boss.post(path(site, "anna", "remove")).status == 409
    assert row(site, "anna")


def test_a_user_that_there_is_not_is_no_page(site: Site, boss: Browser):
    assert boss.get("/users/4711").status == 404
    assert boss.post("/users/4711/remove").status == 404
