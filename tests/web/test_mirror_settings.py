"""Starting a mirror on the page and changing its settings: the dialog, the check, the code, the plan, the yes."""

import re
import time

import pytest

from bridge.simulators.graph.sign_in import Application
from storage_plugin.database.mirrors import Mirrors, State
from tests.cli.conftest import CLIENT, SECRET, graph, served, signing_in  # noqa: F401
from tests.web.forms import form as shown_form
from tests.web.mirroring import add, cards, ended, mirrored, opened, user_id
from tests.web.site import Browser, Site

RULES = {
    "flagged": "yes",
    "category": "Business Contact",
    "imports": "yes",
    "exports": "yes",
    "every": "3",
    "guard_count": "10",
    "guard_percent": "20",
    "required": ["formatted_name", "emails"],
}


def key(page: str) -> str:
    return re.search(r'name="key" value="(\w+)"', page)[1]


def mirror_of(site: Site, user: str):
    return Mirrors(site.house.database).of_user(user_id(site, user))


def said_yes(site: Site, browser: Browser, user: str) -> str:
    """Say yes to the plan that is shown, and give the page afterwards."""
    browser.post("/mirror/confirm", key=key(ended(site, browser, user).text))
    return ended(site, browser, user).text


def file_form(folder, **more):
    return {"kind": "file", "place.path": str(folder), **RULES, **more}


def test_bcm_20_bcm_21_only_folders_that_can_be_used_are_offered(site: Site):
    coworker = opened(site, "anna").get("/mirror/start").text
    assert 'value="graph"' in coworker and 'value="carddav"' in coworker
    assert 'value="file"' not in coworker  # it would write on the server
    assert 'value="file"' in opened(site, "boss").get("/mirror/start").text


def test_a_coworker_cannot_choose_what_is_not_offered(site: Site, tmp_path):
    browser = opened(site, "anna")
    assert browser.post("/mirror/start", file_form(tmp_path / "there")).status == 409
    assert not (tmp_path / "there").exists()
    assert mirror_of(site, "anna") is None
    mirrored(site, "anna", tmp_path / "hers")
    assert browser.post("/mirror/change", file_form(tmp_path / "there")).status == 409
    assert not (tmp_path / "there").exists()


def test_bcm_22_the_category_is_checked_unless_it_was_unchecked(site: Site, tmp_path):
    browser = opened(site, "boss")
    dialog = browser.get("/mirror/start?kind=file").text
    assert re.search(r'name="flagged" value="yes" checked', dialog)
    assert 'value="Business Contact"' in dialog
    mirrored(site, "boss", tmp_path / "there", category=None)
    dialog = browser.get("/mirror/change").text
    assert not re.search(r'name="flagged" value="yes" checked', dialog)


def test_the_colours_of_a_category_have_names(site: Site):
    dialog = opened(site, "boss").get("/mirror/start?kind=file").text
    offered = re.findall(r'<option value="(preset\d+)"( selected)?>([a-z ]+)<', dialog)
    assert len({name for _, _, name in offered}) == len(offered) == 25
    assert ("preset7", " selected", "blue") in offered and ("preset24", "", "dark cranberry") in offered


def test_required_fields_go_by_the_names_that_people_know(site: Site, tmp_path):
    browser = opened(site, "boss")
    dialog = browser.get("/mirror/start?kind=file", **{"Accept-Language": "de"}).text
    assert "Pflichtfelder: Vollständiger Name, E-Mail-Adressen" in dialog
    assert re.search(r'name="required" value="company"> Firma<', dialog)
    mirrored(site, "boss", tmp_path / "there")
    for chosen in (["company", "phones"], []):
        browser.post("/mirror/change", file_form(tmp_path / "there", required=chosen))
        said_yes(site, browser, "boss")
        assert shown_form(browser.get("/mirror/change").text, "/mirror/change").get("required", []) == chosen
    assert "Required fields: none" in browser.get("/mirror/change").text


def test_bcm_20_bcm_23_nothing_is_copied_before_the_plan_was_seen(site: Site, tmp_path):
    add(site, "Nick Brigandi")
    browser = opened(site, "boss")
    browser.post("/mirror/start", file_form(tmp_path / "there"))
    page = ended(site, browser, "boss").text
    assert "Nick Brigandi: create in the folder" in page
    assert mirror_of(site, "boss").state is State.STOPPED and cards(tmp_path / "there") == []
    assert "1 created in the folder" in said_yes(site, browser, "boss")
    assert mirror_of(site, "boss").state is State.ON and len(cards(tmp_path / "there")) == 1


