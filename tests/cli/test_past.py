"""History, restoring, deleted items, erasing and undo from the command line."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from bridge.place import Place
from bridge.times import point_in_time
from storage_plugin.database.address_book import SqlAddressBook
from storage_plugin.database.users import Users
from storage_plugin.model.book import Expect

CARD = "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:{0}\r\nFN:{0}\r\nN:{0};;;;\r\nEND:VCARD\r\n"


@pytest.fixture
def anna(cli):
    return cli.json("contact", "add", "Anna Müller", "--set", "company=Contoso")


def test_history_tells_old_and_new(cli, anna):
    cli("contact", "edit", anna["id"], "--set", "company=Fabrikam")
    cli("contact", "delete", anna["id"])
    said = cli("contact", "history", anna["id"])
    assert "company: Contoso → Fabrikam" in said
    assert [event["what"] for event in cli.json("contact", "history", anna["id"])] == [
        "created",
        "changed",
        "deleted",
    ]


def test_a_version_or_one_field_of_it_comes_back(cli, anna):
    cli("contact", "edit", anna["id"], "--set", "company=Fabrikam", "--set", "job_title=Boss")
    first = cli.json("contact", "history", anna["id"])[0]["revision"]
    back = cli.json("contact", "restore", anna["id"], "--version", str(first), "--field", "company")
    assert (back["contact"]["company"], back["contact"]["job_title"]) == ("Contoso", "Boss")
    whole = cli.json("contact", "restore", anna["id"], "--version", str(first))
    assert "job_title" not in whole["contact"]
    assert cli.run("contact", "restore", str(anna["id"]), "--version", "99").exit_code == 3
    assert cli.run("contact", "restore", str(anna["id"]), "--field", "company").exit_code == 2


@pytest.mark.parametrize("noun", ["contact", "trash"])
def test_a_deleted_contact_comes_back_with_its_number(cli, anna, noun):
    cli("contact", "delete", anna["id"])
    assert [item["name"] for item in cli.json("trash", "list")] == ["Anna Müller"]
    assert "Anna Müller" in cli("trash", "list")
    assert cli.json(noun, "restore", anna["id"])["customer_number"] == anna["customer_number"]
    assert cli.json("trash", "list") == []


def test_the_trash_is_emptied_for_good(cli, anna):
    cli("contact", "delete", anna["id"])
    assert cli.run("trash", "empty", stdin="n\n").exit_code == 1
    assert "Removed 1 for good" in cli("trash", "empty", "--yes")
    assert cli.run("trash", "restore", str(anna["id"])).exit_code == 3
    assert "Nothing is deleted" in cli("trash", "list")


def test_erasing_finds_asks_and_says_what_it_cannot_reach(cli, anna):
    cli("contact", "edit", anna["id"], "--set", "family_name=Schmidt")
    assert f"{anna['id']}  Anna" in cli("contact", "erase", "--find", "anna")
    assert cli.run("contact", "erase", str(anna["id"]), stdin="n\n").exit_code == 1
    said = cli("contact", "erase", anna["id"], "--yes")
    assert "What this cannot reach:\n- backups" in said
    assert cli.run("contact", "history", str(anna["id"])).exit_code == 3
    assert cli.run("contact", "erase").exit_code == 2


def test_what_a_device_did_is_undone(cli, anna):
    cli("user", "add", "ben")
    secret = cli("device", "add", "ben", "iPhone", "--quiet").strip()
    with Place(cli.folder).opened() as database:
        book = SqlAddressBook(database, Users(database).sign_in("ben", secret))
        book.put("x.vcf", CARD.format("x").encode(), Expect())
        book.delete(book.entries()[1][0].href, Expect())
    said = cli("undo", "--device", "iPhone", "--since", "1h")
    assert "Anna Müller: restored" in said
    assert "x: deleted" in said
    assert "2 undone" in said
    assert len(cli.json("contact", "list")) == 1


def test_undo_wants_to_know_which_device_and_when(cli):
    for name in ("ben", "cy"):
        cli("user", "add", name)
        cli("device", "add", name, "iPhone")
    assert "say whose with --user" in cli.run("undo", "--device", "iPhone", "--since", "1h").stderr
    assert cli.run("undo", "--device", "Nokia", "--since", "1h").exit_code == 3
    assert cli.run("undo", "--device", "iPhone", "--since", "lately").exit_code == 2
    assert cli("undo", "--device", "iPhone", "--user", "cy", "--since", "1h") == "0 undone.\n"


def test_points_in_time():
    zone = timezone(timedelta(hours=2))
    now = datetime(2026, 11, 21, 14, 0, tzinfo=zone)
    assert point_in_time("90m", now) == now - timedelta(minutes=90)
    assert point_in_time("2d", now) == now - timedelta(days=2)
    assert point_in_time("2026-11-20 12:00", now) == datetime(2026, 11, 20, 12, tzinfo=zone)
    assert point_in_time("2026-11-20T12:00Z", now) == datetime(2026, 11, 20, 12, tzinfo=UTC)
    assert point_in_time("2026-11-20", now) == datetime(2026, 11, 20, tzinfo=zone)
