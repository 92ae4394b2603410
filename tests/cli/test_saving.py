"""Backup and restore: the same installation in another place, in another kind of database."""

import stat

import pytest

from bridge.place import Place
from storage_plugin.database.users import Users
from storage_plugin.database.vault import Vault
from tests.cli.conftest import CommandLine


@pytest.fixture
def filled(cli):
    cli("user", "add", "anna")
    cli.secret = cli("device", "add", "anna", "iPhone", "--quiet").strip()
    person = cli.json("contact", "add", "Anna Müller", "--set", "company=Contoso")
    company = cli.json("contact", "add", "Contoso", "--type", "Account")
    cli("contact", "edit", person["id"], "--account", str(company["id"]), "--add", "categories=VIP")
    gone = cli.json("contact", "add", "Ben Gone")
    cli("contact", "delete", gone["id"])
    cli("trash", "empty", "--yes")
    cli.last_id = gone["id"]
    return cli


def moved(cli, folder, *database):
    cli("backup", folder / "all.backup")
    cli.folder = folder / "new"
    cli("restore", folder / "all.backup", *database)
    return cli


def test_bcm_3_all_is_there_again(filled, tmp_path):
    before = filled.json("contact", "list"), filled.json("contact", "history", "1"), filled.json("user", "list")
    cli = moved(filled, tmp_path)
    assert (cli.json("contact", "list"), cli.json("contact", "history", "1"), cli.json("user", "list")) == before
    with Place(cli.folder).opened() as database:
        assert Users(database).sign_in("anna", cli.secret) is not None
    assert cli.json("contact", "add", "Next One")["id"] > cli.last_id


@pytest.mark.slow
def test_it_moves_to_postgresql_and_back(filled, tmp_path, make_postgresql):
    postgresql_url = make_postgresql()
    before = filled.json("contact", "list")
    cli = moved(filled, tmp_path, "--database", postgresql_url)
    assert cli.json("contact", "list", "--database", postgresql_url) == before
    assert cli.json("contact", "add", "Next One", "--database", postgresql_url)["id"] > cli.last_id
    cli("backup", tmp_path / "back.backup", "--database", postgresql_url)
    cli.folder = tmp_path / "back"
    cli("restore", tmp_path / "back.backup")
    assert cli.json("contact", "list")[: len(before)] == before


def test_a_backup_is_for_its_owner_alone(filled, tmp_path):
    filled("backup", tmp_path / "all.backup")
    assert stat.S_IMODE((tmp_path / "all.backup").stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.glob("*.part")] == []


def test_a_database_in_use_is_not_overwritten(filled, tmp_path):
    filled("backup", tmp_path / "all.backup")
    result = filled.run("restore", tmp_path / "all.backup")
    assert result.exit_code == 4
    assert "empty database only" in result.stderr


@pytest.mark.parametrize("damage", [lambda data: data[: len(data) // 2], lambda data: b"hello"])
def test_a_damaged_backup_changes_nothing(filled, tmp_path, damage):
    filled("backup", tmp_path / "all.backup")
    (tmp_path / "bad.backup").write_bytes(damage((tmp_path / "all.backup").read_bytes()))
    filled.folder = tmp_path / "new"
    result = filled.run("restore", tmp_path / "bad.backup")
    assert result.exit_code == 1
    assert len(result.stderr.splitlines()) == 1
    assert not filled.folder.exists()


def test_the_key_of_tokens_travels_under_a_passphrase(cli, tmp_path):
    key = Vault.open(cli.folder).lock("user:1", {"password": "p"})
    cli("backup", tmp_path / "all.backup", "--with-key", stdin="correct horse\ncorrect horse\n")
    new = CommandLine(tmp_path / "new")
    wrong = new.run("restore", tmp_path / "all.backup", stdin="battery staple\n")
    assert wrong.exit_code == 1 and "The passphrase does not open" in wrong.output
    assert not new.folder.exists()
    new("restore", tmp_path / "all.backup", stdin="correct horse\n")
    assert stat.S_IMODE((new.folder / "secret.key").stat().st_mode) == 0o600
    assert Vault.open(new.folder).unlock("user:1", key) == {"password": "p"}