def test_a_plan_that_is_not_the_one_that_was_seen_is_not_carried_out(site: Site, tmp_path):
    browser = opened(site, "boss")
    browser.post("/mirror/start", file_form(tmp_path / "one"))
    old = key(ended(site, browser, "boss").text)
    browser.post("/mirror/start", file_form(tmp_path / "two"))
    ended(site, browser, "boss")
    assert browser.post("/mirror/confirm", key=old).status == 409
    assert browser.post("/mirror/confirm").status == 409
    assert mirror_of(site, "boss").state is State.STOPPED
    assert opened(site, "anna").post("/mirror/confirm", key=old).status == 409


def test_a_mirror_that_is_on_is_changed_not_started(site: Site, tmp_path):
    mirrored(site, "boss", tmp_path / "there")
    browser = opened(site, "boss")
    assert browser.get("/mirror/start").status == 409
    assert browser.post("/mirror/start", file_form(tmp_path / "other")).status == 409


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"every": "0"}, "every"),
        ({"map": "nonsense: {a: b}"}, "nonsense"),
        ({"map": "modes: {note: never}"}, "note cannot be"),
        ({"required": "shoe size"}, "shoe size"),
        ({"place.path": ""}, "path"),
        ({"winner": "nobody"}, "winner"),
    ],
)
def test_what_is_wrong_in_the_dialog_is_said_and_the_rest_is_kept(site: Site, tmp_path, wrong, said):
    browser = opened(site, "boss")
    answer = browser.post("/mirror/start", file_form(tmp_path / "there", category="My own", **wrong))
    assert answer.status == 422
    assert said in answer.text and 'value="My own"' in answer.text
    assert site.house.background.of(user_id(site, "boss")) is None


def test_from_a_plan_or_a_failed_check_one_comes_back_to_what_one_filled_in(site: Site, tmp_path):
    boss, there = opened(site, "boss"), tmp_path / "there"
    boss.post("/mirror/start", file_form(tmp_path / "no" / "where", every="7", required=["company"]))
    page = ended(site, boss, "boss").text
    assert "Make the folder" in page and 'href="/mirror/start"' not in page
    (back,) = re.findall(r'href="(/mirror/start\?again=\w+)"', page)
    filled = shown_form(boss.get(back).text, "/mirror/start")
    assert (filled["place.path"], filled["every"]) == ([str(tmp_path / "no" / "where")], ["7"])
    boss.post("/mirror/start", {**filled, "place.path": str(there)})
    assert "OK: start the synchronization" in ended(site, boss, "boss").text
    said_yes(site, boss, "boss")
    boss.post("/mirror/change", {**filled, "place.path": str(there), "category": "Mine"})
    (back,) = re.findall(r'href="(/mirror/change\?again=\w+)"', ended(site, boss, "boss").text)
    assert shown_form(boss.get(back).text, "/mirror/change")["category"] == ["Mine"]
    assert "again" not in opened(site, "anna").get(back.replace("change", "start")).text
    boss.post("/mirror/forget")
    assert shown_form(boss.get(back).text, "/mirror/change")["category"] == ["Business Contact"]


def test_bcm_33_bcm_35_bcm_36_another_folder_empties_the_previous_one(site: Site, tmp_path):
    add(site, "Nick Brigandi")
    mirrored(site, "boss", tmp_path / "old")
    browser = opened(site, "boss")
    assert str(tmp_path / "old") in browser.get("/mirror/change").text
    browser.post("/mirror/change", file_form(tmp_path / "new"))
    page = ended(site, browser, "boss").text
    assert "Nick Brigandi: remove from the folder" in page and "Nick Brigandi: create in the folder" in page
    assert len(cards(tmp_path / "old")) == 1
    said_yes(site, browser, "boss")
    assert cards(tmp_path / "old") == [] and len(cards(tmp_path / "new")) == 1


def test_other_rules_and_a_field_map_are_set_and_shown_again(site: Site, tmp_path):
    mirrored(site, "boss", tmp_path / "there")
    browser = opened(site, "boss")
    rules = {"winner": "remote", "new_items": "add", "every": "10", "map": "modes: {note: keep}"}
    form = {**file_form(tmp_path / "there", **rules)}
    del form["imports"]
    browser.post("/mirror/change", form)
    said_yes(site, browser, "boss")
    settings = mirror_of(site, "boss").settings
    assert (settings["winner"], settings["new_items"], settings["every"]) == ("remote", "add", 10)
    assert settings["imports"] is False and settings["modes"] == {"note": "keep"}
    dialog = browser.get("/mirror/change").text
    assert "note: keep" in dialog and 'value="remote" selected' in dialog and 'value="10"' in dialog


