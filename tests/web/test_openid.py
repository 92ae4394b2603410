"""Signing in with OpenID Connect: only whom the provider names in this sign-in, and only who is a user here."""

import time
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from bridge.openid import WITHIN, Client, NotSignedIn, begin, finish
from bridge.settings import Settings
from storage_plugin.database.sessions import Sessions
from tests.web.provider import CLIENT, SECRET, Provider, providing, query
from tests.web.site import Browser, Site, serving


@pytest.fixture(scope="module")
def key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(65537, 2048)


@pytest.fixture
def provider(key):
    with providing() as provider:
        provider.key = key
        yield provider


@pytest.fixture
def site(make_sqlite, tmp_path: Path, provider: Provider):
    (tmp_path / "openid.secret").write_text(SECRET + "\n")
    named = {"openid_issuer": provider.issuer, "openid_client_id": CLIENT, "openid_secret_file": "openid.secret"}
    with serving(make_sqlite(), tmp_path, Settings(**named)) as site:
        site.users.add("boss", "correct horse battery", role="administrator")
        site.users.add("anna")
        site.users.add("ben@example.com")
        yield site


def there(browser: Browser, to: str = "/me") -> str:
    assert "/sign-in/openid" in browser.get("/sign-in").text
    answer = browser.get(f"/sign-in/openid?to={to}", follow=False)
    assert answer.status == 303
    return answer.location


def back(browser: Browser, said: dict[str, str]):
    return browser.get(f"/sign-in/openid/done?{query(said)}", follow=False)


def who(site: Site) -> list[str]:
    return [each.name for each in site.users.all() if Sessions(site.house.database).of(each.name)]


def test_a_user_whom_the_provider_names_is_in(site: Site, provider: Provider):
    browser = site.browser()
    answer = back(browser, provider.agree(there(browser)))
    assert (answer.status, answer.location) == (303, "/me")
    assert who(site) == ["anna"]
    assert browser.get("/me").url == "/me"


@pytest.mark.parametrize(
    ("claims", "name"),
    [
        ({"preferred_username": "ben@example.com"}, "ben@example.com"),
        ({"preferred_username": "ben", "email": "ben@example.com", "email_verified": True}, "ben@example.com"),
        ({"preferred_username": None, "email": "ben@example.com", "email_verified": True}, "ben@example.com"),
    ],
)
def test_a_user_is_known_by_name_or_by_a_checked_address(site: Site, provider: Provider, claims, name):
    provider.claims = claims
    browser = site.browser()
    back(browser, provider.agree(there(browser)))
    assert who(site) == [name]


@pytest.mark.parametrize(
    "claims",
    [
        {"preferred_username": "eve"},
        {"preferred_username": None},
        {"preferred_username": "Anna"},
        {"preferred_username": ["anna"]},
        {"preferred_username": "eve", "email": "ben@example.com"},
        {"preferred_username": "eve", "email": "ben@example.com", "email_verified": False},
        {"preferred_username": "eve", "email": "ben@example.com", "email_verified": "true"},
    ],
)
def test_who_is_no_user_here_is_not_made_one(site: Site, provider: Provider, claims):
    provider.claims = claims
    browser, before = site.browser(), site.users.all()
    answer = back(browser, provider.agree(there(browser)))
    assert answer.status == 403 and "not here" in answer.text
    assert who(site) == [] and site.users.all() == before


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "another-program"},
        {"aud": [CLIENT, "another"], "azp": "another"},
        {"iss": "https://evil.example"},
        {"exp": int(time.time()) - 3600},
        {"exp": None},
        {"nonce": "another"},
        {"nonce": None},
        {"sub": None},
        {"iat": int(time.time()) + 3600},
    ],
    ids="-".join,
)
def test_a_token_that_was_not_made_for_this_sign_in_lets_nobody_in(site: Site, provider: Provider, claims):
    provider.claims = claims
    browser = site.browser()
    assert back(browser, provider.agree(there(browser))).status == 403
    assert who(site) == []


def test_a_token_that_somebody_else_signed_lets_nobody_in(site: Site, provider: Provider, key):
    public = jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key())
    others = [
        {"key": rsa.generate_private_key(65537, 2048)},
        {"key": None, "algorithm": "none"},
        {"key": public.ljust(64), "algorithm": "HS256"},
        {"headers": {"kid": "2"}},
    ]
    for signing in others:
        provider.signing = signing
        browser = site.browser()
        assert back(browser, provider.agree(there(browser))).status == 403
        assert who(site) == []


def test_the_answer_for_one_browser_lets_no_other_in(site: Site, provider: Provider):
    mine, theirs = site.browser(), site.browser()
    theirs.get("/sign-in")
    said = provider.agree(there(mine))
    assert back(theirs, said).status == 403 and back(site.browser(), said).status == 403
    assert who(site) == []
    assert back(mine, said).status == 303


@pytest.mark.parametrize(
    "change",
    [{"state": ""}, {"state": "x" * 200}, {"code": "guessed"}, {"code": ""}, {"iss": "https://evil.example"}],
)
def test_an_answer_that_was_changed_lets_nobody_in(site: Site, provider: Provider, change):
    browser = site.browser()
    assert back(browser, provider.agree(there(browser)) | change).status == 403
    assert who(site) == []


def test_a_refusal_of_the_provider_is_told(site: Site, provider: Provider):
    browser = site.browser()
    said = provider.agree(there(browser))
    assert back(browser, {"state": said["state"], "error": "access_denied"}).status == 403


def test_a_code_counts_once(site: Site, provider: Provider):
    browser = site.browser()
    said = provider.agree(there(browser))
    kept = dict(browser.cookies)
    assert back(browser, said).status == 303
    browser.cookies = kept
    assert back(browser, said).status == 403


def test_a_sign_in_that_takes_too_long_is_begun_anew(site: Site, provider: Provider):
    client, vault, now = Client(provider.issuer, CLIENT, SECRET), site.house.vault, time.time()
    address = begin(client, vault, "browser", "http://x/done", "/", now)
    with pytest.raises(NotSignedIn, match="too long"):
        finish(client, vault, "browser", "http://x/done", provider.agree(address), now + WITHIN + 1)


def test_a_provider_that_calls_itself_otherwise_is_not_asked(site: Site, provider: Provider):
    provider.named = "https://evil.example"
    browser = site.browser()
    browser.get("/sign-in")
    assert browser.get("/sign-in/openid", follow=False).status == 403


def test_it_leads_to_pages_of_ours_only(site: Site, provider: Provider):
    browser = site.browser()
    assert back(browser, provider.agree(there(browser, "//evil.example/"))).location == "/"


def test_what_goes_to_the_provider_says_nothing_of_the_secrets(site: Site, provider: Provider):
    browser = site.browser()
    address = there(browser)

    assert SECRET not in address
    assert next(iter(browser.cookies.values())) not in address
