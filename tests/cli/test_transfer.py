"""Import and export: what is added, changed, present, refused; and what comes out again."""

import json

import pytest

from bridge.importing import SLICE


def card(uid="u", name="Anna", *more):
    lines = ["BEGIN:VCARD", "VERSION:3.0", *([f"UID:{uid}"] if uid else []), f"FN:{name}", f"N:{name};;;;", *more]
    return "".join(f"{line}\r\n" for line in (*lines, "END:VCARD"))


@pytest.fixture
def take(cli, tmp_path):
    def take(content, *options, name="file"):
        file = tmp_path / name
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        (report,) = cli.json("import", *options, file)
        return report

    return take


def counts(report):
    return report["new"], report["changed"], report["unchanged"], len(report["refused"])


def names(cli):
    return [each["contact"]["formatted_name"] for each in cli.json("contact", "list")]


def test_a_file_imported_twice_adds_nothing(cli, take):
    file = card("1") + card("2", "Ben") + card(None, "Zoë", "EMAIL:z@x.example") + card(None, "Nobody")
    assert counts(take(file)) == (4, 0, 0, 0)
    assert counts(take(file)) == (0, 0, 4, 0)
    assert len(names(cli)) == 4


def test_a_table_imported_twice_adds_nothing(cli, take):
    file = "First Name,E-mail Address,Mobile Phone,Customer ID\nAnna,a@x.example,1,\nBen,,2,\nCy,,,K-7\n"
    assert counts(take(file)) == (3, 0, 0, 0)
    assert counts(take(file)) == (0, 0, 3, 0)
    assert cli.json("contact", "show", "customer:K-7")["contact"]["formatted_name"] == "Cy"


def test_AMI_9_a_table_that_was_edited_changes_what_was_edited(cli, take, tmp_path):
    cli("contact", "add", "Anna Alt", "--set", "note=ours", "--add", "phones=work:1", "--add", "phones=mobile:2")
    cli("contact", "edit", "customer:10001", "--add", "emails=work:a@x.example", "--set", "formatted_name=Frau Alt")
    cli("contact", "add", "Ben Boll")
    cli("export", tmp_path / "all.csv")
    table = (tmp_path / "all.csv").read_text("utf-8-sig")
    assert counts(take(table)) == (0, 0, 2, 0)
    edited = table.replace(",2,", ",3,").replace("ours", "").replace("a@x.example", "b@x.example")
    foreseen = take(edited, "--preview")
    assert (counts(foreseen), [each["name"] for each in foreseen["changes"]]) == ((0, 1, 1, 0), ["Frau Alt"])
    assert counts(take(edited, "--no-update")) == (0, 0, 1, 0)
    assert counts(take(edited)) == (0, 1, 1, 0)
    anna = cli.json("contact", "show", "customer:10001")["contact"]
    assert (anna["formatted_name"], anna["note"]) == ("Frau Alt", "ours"), "what is empty in the file stays"
    assert [(each["number"], each["kind"]) for each in anna["phones"]] == [("1", "work"), ("3", "mobile")]
    assert anna["emails"] == [{"address": "b@x.example", "kind": "work"}]
    assert counts(take(edited)) == (0, 0, 2, 0)


def test_AMI_9_a_row_that_names_somebody_in_part_changes_what_it_fills(cli, take):
    cli("contact", "add", "Anna Alt", "--add", "phones=work:1", "--add", "emails=a@x.example")
    file = "Customer ID,Last Name,Company,Mobile Phone,E-mail Address\n"
    assert counts(take(f"{file}10001,Alt,Contoso,2,\n10001,Neu,,,a@x.example\n")) == (0, 2, 0, 0)
    anna = cli.json("contact", "show", "customer:10001")["contact"]
    assert (anna["formatted_name"], anna["company"], len(anna["phones"])) == ("Anna Neu", "Contoso", 2)
    assert "is_company" not in anna


def test_AMI_9_a_table_with_a_numbering_of_its_own_is_refused_by_line(cli, take):
    cli("contact", "add", "Anna Muster", "--add", "emails=a@x.example")
    rows = "Customer ID,First Name,Last Name,Mobile Phone\n10001,Bert,Boll,2\n10001,,,3\n7,Cy,Coe,\n"
    for wanted in ((1, 0, 0, 2), (0, 0, 1, 2)):
        report = take(rows)
        assert counts(report) == wanted
        assert [each["line"] for each in report["refused"]] == [2, 3]
        for each in report["refused"]:
            assert "customer number 10001 is that of Anna Muster here; " in each["reason"]
    assert "phones" not in cli.json("contact", "show", "customer:10001")["contact"]


def test_what_a_preview_says_is_in_words(cli, tmp_path):
    cli("contact", "add", "Anna Alt")
    (tmp_path / "a.csv").write_text("Customer ID,First Name,Last Name\n10001,Anne,Alt\n,Ben,Boll\n,,\n")
    said = cli("import", "--preview", tmp_path / "a.csv")
    assert "would be 1 new, 1 changed, 0 unchanged, 0 refused." in said
    assert "line 2: Anne Alt would change" in said


def test_what_was_changed_since_is_left_alone_by_the_same_table(cli, take):
    file = "First Name,Last Name,Mobile Phone\nAnna,Alt,1\n"
    take(file)
    (row,) = cli.json("contact", "list")
    cli("contact", "edit", row["id"], "--set", "company=Contoso")
    assert counts(take(file)) == (0, 0, 1, 0)
    assert cli.json("contact", "show", row["id"])["contact"]["company"] == "Contoso"


