"""What people come for, done with the keyboard alone; and every page on the way is looked at."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.keys import press, reach, write
from tests.browser.looking import Watched, entered
from tests.browser.sample import BOSS
from tests.web.site import PASSWORD, Site

pytestmark = pytest.mark.slow


@pytest.fixture
def boss(site: Site, browser: Browser):
    found = entered(site, browser, BOSS)
    yield found
    found.page.context.close()


def test_somebody_signs_in_and_out_with_the_keyboard(stranger: Watched):
    page = stranger.page
    page.goto("/devices")
    page.keyboard.type(BOSS)
    write(page, "Password", "wrong")
    press(page, "Sign in")
    assert page.get_by_role("alert").inner_text() == "Name or password is wrong."
    assert stranger.complaints.pop().startswith("Failed to load resource")  # 403, as it should be
    assert stranger.problems() == []
    write(page, "Password", PASSWORD)
    press(page, "Sign in")
    assert page.url.endswith("/devices")
    press(page, "Sign out")
    assert page.url.endswith("/sign-in")


def test_the_first_stop_leads_past_the_menu(boss: Watched):
    boss.page.goto("/devices")
    boss.page.keyboard.press("Tab")
    boss.page.keyboard.press("Enter")
    assert boss.page.evaluate("document.activeElement.id") == "main"


def test_a_device_is_added_and_shut_out_with_the_keyboard(boss: Watched):
    page = boss.page
    page.goto("/")
    press(page, "Devices")
    write(page, "Add a device called", "Tablet")
    with page.expect_navigation():
        page.keyboard.press("Enter")
    assert page.get_by_role("heading", level=1).inner_text() == "Tablet"
    assert len(page.locator("#secret").inner_text()) > 20
    assert boss.problems() == []
    press(page, "To the page of this device")
    page.once("dialog", lambda dialog: dialog.dismiss())
    reach(page, "Shut out")
    page.keyboard.press("Enter")
    assert page.get_by_role("button", name="Shut out").is_visible()
    page.once("dialog", lambda dialog: dialog.accept())
    press(page, "Shut out")
    assert boss.problems() == []


def test_a_contact_is_found_as_one_types_and_edited_with_the_keyboard(boss: Watched):
    page = boss.page
    page.goto("/contacts")
    write(page, "Find", "dunker")
    page.get_by_text("1 contact", exact=True).wait_for()
    press(page, "Dunker, Andrea")
    press(page, "Edit")
    write(page, "Department", "Purchasing")
    press(page, "Save")
    assert "Purchasing" in page.locator("dl").inner_text()
    assert boss.problems() == []


def test_a_contact_of_the_inbox_is_promoted_with_the_keyboard(boss: Watched):
    page = boss.page
    page.goto("/inbox")
    reach(page, "Dunker, Andrea")
    page.keyboard.press("Space")
    press(page, "Create records")
    assert "Andrea Dunker" in page.locator("main").inner_text()
    assert boss.problems() == []
    page.goto("/inbox")
    assert page.get_by_role("link", name="Dunker, Andrea").count() == 0


def test_a_mirror_is_changed_looked_at_and_run_with_the_keyboard(boss: Watched):
    page = boss.page
    page.goto("/mirror")
    press(page, "Change settings")
    write(page, "Look into the folder every so many minutes", "7")
    press(page, "Check, and show the plan")
    page.get_by_text("What would be done").wait_for()
    assert boss.problems() == []
    page.goto("/mirror")
    press(page, "Run now")
    page.get_by_text("Done:").wait_for()
    assert boss.problems() == []


def test_on_a_phone_the_menu_shows_where_one_is(site: Site, boss: Watched):
    page = boss.page
    page.set_viewport_size({"width": 360, "height": 740})
    page.goto(f"{site.address}/erasure")
    here = page.locator("nav [aria-current]")
    expect(here).to_be_in_viewport(ratio=0.9)
