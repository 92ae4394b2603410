"""One's own settings: password, language, sessions."""

import pytest

from storage_plugin.database.sessions import Sessions
from tests.web.site import PASSWORD, Site

NEW = "quite another one"


def test_a_new_password_ends_all_other_sessions(site: Site):
    here, there, annas = site.browser("boss"), site.browser("boss"), site.browser("anna")
    answer = here.post("/me/password", old=PASSWORD, new=NEW, again=NEW)
    assert "signed in here only" in answer.text
    assert site.users.verify_password("boss", NEW) and not site.users.verify_password("boss", PASSWORD)
    assert there.get("/me").url.startswith("/sign-in")
    assert here.get("/me").status == 200 and annas.get("/me").status == 200


@pytest.mark.parametrize(
    ("old", "new", "again"),
    [("wrong", NEW, NEW), ("", NEW, NEW), (PASSWORD, NEW, "other"), (PASSWORD, "short", "short")],
)
def test_a_password_changes_only_for_who_knows_the_present_one(site: Site, old, new, again):
    assert site.browser("boss").post("/me/password", old=old, new=new, again=again).status == 409
    assert site.users.verify_password("boss", PASSWORD)


def test_who_guesses_the_present_password_has_to_wait(site: Site):
    site.users.add("guessing", PASSWORD)
    browser = site.browser("guessing")
    for number in range(10):
        browser.post("/me/password", old=f"guess {number}", new=NEW, again=NEW)
    assert "Too many attempts" in browser.post("/me/password", old=PASSWORD, new=NEW, again=NEW).text
    assert site.users.verify_password("guessing", PASSWORD)


def test_the_language_is_ones_own(site: Site):
    boss, anna = site.browser("boss"), site.browser("anna")
    boss.post("/me/language", language="nl")
    assert boss.get("/me").headers["Content-Language"] == "nl"
    assert anna.get("/me").headers["Content-Language"] == "en"
    assert boss.post("/me/language", language="xx").status == 409
    boss.post("/me/language", language="")
    assert boss.get("/me", Accept_Language="de").headers["Content-Language"] == "de"


def test_a_session_elsewhere_is_ended_and_nobody_elses(site: Site):
    here, there, annas = site.browser("boss"), site.browser("boss"), site.browser("anna")
    sessions = Sessions(site.house.database)
    other = next(each.id for each in sessions.of("boss") if f"/me/sessions/{each.id}/end" in here.get("/me").text)
    assert here.post(f"/me/sessions/{other}/end").status == 200
    assert there.get("/me").url.startswith("/sign-in") and here.get("/me").status == 200
    (foreign,) = sessions.of("anna")
    assert f"/me/sessions/{foreign.id}/end" not in here.get("/me").text
    assert here.post(f"/me/sessions/{foreign.id}/end").status == 404
    assert annas.get("/me").status == 200


def test_all_other_sessions_end_at_once(site: Site):
    here, there, annas = site.browser("boss"), site.browser("boss"), site.browser("anna")
    here.post("/me/sessions/end")
    assert there.get("/me").url.startswith("/sign-in")
    assert here.get("/me").status == 200 and annas.get("/me").status == 200
