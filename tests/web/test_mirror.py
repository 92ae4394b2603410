"""The page of one's own mirror: its state and actions, the log of its runs, undo, and the guard's question."""

import re
import threading

import pytest

from bridge.mirroring.work import Work
from bridge.settings import Settings
from storage_plugin.database.contacts import SqlContacts
from storage_plugin.database.leases import release_lease, take_lease
from storage_plugin.database.mirrors import Mirrors, State
from storage_plugin.database.runs import Entry, Outcome, Runs
from storage_plugin.model.book import Origin
from tests.web.mirroring import add, cards, ended, mirrored, opened, user_id
from tests.web.site import PASSWORD, Site, serving

START = "Start business contact synchronization"
CHANGE, STOP = "Change settings", "Stop business contact synchronization"


@pytest.fixture
def folder(tmp_path):
    made = tmp_path / "folder"
    made.mkdir()
    return made


def mirror_of(site: Site, user: str):
    return Mirrors(site.house.database).of_user(user_id(site, user))


def last_run(site: Site, user: str):
    return Runs(site.house.database).of_user(user_id(site, user))[0]


def test_bcm_19_bcm_34_bcm_37_the_actions_depend_on_the_state(site: Site, folder):
    browser = opened(site, "anna")
    off = browser.get("/mirror").text
    assert START in off and CHANGE not in off and STOP not in off
    mirrored(site, "anna", folder)
    on = browser.get("/mirror").text
    assert START not in on and CHANGE in on and STOP in on


def test_bcm_61_the_menus_have_access_keys_of_their_own(site: Site, folder):
    text = opened(site, "anna").get("/mirror").text
    keys = [part.partition('"')[0] for part in text.split('accesskey="')[1:]]
    assert len(set(keys)) == len(keys)
    assert {"m", "b", "f"} <= set(keys)


def test_bc_10_bc_13_a_run_by_hand_says_what_it_did_to_whom(site: Site, folder):
    mirrored(site, "anna", folder)
    add(site, "Nick Brigandi", "Andrea Dunker")
    browser = opened(site, "anna")
    browser.get("/mirror")
    assert browser.post("/mirror/run", follow=False).location.startswith("/mirror?work=")
    assert "2 created in the folder" in ended(site, browser, "anna").text
    page = browser.get(f"/mirror/runs/{last_run(site, 'anna').id}").text
    assert (
        page.count("Nick Brigandi")
        == page.count("Andrea Dunker")
        == page.count("<td>create in the folder</td>") - 1
        == 1
    )
    assert len(cards(folder)) == 2


def test_bc_18_a_full_run_reads_everything_again(site: Site, folder):
    mirrored(site, "anna", folder)
    browser = opened(site, "anna")
    browser.get("/mirror")
    browser.post("/mirror/run", full="yes")
    ended(site, browser, "anna")
    assert last_run(site, "anna").kind == "full"


def test_what_a_run_would_do_is_shown_and_not_done(site: Site, folder):
    mirrored(site, "anna", folder)
    add(site, "Nick Brigandi")
    browser = opened(site, "anna")
    browser.get("/mirror")
    browser.post("/mirror/plan")
    assert "Nick Brigandi: create in the folder" in ended(site, browser, "anna").text
    assert cards(folder) == []
    browser.post("/mirror/forget")
    assert "Nick Brigandi" not in browser.get("/mirror").text


def test_the_log_of_another_users_mirror_is_not_there(site: Site, folder):
    add(site, "Nick Brigandi")
    mirrored(site, "ben", folder)
    run = last_run(site, "ben").id
    for user in ("anna", "boss"):
        browser = opened(site, user)
        assert browser.get(f"/mirror/runs/{run}").status == 404
        assert browser.post(f"/mirror/runs/{run}/undo").status == 404
        assert "No runs yet" in browser.get("/mirror").text
    assert len(cards(folder)) == 1


@pytest.mark.parametrize("number", ["x", "999", "9" * 30, "-1"])
def test_a_run_that_there_is_not_is_not_found(site: Site, number):
    assert opened(site, "anna").get(f"/mirror/runs/{number}").status == 404


def test_a_run_is_taken_back_after_a_look_at_what_that_does(site: Site, folder):
    add(site, "Nick Brigandi")
    mirrored(site, "anna", folder)
    run, browser = last_run(site, "anna").id, opened(site, "anna")
    assert "Take this run back" in browser.get(f"/mirror/runs/{run}").text
    browser.post(f"/mirror/runs/{run}/undo", preview="yes")
    assert "Nick Brigandi" in ended(site, browser, "anna").text
    assert len(cards(folder)) == 1
    browser.post(f"/mirror/runs/{run}/undo")
    ended(site, browser, "anna")
    assert cards(folder) == []
    assert "Take this run back" not in browser.get(f"/mirror/runs/{last_run(site, 'anna').id}").text


