"""``mirror``, ``conflict`` and ``promote --copy|--move`` on a folder of vCards, and on a CardDAV server."""

import re
from pathlib import Path

import pytest

from bridge.place import Place
from storage_plugin.database.leases import take_lease
from storage_plugin.database.mirrors import Mirrors, State
from storage_plugin.database.vault import Vault
from tests.targets.servers import PASSWORD, USER, radicale

CARD = "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:{0}\r\nFN:{0}\r\nN:{0};;;;\r\nEND:VCARD\r\n"


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "mirrored"


@pytest.fixture
def anna(cli):
    cli("user", "add", "anna")
    return cli.json("contact", "add", "Nick Brigandi", "--set", "company=Contoso")


@pytest.fixture
def mirrored(cli, anna, folder):
    """Anna's mirror into a folder of vCards, with Nick in it."""
    cli("mirror", "start", "anna", "--to", "file", "--path", folder)
    return anna


def cards(folder):
    return {file.name: file.read_text("utf-8") for file in folder.glob("*.vcf")}


def card_of(folder, name):
    (found,) = (file for file in folder.glob("*.vcf") if f"FN:{name}" in file.read_text("utf-8"))
    return found


def test_bcm_4_bcm_5_bcm_21_the_targets_that_are_built_are_offered(cli):
    kinds = [each["kind"] for each in cli.json("mirror", "targets")]
    assert kinds == ["graph", "ews", "sharepoint", "carddav", "file"]
    assert "pst" not in cli("mirror", "targets")


@pytest.mark.parametrize("kind", ["pst"])
def test_bcm_21_what_is_not_built_is_said_so(cli, anna, kind):
    refused = cli.run("mirror", "start", "anna", "--to", kind)
    assert (refused.exit_code, len(refused.stderr.splitlines())) == (1, 1)
    assert "is not built yet: choose one of graph, ews, sharepoint, carddav, file" in refused.stderr
    assert cli.json("mirror", "status") == []


def test_bcm_19_bcm_20_bcm_23_start_checks_copies_and_says_what_it_did(cli, anna, folder):
    said = cli("mirror", "start", "anna", "--to", "file", "--path", folder)
    assert said.splitlines() == ["ok      find the folder", "ok      write", "Done: 1 create."]
    (text,) = cards(folder).values()
    assert "FN:Nick Brigandi" in text
    (status,) = cli.json("mirror", "status")
    assert (status["state"], status["contacts"], status["outcome"]) == ("on", 1, "done")
    assert status["settings"]["every"] <= 5  # BCM-15: a few minutes


def test_bcm_24_whoever_starts_is_asked_for_the_folder(cli, anna):
    asked = cli.run("mirror", "start", "anna")
    assert (asked.exit_code, "Say into what with --to" in asked.stderr) == (2, True)
    assert cli.json("mirror", "status") == []


def test_bcm_22_the_category_is_on_by_default_and_can_be_chosen_or_left_out(cli, mirrored, folder):
    assert "CATEGORIES:Business Contact" in card_of(folder, "Nick Brigandi").read_text("utf-8")
    cli("mirror", "change", "anna", "--category", "Firm")
    assert "CATEGORIES:Firm" in card_of(folder, "Nick Brigandi").read_text("utf-8")
    cli("mirror", "change", "anna", "--no-category")
    assert "CATEGORIES" not in card_of(folder, "Nick Brigandi").read_text("utf-8")
    assert "categories" not in cli.json("contact", "show", mirrored["id"])["contact"]


def test_bcm_32_bcm_34_there_is_one_mirror_and_it_can_be_changed(cli, mirrored, tmp_path):
    refused = cli.run("mirror", "start", "anna", "--to", "file", "--path", tmp_path / "other")
    assert refused.exit_code == 4
    assert "contact-bridge mirror change anna" in refused.stderr
    assert not (tmp_path / "other").exists()


