"""In German, nothing of a page, a refusal or a log is left in English: pages are walked, and states are provoked."""

import re
from dataclasses import replace

import pytest
from sqlalchemy import update

from bridge.mirroring.places import KINDS
from storage_plugin.database.books import Books
from storage_plugin.database.contacts import SqlContacts
from storage_plugin.database.mirror_schema import run
from storage_plugin.database.mirrors import Mirrors, State
from storage_plugin.database.schema import device
from storage_plugin.model.book import Origin
from tests.browser.finding import pages
from tests.browser.sample import BOSS, COWORKER, firm
from tests.web.mirroring import add, cards, ended, mirrored, opened, user_id
from tests.web.reading import english, of_the_code
from tests.web.site import Browser, Site
from tests.web.test_import import card, look
from tests.web.test_mirror_settings import file_form

pytestmark = pytest.mark.slow
GERMAN = {"Accept-Language": "de", "Accept": "text/html"}
DATA = {"Head of Purchasing"}
"""What people wrote."""


@pytest.fixture(scope="module")
def office(sqlite_template, tmp_path_factory):
    folder = tmp_path_factory.mktemp("firm")
    with firm(sqlite_template, folder) as site:
        mirrored(site, COWORKER, folder / "theirs")
        Books(site.house.database).create("Fair")
        yield site


def german(site: Site, user: str) -> Browser:
    browser = opened(site, user)
    browser.headers |= GERMAN
    return browser


def left(html: str) -> list[str]:
    return [text for text in english(html) if text not in DATA]


@pytest.mark.parametrize("user", [BOSS, COWORKER])
def test_no_page_is_left_in_english(office, user):
    browser = german(office, user)
    addresses = [each for some in pages(browser).values() for each in some]
    found = {address: left(browser.get(address).text) for address in addresses}
    assert {address: texts for address, texts in found.items() if texts} == {}


@pytest.mark.parametrize("user", [BOSS, COWORKER])
def test_no_page_shows_a_name_of_the_code(office, user):
    browser = opened(office, user)
    addresses = [each for some in pages(browser).values() for each in some]
    found = {address: of_the_code(browser.get(address).text) for address in addresses}
    assert {address: texts for address, texts in found.items() if texts} == {}


def test_no_dialog_of_a_mirror_shows_english_or_a_name_of_the_code(office):
    for browser, said in ((german(office, "carla"), left), (opened(office, "carla"), of_the_code)):
        for kind in set(KINDS) - {"file"}:  # which only administrators are offered
            answer = browser.get(f"/mirror/start?kind={kind}")
            assert f'type="hidden" name="kind" value="{kind}"' in answer.text
            assert said(answer.text) == [], kind


def test_a_name_of_the_code_is_seen():
    page = '<p>Ada formatted_name</p><input value="emails, job_title"><input type="hidden" value="given_name">'
    assert of_the_code(page) == ["Ada formatted_name", "emails, job_title"]


def test_what_is_left_in_english_is_seen(office):
    assert left(opened(office, BOSS).get("/devices").text)


REFUSED = {
    "/contacts/999": None,
    "/contacts/new": {"given_name": ""},
    "/contacts/5/edit": {"revision": "1", "birthday": "soon"},
    "/contacts/5/restore": {"revision": "77"},
    "/trash/999/restore": {},
    "/duplicates/choose?id=5&id=5": None,
    "/duplicates/join": {"kept": "5", "other": "5"},
    "/duplicates/undo": {"kept": "5", "before": "1", "after": "2", "other": "999"},
    "/conflicts/999": None,
    "/inbox/promote": {"way": "move", "type": "Business Contact"},
    "/users/add": {"name": BOSS, "password": "", "role": "coworker"},
    "/users/add?": {"name": "a:b", "password": "", "role": "coworker"},
    "/users/1/role": {"role": "coworker"},
    "/users/1/role?": {"role": "king"},
    "/users/2/view": {"new_contacts": "inbox", "property": "company", "operator": "is", "value": ""},
    "/users/2/remove": {},
    "/types/add": {"name": "Account", "base": "contact"},
    "/types/add?": {"name": "", "base": "contact"},
    "/types/add??": {"name": "X", "base": "contact", "field": "A", "kind": "choice", "choices": ""},
    "/types/add???": {"name": "X", "base": "contact", "field": ["A", "A"], "kind": ["text"] * 2, "choices": [""] * 2},
    "/types/rename": {"old": "Account", "new": "Firm"},
    "/types/add-field": {"type": "Gone", "field": "A", "kind": "text"},
    "/mirror/database/create": {"name": ""},
    "/mirror/database/create?": {"name": "Fair"},
    "/mirror/database/switch": {"user": "ghost", "book": "Fair"},
    "/mirror/database/switch?": {"user": BOSS, "book": "Nowhere"},
    "/mirror/runs/999": None,
    "/mirror/start": {"kind": "file"},
    "/devices/add": {"name": "iPhone"},
    "/devices/add?": {"name": "iPad", "user": "ghost"},
    "/devices/1/undo?since=soon": None,
    "/erasure/keep": {"history_days": "1", "deleted_days": "0"},
    "/erasure/ask": {"q": "x", "id": "999"},
    "/import/upload": {"type": "Gone", "file": b"First Name,Last Name\nA,B\n"},
    "/me/language": {"language": "xx"},
    "/me/password": {"old": "x", "new": "y", "again": "z"},
    "/no/such/page": None,
}


