import base64
import time

import pytest

from storage_plugin.dav.throttle import WRONG_LOGINS, WRONG_PASSWORDS, Throttle
from tests.dav.client import Client, vcard
from tests.dav.conftest import Server


@pytest.mark.parametrize(
    "header",
    [
        "",
        "Basic",
        "Basic ",
        "Basic !!!",
        "Basic " + base64.b64encode(b"no colon").decode(),
        "Basic " + base64.b64encode(b":").decode(),
        "Basic " + base64.b64encode(b"a\0b:c").decode(),
        "Basic " + base64.b64encode(b"a" * 5000 + b":c").decode(),
        "Basic " + base64.b64encode("ü:ä".encode("latin-1")).decode(),
        "Basic \xff\xfe",
        "Bearer abc",
        "Digest username=x",
        "basic",
    ],
)
def test_a_header_that_is_no_login_is_401(server: Server, header: str) -> None:
    reply = Client(server.application)("PROPFIND", "/", HTTP_AUTHORIZATION=header)
    assert reply.status == 401
    assert reply.headers["WWW-Authenticate"].startswith("Basic ")


def test_an_odd_charset_does_not_matter(server: Server, phone: Client) -> None:
    reply = phone("PROPFIND", "/", headers={"Content-Type": "text/xml; charset=klingon", "Depth": "0"})
    assert reply.status == 207


def test_the_scheme_is_not_case_sensitive(phone: Client) -> None:
    phone.authorization = phone.authorization.replace("Basic", "bAsIc")
    assert phone.poll().status == 207


def test_a_revoked_device_is_refused_at_once_in_every_worker(server: Server, phone: Client) -> None:
    other = Client(server.another_worker(), "alice")
    other.authorization = phone.authorization
    assert (phone.poll().status, other.poll().status) == (207, 207)
    server.users.revoke("alice", "phone")
    assert (phone.poll().status, other.poll().status) == (401, 401)


def test_one_wrong_password_all_day_is_401_each_time_and_shuts_nobody_out(server: Server, phone: Client) -> None:
    lost = Client(server.application, "alice", "lost")
    assert {lost.poll().status for _ in range(100)} == {401}
    assert phone.poll().status == 207


def test_a_lost_phone_costs_no_question_to_the_database(server: Server, phone: Client) -> None:
    lost = Client(server.application, "alice", "lost")
    lost.poll()
    server.application._storage.users = None
    server.application._sign_in._users = None  # touching it would raise
    assert lost.poll().status == 401


def test_many_different_wrong_passwords_are_429_without_delay(server: Server, phone: Client) -> None:
    phone.poll()
    start = time.monotonic()
    replies = [Client(server.application, "alice", f"guess-{at}").poll() for at in range(WRONG_PASSWORDS + 5)]
    assert [reply.status for reply in replies] == [401] * WRONG_PASSWORDS + [429] * 5
    assert int(replies[-1].headers["Retry-After"]) > 0
    assert time.monotonic() - start < 2
    assert phone.poll().status == 207, "a password that was right before is looked up all the same"
    assert Client(server.application, "alice", "x", "198.51.100.7").poll().status == 401, "another address"
    assert Client(server.application, "bob", "x").poll().status == 401, "another user"


def test_the_window_ends() -> None:
    now = [0.0]
    throttle = Throttle(lambda: now[0])
    for at in range(WRONG_PASSWORDS):
        throttle.failed("alice", "here", str(at))
    assert throttle.seconds_to_wait("alice", "here", "new") == 60
    assert throttle.is_known_wrong("alice", "here", "3")
    now[0] = 61
    assert throttle.seconds_to_wait("alice", "here", "new") == 0
    assert not throttle.is_known_wrong("alice", "here", "3")


def test_one_password_for_many_users_is_429(server: Server, phone: Client) -> None:
    phone.poll()
    answers = [Client(server.application, f"user{at}", "summer2026").poll().status for at in range(WRONG_LOGINS + 1)]
    assert answers == [401] * WRONG_LOGINS + [429]
    assert phone.poll().status == 207, "a password that was right before is looked up all the same"
    assert Client(server.application, "user0", "summer2026").poll().status == 401, "known to be wrong"
    assert Client(server.application, "alice", "x", "198.51.100.7").poll().status == 401, "another address"


def test_the_password_of_the_page_opens_no_address_book(server: Server) -> None:
    server.users.set_password("alice", "correct horse battery")
    assert Client(server.application, "alice", "correct horse battery").poll().status == 401


def test_the_log_names_who_failed_and_no_password(server: Server, caplog: pytest.LogCaptureFixture) -> None:
    Client(server.application, "mallory%s{0}", "hunter2").poll()
    text = base64.b64encode(b"a\r\nINFO forged: hunter3").decode()
    Client(server.application)("PROPFIND", "/", HTTP_AUTHORIZATION=f"Basic {text}")
    assert "mallory%s{0}" in caplog.text and "hunter" not in caplog.text and "forged" not in caplog.text


def test_the_homes_of_others_are_forbidden_whether_they_exist_or_not(server: Server, phone: Client) -> None:
    bob = server.device("bob")
    bob.put("1.vcf", vcard("1"))
    replies = []
    for user in ("bob", "nobody"):
        for method, url in (
            ("PROPFIND", f"/{user}/"),
            ("GET", f"/{user}/contacts/1.vcf"),
            ("PUT", f"/{user}/contacts/1.vcf"),
            ("DELETE", f"/{user}/contacts/1.vcf"),
            ("REPORT", f"/{user}/contacts/"),
        ):
            replies.append(phone(method, url))
    assert {(reply.status, reply.body) for reply in replies} == {(403, replies[0].body)}
    assert bob.get("1.vcf").status == 200


def test_options_need_no_login_but_a_wrong_one_is_told(server: Server, phone: Client) -> None:
    assert Client(server.application)("OPTIONS", "/").status == 200
    assert "addressbook" in phone("OPTIONS", phone.home).headers["DAV"]
    assert Client(server.application, "alice", "wrong")("OPTIONS", "/").status == 401