def test_bcm_33_bcm_35_bcm_36_another_folder_takes_the_contacts_out_of_the_previous_one(
    cli, mirrored, folder, tmp_path
):
    (folder / "own.vcf").write_text(CARD.format("Friend"), "utf-8")
    cli("mirror", "run", "anna")
    cli("mirror", "change", "anna", "--path", tmp_path / "other", "--category", "Firm")
    assert cards(folder).keys() == {"own.vcf"}
    assert "CATEGORIES:Firm" in card_of(tmp_path / "other", "Nick Brigandi").read_text("utf-8")
    assert [each["customer_number"] for each in cli.json("contact", "list") if each["owner"] is None] == [
        mirrored["customer_number"]
    ]


def test_bcm_37_stop_leaves_the_folder_as_it_was_and_start_begins_anew(cli, mirrored, folder):
    (folder / "own.vcf").write_text(CARD.format("Friend"), "utf-8")
    cli("mirror", "run", "anna")
    assert "Done: " in cli("mirror", "stop", "anna")
    assert cards(folder) == {"own.vcf": CARD.format("Friend").replace("\r\n", "\n")}
    assert cli.json("mirror", "status", "anna")[0]["state"] == "stopped"
    assert "mirror start anna" in cli.run("mirror", "run", "anna").stderr
    assert cli.run("mirror", "stop", "anna").exit_code == 4
    cli("mirror", "start", "anna", "--to", "file", "--path", folder)
    assert len(cards(folder)) == 2


def test_the_dry_run_prints_the_plan_and_the_run_does_exactly_that(cli, mirrored, folder):
    cli("contact", "edit", mirrored["id"], "--set", "job_title=Buyer")
    cli("contact", "add", "Andrea Dunker")
    (folder / "own.vcf").write_text(CARD.format("Friend"), "utf-8")
    before = cards(folder)
    plan = cli.json("mirror", "run", "anna", "--dry-run")["plan"]
    assert sorted(plan) == [
        "Andrea Dunker: create in the folder",
        "Friend: new in the folder, take in as a plain contact",
        "Nick Brigandi: send job_title",
    ]
    assert plan == cli("mirror", "run", "anna", "--dry-run").splitlines()[:-1]
    assert cards(folder) == before
    report = cli.json("mirror", "run", "anna")
    assert sum(report["counts"].values()) == len(plan)
    assert cli.json("mirror", "run", "anna", "--dry-run")["plan"] == []
    last = cli.json("mirror", "log", "anna")[0]["run"]
    assert {each["name"] for each in cli.json("mirror", "log", "anna", last)} == {
        "Andrea Dunker",
        "Friend",
        "Nick Brigandi",
    }
    assert cli.run("mirror", "log", "anna", "99").exit_code == 3


def test_bc_5_bc_13_a_run_is_started_by_hand_and_takes_in_what_changed_there(cli, mirrored, folder):
    file = card_of(folder, "Nick Brigandi")
    file.write_text(file.read_text("utf-8").replace("FN:Nick", "TITLE:Chief\r\nFN:Nick"), "utf-8", newline="")
    assert cli("mirror", "run", "anna") == "Done: 1 update.\n"
    assert cli.json("contact", "show", mirrored["id"])["contact"]["job_title"] == "Chief"


def test_bc_4_bc_14_the_filter_can_be_changed_as_a_run_is_started(cli, mirrored, folder):
    cli("contact", "add", "Andrea Dunker", "--set", "company=Fabrikam")
    cli("mirror", "run", "anna", "--where", "company is Fabrikam")
    assert [re.search("FN:(.*)", text)[1].strip() for text in cards(folder).values()] == ["Andrea Dunker"]
    assert len(cli.json("contact", "list")) == 2
    assert cli.run("mirror", "run", "anna", "--where", "nonsense").exit_code == 2