@pytest.mark.parametrize(("address", "form"), REFUSED.items(), ids=REFUSED)
def test_no_refusal_is_left_in_english(office, address, form):
    browser = german(office, BOSS)
    path = address.rstrip("?")
    answer = browser.get(path) if form is None else browser.post(path, form)
    assert answer.status >= 400 or 'role="alert"' in answer.text, answer.text
    assert left(answer.text) == []


def ordered(site: Site, browser: Browser, path: str, **form: object) -> str:
    """Order work of the mirror, wait for it, and give the page that tells of it."""
    answer = browser.post(path, form)
    assert answer.status == 200, answer.text
    text = ended(site, browser, "boss").text
    assert left(text) == []
    return text


def test_no_line_of_a_plan_or_of_a_log_is_left_in_english(site: Site, tmp_path):
    book, folder = SqlContacts(site.house.database, 1), tmp_path / "folder"
    folder.mkdir()
    (folder / "old.vcf").write_text(card("Ole Lund"), "utf-8")
    (folder / "met.vcf").write_text(card("Kim Ralls"), "utf-8")
    nick, _, ole = add(site, "Nick Brigandi", "Ada Byron", "Ole Lund")
    browser = german(site, "boss")

    def run_it(**form: object) -> str:
        return ordered(site, browser, "/mirror/plan") + ordered(site, browser, "/mirror/run", **form)

    assert "im Ordner anlegen" in ordered(site, browser, "/mirror/start", **file_form(folder, guard_count="1"))
    key = re.search(r'name="key" value="(\w+)"', browser.get("/mirror").text)[1]
    ordered(site, browser, "/mirror/confirm", key=key)
    book.save(replace(nick.contact, job_title="Buyer", note="Kennt Ada"), Origin("cli"), contact_id=nick.id)
    (file,) = (each for each in cards(folder) if "FN:Nick" in each.read_text("utf-8"))
    file.write_text(file.read_text("utf-8").replace("END:VCARD", "TITLE:Boss\nEND:VCARD"), "utf-8")
    assert "Konflikt bei" in run_it()
    (file,) = (each for each in cards(folder) if "FN:Ada" in each.read_text("utf-8"))
    file.unlink()
    assert "in die gelöschten Elemente verschieben" in run_it() + run_it()
    for contact in (nick, ole):
        book.delete(contact.id, Origin("cli"))
    assert "brauchen Ihre Zustimmung" in run_it()
    run_it(allowed="yes")
    ran = [int(each) for each in re.findall(r'href="/mirror/runs/(\d+)"', browser.get("/mirror").text)]
    for each in ran:
        assert left(browser.get(f"/mirror/runs/{each}").text) == []
    ordered(site, browser, f"/mirror/runs/{ran[0]}/undo", preview="yes")
    ordered(site, browser, f"/mirror/runs/{ran[0]}/undo")
    Books(site.house.database).create("Fair")
    for choice in ("keep", "delete", "import"):
        said = {"user": "boss", "book": "Fair", "choice": choice}
        ordered(site, browser, "/mirror/database/switch", preview="yes", **said)
    assert "aus dem Ordner entfernen" in ordered(site, browser, "/mirror/stop", preview="yes")
    ordered(site, browser, "/mirror/database/switch", **said)
    for which in ("leftovers", "imported", "remote-deleted"):
        ordered(site, browser, f"/mirror/clean-up/{which}", preview="yes")
    folder.rename(tmp_path / "gone")
    assert "nicht mehr da" in ordered(site, browser, "/mirror/check")
    assert "nicht mehr da" in run_it()
    assert left(browser.get("/status").text + browser.get("/mirrors").text) == []


