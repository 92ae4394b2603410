"""Devices on the page: the password once, what sets a phone up, and who may manage whose."""

import plistlib
import re
from html import unescape
from pathlib import Path

import pytest

from bridge.phone_setup import Server, apple_profile, davx5_link, server_of
from bridge.settings import Settings
from storage_plugin.dav.application import build
from tests.database.installation import vcard
from tests.dav.client import Client
from tests.web.site import Site, serving


def add_device(site: Site, user: str = "anna", name: str = "phone") -> tuple[int, str]:
    """Add a device on the page; give its number and password."""
    browser = site.browser(user)
    browser.get("/devices")
    answer = browser.post("/devices/add", name=name)
    secret = re.search(r'id="secret">([^<]+)<', answer.text)
    assert secret, answer.text
    return site.users.devices(user)[-1].id, secret[1]


def phone(site: Site, user: str, secret: str) -> Client:
    return Client(build(site.house.database.engine.url.render_as_string(hide_password=False)), user, secret)


def test_the_password_is_shown_once_and_opens_the_address_book(site: Site):
    key, secret = add_device(site)
    assert site.users.sign_in("anna", secret) is not None
    browser = site.browser("anna")
    for path in ("/devices", f"/devices/{key}"):
        assert secret not in browser.get(path).text


def test_the_link_for_davx5_holds_all_that_the_phone_needs(site: Site):
    browser = site.browser("anna", **{"X-Forwarded-Proto": "https", "Host": "contacts.example.com"})
    browser.cookies = {f"__Host-{name}": value for name, value in browser.cookies.items()}
    browser.get("/devices")
    text = browser.post("/devices/add", name="Pixel").text
    link = unescape(re.search(r'href="(davx5://[^"]+)"', text)[1])
    secret = re.search(r'id="secret">([^<]+)<', text)[1]
    assert link == f"davx5://anna:{secret}@contacts.example.com/"
    assert "<svg" in text and "style=" not in text
    assert "User name: anna, location: https://contacts.example.com/" in text  # Thunderbird


@pytest.mark.parametrize(
    ("settings", "origin", "address"),
    [
        (Settings(), "http://192.0.2.7:5233", "http://192.0.2.7:5232/"),
        (Settings(port=443, certificate="c.pem"), "http://office.example:5233", "https://office.example/"),
        (Settings(), "https://contacts.example.com", "https://contacts.example.com/"),
        (Settings(), "https://contacts.example.com:8443", "https://contacts.example.com:8443/"),
        (Settings(), "http://[::1]:5233", "http://[::1]:5232/"),
        (Settings(public_address="https://dav.example.com/book"), "http://x:1", "https://dav.example.com/book/"),
        (Settings(public_address="https://dav.example.com/"), "http://x:1", "https://dav.example.com/"),
        (Settings(), "http://[nonsense:99999999", "http://localhost:5232/"),
    ],
)
def test_phones_use_the_address_that_is_set_or_seen(settings, origin, address):
    assert server_of(settings, origin).address == address


def test_a_user_name_that_is_an_address_stays_one_word_of_the_link():
    server = Server("https", "c.example", 8443)
    assert davx5_link(server, "anna@c.example", "ab-cd") == "davx5://anna%40c.example:ab-cd@c.example:8443/"
    assert davx5_link(Server("http", "192.0.2.7", 5232), "anna", "x").startswith("carddav://")


@pytest.mark.parametrize("address", ["contacts.example.com", "ftp://x", "https://user@x", "https://x/?a"])
def test_an_address_that_phones_cannot_use_is_no_setting(address):
    with pytest.raises(ValueError):
        Settings(public_address=address)


def test_the_profile_for_apple_holds_the_account_and_no_password(site: Site):
    key, secret = add_device(site)
    answer = site.browser("anna").get(f"/devices/{key}/contacts.mobileconfig")
    assert answer.headers["Content-Type"] == "application/x-apple-aspen-config"
    (payload,) = plistlib.loads(answer.content)["PayloadContent"]
    assert payload["PayloadType"] == "com.apple.carddav.account"
    assert (payload["CardDAVUsername"], payload["CardDAVPort"], payload["CardDAVUseSSL"]) == ("anna", 5232, False)
    assert not [name for name in payload if "Password" in name]
    assert secret.encode() not in answer.content


