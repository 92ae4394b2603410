"""Contacts, inbox, accounts and record types from the command line."""

import pytest

from bridge.place import Place
from storage_plugin.database.address_book import SqlAddressBook
from storage_plugin.database.users import Users
from storage_plugin.model.book import Expect


def add(cli, name="Anna Müller", *more):
    return cli.json("contact", "add", name, *more)


def put(cli, user, href, text):
    with Place(cli.folder).opened() as database:
        SqlAddressBook(database, Users(database).viewer(user)).put(href, text.encode(), Expect())


def card_of(cli, user, href):
    with Place(cli.folder).opened() as database:
        return SqlAddressBook(database, Users(database).viewer(user)).cards([href])[href].text


CARD = "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:z\r\nFN:Zoë\r\nN:;Zoë;;;\r\nX-OWN:kept\r\nEND:VCARD\r\n"


def test_what_is_added_is_shown_and_listed(cli):
    added = add(
        *(cli, "Anna Maria Müller", "--set", "company=Contoso", "--set", "birthday=1996-04-15"),
        *("--add", "emails=work:anna@x.example", "--add", "emails=a@y.example", "--add", "phones=mobile:+49 170 1"),
        *(
            "--add",
            "addresses=work:Main St. 1;10115;Berlin",
            "--add",
            "categories=VIP",
            "--add",
            "dates=Since:2020-01-02",
        ),
    )
    assert added["customer_number"] == "10001"
    assert added["contact"] == {
        "formatted_name": "Anna Maria Müller",
        "given_name": "Anna Maria",
        "family_name": "Müller",
        "company": "Contoso",
        "birthday": "1996-04-15",
        "emails": [{"address": "anna@x.example", "kind": "work"}, {"address": "a@y.example"}],
        "phones": [{"number": "+49 170 1", "kind": "mobile"}],
        "addresses": [{"street": "Main St. 1", "postal_code": "10115", "city": "Berlin", "kind": "work"}],
        "dates": [{"value": "2020-01-02", "label": "Since"}],
        "categories": ["VIP"],
    }
    assert cli.json("contact", "show", added["id"]) == added
    assert cli.json("contact", "show", "customer:10001") == added
    assert "anna@x.example (work)" in cli("contact", "show", added["id"])
    assert "Anna Maria Müller" in cli("contact", "list")


def test_an_edit_touches_only_what_it_names(cli):
    cli("user", "add", "anna")
    cli("view", "set", "anna", "--new-contacts", "inbox")
    put(cli, "anna", "z.vcf", CARD)
    (plain,) = cli.json("inbox", "list")
    changed = cli.json("contact", "edit", plain["id"], "--set", "family_name=Quast", "--add", "emails=z@x.example")
    assert changed["contact"]["formatted_name"] == "Zoë Quast"
    assert "X-OWN:kept" in card_of(cli, "anna", "z.vcf")
    removed = cli.json("contact", "edit", plain["id"], "--remove", "emails=z@x.example", "--set", "family_name=")
    assert "emails" not in removed["contact"]
    assert removed["contact"]["formatted_name"] == "Zoë"


def test_a_plain_contact_is_in_the_inbox_until_it_is_promoted(cli):
    cli("user", "add", "anna")
    cli("user", "add", "ben")
    put(cli, "anna", "z.vcf", CARD)
    (plain,) = cli.json("inbox", "list", "--user", "anna")
    assert (plain["owner"], plain["customer_number"]) == ("anna", None)
    assert cli.json("inbox", "list", "--user", "ben") == []
    assert "customer number 10001" in cli("contact", "promote", plain["id"])
    assert cli.json("inbox", "list") == []
    assert "The inbox is empty" in cli("inbox", "list")


def test_search_finds_all_words_in_any_case(cli):
    add(cli, "Jürgen Groß", "--set", "company=Contoso")
    add(cli, "山田 花子")
    assert [each["contact"]["formatted_name"] for each in cli.json("contact", "search", "contoso", "JÜRGEN")] == [
        "Jürgen Groß"
    ]
    assert len(cli.json("contact", "search", "花子")) == 1
    assert cli.json("contact", "search", "contoso", "花子") == []
    assert "Nothing found" in cli("contact", "search", "nobody")


