"""Status, the banner, and the e-mail: who is told what, and how often."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import insert, update

from bridge.mailing import NotSent
from bridge.settings import Settings
from bridge.telling import tell
from bridge.troubles import troubles
from storage_plugin.database.mirror_schema import mirror, run
from storage_plugin.database.schema import device
from tests.web.mailbox import serving_mail
from tests.web.reading import english
from tests.web.site import PASSWORD, Browser, Site, serving

NOW = datetime.now(UTC)
CALM = Settings(free_megabytes=0)


def ago(**said: float) -> str:
    return (NOW - timedelta(**said)).isoformat(timespec="milliseconds").replace("+00:00", "Z")


@pytest.fixture
def failing(site: Site) -> Site:
    """Anna's mirror has failed for two days; her phone was last used a month ago."""
    anna = site.users.add("anna")
    site.users.add_device("anna", "iPhone")
    with site.house.database.writing() as connection:
        connection.execute(update(device).values(last_used_at=ago(days=30)))
        values = {"user_id": anna, "book_id": 1, "target": "graph", "state": "on"}
        key = connection.execute(insert(mirror).returning(mirror.c.id), values).scalar_one()
        ran = {"user_id": anna, "mirror_id": key, "kind": "incremental", "ended_at": ago(hours=1), "reason": None}
        runs = [("done", ago(days=3)), ("failed", ago(days=2)), ("asking", ago(hours=2)), (None, ago(hours=1))]
        for outcome, at in runs:
            connection.execute(insert(run).values(ran | {"outcome": outcome, "started_at": at}))
    return site


def kinds(site: Site, settings: Settings = CALM) -> list[str]:
    return [each.kind for each in troubles(site.house.database, site.house.place.folder, settings, NOW)]


def said(site: Site, table, **values) -> None:
    with site.house.database.writing() as connection:
        connection.execute(update(table).values(values))


def test_a_mirror_that_fails_for_a_day_and_a_silent_device_are_troubles(failing: Site):
    found = troubles(failing.house.database, failing.house.place.folder, CALM, NOW)
    assert [(each.kind, each.user, each.since) for each in found] == [
        ("mirror", "anna", ago(days=2)),
        ("device", "anna", ago(days=30)),
    ]


def test_what_is_no_trouble(failing: Site):
    assert kinds(failing, Settings(free_megabytes=0, silent_days=31)) == ["mirror"]
    assert kinds(failing, Settings(free_megabytes=0, silent_days=0)) == ["mirror"]
    said(failing, device, revoked_at=ago(days=1))
    assert kinds(failing) == ["mirror"]
    said(failing, mirror, state="stopped")
    assert kinds(failing) == []
    said(failing, mirror, state="failed")
    assert kinds(failing) == ["mirror"]
    with failing.house.database.writing() as connection:
        connection.execute(update(run).where(run.c.outcome == "failed").values(started_at=ago(hours=20)))
    assert kinds(failing) == []


def test_a_mirror_that_runs_again_is_no_trouble(failing: Site):
    with failing.house.database.writing() as connection:
        connection.execute(update(run).where(run.c.outcome.is_(None)).values(outcome="partly"))
    assert kinds(failing) == ["device"]


def test_a_device_that_was_never_used_is_not_silent(failing: Site):
    said(failing, device, last_used_at=None)
    assert kinds(failing) == ["mirror"]


def test_a_disk_that_fills_is_a_trouble(site: Site):
    assert kinds(site, Settings(free_megabytes=10**9)) == ["disk"]


def test_a_disk_that_fills_is_told_on_the_page_and_in_the_e_mail(make_sqlite, tmp_path):
    settings = Settings(free_megabytes=10**9)
    with serving(make_sqlite(), tmp_path, settings) as full:
        full.users.add("boss", PASSWORD, role="administrator")
        assert re.search(r"The disk with the data has [\d,]+ MB left", full.browser("boss").get("/inbox").text)
        (told,) = troubles(full.house.database, full.house.place.folder, settings, NOW)
    assert re.fullmatch(r"The disk with the data has \d+ MB left\.", told.sentence)


def test_the_administrator_is_told_on_every_page_and_nobody_else(failing: Site):
    boss = failing.browser("boss")
    for path in ("/inbox", "/devices", "/export"):
        text = boss.get(path).text
        assert "The mirror of anna has failed since" in text and "iPhone of anna has not asked" in text
    assert "has failed since" not in failing.browser("anna").get("/inbox").text
    assert "has failed since" not in failing.browser().get("/sign-in").text