def test_bc_8_bc_9_the_connection_is_checked_step_by_step(site: Site, tmp_path):
    mirrored(site, "boss", tmp_path / "there")
    browser = opened(site, "boss")
    browser.get("/mirror")
    browser.post("/mirror/check")
    page = ended(site, browser, "boss").text
    assert "passed" in page and '<ul class="steps">' in page


def test_bc_9_a_connection_that_does_not_work_starts_nothing(site: Site, tmp_path):
    (tmp_path / "file").write_text("in the way")
    browser = opened(site, "boss")
    browser.post("/mirror/start", file_form(tmp_path / "file" / "there"))
    page = ended(site, browser, "boss").text
    assert "OK: start the synchronization" not in page and "problem" in page


@pytest.fixture
def microsoft(signing_in):  # noqa: F811
    """The simulator of Graph, with anna's mailbox and an app for persons."""
    return signing_in


def graph_form(simulator, **more):
    place = {"place.client_id": CLIENT, "place.service": simulator.graph}
    return {"kind": "graph", **place, **RULES, **more}


def test_bcm_4_bcm_29_a_person_signs_in_by_the_code_that_the_page_shows(site: Site, microsoft):
    mailbox = microsoft.mailbox("anna@contoso.example")
    microsoft.sign_in.applications[CLIENT] = Application(CLIENT)
    add(site, "Nick Brigandi")
    browser = opened(site, "anna")
    browser.post("/mirror/start", graph_form(microsoft))
    for _ in range(200):
        shown = re.search(r'id="code">([^<]+)<', browser.get("/mirror/work", HX_Request="true").text)
        if shown:
            break
        time.sleep(0.05)
    microsoft.sign_in.approve(shown[1], mailbox)
    said = said_yes(site, browser, "anna")
    assert "1 created in the folder" in said, said
    assert len(mailbox.contacts(mailbox.folder(mailbox.default))) == 1
    kept = Mirrors(site.house.database, site.house.vault).secrets(mirror_of(site, "anna").id)
    assert "RefreshToken" in kept["tokens"]


def test_bcm_27_the_secret_of_an_app_is_never_shown_again(site: Site, microsoft):
    mailbox = microsoft.mailbox("anna@contoso.example")
    add(site, "Nick Brigandi")
    browser = opened(site, "anna")
    as_app = {"place.tenant": "contoso.example", "place.mailbox": "anna@contoso.example"}
    form = graph_form(microsoft, **as_app)
    assert browser.post("/mirror/start", form).status == 422
    wrong = browser.post("/mirror/start", form, secret="wrong secret").text
    page = ended(site, browser, "anna").text
    assert "failed" in page and "wrong secret" not in page + wrong
    browser.post("/mirror/start", form, secret=SECRET)
    pages = ended(site, browser, "anna").text + said_yes(site, browser, "anna")
    assert len(mailbox.contacts(mailbox.folder(mailbox.default))) == 1
    assert SECRET not in pages + browser.get("/mirror/change").text
    mirror = mirror_of(site, "anna")
    assert Mirrors(site.house.database, site.house.vault).secrets(mirror.id) == {"secret": SECRET}
    assert SECRET not in str(mirror.settings)


def test_another_mailbox_needs_its_own_secret(site: Site, microsoft):
    microsoft.mailbox("anna@contoso.example"), microsoft.mailbox("ben@contoso.example")
    browser = opened(site, "anna")
    form = graph_form(microsoft, **{"place.tenant": "contoso.example", "place.mailbox": "anna@contoso.example"})
    browser.post("/mirror/start", form, secret=SECRET)
    said_yes(site, browser, "anna")
    browser.post("/mirror/change", form, every="7")
    said_yes(site, browser, "anna")
    assert mirror_of(site, "anna").settings["every"] == 7
    assert browser.post("/mirror/change", form | {"place.mailbox": "ben@contoso.example"}).status == 422


def test_a_dialog_that_is_sent_as_it_is_shown_changes_nothing(site: Site, microsoft):
    microsoft.mailbox("anna@contoso.example")
    browser = opened(site, "anna")
    as_app = {"place.tenant": "contoso.example", "place.mailbox": "anna@contoso.example", "every": "2.5"}
    browser.post("/mirror/start", graph_form(microsoft, **as_app), secret=SECRET)
    said_yes(site, browser, "anna")
    before = mirror_of(site, "anna").settings
    assert before["place"]["service"].endswith("/v1.0")
    browser.post("/mirror/change", shown_form(browser.get("/mirror/change").text, "/mirror/change"))
    said_yes(site, browser, "anna")
    assert mirror_of(site, "anna").settings == before
