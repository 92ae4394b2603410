"""Export: nobody gets more than he or she may see, in any format."""

import csv
import json

import pytest

from storage_plugin.database.address_book import SqlAddressBook
from storage_plugin.database.contacts import SqlContacts
from storage_plugin.database.imports import add_cards, item_of_card
from storage_plugin.model.book import Expect, Origin
from storage_plugin.model.contact import Contact
from storage_plugin.model.view import Condition, Filter, Operator, View
from tests.web.site import Site

BY = Origin("cli")


@pytest.fixture
def office(site: Site) -> Site:
    site.users.add("anna")
    condition = Condition("company", Operator.IS, "Contoso")
    for user in ("anna", "boss"):
        site.users.set_view(user, View(Filter((condition,))))
    contacts = SqlContacts(site.house.database, 1)
    contacts.save(Contact(formatted_name="Open", company="Contoso"), BY)
    contacts.save(Contact(formatted_name="Firm", company="Contoso"), BY, type="Account")
    card = "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:twin\r\nFN:{0}\r\nN:{0};;;;\r\nEND:VCARD\r\n"
    add_cards(site.house.database, 1, [item_of_card(card.format("Hidden").encode())], BY)
    for user in ("anna", "boss"):
        mine = SqlAddressBook(site.house.database, site.users.viewer(user))
        mine.put("twin.vcf", card.format(f"Of{user.title()}").encode(), Expect())
    return site


def found(site: Site, user: str, scope: str, format_: str) -> list[str]:
    answer = site.browser(user).get(f"/export/{scope}/{format_}")
    assert answer.status == 200 and f".{format_}" in answer.headers["Content-Disposition"]
    text = answer.content.decode("utf-8-sig")
    match format_:
        case "vcf":
            return sorted(line[3:] for line in text.splitlines() if line.startswith("FN:"))
        case "csv":
            rows = csv.DictReader(text.splitlines())
            return sorted(row["Full Name"] or row["Company"] for row in rows)
        case _:
            return sorted(each["contact"]["formatted_name"] for each in json.loads(text))


@pytest.mark.parametrize("format_", ["vcf", "csv", "json"])
def test_everyone_exports_what_he_or_she_sees(office: Site, format_):
    assert found(office, "anna", "mine", format_) == ["Firm", "OfAnna", "Open"]
    assert found(office, "boss", "mine", format_) == ["Firm", "OfBoss", "Open"]


@pytest.mark.parametrize("format_", ["vcf", "csv", "json"])
def test_the_administrator_exports_all_that_is_shared(office: Site, format_):
    assert found(office, "boss", "shared", format_) == ["Firm", "Hidden", "Open"]


def test_a_coworker_does_not_export_all(office: Site):
    anna = office.browser("anna")
    assert anna.get("/export/shared/vcf").status == 404
    text = anna.get("/export").text
    assert "/export/mine/vcf" in text and "/export/shared/" not in text


@pytest.mark.parametrize("format_", ["exe", "VCF", "..", "%2e%2e"])
def test_other_formats_are_not_there(office: Site, format_):
    assert office.browser("boss").get(f"/export/mine/{format_}").status == 404


def test_a_name_from_somebodys_phone_is_no_formula_in_the_firms_table(office: Site):
    bad = '=HYPERLINK("https://evil.example/","Anna")'
    who = Contact(formatted_name=bad, given_name=bad, company="@Contoso", note="+cmd|' /C calc'!A0")
    SqlContacts(office.house.database, 1).save(who, BY)
    answer = office.browser("boss").get("/export/shared/csv")
    cells = [cell for row in csv.reader(answer.content.decode("utf-8-sig").splitlines()) for cell in row]
    assert f"'{bad}" in cells and "'@Contoso" in cells
    assert [cell for cell in cells if cell.startswith(("=", "@", "+c"))] == []
