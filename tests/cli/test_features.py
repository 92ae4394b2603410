"""Rows of the features list that the command line fulfils, by their ids."""

from tests.cli.test_transfer import card


def test_AMI_1_AMI_6_AMI_7_every_contact_of_outlooks_file_becomes_a_record(cli, tmp_path):
    (tmp_path / "outlook.csv").write_text(
        "First Name,Last Name,Hobby,Home City,Business City\nAnna,Alt,Golf,Köln,Bonn\nBen,Boll,,,\n", "utf-8"
    )
    assert "2 new" in cli("import", tmp_path / "outlook.csv")
    anna, ben = cli.json("contact", "list")
    assert (anna["customer_number"], ben["customer_number"]) == ("10001", "10002")
    assert anna["contact"]["note"] == "Hobby: Golf"
    assert {each["city"] for each in anna["contact"]["addresses"]} == {"Köln", "Bonn"}


def test_AMI_2_AMI_13_an_export_holds_all_and_changes_nothing(cli, tmp_path):
    cli("contact", "add", "Anna Alt")
    cli("contact", "add", "Ben Boll")
    before = cli("contact", "list", "--json")
    for name in ("all.csv", "all.vcf", "all.json"):
        cli("export", tmp_path / name)
        assert all(each in (tmp_path / name).read_text("utf-8-sig") for each in ("Anna Alt", "Ben Boll"))
    assert cli("contact", "list", "--json") == before


def test_BCM_43_BCM_47_a_plain_contact_is_found_promoted_and_listed(cli, tmp_path):
    cli("user", "add", "anna")
    (tmp_path / "a.vcf").write_text(card("1", "Andrea"))
    cli("import", "--owner", "anna", tmp_path / "a.vcf")
    (waiting,) = cli.json("inbox", "list")
    cli("contact", "promote", waiting["id"])
    assert cli.json("inbox", "list") == []
    (row,) = cli.json("contact", "list")
    assert (row["owner"], row["type"], row["customer_number"]) == (None, "Business Contact", "10001")


def test_BCM_63_a_database_is_made_and_chosen(bare, tmp_path):
    bare("init")
    bare("contact", "add", "Anna Alt")
    other = f"sqlite:///{tmp_path}/other.db"
    bare("migrate", "--database", other)
    assert bare.json("contact", "list", "--database", other) == []
    assert len(bare.json("contact", "list")) == 1