def test_ami_16_both_ways_needs_both_switches(cli, mirrored, folder):
    cli("mirror", "change", "anna", "--no-export")
    cli("contact", "edit", mirrored["id"], "--set", "company=Fabrikam")
    cli("mirror", "run", "anna")
    assert "Fabrikam" not in card_of(folder, "Nick Brigandi").read_text("utf-8")
    away = folder.rename(folder.with_name("away"))
    assert cli.run("mirror", "change", "anna", "--export", "--no-import").exit_code == 1
    away.rename(folder)
    cli("mirror", "run", "anna")  # makes up for what the change could not do
    assert "Fabrikam" in card_of(folder, "Nick Brigandi").read_text("utf-8")


def test_the_guard_asks_and_yes_is_an_answer(cli, mirrored, folder):
    for number in range(12):
        cli("contact", "add", f"Number {number}")
    cli("mirror", "run", "anna")
    for file in folder.glob("*.vcf"):
        file.unlink()
    asked = cli.run("mirror", "run", "anna")
    assert asked.exit_code == 4
    assert "13" in asked.stderr
    assert cli("mirror", "run", "anna", "--dry-run").count("move to the deleted items") == 13
    assert cli.json("mirror", "status", "anna")[0]["state"] == "asking"
    assert len(cli.json("contact", "list")) == 13
    cli("mirror", "run", "anna", "--full", "--yes")
    assert cli.json("contact", "list") == []


def test_bcm_44_bcm_45_a_plain_contact_is_promoted_by_copy_or_by_move(cli, mirrored, folder):
    cli("type", "add", "Lead")
    for name in ("Moved", "Copied"):
        (folder / f"{name}.vcf").write_text(CARD.format(name), "utf-8")
    cli("mirror", "run", "anna")
    plain = {each["contact"]["formatted_name"]: each["id"] for each in cli.json("inbox", "list")}
    assert f"{plain['Moved']} is a Lead now" in cli("contact", "promote", plain["Moved"], "--move", "--as", "Lead")
    assert f"{plain['Copied']} is" not in cli("contact", "promote", plain["Copied"], "--copy", "--as", "Lead")
    cli("mirror", "run", "anna")
    assert "CATEGORIES:Business Contact" in (folder / "Moved.vcf").read_text("utf-8")
    assert "CATEGORIES" not in (folder / "Copied.vcf").read_text("utf-8")
    names = sorted(re.search("FN:(.*)", text)[1].strip() for text in cards(folder).values())
    assert names == ["Copied", "Copied", "Moved", "Nick Brigandi"]
    assert [each["id"] for each in cli.json("inbox", "list")] == [plain["Copied"]]


@pytest.mark.parametrize(("choice", "holds"), [("--ours", "Fabrikam"), ("--theirs", "Northwind")])
def test_a_conflict_is_listed_shown_and_settled(cli, mirrored, folder, choice, holds):
    cli("contact", "edit", mirrored["id"], "--set", "company=Fabrikam")
    file = card_of(folder, "Nick Brigandi")
    file.write_text(file.read_text("utf-8").replace("Contoso", "Northwind"), "utf-8", newline="")
    cli("mirror", "run", "anna")
    (found,) = cli.json("conflict", "list")
    assert found["fields"] == [{"field": "company", "ours": "Fabrikam", "theirs": "Northwind"}]
    assert "Northwind" in cli("conflict", "show", found["id"])
    assert cli.run("conflict", "resolve", str(found["id"])).exit_code == 2
    cli("conflict", "resolve", found["id"], choice)
    assert "No conflicts" in cli("conflict", "list")
    assert len(cli.json("conflict", "list", "--all")) == 1
    cli("mirror", "run", "anna")
    assert holds in card_of(folder, "Nick Brigandi").read_text("utf-8")
    assert cli.json("contact", "show", mirrored["id"])["contact"]["company"] == holds
    assert cli.run("conflict", "show", "99").exit_code == 3


