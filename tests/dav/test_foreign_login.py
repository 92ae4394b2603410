"""Radicale's own ways to log in keep working: the user is proved there, and looks at his or her book here."""

from pathlib import Path

import pytest

from storage_plugin.dav.application import build
from tests.dav.client import Client, vcard
from tests.dav.conftest import Server

TRUSTED = "CONTACT_BRIDGE_TRUSTED_PROXIES"


def configured(server: Server, folder: Path, auth: str) -> object:
    (folder / "radicale.ini").write_text(f"[auth]\n{auth}\n")
    return build(server.url, str(folder / "radicale.ini"))


def test_htpasswd(server: Server, phone: Client, tmp_path: Path) -> None:
    (tmp_path / "users").write_text("alice:right\nstranger:right\n")
    auth = f"type = htpasswd\nhtpasswd_filename = {tmp_path}/users\nhtpasswd_encryption = plain"
    application = configured(server, tmp_path, auth)
    phone.put("1.vcf", vcard("1"))
    assert Client(application, "alice", "right").get("1.vcf").text == vcard("1")
    assert Client(application, "alice", "right").put("2.vcf", vcard("2")).status == 201
    assert phone.get("2.vcf").status == 200
    assert Client(application, "alice", "wrong").poll().status == 401
    assert Client(application, "stranger", "right").poll().status == 401, "proved there, but not known here"


def test_a_proxy_that_has_logged_in(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(TRUSTED, "192.0.2.1")
    proxy = Client(configured(server, tmp_path, "type = http_x_remote_user"))
    proxy.book = "/alice/contacts/"
    assert proxy("PROPFIND", proxy.book, HTTP_X_REMOTE_USER="alice").status == 207
    assert proxy("PROPFIND", proxy.book, HTTP_X_REMOTE_USER="bob").status == 401
    assert proxy("PROPFIND", proxy.book).status == 401


@pytest.mark.parametrize("header", ["X_REMOTE_USER", "REMOTE_USER"])
def test_nobody_but_a_trusted_proxy_says_who_has_logged_in(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, header: str
) -> None:
    monkeypatch.setenv(TRUSTED, "192.0.2.1")
    application = configured(server, tmp_path, f"type = http_{header.lower()}")
    answers = {}
    for address in ("192.0.2.1", "::ffff:192.0.2.1", "192.0.2.2", ""):
        client = Client(application, address=address)
        answers[address] = client("PROPFIND", "/alice/contacts/", **{f"HTTP_{header}": "alice"}).status
        lies = {f"HTTP_{header}": "alice", "HTTP_X_FORWARDED_FOR": "192.0.2.1"}
        assert client("PROPFIND", "/alice/contacts/", **lies).status == answers[address]
    assert answers == {"192.0.2.1": 207, "::ffff:192.0.2.1": 207, "192.0.2.2": 401, "": 401}


@pytest.mark.parametrize(
    "section", ["[storage]\ntype = multifilesystem", "[rights]\ntype = none", "[web]\ntype = internal"]
)
def test_what_must_be_ours_stays_ours(server: Server, phone: Client, tmp_path: Path, section: str) -> None:
    (tmp_path / "radicale.ini").write_text(section + "\n")
    client = Client(build(server.url, str(tmp_path / "radicale.ini")))
    client.authorization, client.book = phone.authorization, phone.book
    assert client.poll().status == 207
