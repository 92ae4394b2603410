"""``cleanup leftovers|imported|remote-deleted`` on a folder of vCards, each after its preview."""

import pytest

from tests.cli.test_book_switch import FAIR, anna, business, folder, names  # noqa: F401
from tests.cli.test_mirror import card_of, cards


@pytest.fixture(autouse=True)
def many(cli, anna):  # noqa: F811
    cli("contact", "add", "Carl Created")
    cli("mirror", "run", "anna")


def test_bcm_52_bcm_64_leftovers_are_taken_out_of_the_folder(cli, folder):  # noqa: F811
    cli("book", "switch", "anna", FAIR, "--keep")
    before = cards(folder)
    plan = cli("cleanup", "leftovers", "--preview").splitlines()
    assert plan == [
        "anna: Nick Brigandi: remove from the folder",
        "anna: Nick Brigandi: no longer in the mirrored folder, move the plain contact to the deleted items",
        "anna: Carl Created: remove from the folder",
        "anna: Carl Created: no longer in the mirrored folder, move the plain contact to the deleted items",
        "4 to do; nothing was done.",
    ]
    assert cli.json("cleanup", "leftovers", "anna", "--preview")["plan"] == plan[:-1]
    assert cards(folder) == before
    assert cli("cleanup", "leftovers") == "Done: 2 drop, 2 remove.\n"
    assert names(folder) == ["Andrea Dunker", "Friend"]
    assert business(cli) == ["Carl Created", "Nick Brigandi"]
    assert cli("cleanup", "leftovers") == "Done: nothing to do.\n"
    assert cli("mirror", "run", "anna") == "Done: nothing to do.\n"


def test_leftovers_can_be_cleaned_up_after_the_mirror_is_stopped_and_stay_with_their_folder(cli, folder, tmp_path):  # noqa: F811
    cli("book", "switch", "anna", FAIR, "--keep")
    cli("mirror", "change", "anna", "--path", tmp_path / "other")
    assert cli("cleanup", "leftovers") == "Done: nothing to do.\n"
    assert names(folder) == ["Carl Created", "Friend", "Nick Brigandi"]
    cli("mirror", "change", "anna", "--path", folder)
    cli("mirror", "stop", "anna")
    assert cli("cleanup", "leftovers", "anna") == "Done: 2 remove.\n"
    assert names(folder) == ["Friend"]


def test_bcm_64_imported_contacts_leave_the_book_unless_they_were_edited(cli, folder):  # noqa: F811
    cli("book", "switch", "anna", FAIR, "--import")
    cli("contact", "edit", "customer:10002", "--set", "note=worked on", "--book", FAIR)
    assert cli("cleanup", "imported") == "0 moved to the deleted items.\n"
    plan = cli("cleanup", "imported", "--preview", "--book", FAIR)
    assert plan.splitlines() == [
        "Carl Created: move to the deleted items",
        "Nick Brigandi: edited since it was imported, stays",
        "1 to do; nothing was done.",
    ]
    assert business(cli, "--book", FAIR) == ["Andrea Dunker", "Carl Created", "Nick Brigandi"]
    assert cli.json("cleanup", "imported", "--book", FAIR)["done"] == 1
    assert business(cli, "--book", FAIR) == ["Andrea Dunker", "Nick Brigandi"]
    assert business(cli) == ["Carl Created", "Nick Brigandi"]
    assert [each["name"] for each in cli.json("trash", "list", "--book", FAIR)] == ["Carl Created"]
    cli("mirror", "run", "anna")
    assert names(folder) == ["Andrea Dunker", "Friend", "Nick Brigandi"]


def test_bcm_60_bcm_64_what_was_deleted_in_the_folder_is_removed_for_good(cli, folder):  # noqa: F811
    card_of(folder, "Carl Created").unlink()
    cli("mirror", "run", "anna")
    here = cli.json("contact", "add", "Here Deleted")
    cli("contact", "delete", here["id"])
    preview = cli("cleanup", "remote-deleted", "--preview")
    assert preview.startswith("Carl Created: remove for good, deleted 20")
    assert len(cli.json("trash", "list")) == 2
    assert cli("cleanup", "remote-deleted").endswith("\n1 removed for good.\n")
    assert [each["name"] for each in cli.json("trash", "list")] == ["Here Deleted"]
    assert cli("cleanup", "remote-deleted") == "0 removed for good.\n"
    assert cli("mirror", "run", "anna") == "Done: nothing to do.\n"


def test_who_comes_back_after_a_stop_finds_what_we_had_made_and_the_next_stop_removes_it(cli, folder):  # noqa: F811
    cli("book", "switch", "anna", FAIR, "--keep")
    cli("mirror", "stop", "anna")
    assert names(folder) == ["Carl Created", "Friend", "Nick Brigandi"]
    cli("book", "switch", "anna", "Business Contacts")
    cli("mirror", "start", "anna", "--to", "file", "--path", folder)
    assert names(folder) == ["Carl Created", "Friend", "Nick Brigandi"]
    cli("mirror", "stop", "anna")
    assert names(folder) == ["Friend"]