def test_bc_9_a_connection_is_checked_before_anything_is_set_up(cli, anna, tmp_path):
    refused = cli.run("mirror", "start", "anna", "--to", "file", "--path", tmp_path / "no" / "such")
    assert refused.exit_code == 1
    assert "FAILED  find the folder: Make the folder" in refused.stdout
    assert cli.json("mirror", "status") == []
    assert cli.run("mirror", "check", "anna").exit_code == 3
    assert "ok" in cli("mirror", "check", "anna", "--to", "file", "--path", tmp_path)
    assert cli.json("mirror", "status") == []


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (["--colour", "pink"], "preset24"),
        (["--field", "shoe=keep"], "no field 'shoe'"),
        (["--field", "birthday=sometimes"], "modes.birthday"),
        (["--every", "0"], "every"),
        (["--to", "carddav"], "url"),
        (["--to", "nothing"], "there is no target"),
        (["--path", "x.pst"], "Outlook data file"),
    ],
)
def test_wrong_settings_are_one_sentence(cli, anna, tmp_path, options, sentence):
    refused = cli.run("mirror", "start", "anna", "--to", "file", "--path", str(tmp_path), *options)
    assert refused.exit_code == 1
    assert sentence.casefold() in refused.stderr.casefold()
    assert len(refused.stderr.splitlines()) == 1


def test_a_mirror_that_another_process_runs_is_left_to_it(cli, mirrored, monkeypatch):
    monkeypatch.setattr("bridge.mirroring.setting_up.PATIENCE", 0)
    with Place(cli.folder).opened() as database:
        (mirror,) = Mirrors(database).all()
        from datetime import UTC, datetime

        assert take_lease(database, mirror.id, "another", datetime.now(UTC), 60)
    refused = cli.run("mirror", "run", "anna")
    assert refused.exit_code == 5
    assert "try again" in refused.stderr


def test_bc_9_a_carddav_server_with_its_password_from_standard_input(cli, anna, tmp_path):
    with radicale(tmp_path) as url:
        where = ("--to", "carddav", "--url", url, "--login", USER, "--book", "Business", "--make-book")
        wrong = cli.run("mirror", "start", "anna", *where, "--secret-stdin", stdin="wrong\n")
        assert wrong.exit_code == 1
        assert "FAILED  sign in: Check the user name and the password" in wrong.stdout
        cli("mirror", "start", "anna", *where, "--secret-stdin", stdin=f"{PASSWORD}\n")
        assert cli.json("mirror", "status")[0]["contacts"] == 1
        cli("contact", "add", "Andrea Dunker")
        assert cli("mirror", "run", "anna") == "Done: 1 create.\n"
        assert "ok      sign in" in cli("mirror", "check", "anna")
        with Place(cli.folder).opened() as database:
            (mirror,) = Mirrors(database, Vault.open(cli.folder)).all()
            assert PASSWORD not in str(mirror.settings)
            assert Mirrors(database, Vault.open(cli.folder)).secrets(mirror.id) == {"password": PASSWORD}
        assert PASSWORD.encode() not in (cli.folder / "contacts.sqlite").read_bytes()
        cli("mirror", "stop", "anna")
    away = cli.run("mirror", "check", "anna")
    assert away.exit_code == 1
    assert "FAILED  reach the server" in away.stdout


def test_bcm_32_a_password_that_is_wrong_by_now_is_entered_anew(cli, anna, tmp_path):
    with radicale(tmp_path) as url:
        where = ("--to", "carddav", "--url", url, "--login", USER, "--book", "Business", "--make-book")
        cli("mirror", "start", "anna", *where, "--secret-stdin", stdin=f"{PASSWORD}\n")
        (tmp_path / "users").write_text(f"{USER}:another\n", "utf-8")
        failed = cli.run("mirror", "run", "anna")
        assert failed.exit_code == 1
        assert cli.json("mirror", "status")[0]["state"] == State.FAILED
        cli("mirror", "change", "anna", "--sign-in", "--secret-stdin", stdin="another\n")
        assert cli.json("mirror", "status")[0]["state"] == State.ON


