"""Signing in: the first run, wrong passwords, sessions and their cookies."""

import logging

import pytest

from bridge.first_run import first_run_code
from bridge.web.pages.signing_in import THROTTLE, safe
from storage_plugin.database.sessions import Sessions
from storage_plugin.dav.throttle import WRONG_PASSWORDS
from tests.web.site import PASSWORD, Browser, Site


def begin(browser: Browser, code: str, name: str = "boss", password: str = PASSWORD):
    browser.get("/first-run")
    return browser.post("/first-run", code=code, name=name, password=password, follow=False)


def test_the_code_of_the_log_makes_the_administrator_once(new_site: Site):
    browser = new_site.browser()
    assert browser.get("/").url == "/first-run"
    code = first_run_code(new_site.house.vault)
    assert begin(browser, code).status == 303
    assert [(user.name, user.role) for user in new_site.users.all()] == [("boss", "administrator")]
    assert browser.get("/devices").status == 200
    stranger = new_site.browser()
    assert begin(stranger, code, "thief").location == "/sign-in"
    assert [user.name for user in new_site.users.all()] == ["boss"]


@pytest.mark.parametrize(("code", "password"), [("0000-0000-0000", PASSWORD), ("", PASSWORD), (None, "short")])
def test_a_wrong_code_or_a_short_password_makes_nobody(new_site: Site, code, password):
    given = first_run_code(new_site.house.vault) if code is None else code
    assert begin(new_site.browser(), given, password=password).status == 403
    assert new_site.users.all() == []


def test_a_coworker_does_not_become_the_administrator_by_the_first_run(new_site: Site):
    new_site.users.add("anna")
    assert begin(new_site.browser(), first_run_code(new_site.house.vault), "anna").status == 403
    assert [user.role for user in new_site.users.all()] == ["coworker"]


def test_a_wrong_password_gets_nobody_in(site: Site):
    browser = site.browser()
    browser.get("/sign-in")
    answer = browser.post("/sign-in", name="boss", password="wrong")
    assert answer.status == 403 and "wrong" in answer.text
    assert browser.get("/devices").url.startswith("/sign-in")


def test_who_tries_many_passwords_has_to_wait(site: Site):
    browser = site.browser()
    browser.get("/sign-in")
    for number in range(WRONG_PASSWORDS):
        assert browser.post("/sign-in", name="guessed", password=f"guess {number}").status == 403
    assert browser.post("/sign-in", name="guessed", password="another").status == 429
    assert THROTTLE.seconds_to_wait("guessed", "127.0.0.1", "another") > 0


def test_signing_out_ends_the_session_on_the_server(site: Site):
    browser = site.browser("boss")
    kept = dict(browser.cookies)
    browser.get("/devices")
    browser.post("/sign-out")
    browser.cookies = kept
    assert browser.get("/devices").url.startswith("/sign-in")
    assert Sessions(site.house.database).of("boss") == []


def test_a_session_begins_with_a_cookie_of_its_own(site: Site):
    browser = site.browser()
    browser.get("/sign-in")
    before = dict(browser.cookies)
    browser.post("/sign-in", name="boss", password=PASSWORD)
    assert browser.cookies != before


def test_the_cookie_is_for_the_server_alone(site: Site):
    answer = site.browser().get("/sign-in")
    said = answer.headers["Set-Cookie"]
    assert "HttpOnly" in said and "SameSite=Lax" in said and "Path=/" in said


def test_over_https_no_other_host_can_set_the_cookie(site: Site):
    answer = site.browser().get("/sign-in", X_Forwarded_Proto="https")
    assert answer.headers["Set-Cookie"].startswith("__Host-")
    assert "Secure" in answer.headers["Set-Cookie"]
    assert "Strict-Transport-Security" in answer.headers


@pytest.mark.parametrize(
    ("to", "ends"),
    [("/devices", "/devices"), ("//evil.example/", "/"), ("https://evil.example/", "/"), ("/\\evil.example", "/")],
)
def test_signing_in_leads_to_pages_of_ours_only(site: Site, to, ends):
    browser = site.browser()
    browser.get("/sign-in")
    assert browser.post("/sign-in", name="boss", password=PASSWORD, to=to, follow=False).location == ends


ELSEWHERE = [
    *("///evil.example", "evil.example", "https:evil.example", "javascript:alert(1)", "http://[", "", "\\\\evil"),
    *("/\t/evil.example", "\t//evil.example", "/x\r\nSet-Cookie: a=b", "\u2028//evil.example", "/\u2028/evil"),
]


@pytest.mark.parametrize("to", ELSEWHERE)
def test_what_leads_elsewhere_leads_to_the_first_page(to):
    assert safe(to) == "/"


@pytest.mark.parametrize("to", ["/", "/contacts?q=%2F%2Fx&page=2", "/contacts?q=a:b//c"])
def test_what_leads_to_a_page_of_ours_stays_as_it_is(to):
    assert safe(to) == to


def test_the_password_of_a_device_opens_no_page(site: Site):
    secret = site.users.add_device("boss", "iPhone")
    browser = site.browser()
    browser.get("/sign-in")
    assert browser.post("/sign-in", name="boss", password=secret).status == 403


def test_a_cookie_that_somebody_planted_is_not_the_one_of_the_session(site: Site):
    """Session fixation: the victim signs in with a cookie that the attacker knows."""
    attacker = site.browser()
    attacker.get("/sign-in")
    victim = site.browser()
    victim.cookies, victim.mark = dict(attacker.cookies), attacker.mark
    assert victim.post("/sign-in", name="boss", password=PASSWORD, follow=False).status == 303
    assert victim.get("/devices").url == "/devices"
    assert attacker.get("/devices").url.startswith("/sign-in")


def test_signing_in_anew_ends_the_session_before(site: Site):
    browser = site.browser("boss")
    before = dict(browser.cookies)
    browser.get("/sign-in")
    browser.post("/sign-in", name="boss", password=PASSWORD)
    browser.cookies = before
    assert browser.get("/devices").url.startswith("/sign-in")


def test_nobody_is_signed_in_as_somebody_else_by_a_form_of_another_site(site: Site):
    """Login CSRF: neither without a mark, nor with that of the attacker's own cookie."""
    attacker = site.browser()
    attacker.get("/sign-in")
    victim = site.browser()
    victim.get("/sign-in")
    for mark in ("", attacker.mark):
        answer = victim.post("/sign-in", name="boss", password=PASSWORD, csrf=mark, follow=False)
        assert answer.status == 403 and victim.get("/devices").url.startswith("/sign-in")


def test_neither_passwords_nor_codes_are_in_the_log(new_site: Site, caplog):
    caplog.set_level(logging.DEBUG)
    new_site.users.add("anna", PASSWORD)
    browser = new_site.browser()
    browser.get("/sign-in")
    browser.post("/sign-in", name="anna\r\nforged", password="hunter2")
    browser.post("/sign-in", name="anna", password=PASSWORD)
    browser.post("/devices/add", name="iPhone")
    secrets = ("hunter2", PASSWORD, first_run_code(new_site.house.vault), browser.mark)
    assert [secret for secret in (*secrets, *browser.cookies.values()) if secret in caplog.text] == []
    assert "forged" not in caplog.text
