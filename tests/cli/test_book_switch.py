"""``book switch`` on a folder of vCards."""

import pytest

from bridge.place import Place
from storage_plugin.database.mirrors import Mirrors, State
from tests.cli.test_mirror import CARD, card_of, cards

FAIR = "Trade fair"


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "mirrored"


@pytest.fixture
def anna(cli, folder):
    """Anna's mirror with Nick in it, a friend of hers in the folder, and another book with Andrea."""
    cli("user", "add", "anna")
    cli("contact", "add", "Nick Brigandi", "--set", "company=Contoso")
    cli("mirror", "start", "anna", "--to", "file", "--path", folder)
    (folder / "own.vcf").write_text(CARD.format("Friend"), "utf-8")
    cli("mirror", "run", "anna")
    cli("book", "create", FAIR)
    cli("contact", "add", "Andrea Dunker", "--book", FAIR)


def names(folder):
    return sorted(text.partition("FN:")[2].splitlines()[0] for text in cards(folder).values())


def business(cli, *book):
    found = cli.json("contact", "list", *book)
    return sorted(each["contact"]["formatted_name"] for each in found if each["owner"] is None)


def book_of(cli, user="anna"):
    return next(each["book"] for each in cli.json("user", "list") if each["name"] == user)


def test_bcm_50_bcm_58_whoever_mirrors_is_asked_what_becomes_of_it(cli, anna, folder):
    asked = cli.run("book", "switch", "anna", FAIR)
    assert asked.exit_code == 2
    assert "Contacts of anna are mirrored (1): say what becomes of them, --keep, --delete or --import" in asked.stderr
    assert book_of(cli) == "Business Contacts"
    cli("user", "add", "ben")
    assert cli("book", "switch", "ben", FAIR) == f"ben is in {FAIR} now and sees: everything.\n"
    assert book_of(cli, "ben") == FAIR


@pytest.mark.parametrize(
    ("choice", "line", "in_folder", "in_fair"),
    [
        pytest.param(
            "--keep",
            "Nick Brigandi: stay in the folder, no longer mirrored",
            ["Andrea Dunker", "Friend", "Nick Brigandi"],
            ["Andrea Dunker"],
            id="bcm_51",
        ),
        pytest.param(
            "--delete",
            "Nick Brigandi: remove from the folder",
            ["Andrea Dunker", "Friend"],
            ["Andrea Dunker"],
            id="bcm_53",
        ),
        pytest.param(
            "--import",
            "Nick Brigandi: stay in the folder, and become a business contact of the other book",
            ["Andrea Dunker", "Friend", "Nick Brigandi"],
            ["Andrea Dunker", "Nick Brigandi"],
            id="bcm_54",
        ),
    ],
)
def test_bcm_49_bcm_56_bcm_57_the_mirror_goes_on_in_the_other_book(
    cli, anna, folder, choice, line, in_folder, in_fair
):
    before = cards(folder)
    assert cli("book", "switch", "anna", FAIR, choice, "--dry-run") == f"{line}\n1 to do; nothing was done.\n"
    assert cards(folder) == before and book_of(cli) == "Business Contacts"
    said = cli("book", "switch", "anna", FAIR, choice)
    assert f"anna is in {FAIR} now and sees: everything." in said
    assert names(folder) == in_folder
    assert (business(cli), business(cli, "--book", FAIR)) == (["Nick Brigandi"], in_fair)
    (status,) = cli.json("mirror", "status")
    assert (status["state"], status["outcome"]) == ("on", "done")
    assert cli("mirror", "run", "anna") == "Done: nothing to do.\n"
    assert (folder / "own.vcf").read_text("utf-8") == CARD.format("Friend").replace("\r\n", "\n")
    assert "CATEGORIES:Business Contact" in card_of(folder, "Andrea Dunker").read_text("utf-8")


def test_a_switch_to_the_same_or_no_book_is_refused(cli, anna):
    assert cli.run("book", "switch", "anna", "Business Contacts", "--keep").exit_code == 4
    assert cli.run("book", "switch", "anna", "no such", "--keep").exit_code == 3
    assert cli.run("book", "switch", "nobody", FAIR, "--keep").exit_code == 3


def test_between_two_books_nothing_but_the_switch_or_a_stop_touches_the_mirror(cli, anna, folder):
    with Place(cli.folder).opened() as database:
        mirrors = Mirrors(database)
        mirrors.set_state(mirrors.all()[0].id, State.SWITCHING, "The switch was broken off: switch again.")
    for line in (
        ("run", "anna"),
        ("change", "anna", "--every", "9"),
        ("start", "anna", "--to", "file", "--path", "x"),
    ):
        refused = cli.run("mirror", *line)
        assert (refused.exit_code, "book switch anna" in refused.stderr) == (4, True), line
    cli("book", "switch", "anna", FAIR, "--delete")
    assert names(folder) == ["Andrea Dunker", "Friend"]


def test_a_stopped_mirror_stays_stopped_in_the_other_book(cli, anna, folder):
    cli("mirror", "stop", "anna")
    cli("book", "switch", "anna", FAIR)
    assert cli.json("mirror", "status")[0]["state"] == "stopped"
    cli("mirror", "start", "anna", "--to", "file", "--path", folder)
    assert names(folder) == ["Andrea Dunker", "Friend"]