def test_a_card_of_a_known_uid_changes_its_record(cli, take):
    take(card("urn:uuid:1"))
    assert counts(take(card("1", "Anna B"))) == (0, 1, 0, 0)
    assert names(cli) == ["Anna B"]


def test_a_new_time_stamp_alone_changes_nothing(take):
    take(card("1", "Anna", "REV:20240101T000000Z"))
    assert counts(take(card("1", "Anna", "REV:20250101T000000Z"))) == (0, 0, 1, 0)


def test_a_preview_tells_the_same_and_changes_nothing(cli, take):
    file = card("1") + card("2", "Ben") + "BEGIN:VCARD\r\nFN:cut\r\n" + card(None, "Zoë")
    foreseen = take(file, "--preview")
    assert cli.json("contact", "list") == []
    assert take(file) == foreseen
    assert counts(foreseen) == (3, 0, 0, 1)


def test_one_bad_card_of_a_thousand_leaves_999_stored(cli, take):  # VC-79
    cards = [card(str(at), f"Person {at}") for at in range(1000)]
    cards[499] = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:cut off\r\nUID:x\r\nN:x;;;;\r\n"
    report = take("".join(cards))
    assert counts(report) == (999, 0, 0, 1)
    assert report["refused"][0]["line"] == 499 * 6 + 1
    assert len(names(cli)) == 999 > SLICE


def test_cards_keep_their_bytes_and_old_ones_are_taken(cli, take, tmp_path):
    own = card("1", "Anna", "item1.X-OWN;P=q:kept\\, whole", "NOTE:zwei;drei")
    old = "BEGIN:VCARD\r\nVERSION:2.1\r\n"
    old += "N;CHARSET=ISO-8859-1;ENCODING=QUOTED-PRINTABLE:Gro=DF;J=FCrgen\r\nEND:VCARD\r\n"
    assert counts(take(own + old)) == (2, 0, 0, 0)
    cli("export", tmp_path / "out.vcf")
    assert (tmp_path / "out.vcf").read_bytes().decode().startswith(own)
    assert cli.json("contact", "search", "groß")[0]["contact"]["given_name"] == "Jürgen"


def test_a_file_that_holds_no_contacts_fails(cli, tmp_path):
    (tmp_path / "notes.txt").write_text("hello\n")
    result = cli.run("import", tmp_path / "notes.txt")
    assert result.exit_code == 1
    assert "neither vCard nor a CSV file of Outlook or Google" in result.stdout


def test_groups_are_refused_by_name(take):
    report = take(card("1") + card("g", "Friends", "X-ADDRESSBOOKSERVER-KIND:group"))
    assert counts(report) == (1, 0, 0, 1)
    assert "Friends" in report["refused"][0]["reason"]


def test_remarks_are_told(cli, tmp_path):
    (tmp_path / "a.csv").write_text("First Name,Birthday\nAnna,last Tuesday\n")
    said = cli("import", tmp_path / "a.csv")
    assert "1 new" in said
    assert "line 2: the birthday 'last Tuesday' is no date and was left out (the rest was taken)" in said


def test_an_import_can_belong_to_a_user_or_a_type(cli, take):
    cli("user", "add", "anna")
    cli("type", "add", "Supplier")
    take(card("1"), "--owner", "anna")
    take(card("2", "Ben"), "--type", "Supplier")
    rows = {row["contact"]["formatted_name"]: (row["owner"], row["type"]) for row in cli.json("contact", "list")}
    assert rows == {"Anna": ("anna", None), "Ben": (None, "Supplier")}


def test_what_is_exported_is_known_again(cli, take, tmp_path):
    cli("user", "add", "anna")
    cli("contact", "add", "Anna Müller", "--set", "company=Contoso", "--add", "emails=work:a@x.example")
    cli("contact", "add", "Contoso", "--type", "Account")
    cli("contact", "add", "Mine Alone", "--owner", "anna")
    for name in ("all.vcf", "all.csv"):
        assert "Wrote 2 contacts" in cli("export", tmp_path / name)
        assert counts(take((tmp_path / name).read_bytes())) == (0, 0, 2, 0)
    rows = json.loads(cli("export", "--format", "json"))
    assert {row["customer_number"] for row in rows} == {"10001", "10002"}
    assert all(row["vcard"].startswith("BEGIN:VCARD") for row in rows)
    assert "Mine Alone" in cli("export", "--user", "anna")
    assert cli.run("export", "--user", "nobody").exit_code == 3


def test_an_exported_table_fills_another_book(cli, take, tmp_path):
    cli("contact", "add", "Anna Müller", "--set", 'note=1, 2; "3"', "--add", "phones=mobile:+49 170 1")
    cli("export", tmp_path / "all.csv")
    cli.folder = tmp_path / "other"
    cli("init")
    assert counts(take((tmp_path / "all.csv").read_bytes())) == (1, 0, 0, 0)
    (row,) = cli.json("contact", "list")
    assert row["contact"]["note"] == '1, 2; "3"'
    assert row["contact"]["phones"] == [{"number": "+49 170 1", "kind": "mobile"}]


@pytest.mark.slow
def test_ten_thousand_cards_are_imported_in_reasonable_time(cli, take):
    report = take("".join(card(str(at), f"Person {at}", f"EMAIL:{at}@x.example") for at in range(10_000)))
    assert counts(report) == (10_000, 0, 0, 0)