@pytest.mark.parametrize(
    "wrong",
    [
        {"every": "0"},
        {"every": "soon"},
        {"guard_count": "-1"},
        {"guard_percent": "200"},
        {"colour": "red"},
        {"required": "shoe_size"},
        {"category": "x" * 300},
        {"winner": "nobody"},
        {"map": "fields: {shoes: manager}"},
        {"map": "fields: {birthday: manager}"},
        {"map": "phones: {car: other, home: other}"},
        {"map": "modes: {note: never}"},
        {"map": "shoes: {a: b}"},
        {"map": "address: nowhere"},
        {"kind": "graph", "place.client_id": ""},
        {"kind": "ews", "place.url": "http://mail.example.com", "place.user": "a@x.example"},
        {"kind": "ews", "place.url": "mail.example.com"},
        {"kind": "ews", "place.url": "mail.example.com", "place.user": "CONTOSO\\anna"},
        {"kind": "sharepoint", "place.site": "contoso"},
        {"kind": "sharepoint", "place.site": "https://contoso.example/sites/x"},
    ],
    ids=str,
)
def test_no_word_about_settings_is_left_in_english(office, wrong, tmp_path):
    answer = german(office, "ben").post("/mirror/start", file_form(tmp_path, kind="carddav") | wrong)
    assert 'role="alert"' in answer.text
    assert left(answer.text) == []


def test_no_step_of_a_check_is_left_in_english(site: Site, tmp_path):
    browser = german(site, "boss")
    for wrong in (
        {"place.path": str(tmp_path / "no" / "such")},
        {"kind": "carddav", "place.url": "http://127.0.0.1:1/"},
    ):
        page = ordered(site, browser, "/mirror/start", **(file_form(tmp_path) | wrong))
        assert "fehlgeschlagen" in page


def test_no_line_of_an_import_is_left_in_english(site: Site):
    browser = german(site, "boss")
    add(site, "Ada Byron", "Ada Byron")
    for file in (
        card("Ada") + "BEGIN:VCARD\r\nVERSION:9.0\r\nFN:X\r\nEND:VCARD\r\n" + "BEGIN:VCARD\r\nFN:Y\r\n",
        "First Name,Last Name,Birthday\n,,\nBen,Boll,soon\nA,B,,too,many\n",
        "First Name,Last Name,E-mail Address,Customer Number\nAda,Byron,ada.byron@contoso.example,\nB,C,,77\n",
        "no\ncontacts\n",
        b"\xff\xfe\x00",
    ):
        answer = look(browser, file)
        assert left(answer.text) == []


def test_no_state_of_a_mirror_is_left_in_english(site: Site, tmp_path):
    browser = german(site, "boss")
    mirrored(site, "boss", tmp_path / "folder")
    mirrors = Mirrors(site.house.database)
    key = mirrors.of_user(user_id(site, "boss")).id
    for state in State:
        mirrors.set_state(key, state, "The folder is no longer in the mailbox.")
        assert left(browser.get("/mirror").text + browser.get("/mirrors").text + browser.get("/status").text) == []


def test_no_trouble_is_left_in_english(site: Site, tmp_path):
    mirrored(site, "boss", tmp_path / "folder")
    site.users.add_device("boss", "iPhone")
    long_ago = "2026-01-01T00:00:00.000Z"
    with site.house.database.writing() as connection:
        connection.execute(update(device).values(last_used_at=long_ago))
        connection.execute(
            update(run).values(outcome="failed", started_at=long_ago, reason="Nobody has signed in yet.")
        )
    page = german(site, "boss").get("/status").text
    assert "schlägt seit" in page and "nicht nach Kontakten gefragt" in page
    assert left(page) == []