def test_a_run_is_undone_and_not_done_again(cli, mirrored, folder):
    (folder / "own.vcf").write_text(CARD.format("Friend"), "utf-8")
    cli("contact", "edit", mirrored["id"], "--set", "company=Wrong")
    cli("mirror", "run", "anna")
    run = cli.json("mirror", "log", "anna")[0]["run"]
    planned = cli("mirror", "undo", "anna", run, "--dry-run").splitlines()
    assert sorted(planned[:2]) == [
        "Friend: take back taking in: in the book alone",
        "Nick Brigandi: take back update: in the folder as before",
    ]
    assert planned[2] == "2 to do; nothing was done."
    assert "Wrong" in card_of(folder, "Nick Brigandi").read_text("utf-8")
    said = cli("mirror", "undo", "anna", run).splitlines()
    assert (sorted(said[:2]), said[2]) == (sorted(planned[:2]), "Done: 2 taken back.")
    assert "Contoso" in card_of(folder, "Nick Brigandi").read_text("utf-8")
    assert cards(folder)["own.vcf"] == CARD.format("Friend").replace("\r\n", "\n")
    assert cli.json("mirror", "run", "anna")["counts"] == {}
    assert cli.run("mirror", "undo", "anna", 99).exit_code == 3
    undo = cli.json("mirror", "log", "anna")[1]["run"]
    assert "cannot be taken back" in cli.run("mirror", "undo", "anna", undo).stderr


def test_bc_4_bc_12_bc_14_a_filter_is_counted_before_it_is_set(cli, mirrored, folder):
    cli("contact", "add", "Andrea Dunker", "--set", "company=Fabrikam")
    cli("contact", "add", "Contoso", "--type", "Account")
    cli("user", "add", "ben")
    where = ("--where", "company contains fabri")
    before = cli.json("user", "list")
    assert cli("mirror", "run", "anna", *where, "--preview") == (
        "1 of 3 shared records pass: 0 more than now, 1 no more.\n"
    )
    assert cli("view", "set", "ben", *where, "--where", "formatted_name starts-with X", "--any", "--preview") == (
        "ben would see: company contains fabri or formatted_name starts-with X. "
        "1 of 3 shared records pass: 0 more than now, 1 no more.\n"
    )
    assert "3 of 3 shared records pass: 1 more than now, 0 no more." in cli(
        "view", "set", "ben", "--show-accounts", "--preview"
    )
    assert cli.json("user", "list") == before
    ran = cli.run("mirror", "run", "anna", *where)
    assert ran.stderr == "1 of 3 shared records pass: 0 more than now, 1 no more.\n"
    assert [card_of(folder, "Andrea Dunker")] == list(folder.glob("*.vcf"))
    assert "the same as now" in cli("mirror", "run", "anna", *where, "--preview")
    assert cli.run("mirror", "run", "anna", "--preview").exit_code == 2


def test_bc_7_bc_9_a_live_check_tries_everything_beside_the_folder_and_cleans_up(cli, mirrored, folder, tmp_path):
    before = cards(folder), sorted(tmp_path.iterdir())
    said = cli("mirror", "check", "anna", "--live").splitlines()
    assert all(line.startswith("ok ") for line in said) and said[-1].startswith("ok      clean up")
    table = cli("mirror", "check", "anna", "--to", "file", "--path", tmp_path / "table.csv", "--live")
    assert "this target holds no pictures" in table
    assert (cards(folder), sorted(tmp_path.iterdir())) == before


