"""The e-mail to the administrator over TLS: to the right server alone, and a sentence where it cannot be sent."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest
from sqlalchemy import update

from bridge import mailing
from bridge.logs import JsonLines
from bridge.mailing import NotSent, send
from bridge.settings import Settings
from bridge.telling import keep_telling, tell
from storage_plugin.database.schema import device
from tests.clients.server import free_port
from tests.web.mailbox import PASSWORD, Mailbox, make_certificate, serving_mail
from tests.web.site import Site, serving

TLS = ["starttls", "tls"]


@pytest.fixture(scope="module")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, Path]]:
    """The right one, and one of another host."""
    folder = tmp_path_factory.mktemp("certificates")
    return {name: make_certificate(folder, name) for name in ("127.0.0.1", "mail.example")}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "smtp-password").write_text(f"{PASSWORD}\n")
    return tmp_path


@pytest.fixture
def trusted(certificates, monkeypatch: pytest.MonkeyPatch) -> None:
    """This machine trusts the two certificates, and no others."""
    both = certificates["127.0.0.1"][0].parent / "both.pem"
    both.write_text("".join(file.read_text() for file, _ in certificates.values()))
    monkeypatch.setenv("SSL_CERT_FILE", str(both))


@contextmanager
def mail_server(certificates, tls: str, name: str = "127.0.0.1") -> Iterator[Mailbox]:
    with serving_mail(tls, None if tls == "none" else certificates[name]) as box:
        yield box


def set_to(port: int, tls: str, **more: object) -> Settings:
    said = {"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_tls": tls, "smtp_user": "bridge"}
    return Settings.model_validate({**said, "mail_to": ("boss@firm.example",), "free_megabytes": 0, **more})


def mail() -> EmailMessage:
    made = EmailMessage()
    made["From"], made["To"], made["Subject"] = "bridge@firm.example", "boss@firm.example", "Trouble"
    made.set_content("The disk is full.\n.\nReally.")
    return made


@pytest.mark.parametrize("tls", TLS)
def test_an_e_mail_goes_over_tls_with_name_and_password(certificates, trusted, folder: Path, tls: str):
    with mail_server(certificates, tls) as box:
        send(set_to(box.port, tls), folder, mail())
    assert [each.get_content().split() for each in box.mails] == [["The", "disk", "is", "full.", ".", "Really."]]
    assert any(line.startswith("AUTH PLAIN") for line in box.said)
    assert [line.split()[0].upper() for line in box.said_openly] == (
        ["EHLO", "STARTTLS"] if tls == "starttls" else []
    )


@pytest.mark.parametrize("tls", TLS)
@pytest.mark.parametrize("name", ["mail.example", "127.0.0.1"])
def test_a_server_with_a_wrong_certificate_gets_nothing(
    certificates, folder: Path, monkeypatch: pytest.MonkeyPatch, tls: str, name: str
):
    """It is of another host, or of nobody whom this machine trusts."""
    monkeypatch.setenv("SSL_CERT_FILE", str(certificates["mail.example"][0]))
    with mail_server(certificates, tls, name) as box:
        with pytest.raises(NotSent, match=r"certificate of 127\.0\.0\.1 does not hold: "):
            send(set_to(box.port, tls), folder, mail())
        assert box.mails == []
        assert {line.split()[0].upper() for line in box.said} <= {"EHLO", "STARTTLS"}


def test_a_server_without_starttls_gets_neither_password_nor_mail(certificates, folder: Path):
    """A man in the middle takes STARTTLS out of the answer."""
    with mail_server(certificates, "none") as box:
        with pytest.raises(NotSent, match="STARTTLS"):
            send(set_to(box.port, "starttls"), folder, mail())
        assert box.mails == [] and not any("AUTH" in line for line in box.said)


def test_a_server_that_speaks_another_tls_than_is_set(certificates, trusted, folder: Path):
    with mail_server(certificates, "starttls") as box, pytest.raises(NotSent, match="smtp_tls"):
        send(set_to(box.port, "tls"), folder, mail())


@pytest.mark.parametrize("tls", ["none", *TLS])
def test_a_wrong_password_is_told_without_it(certificates, trusted, folder: Path, tls: str):
    (folder / "smtp-password").write_text("hunter2")
    with mail_server(certificates, tls) as box:
        with pytest.raises(NotSent, match=r"refuses smtp_user or its password \(535\)") as told:
            send(set_to(box.port, tls), folder, mail())
        assert box.mails == [] and "hunter2" not in str(told.value)


@pytest.mark.parametrize("tls", ["none", *TLS])
def test_a_server_that_is_away(folder: Path, tls: str):
    with pytest.raises(NotSent, match="cannot be reached: Connection refused"):
        send(set_to(free_port(), tls), folder, mail())


@pytest.mark.parametrize("tls", ["none", *TLS])
def test_a_server_that_says_nothing_is_not_waited_for_forever(
    certificates, folder: Path, monkeypatch: pytest.MonkeyPatch, tls: str
):
    monkeypatch.setattr(mailing, "PATIENCE", 0.2)
    with mail_server(certificates, tls) as box:
        box.is_silent = True
        with pytest.raises(NotSent, match=r"does not answer|timed out"):
            send(set_to(box.port, tls), folder, mail())


def test_a_server_that_refuses_the_addresses_is_not_quoted(certificates, folder: Path):
    with mail_server(certificates, "none") as box:
        box.refuses = True
        with pytest.raises(NotSent, match=r"refuses every address of mail_to \(550\)"):
            send(set_to(box.port, "none"), folder, mail())


@pytest.mark.parametrize(
    ("password", "said"),
    [(None, "cannot be read"), (b"\xff\xfe", "cannot be read"), ("schlüssel".encode(), "ASCII")],
)
def test_a_password_that_cannot_be_used_is_told(folder: Path, password: bytes | None, said: str):
    (folder / "smtp-password").unlink()
    if password is not None:
        (folder / "smtp-password").write_bytes(password)
    with pytest.raises(NotSent, match=said):
        send(set_to(1, "none"), folder, mail())


WRONG = {
    "smtp_host": "mail..example",
    "mail_to": ("boss@firm.example\nBcc: thief@evil.example",),
    "mail_from": "a\r\nX: y",
    "smtp_user": "jörg",
}


@pytest.fixture
def silent(site: Site) -> Site:
    prepare(site)
    return site


def prepare(site: Site) -> None:
    """A device that has fallen silent is to be told of."""
    site.users.add("anna")
    site.users.add_device("anna", "iPhone")
    with site.house.database.writing() as connection:
        connection.execute(update(device).values(last_used_at="2026-01-01T00:00:00.000Z"))
    (site.house.place.folder / "smtp-password").write_text(PASSWORD)


async def looked_at(site: Site, settings: Settings, caplog: pytest.LogCaptureFixture) -> str:
    """Let the page's process look once, as it does every ten minutes; give what it logs. It goes on looking."""
    task = asyncio.create_task(keep_telling(site.house.database, site.house.place.folder, settings))
    while not caplog.records and not task.done():
        await asyncio.sleep(0.01)
    assert not task.done(), "nobody would be told of anything any more"
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    return JsonLines().format(caplog.records[0])


@pytest.mark.parametrize("name", WRONG)
def test_settings_that_cannot_be_are_logged_and_do_not_end_the_looking(
    silent: Site, caplog: pytest.LogCaptureFixture, name: str
):
    with serving_mail() as box:
        logged = asyncio.run(looked_at(silent, set_to(box.port, "none", **{name: WRONG[name]}), caplog))
    assert "no e-mail about troubles could be sent: " in logged and "cannot be one" in logged
    assert box.mails == [] and not any("thief" in line for line in box.said)


def test_the_administrator_reads_why_no_e_mail_comes_until_one_does(make_sqlite, tmp_path: Path):
    with serving_mail() as box, serving(make_sqlite(), tmp_path, set_to(box.port, "starttls")) as site:
        site.users.add("boss", role="administrator")
        prepare(site)
        boss, house = site.browser("boss"), site.house
        with pytest.raises(NotSent):
            tell(house.database, tmp_path, house.settings, datetime.now(UTC))
        assert "The last could not be sent:" in (text := boss.get("/status").text)
        assert "lacks what is set: STARTTLS" in text
        assert tell(house.database, tmp_path, set_to(box.port, "none"), datetime.now(UTC)) == 1
        assert "could not be sent" not in boss.get("/status").text