def test_too_many_deletions_are_done_only_after_a_word(site: Site, folder):
    records = add(site, "Nick Brigandi", "Andrea Dunker", "Ole Lund")
    mirrored(site, "anna", folder, guard_count=1, guard_percent=0)
    for record in records:
        SqlContacts(site.house.database, 1).delete(record.id, Origin("cli"))
    browser = opened(site, "anna")
    browser.get("/mirror")
    browser.post("/mirror/run")
    page = ended(site, browser, "anna").text
    assert mirror_of(site, "anna").state is State.ASKING
    assert "3 be deleted from the folder" in page and "Go on" in page
    assert len(cards(folder)) == 3
    browser.post("/mirror/plan")
    page = ended(site, browser, "anna").text
    assert all(name in page for name in ("Nick Brigandi", "Andrea Dunker", "Ole Lund"))
    assert len(cards(folder)) == 3
    browser.post("/mirror/run", allowed="yes")
    ended(site, browser, "anna")
    assert cards(folder) == []
    assert mirror_of(site, "anna").state is State.ON


def test_a_second_click_starts_nothing_twice(site: Site, folder):
    mirrored(site, "anna", folder)
    browser, go = opened(site, "anna"), threading.Event()
    browser.get("/mirror")

    async def wait(_: Work) -> None:
        import asyncio

        await asyncio.to_thread(go.wait, 30)

    try:
        assert site.house.background.begin(user_id(site, "anna"), Work("run"), wait)
        before = last_run(site, "anna").id
        assert browser.post("/mirror/run").status == 409
        assert "Under way" in browser.get("/mirror").text
        fragment = browser.get("/mirror/work", HX_Request="true").text
        assert fragment.lstrip().startswith("<section") and "Under way" in fragment
        other = opened(site, "ben").get("/mirror").text
        assert "Under way" not in other
    finally:
        go.set()
    ended(site, browser, "anna")
    assert last_run(site, "anna").id == before
    assert browser.get("/mirror/work", HX_Request="true").headers["HX-Redirect"] == "/mirror"


def test_a_run_of_the_bridge_is_told_with_how_far_it_is(site: Site, folder):
    mirrored(site, "anna", folder)
    mirror, office = mirror_of(site, "anna"), site.house.office
    lease = take_lease(site.house.database, mirror.id, "the bridge", office.runner.clock(), 60)
    assert lease is not None
    Runs(site.house.database).start(lease, "incremental")
    browser = opened(site, "anna")
    assert "The bridge is at work on this mirror right now" in browser.get("/mirror").text
    assert "The bridge is at work" in browser.get("/mirror/work", HX_Request="true").text


def test_a_mirror_that_is_off_or_between_two_books_is_not_run(site: Site, folder):
    browser = opened(site, "anna")
    browser.get("/mirror")
    assert browser.post("/mirror/run").status == 409
    assert browser.post("/mirror/plan").status == 409
    mirrored(site, "anna", folder)
    Mirrors(site.house.database).set_state(mirror_of(site, "anna").id, State.SWITCHING, "Between two books.")
    assert browser.post("/mirror/run").status == 409
    assert "switch again" in browser.get("/mirror").text


def test_contacts_that_failed_are_named(site: Site, folder):
    from storage_plugin.database.failures import Failure, Failures

    mirrored(site, "anna", folder)
    mirror = mirror_of(site, "anna")
    lease = take_lease(site.house.database, mirror.id, "x", site.house.office.runner.clock(), 0)
    failure = Failure("The folder is full.", "2026-11-22T09:00:00.000Z", "2026-11-22T09:05:00.000Z", name="Nick")
    Failures(site.house.database, mirror.id).note(lease, failure)
    text = opened(site, "anna").get("/mirror").text
    assert "Nick" in text and "The folder is full." in text
    assert "The folder is full." not in opened(site, "boss").get("/mirror").text


def events(text: str) -> list[tuple[str, str]]:
    found = []
    for block in filter(None, text.split("\n\n")):
        lines = block.splitlines()
        found.append((lines[0].removeprefix("event: "), "\n".join(line.removeprefix("data: ") for line in lines[1:])))
    return found