def test_the_profile_names_a_principal_that_is_there(site: Site):
    _, secret = add_device(site, "anna ä")
    profile = plistlib.loads(apple_profile(Server("https", "c.example", 443), "anna ä", "Contacts"))
    principal = profile["PayloadContent"][0]["CardDAVPrincipalURL"]
    answer = phone(site, "anna ä", secret).propfind(principal, "<principal-URL/><resourcetype/>")
    assert answer.status == 207 and "{DAV:}resourcetype" in answer.props(principal)


def test_a_coworker_sees_and_manages_the_own_devices_only(site: Site):
    own, _ = add_device(site, "anna", "Annas phone")
    other, secret = add_device(site, "ben", "Bens phone")
    anna = site.browser("anna")
    text = anna.get("/devices").text
    assert "Annas phone" in text and "Bens phone" not in text
    for path in ("", "/undo", "/contacts.mobileconfig"):
        assert anna.get(f"/devices/{other}{path}").status == 404
    for deed in ("revoke", "resync", "undo"):
        assert anna.post(f"/devices/{other}/{deed}", since="2000-01-01").status == 404
    assert anna.post("/devices/add", name="trojan", user="ben").status == 404
    assert [each.name for each in site.users.devices("ben")] == ["Bens phone"]
    assert site.users.sign_in("ben", secret) is not None
    assert anna.get(f"/devices/{own}").status == 200


def test_the_administrator_manages_the_devices_of_all(site: Site):
    key, secret = add_device(site, "anna", "Annas phone")
    boss = site.browser("boss")
    assert "Annas phone" in boss.get("/devices").text
    assert boss.post("/devices/add", name="tablet", user="anna").status == 200
    assert [each.name for each in site.users.devices("anna")] == ["Annas phone", "tablet"]
    boss.post(f"/devices/{key}/revoke")
    assert site.users.sign_in("anna", secret) is None


@pytest.mark.parametrize("number", ["0", "77", "9" * 30, "x"])
def test_a_device_that_there_is_not_is_no_page(site: Site, number):
    assert site.browser("boss").get(f"/devices/{number}").status == 404


def test_a_device_that_resyncs_is_told_the_whole_list_and_that_nothing_is_gone(site: Site):
    key, secret = add_device(site)
    device = phone(site, "anna", secret)
    assert device.put("a.vcf", vcard("a", "Anna Abel")).status == 201
    before, ctag = device.sync(), device.poll().text
    browser = site.browser("anna")
    browser.get("/devices")
    assert "whole list" in browser.post(f"/devices/{key}/resync").text
    assert device.poll().text != ctag
    refused = device.sync(before.token)
    assert refused.status == 403 and refused.error == {"{DAV:}valid-sync-token"}
    anew = device.sync()
    assert (anew.living, anew.gone) == (before.living, [])
    assert device.get("a.vcf").status == 200
    assert device.sync(anew.token).living == []


def test_a_resync_leaves_the_other_devices_alone(site: Site):
    key, _ = add_device(site)
    _, secret = add_device(site, name="tablet")
    tablet = phone(site, "anna", secret)
    token = tablet.sync().token
    browser = site.browser("anna")
    browser.get("/devices")
    browser.post(f"/devices/{key}/resync")
    assert tablet.sync(token).status == 207


def test_an_edit_under_way_while_a_device_resyncs_is_not_lost(site: Site):
    key, secret = add_device(site)
    device = phone(site, "anna", secret)
    device.put("a.vcf", vcard("a", "Anna Abel"))
    etag = device.get("a.vcf").etag
    browser = site.browser("anna")
    browser.get("/devices")
    browser.post(f"/devices/{key}/resync")
    assert device.put("a.vcf", vcard("a", "Anna Zorn"), If_Match=etag).status == 204
    assert "Anna Zorn" in device.get("a.vcf").text


def test_what_phones_use_is_shown_where_it_is_set(make_sqlite, tmp_path: Path):
    settings = Settings(public_address="https://dav.example.com")
    with serving(make_sqlite(), tmp_path, settings) as site:
        browser = site.browser("anna")
        browser.get("/devices")
        assert "https://dav.example.com/" in browser.post("/devices/add", name="phone").text
