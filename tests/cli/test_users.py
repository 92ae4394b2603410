"""Users, devices and views from the command line."""

import stat

import pytest

from bridge.place import Place
from storage_plugin.database.sessions import Sessions
from storage_plugin.database.users import Users


def test_init_makes_a_folder_for_its_owner_alone(cli):
    assert stat.S_IMODE(cli.folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in cli.folder.iterdir()} == {0o600}


def test_init_twice_keeps_what_is_there(cli):
    cli("user", "add", "anna")
    (cli.folder / "contact-bridge.yaml").write_text("port: 6000\n")
    assert "Was there already" in cli("init")
    assert [each["name"] for each in cli.json("user", "list")] == ["anna"]
    assert (cli.folder / "contact-bridge.yaml").read_text() == "port: 6000\n"


def test_without_init_the_error_says_what_to_do(bare):
    result = bare.run("user", "list")
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: There is no address book in ")
    assert "contact-bridge init" in result.stderr


def test_a_quiet_device_prints_a_password_that_signs_in(cli):
    cli("user", "add", "anna")
    secret = cli("device", "add", "anna", "iPhone", "--quiet")
    assert secret.count("\n") == 1
    with Place(cli.folder).opened() as database:
        assert Users(database).sign_in("anna", secret.strip()) is not None


def test_a_revoked_device_is_shut_out_and_its_name_is_free_again(cli):
    cli("user", "add", "anna")
    secret = cli("device", "add", "anna", "iPhone", "--quiet").strip()
    cli("device", "revoke", "anna", "iPhone")
    with Place(cli.folder).opened() as database:
        assert Users(database).sign_in("anna", secret) is None
    cli("device", "add", "anna", "iPhone")
    assert [bool(each["revoked_at"]) for each in cli.json("device", "list", "anna")] == [True, False]


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (("user", "add", "anna"), 4, "already"),
        (("user", "add", "a/b"), 4, "cannot be a user's name"),
        (("user", "add", "a:b"), 4, "cannot be a user's name"),
        (("user", "add", "a\nb"), 4, "cannot be a user's name"),
        (("user", "add", "a\u202eb"), 4, "cannot be a user's name"),
        (("user", "add", "a" * 201), 4, "cannot be a user's name"),
        (("user", "remove", "nobody"), 3, "no user nobody"),
        (("user", "password", "nobody", "--password-stdin"), 3, "no user nobody"),
        (("device", "add", "nobody", "phone"), 3, "no user nobody"),
        (("device", "add", "anna", "iPhone"), 4, "has a device iPhone already"),
        (("device", "revoke", "anna", "Nokia"), 3, "no device Nokia"),
        (("view", "set", "nobody", "--read-only"), 3, "no user nobody"),
        (("view", "set", "anna", "--where", "colour is red"), 2, "no property"),
        (("view", "set", "anna", "--where", "company resembles X"), 2, "operators"),
        (("view", "set", "anna", "--where", "company is-empty X"), 2, "takes no value"),
        (("view", "set", "anna", "--where", "company is"), 2, "takes a value"),
        (("user", "add"), 2, "Missing argument"),
        (("user", "list", "--database", "oracle://x/y"), 1, "names no database"),
        (("user", "list", "--database", "nonsense"), 1, "names no database"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_a_code(cli, arguments, code, sentence):
    cli("user", "add", "anna")
    cli("device", "add", "anna", "iPhone")
    result = cli.run(*arguments, stdin="secret\n")
    assert result.exit_code == code
    assert sentence in result.stderr.splitlines()[-1]


def test_a_password_comes_from_standard_input(cli):
    cli("user", "add", "anna", "--role", "administrator", "--password-stdin", stdin="först\n")
    cli("user", "password", "anna", "--password-stdin", stdin="secönd\n")
    with Place(cli.folder).opened() as database:
        assert Users(database).verify_password("anna", "secönd")
    assert cli.run("user", "password", "anna", "--password-stdin", stdin="\n").exit_code == 2


def test_who_is_signed_in_with_a_password_that_is_changed_is_out(cli):
    cli("user", "add", "anna", "--password-stdin", stdin="stolen\n")
    cli("user", "add", "ben")
    with Place(cli.folder).opened() as database:
        sessions = Sessions(database)
        thief, ben = (sessions.start(name, "127.0.0.1", "") for name in ("anna", "ben"))
        cli("user", "password", "anna", "--password-stdin", stdin="new\n")
        assert sessions.find(thief) is None and sessions.find(ben) is not None


def test_a_view_is_set_bit_by_bit(cli):
    cli("user", "add", "anna")
    cli("view", "set", "anna", "--where", "categories is Customer", "--where", "addresses.city is Bad Tölz", "--any")
    said = cli("view", "set", "anna", "--new-contacts", "accept", "--read-only")
    assert (
        said == "anna sees: categories is Customer or addresses.city is Bad Tölz, read-only, new contacts: accept.\n"
    )
    cli("view", "set", "anna", "--everything", "--read-write")
    assert cli.json("user", "list")[0]["sees"] == "everything, new contacts: accept"


def test_a_removed_user_is_gone(cli):
    cli("user", "add", "anna")
    cli("user", "remove", "anna")
    assert cli.json("user", "list") == []
    assert "No users yet" in cli("user", "list")