def test_a_run_under_way_is_told_as_it_goes_on(site: Site, folder):
    mirrored(site, "anna", folder)
    mirror, office = mirror_of(site, "anna"), site.house.office
    browser = opened(site, "anna")
    assert "data-live" not in browser.get("/mirror").text
    lease = take_lease(site.house.database, mirror.id, "the bridge", office.runner.clock(), 60)
    runs = Runs(site.house.database)
    run = runs.start(lease, "incremental")
    runs.planned(run, 7)
    assert 'data-live="/mirror/live"' in browser.get("/mirror").text

    def go_on() -> None:
        runs.end(run, Outcome.DONE, {}, log=[Entry("create", None, "Nick")])
        release_lease(site.house.database, lease)

    end = threading.Timer(1.5, go_on)
    end.start()
    answer = browser.get("/mirror/live")
    end.join()
    assert answer.headers["Content-Type"] == "text/event-stream"
    found = events(answer.text)
    assert found[0][0] == "message" and "0 of 7 contacts" in found[0][1] and 'max="7"' in found[0][1]
    assert found[-1] == ("over", "")


def test_what_another_user_has_under_way_is_not_told(site: Site, folder):
    mirrored(site, "anna", folder)
    lease = take_lease(site.house.database, mirror_of(site, "anna").id, "x", site.house.office.runner.clock(), 60)
    Runs(site.house.database).start(lease, "incremental")
    for user in ("ben", "boss"):
        assert events(opened(site, user).get("/mirror/live").text) == [("over", "")]


def test_a_run_says_how_many_contacts_it_is_about(site: Site, folder, monkeypatch):
    add(site, "Nick Brigandi", "Andrea Dunker")
    told = []
    planned = Runs.planned
    monkeypatch.setattr(Runs, "planned", lambda self, run, number: (told.append(number), planned(self, run, number)))
    mirrored(site, "anna", folder)
    assert told == [2]
    assert dict(last_run(site, "anna").counts) == {"create": 2}


def test_an_undo_that_has_not_ended_can_be_taken_up_again(site: Site, folder):
    add(site, "Nick Brigandi")
    mirrored(site, "anna", folder)
    run, mirror, office = last_run(site, "anna").id, mirror_of(site, "anna"), site.house.office
    lease = take_lease(site.house.database, mirror.id, "x", office.runner.clock(), 60)
    runs = Runs(site.house.database)
    runs.end(runs.start(lease, f"undo {run}"), Outcome.FAILED, {})
    release_lease(site.house.database, lease)
    Mirrors(site.house.database).set_state(mirror.id, State.UNDOING, "Not to the end.")
    browser = opened(site, "anna")
    assert f'action="/mirror/runs/{run}/undo"' in browser.get("/mirror").text
    browser.post(f"/mirror/runs/{run}/undo")
    ended(site, browser, "anna")
    assert mirror_of(site, "anna").state is State.ON and cards(folder) == []


def test_what_work_has_found_is_forgotten_after_an_hour(site: Site, folder, monkeypatch):
    mirrored(site, "anna", folder)
    browser = opened(site, "anna")
    browser.get("/mirror")
    browser.post("/mirror/plan")
    ended(site, browser, "anna")
    assert site.house.background.of(user_id(site, "anna")) is not None
    monkeypatch.setattr("bridge.mirroring.work.KEPT", -1.0)
    assert site.house.background.of(user_id(site, "anna")) is None


def test_bc_14_the_way_to_the_filter_stands_beside_the_run(site: Site):
    browser = opened(site, "boss")
    address = f"/users/{user_id(site, 'boss')}"
    assert f'href="{address}"' in browser.get("/mirror").text
    assert browser.get(address).status == 200
    assert "/users/" not in opened(site, "anna").get("/mirror").text


def test_only_the_kinds_that_the_settings_name_are_offered(make_sqlite, tmp_path):
    kinds = {"anna": ["graph", "carddav"], "boss": ["graph", "carddav", "file"]}
    with serving(make_sqlite(), tmp_path, Settings(mirror_targets=("carddav", "graph"))) as site:
        site.users.add("boss", PASSWORD, role="administrator")
        site.users.add("anna")
        for user, wanted in kinds.items():
            text = site.browser(user).get("/mirror/start").text
            assert re.findall(r'name="kind" value="(\w+)"', text) == wanted
        anna = site.browser("anna")
        assert 'name="kind" value="graph"' in anna.get("/mirror/start?kind=file").text
        answer = anna.post("/mirror/start", kind="file", **{"place.path": str(tmp_path)})
        assert answer.status >= 400 and "This kind of folder is not offered here." in answer.text
