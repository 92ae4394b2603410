"""A database that is away is 503, never 401, 404 or an empty book; any bytes at all are 4xx, never 5xx."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from storage_plugin.database import engine
from storage_plugin.dav import items
from storage_plugin.dav.application import build
from storage_plugin.model.book import StorageFull
from tests.dav.client import NS, Client, D, vcard
from tests.dav.conftest import Server

BOMB = """<?xml version="1.0"?><!DOCTYPE lolz [<!ENTITY lol "lol"><!ENTITY lol2 "&lol;&lol;&lol;&lol;&lol;&lol;">]>
<propfind xmlns="DAV:"><prop><displayname>&lol2;</displayname></prop></propfind>"""
EXTERNAL = (
    """<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]><propfind xmlns="DAV:"><prop>&e;</prop></propfind>"""
)


def everyday(phone: Client) -> Iterator[tuple[str, str, str]]:
    yield from (("PROPFIND", phone.book, ""), ("PROPFIND", "/", ""), ("GET", phone.book + "1.vcf", ""))
    yield ("REPORT", phone.book, f"<sync-collection {NS}><sync-token/><prop><getetag/></prop></sync-collection>")
    yield from (("PUT", phone.book + "1.vcf", vcard("1")), ("DELETE", phone.book + "1.vcf", ""), ("OPTIONS", "/", ""))


@pytest.mark.parametrize("url", ["sqlite:///{}/no-such-folder/contacts.db", "postgresql://nobody@127.0.0.1:1/none"])
def test_a_database_that_cannot_be_opened_is_503_at_login(tmp_path: Path, url: str) -> None:
    phone = Client(build(url.format(tmp_path)), "alice", "secret")
    for method, url, body in everyday(phone):
        reply = phone(method, url, body)
        assert reply.status == 503
        assert int(reply.headers["Retry-After"]) > 0
        assert "WWW-Authenticate" not in reply.headers


def test_after_the_database_is_back_everything_is_there(server: Server, phone: Client, tmp_path: Path) -> None:
    phone.put("1.vcf", vcard("1"))
    token = phone.sync().token
    path, away = tmp_path / "contacts.db", tmp_path / "away"
    server.close()
    for name in ("contacts.db", "contacts.db-wal", "contacts.db-shm"):
        if (tmp_path / name).exists():
            (tmp_path / name).rename(f"{away}-{name}")
    path.mkdir()
    assert {phone(method, url, body).status for method, url, body in everyday(phone)} == {503}
    path.rmdir()
    for moved in tmp_path.glob("away-*"):
        moved.rename(tmp_path / moved.name.removeprefix("away-"))
    assert phone.sync(token).living == []
    assert phone.get("1.vcf").status == 200


@pytest.mark.slow
def test_a_locked_database_is_503_for_a_writer_and_serves_readers(
    server: Server, phone: Client, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engine, "LOCK_SECONDS", 0.1)
    phone.put("1.vcf", vcard("1"))
    token = phone.sync().token
    holder = sqlite3.connect(tmp_path / "contacts.db", isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    try:
        for method, url, body in (
            ("PUT", phone.book + "1.vcf", vcard("1", "Changed")),
            ("DELETE", phone.book + "1.vcf", ""),
        ):
            reply = phone(method, url, body)
            assert (reply.status, "Retry-After" in reply.headers) == (503, True)
        assert phone.sync(token).status == 207, "that the device's state cannot be noted does not matter"
        assert phone.poll().status == 207
    finally:
        holder.execute("ROLLBACK")
        holder.close()
    assert phone.put("1.vcf", vcard("1", "Changed")).status == 204


def test_a_table_that_vanishes_in_the_middle_is_503_not_an_empty_book(server: Server, phone: Client) -> None:
    phone.put("1.vcf", vcard("1"))
    with server.database.engine.connect() as connection:
        connection.exec_driver_sql("ALTER TABLE card RENAME TO card_away")
        connection.commit()
    assert phone.sync().status == 503
    assert phone.get("1.vcf").status == 503
    assert phone.put("1.vcf", vcard("1")).status == 503


def test_a_full_disk_is_507_and_what_was_there_is_still_read(server: Server, phone: Client) -> None:
    phone.put("1.vcf", vcard("1"))
    token = phone.sync().token
    with server.application._database.engine.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
    photo = "PHOTO;ENCODING=b;TYPE=JPEG:" + "QUJD" * 200_000
    reply = phone.put("2.vcf", vcard("2", "Two", photo))
    assert (reply.status, f"{D}sufficient-disk-space" in reply.error) == (507, True)
    assert phone.sync(token).responses == {}
    assert phone.get("1.vcf").text == vcard("1")
    with server.database.reading() as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"


def test_storage_full_is_told_as_such(phone: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(exchange: object) -> None:
        raise StorageFull("no room")

    monkeypatch.setattr(items, "put", full)
    reply = phone.put("1.vcf", vcard("1"))
    assert (reply.status, f"{D}sufficient-disk-space" in reply.error) == (507, True)


@pytest.mark.parametrize(
    "body",
    [
        BOMB,
        EXTERNAL,
        BOMB.encode("utf-16"),
        b"<?xml version='1.0' encoding='cp037'?>" + EXTERNAL.encode("cp037"),
        "<",
        "<a",
        "<a></b>",
        "\0",
        b"\xff\xfe",
        b"\xff" * 100,
        "<a xmlns='DAV:'/>" * 2,
        "<x:propfind/>",
        "&lt;",
        "<propfind xmlns='DAV:'>&nonsense;</propfind>",
        "<a>" * 20_000,
        "<a>" * 20_000 + "</a>" * 20_000,
        b"<?xml version='1.0' encoding='klingon'?><propfind xmlns='DAV:'/>" + b"\xff",
    ],
)
@pytest.mark.parametrize("method", ["PROPFIND", "REPORT", "PROPPATCH"])
def test_what_is_not_xml_is_4xx(phone: Client, method: str, body: str | bytes) -> None:
    reply = phone(method, phone.book, body, {"Depth": "1"})
    if reply.status == 207:  # a report that Radicale knows nothing of, or no property at all
        assert not reply.responses or method == "PROPPATCH"
    else:
        assert 400 <= reply.status < 500, reply.body


def test_utf16_is_xml_too(phone: Client) -> None:
    body = f"<?xml version='1.0' encoding='utf-16'?><propfind {NS}><prop><resourcetype/></prop></propfind>"
    assert phone("PROPFIND", "/", body.encode("utf-16"), {"Depth": "0"}).status == 207


def test_too_much_xml_is_413_unread(phone: Client) -> None:
    assert phone("REPORT", phone.book, "", CONTENT_LENGTH=str(17 * 1024 * 1024)).status == 413
    assert phone("PROPFIND", phone.book, f"<propfind {NS}>{' ' * 1_100_000}</propfind>").status == 413
    many = "<CR:x/>" * 600_000
    assert (
        phone("REPORT", phone.book, f"<CR:addressbook-multiget {NS}>{many}</CR:addressbook-multiget>").status == 413
    )


def test_a_request_for_thousands_of_properties_is_400(phone: Client) -> None:
    assert phone.propfind(phone.book, "".join(f"<p{at}/>" for at in range(300)), "1").status == 400
    assert phone.propfind(phone.book, f"<p xmlns='{'x' * 9000}'/>", "1").status == 400


def test_a_fault_of_ours_is_500_without_a_trace_of_the_cause(
    phone: Client, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(exchange: object) -> None:
        raise KeyError("secret detail")

    monkeypatch.setattr(items, "put", broken)
    reply = phone.put("1.vcf", vcard("1"))
    assert (reply.status, b"secret" in reply.body) == (500, False)
    assert "a fault of ours" in caplog.text