@pytest.mark.slow
def test_bc_9_a_live_check_of_another_server_leaves_it_as_it_was(cli, anna, tmp_path):
    place = tmp_path / "radicale"
    place.mkdir()
    with radicale(place) as url:
        where = ("--to", "carddav", "--url", url, "--login", USER, "--live", "--secret-stdin")
        said = cli("mirror", "check", "anna", *where, stdin=f"{PASSWORD}\n").splitlines()
        assert all(line.startswith("ok ") for line in said) and len(said) > 12
        assert [each.name for each in (place / "data").rglob("*") if each.suffix == ".vcf"] == []
        assert not list((place / "data").rglob("*self-test*"))
        wrong = cli.run("mirror", "check", "anna", *where, stdin="wrong\n")
        assert wrong.exit_code == 1 and "Check the user name and the password" in wrong.stdout


def test_ami_12_ami_20_a_field_map_is_read_from_yaml(cli, mirrored, folder, tmp_path):
    cli("contact", "edit", mirrored["id"], "--set", "profession=Cook", "--set", "nickname=Nick", "--set", "note=no")
    file = tmp_path / "map.yaml"
    file.write_text("fields: {profession: nickname}\naddress: private\nmodes: {note: keep}\n", "utf-8")
    cli("mirror", "change", "anna", "--map", file)
    text = card_of(folder, "Nick Brigandi").read_text("utf-8")
    assert "NICKNAME:Cook" in text and "NOTE" not in text and ":Nick\n" not in text
    settings = cli.json("mirror", "status", "anna")[0]["settings"]
    assert settings["map"]["addresses"] == {"work": "home"} and settings["modes"] == {"note": "keep"}
    assert cli.json("mirror", "run", "anna")["counts"] == {}
    cli("mirror", "change", "anna", "--no-map")
    assert "NICKNAME:Nick" in card_of(folder, "Nick Brigandi").read_text("utf-8")
    example = (Path(__file__).parents[2] / "config" / "field-map.yaml").read_text("utf-8")
    file.write_text(example, "utf-8")
    cli("mirror", "change", "anna", "--map", file)
    assert "Cook" in card_of(folder, "Nick Brigandi").read_text("utf-8")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("fields: {profession: [", "the field map is no YAML"),
        ("- a", "a field map is a list of"),
        ("field: {a: b}", "a field map has no 'field'"),
        ("fields: {colour: note}", "there is no field 'colour'"),
        ("fields: {note: 7}", "fields: this must be pairs of words"),
        ("phones: {car: other, radio: other}", "car and radio cannot both stand in other"),
        ("address: summer", "address: this must be one of business, private, other"),
        ("address: private\naddresses: {}", "address or addresses, not both"),
        ("modes: {note: sometimes}", "note cannot be 'sometimes'; it can be write, write if empty, keep"),
        ("modes: {colour: keep}", "a contact has no field 'colour'"),
        ("\x00", "the field map is no YAML"),
    ],
)
def test_ami_20_a_wrong_field_map_is_refused_with_one_sentence(cli, mirrored, folder, tmp_path, text, sentence):
    file, before = tmp_path / "map.yaml", cards(folder)
    file.write_bytes(text.encode())
    refused = cli.run("mirror", "change", "anna", "--map", file)
    assert (refused.exit_code, len(refused.stderr.splitlines())) == (1, 1)
    assert sentence.casefold() in refused.stderr.casefold() and cards(folder) == before


def test_a_table_takes_more_contacts_than_the_journal_holds_at_a_time(cli, tmp_path):
    cards = tmp_path / "people.vcf"
    cards.write_text("".join(CARD.format(f"Person {at}") for at in range(45)), "utf-8")
    cli("user", "add", "anna")
    cli("import", cards)
    table = tmp_path / "table.csv"
    cli("mirror", "start", "anna", "--to", "file", "--path", table)
    assert len(table.read_text("utf-8").splitlines()) == 46
    run = cli.json("mirror", "log", "anna")[0]["run"]
    assert cli("mirror", "undo", "anna", run).endswith("Done: 45 taken back.\n")
    assert len(table.read_text("utf-8").splitlines()) == 1
    assert cli.json("mirror", "run", "anna")["counts"] == {}
