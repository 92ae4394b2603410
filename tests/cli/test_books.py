"""Several books: made, listed, and named to every command that concerns contacts."""

import pytest

from tests.cli.test_commands import LEAVES
from tests.cli.test_transfer import card

ON_CONTACTS = {"contact", "inbox", "trash", "account", "type", "conflict", "import", "export", "undo"}


@pytest.fixture
def fair(cli):
    cli("book", "create", "Trade fair")
    return "Trade fair"


def names(cli, *where):
    return [each["contact"]["formatted_name"] for each in cli.json("contact", "list", *where)]


def test_bcm_48_bcm_63_books_are_made_and_listed_with_who_sees_them(cli, fair):
    cli("user", "add", "anna")
    cli("user", "add", "ben", "--book", fair)
    cli("contact", "add", "Nick Brigandi")
    assert cli.json("book", "list") == [
        {"name": "Business Contacts", "contacts": 1, "users": ["anna"]},
        {"name": fair, "contacts": 0, "users": ["ben"]},
    ]
    assert "ben" in cli("book", "list")
    assert cli.run("book", "create", fair).exit_code == 4
    assert cli.run("book", "create", " ").exit_code == 4
    assert cli.run("user", "add", "cy", "--book", "no such").exit_code == 3


@pytest.mark.parametrize(
    "command", [each.values[1] for each in LEAVES if each.values[0][0] in ON_CONTACTS], ids=lambda each: each.name
)
def test_each_command_on_contacts_takes_a_book(command):
    assert "--book" in {name for option in command.params for name in option.opts}


def test_a_book_has_its_own_contacts_and_numbers(cli, fair):
    here = cli.json("contact", "add", "Nick Brigandi")
    there = cli.json("contact", "add", "Andrea Dunker", "--book", fair)
    assert here["customer_number"] == there["customer_number"] == "10001"
    assert (names(cli), names(cli, "--book", fair)) == (["Nick Brigandi"], ["Andrea Dunker"])
    assert cli.run("contact", "show", str(there["id"])).exit_code == 3
    assert "Andrea" in cli("contact", "show", "customer:10001", "--book", fair)
    cli("contact", "delete", there["id"], "--book", fair)
    assert cli.json("trash", "list") == []
    assert [each["name"] for each in cli.json("trash", "list", "--book", fair)] == ["Andrea Dunker"]
    assert cli.run("contact", "list", "--book", "no such").exit_code == 3


def test_a_user_who_is_named_names_the_book(cli, fair, tmp_path):
    cli("user", "add", "ben", "--book", fair)
    (tmp_path / "a.vcf").write_text(card("1", "Andrea"))
    cli("import", "--owner", "ben", tmp_path / "a.vcf")
    assert cli.json("inbox", "list") == []
    assert len(cli.json("inbox", "list", "--user", "ben")) == len(cli.json("inbox", "list", "--book", fair)) == 1
    assert "Andrea" in cli("export", "--user", "ben")
    assert cli.run("export", "--user", "ben", "--book", "Business Contacts").exit_code == 4
