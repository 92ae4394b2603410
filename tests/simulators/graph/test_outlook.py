"""The mailbox in a browser: what is typed is in the mailbox, the rest stays, and nothing is taken for HTML."""

import re
from html import unescape
from urllib.parse import urlencode

import pytest

from bridge.simulators.graph.outlook_form import changes_of, form_of, typed
from tests.contract.people import JPEG
from tests.simulators.graph.office import Reply

FORM = {"Content-Type": "application/x-www-form-urlencoded"}
EVIL = "<script>alert('1')</script>\"&amp;"


@pytest.fixture
def page(office):
    office.graph.shown = office.anna

    def ask(line: str, form: dict[str, str] | None = None, **headers: str) -> Reply:
        method, _, path = line.partition(" ")
        sent = None if form is None else urlencode(form).encode()
        return office.ask(f"{method} {office.graph.login}{path}", sent, (FORM if form else {}) | headers)

    return ask


def form_on(page, path: str) -> dict[str, str]:
    """Read the fields of a page's form as a browser does."""
    text = page(f"GET {path}").content.decode()
    inputs = re.findall(r'<input type="\w+" name="([^"]+)" value="([^"]*)">', text)
    notes = re.findall(r'<textarea name="([^"]+)" rows="4">\n(.*?)</textarea>', text, re.S)
    return {name: unescape(value) for name, value in inputs + notes}


def path_of(office, name: str) -> str:
    keys = [item.key for item in office.anna.items.values() if item.properties.get("String 0x3001") == name]
    return f"/outlook/contacts/{keys[0]}"


def test_the_address_itself_leads_to_the_contacts(page):
    assert b"Contacts" in page("GET /").content


def test_who_is_typed_is_in_the_mailbox(office, page):
    said = {
        "givenName": "Bo",
        "surname": "Li",
        "secondaryEmailAddress": "bo@contoso.example",
        "businessPhones.1": "+49 30 1",
        "businessAddress.city": "Berlin",
        "birthday": "1980-02-29",
        "personalNotes": "first\r\nsecond",
    }
    page("POST /outlook/new", said)
    (contact,) = office.ask("GET /me/contacts").value
    assert contact["displayName"] == "Bo Li"
    assert [each["address"] for each in contact["emailAddresses"]] == ["bo@contoso.example"]
    assert contact["businessPhones"] == ["+49 30 1"]
    assert contact["birthday"] == "1980-02-29T11:59:00Z"
    assert office.get(contact["id"])["personalNotes"] == "first\nsecond"
    assert "Bo Li" in page("GET /outlook/?q=contoso").content.decode()
    assert "Bo Li" not in page("GET /outlook/?q=fabrikam").content.decode()


def test_what_is_not_on_the_page_stays(office, page):
    made = office.create(
        givenName="Bo",
        surname="Li",
        assistantName="Kim",
        emailAddresses=[{"address": "bo@contoso.example", "name": "Bo at work"}],
        businessAddress={"city": "Berlin", "state": "BE"},
        homePhones=["1", "2"],
        birthday="1980-02-28T23:00:00Z",
        personalNotes="first\nsecond",
    )
    path = path_of(office, "Bo Li")
    page(f"POST {path}", form_on(page, path) | {"companyName": "Contoso", "businessAddress.city": "Bonn"})
    changed = office.get(made["id"])
    assert changed["companyName"] == "Contoso"
    assert changed["businessAddress"] == {"city": "Bonn", "state": "BE"}
    for name in ("assistantName", "emailAddresses", "homePhones", "birthday", "personalNotes", "displayName"):
        assert changed[name] == office.get(made["id"])[name] == made[name], name


def test_a_form_that_nobody_touched_says_nothing():
    contact = {
        "givenName": " Bo ",
        "primaryEmailAddress": {"address": "bo@contoso.example"},
        "businessPhones": ["1"],
        "birthday": "1980-02-28T23:00:00Z",
        "personalNotes": "first\r\nsecond\n",
    }
    assert changes_of(contact, typed(form_of(contact))) == {}
    assert form_of(contact)["birthday"] == "1980-02-29"


def test_who_is_deleted_is_in_the_deleted_items(office, page):
    office.create(givenName="Bo", surname="Li")
    path = path_of(office, "Bo Li")
    page(f"POST {path}", form_on(page, path) | {"delete": "1"})
    assert office.ask("GET /me/contacts").value == []
    assert b"Bo Li" in page("GET /outlook/deleted").content
    assert page(f"GET {path}").status == 404


def test_nothing_that_somebody_typed_is_taken_for_html(office, page):
    office.create(
        {"categories": [EVIL]},
        givenName=EVIL,
        companyName=EVIL,
        personalNotes=f"</textarea>{EVIL}",
        emailAddresses=[{"address": EVIL}],
    )
    path = path_of(office, EVIL)
    search = "/outlook/?" + urlencode({"q": EVIL})
    for shown in (search, path):
        text = page(f"GET {shown}").content.decode()
        assert "&lt;script&gt;" in text
        assert "<script" not in text and '"&amp;amp;' not in text
    assert form_on(page, path)["givenName"] == EVIL
    page(f"POST {path}", form_on(page, path) | {"delete": "1"})
    assert b"<script" not in page("GET /outlook/deleted").content
    assert "default-src 'none'" in page("GET /outlook/").headers["Content-Security-Policy"]


def test_a_change_meanwhile_is_not_overwritten(office, page):
    made = office.create(givenName="Bo", surname="Li")
    path = path_of(office, "Bo Li")
    opened = form_on(page, path)
    office.ask(f"PATCH /me/contacts/{made['id']}", {"companyName": "Fabrikam"})
    refused = page(f"POST {path}", opened | {"companyName": "Contoso"})
    assert refused.status == 409 and b"changed meanwhile" in refused.content
    assert page(f"POST {path}", opened | {"delete": "1"}).status == 409
    assert office.get(made["id"])["companyName"] == "Fabrikam"


def test_a_form_of_another_site_is_refused(office, page):
    for origin in ("https://evil.example", "null"):
        assert page("POST /outlook/new", {"givenName": "Eve"}, Origin=origin).status == 403
    assert page("POST /outlook/new", {"givenName": "Bo"}, Origin=office.graph.login).status == 200
    assert [each["displayName"] for each in office.ask("GET /me/contacts").value] == ["Bo"]


def test_what_cannot_be_taken_is_said_and_the_form_stays(office, page):
    refused = page("POST /outlook/new", {"givenName": "Bo", "birthday": "yesterday"})
    assert refused.status == 400
    assert b"yesterday is not a day" in refused.content and b'value="Bo"' in refused.content
    assert page("POST /outlook/new", {"givenName": " "}).status == 400
    assert office.ask("GET /me/contacts").value == []


def test_a_picture_is_shown(office, page):
    made = office.create(givenName="Bo", surname="Li")
    path = path_of(office, "Bo Li")
    assert page(f"GET {path}/photo").status == 404
    office.ask(f"PUT /me/contacts/{made['id']}/photo/$value", JPEG, {"Content-Type": "image/jpeg"})
    shown = page(f"GET {path}/photo")
    assert (shown.content, shown.headers["Content-Type"]) == (JPEG, "image/jpeg")


def test_without_a_mailbox_to_show_there_are_no_pages(office):
    assert office.ask(f"GET {office.graph.login}/outlook/").status == 404


@pytest.mark.parametrize(
    "path", ["/outlook/contacts/99", "/outlook/contacts/x", "/outlook/nowhere", "/outlook/contacts"]
)
def test_what_is_not_there_is_said(page, path):
    assert page(f"GET {path}").status == 404