def test_the_status_is_the_administrators(failing: Site):
    text = failing.browser("boss").get("/status").text
    assert "SQLite, 1 book" in text and "MB are free" in text
    assert "<td>Contacts of an Exchange Online or outlook.com mailbox (Microsoft Graph)</td>" in text
    assert "<td>The synchronization is on.</td>" in text
    assert "Radicale" in failing.browser("boss").get("/status/check").text
    anna = failing.browser("anna")
    assert [anna.get(path).status for path in ("/status", "/status/check")] == [404, 404]


def mail_settings(port: int) -> Settings:
    return Settings(
        free_megabytes=0,
        smtp_host="127.0.0.1",
        smtp_port=port,
        smtp_tls="none",
        smtp_user="bridge",
        mail_from="bridge@firm.example",
        mail_to=("boss@firm.example", "it@firm.example"),
    )


@pytest.fixture
def telling(failing: Site):
    folder = failing.house.place.folder
    (folder / "smtp-password").write_text("secret\n")
    with serving_mail() as box:

        def tell_at(at: datetime = NOW) -> int:
            return tell(failing.house.database, folder, mail_settings(box.port), at)

        yield box, tell_at


def test_each_trouble_is_told_once_a_day(telling, failing: Site):
    box, tell_at = telling
    assert [tell_at(), tell_at(), tell_at(NOW + timedelta(hours=23))] == [2, 0, 0]
    (mail,) = box.mails
    assert (mail["From"], mail["To"]) == ("bridge@firm.example", "boss@firm.example, it@firm.example")
    assert "mirror of anna has failed" in mail.get_content() and "iPhone of anna" in mail.get_content()
    assert tell_at(NOW + timedelta(hours=25)) == 2
    failing.users.add_device("anna", "Old phone")
    with failing.house.database.writing() as connection:
        connection.execute(update(device).where(device.c.name == "Old phone").values(last_used_at=ago(days=40)))
    assert tell_at(NOW + timedelta(hours=26)) == 1
    assert "Old phone" in box.mails[-1]["Subject"] and len(box.mails) == 3


def signed_in(site: Site, user: str, language: str) -> Browser:
    browser = Browser(site.address, headers={"Accept-Language": language})
    browser.get("/sign-in")
    assert browser.post("/sign-in", name=user, password=PASSWORD).status == 200
    return browser


def test_an_e_mail_is_in_the_language_of_who_reads_it(telling, failing: Site):
    box, tell_at = telling
    assert tell_at() == 2 and box.mails[-1]["Subject"] == "Contact Bridge: 2 troubles"
    boss = signed_in(failing, "boss", "de-DE,en;q=0.5")
    assert tell_at(NOW + timedelta(hours=25)) == 2
    german = box.mails[-1]
    assert (german["Subject"], german["Content-Language"]) == ("Contact Bridge: 2 Störungen", "de")
    assert "Die Spiegelung von anna schlägt seit" in german.get_content() and english(german.get_content()) == []
    boss.post("/me/language", language="nl")
    assert tell_at(NOW + timedelta(hours=50)) == 2
    assert box.mails[-1]["Content-Language"] == "nl"


def test_an_e_mail_to_several_people_speaks_the_language_of_each(telling, failing: Site):
    box, tell_at = telling
    failing.users.add("it@firm.example", PASSWORD)  # one of mail_to; the other address is the administrator's
    signed_in(failing, "boss", "da")
    signed_in(failing, "it@firm.example", "nb")
    assert tell_at() == 2
    text = box.mails[-1].get_content()
    assert box.mails[-1]["Content-Language"] == "da, nb"
    assert text.count("anna") == 4 and text.count("iPhone") == 2


def test_what_could_not_be_sent_is_told_later(telling):
    box, tell_at = telling
    box.refuses = True
    with pytest.raises(NotSent):
        tell_at()
    box.refuses = False
    assert tell_at() == 2 and len(box.mails) == 1


def test_two_processes_send_one_mail(telling):
    box, tell_at = telling
    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(lambda _: tell_at(), range(4))) == [0, 0, 0, 2]
    assert len(box.mails) == 1


def test_the_password_is_sent_to_the_mail_server_alone(telling):
    box, tell_at = telling
    tell_at()
    assert any(line.startswith("AUTH PLAIN ") for line in box.said)
    assert "secret" not in box.mails[0].as_string()


def test_a_name_makes_no_header(telling, failing: Site):
    box, tell_at = telling
    said(failing, device, name="x\r\nBcc: thief@evil.example")
    said(failing, mirror, state="stopped")
    assert tell_at() == 1
    assert box.mails[0]["Bcc"] is None and not any("thief" in line for line in box.said)


def test_without_troubles_nothing_is_sent(telling, failing: Site):
    box, tell_at = telling
    said(failing, mirror, state="stopped")
    said(failing, device, last_used_at=ago(days=1))
    assert tell_at() == 0 and box.mails == []