def test_a_list_takes_conditions(cli):
    add(cli, "A B", "--add", "categories=VIP")
    add(cli, "C D")
    assert len(cli.json("contact", "list", "--where", "categories is VIP")) == 1


def test_contacts_are_linked_to_accounts(cli):
    company = add(cli, "Contoso", "--type", "Account")
    person = add(cli, "Anna Müller", "--account", str(company["id"]))
    assert person["account_id"] == company["id"]
    assert [each["id"] for each in cli.json("account", "list")] == [company["id"]]
    assert [each["id"] for each in cli.json("account", "show", company["id"])["contacts"]] == [person["id"]]
    assert "Anna Müller" in cli("account", "show", company["id"])


def test_a_type_of_ones_own_has_fields_that_are_checked(cli):
    cli("type", "add", "Supplier", "--field", "Rating:choice:A,B", "--field", "Since:date")
    cli("type", "add", "Supplier", "--field", "Discount:number")
    (supplier,) = (each for each in cli.json("type", "list") if each["name"] == "Supplier")
    assert [field["name"] for field in supplier["fields"]] == ["Rating", "Since", "Discount"]
    assert "Rating (A, B)" in cli("type", "list")
    added = add(cli, "Max Stahl", "--type", "Supplier", "--set", "custom.Rating=A", "--set", "custom.Discount=2.5")
    assert added["custom"] == {"Rating": "A", "Discount": "2.5"}
    result = cli.run("contact", "edit", str(added["id"]), "--set", "custom.Rating=Z")
    assert result.exit_code == 4
    assert "may be one of A, B" in result.stderr


def test_a_type_is_renamed_and_its_records_with_it(cli):
    cli("type", "add", "Supplier", "--field", "Rating")
    added = add(cli, "Max Stahl", "--type", "Supplier", "--set", "custom.Rating=A")
    assert cli("type", "rename", "Supplier", "Vendor") == "Supplier is called Vendor now.\n"
    renamed = cli.json("contact", "show", added["id"])
    assert (renamed["type"], renamed["custom"]) == ("Vendor", {"Rating": "A"})
    assert cli.run("type", "rename", "Supplier", "Vendor").exit_code == 4


def test_a_deleted_contact_is_not_listed(cli):
    first, second = add(cli, "A B"), add(cli, "C D")
    cli("contact", "delete", first["id"], second["id"])
    assert cli.json("contact", "list") == []
    assert cli.run("contact", "show", str(first["id"])).exit_code == 3


@pytest.mark.parametrize(
    ("arguments", "code", "sentence"),
    [
        (("contact", "show", "99"), 3, "no record 99"),
        (("contact", "show", "anna"), 2, "is no id"),
        (("contact", "show", "customer:7"), 3, "customer number 7"),
        (("contact", "edit", "1"), 2, "Nothing to change"),
        (("contact", "edit", "1", "--set", "colour=red"), 2, "cannot be set"),
        (("contact", "edit", "1", "--set", "emails=x"), 2, "use --add and --remove"),
        (("contact", "edit", "1", "--set", "company"), 2, "is not FIELD=VALUE"),
        (("contact", "edit", "1", "--add", "company=x"), 2, "is no list"),
        (("contact", "edit", "1", "--remove", "emails=x"), 2, "emails has no 'x'"),
        (("contact", "add", "A B", "--type", "Customer"), 4, "no record type"),
        (("contact", "add", "A B", "--owner", "nobody"), 3, "no user nobody"),
        (("contact", "delete", "99"), 3, "no record 99"),
        (("contact", "list", "--where", "x"), 2, "PROPERTY OPERATOR VALUE"),
        (("type", "add", "X", "--field", "A:colour"), 2, "NAME:KIND"),
        (("type", "add", "Account"), 4, "already"),
    ],
)
def test_what_cannot_be_done_is_one_sentence_and_a_code(cli, arguments, code, sentence):
    add(cli)
    result = cli.run(*arguments)
    assert result.exit_code == code, result.output
    assert sentence in result.stderr.splitlines()[-1]
