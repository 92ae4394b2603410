"""Every route as nobody, as a coworker and as the administrator: who gets in where."""

import re
from pkgutil import iter_modules

import pytest

from bridge.web import pages
from bridge.web.headers import CONTENT_SECURITY_POLICY
from bridge.web.routes import NOUNS, Access, all_routes
from tests.web.site import Site

ROUTES = all_routes()
IDS = [f"{route.method} {route.path}" for route in ROUTES]


def filled(path: str) -> str:
    return re.sub(r"\{(\w+)(:[^}]*)?\}", "1", path)


def test_every_route_is_there_once():
    assert len(set(IDS)) == len(IDS)


def test_every_file_of_pages_is_reached():
    assert sorted(NOUNS) == sorted(each.name for each in iter_modules(pages.__path__))


@pytest.fixture(scope="module")
def walked(tmp_path_factory, sqlite_template):
    import shutil

    from tests.web.site import PASSWORD, serving

    folder = tmp_path_factory.mktemp("walked")
    shutil.copy(sqlite_template, folder / "contacts.db")
    with serving(f"sqlite:///{folder}/contacts.db", folder) as site:
        site.users.add("boss", PASSWORD, role="administrator")
        yield site


@pytest.mark.parametrize("route", ROUTES, ids=IDS)
def test_nobody_gets_in_without_signing_in(walked: Site, route):
    browser = walked.browser()
    if route.access is Access.ANYBODY:
        browser.get("/sign-in")
        assert browser.get(filled(route.path)).status in (200, 405)
        return
    browser.get("/sign-in")
    answer = (
        browser.get(filled(route.path), follow=False)
        if route.method == "GET"
        else browser.post(filled(route.path), follow=False)
    )
    assert answer.status == 303
    assert answer.location.startswith("/sign-in")


@pytest.mark.parametrize("route", ROUTES, ids=IDS)
def test_a_coworker_does_not_reach_what_is_the_administrators(walked: Site, route):
    browser = walked.browser("anna")
    browser.get("/devices")
    ask = browser.get if route.method == "GET" else browser.post
    answer = ask(filled(route.path), follow=False)
    if route.access is Access.ADMINISTRATOR:
        assert answer.status == 404
    else:
        assert answer.status < 500


@pytest.mark.parametrize("route", [each for each in ROUTES if each.method == "POST"], ids=lambda each: each.path)
@pytest.mark.parametrize("forged", ["", "0" * 40])
def test_a_form_that_is_not_ours_changes_nothing(walked: Site, route, forged):
    browser = walked.browser("boss")
    browser.get("/devices")
    assert browser.post(filled(route.path), csrf=forged, follow=False).status == 403


@pytest.mark.parametrize("route", [each for each in ROUTES if each.method == "POST"], ids=lambda each: each.path)
def test_what_comes_from_another_site_changes_nothing(walked: Site, route):
    browser = walked.browser("boss")
    browser.get("/devices")
    browser.headers["Sec-Fetch-Site"] = "cross-site"
    assert browser.post(filled(route.path), follow=False).status == 403


@pytest.mark.parametrize("path", ["/", "/sign-in", "/no/such/page", "/devices"])
def test_every_answer_says_what_a_browser_may_do_with_it(walked: Site, path):
    answer = walked.browser("boss").get(path, follow=False)
    assert answer.headers["Content-Security-Policy"] == CONTENT_SECURITY_POLICY
    assert "unsafe" not in CONTENT_SECURITY_POLICY
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("user", ["", "anna"])
@pytest.mark.parametrize("path", ["/no/such/page", "/contacts/x", "/static/0/style.css", "/metrics/", "/no%0d%0aX:y"])
def test_who_is_lost_gets_a_page_with_a_way_back_and_a_program_a_line(walked: Site, user: str, path: str):
    browser = walked.browser(user)
    page = browser.get(path, Accept="text/html,application/xhtml+xml,*/*;q=0.8")
    assert page.status == 404 and "There is no such page." in page.text and 'href="/"' in page.text
    assert ("Sign out" in page.text) == bool(user)
    line = browser.get(path, Accept="*/*")
    assert (line.status, line.text) == (404, "404 Not Found")


def test_what_is_hidden_looks_like_what_is_not_there(walked: Site):
    stranger = walked.browser(**{"X-Forwarded-For": "203.0.113.7", "Accept": "text/html"})
    hidden, nothing = stranger.get("/metrics"), stranger.get("/metricz")
    assert (hidden.status, hidden.text) == (nothing.status, nothing.text)
