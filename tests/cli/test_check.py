"""``check`` finds what is wrong."""

import sqlite3


def findings(cli):
    result = cli.run("check")
    wrong = [line for line in result.stdout.splitlines() if line.startswith("WRONG")]
    assert result.exit_code == bool(wrong), result.output
    return wrong


def test_a_new_installation_is_in_order(cli):
    cli("contact", "add", "Anna Müller")
    assert findings(cli) == []
    assert "1 shared cards, the text of each is whole" in cli("check")
    assert {finding["what"] for finding in cli.json("check")} == {
        "Radicale",
        "settings",
        "permissions",
        "database",
        "cards",
    }


def test_nothing_there_is_wrong(bare):
    assert "make one with `contact-bridge init`" in findings(bare)[0]


def test_files_that_others_may_read_are_wrong(cli):
    (cli.folder / "contacts.sqlite").chmod(0o644)
    assert "chmod go-rwx" in findings(cli)[0]


def test_wrong_settings_are_named(cli):
    (cli.folder / "contact-bridge.yaml").write_text("prot: 1\n")
    assert "prot" in findings(cli)[0]


def test_a_database_without_tables_is_wrong(cli):
    (cli.folder / "contacts.sqlite").unlink()
    assert "database" in findings(cli)[0]


def test_a_card_that_is_no_card_is_named(cli):
    cli("contact", "add", "Anna Müller")
    with sqlite3.connect(cli.folder / "contacts.sqlite") as database:
        database.execute("UPDATE card SET text = 'nonsense'")
    database.close()
    assert "1 of 1 cannot be read" in findings(cli)[0]
