"""Duplicates against their meaning, pair by pair: whatever is read at a time, all who are alike are told."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations
from random import Random

import pytest

from storage_plugin.database import duplicates
from storage_plugin.database.contacts import SqlContacts
from storage_plugin.database.engine import Database
from storage_plugin.database.users import Users
from storage_plugin.database.viewing import Viewing
from storage_plugin.model.book import Origin
from storage_plugin.model.contact import Contact, Email, Phone
from storage_plugin.model.view import Condition, Filter, Operator, View

HIDDEN = "hidden"


def invented(random: Random) -> Contact:
    name = random.choice(["Anna Abel", "anna abel", "Zoë Zorn", "Zoe Zorn", "Ida Ito", "山田"])
    emails = [Email(f"{random.choice('abcABC')}{random.randrange(9)}@x.example") for _ in range(random.randrange(3))]
    phones = [
        Phone(random.choice(["{}", "+{}", "({}) "]).format(random.randrange(6))) for _ in range(random.randrange(3))
    ]
    company = random.choice(["", "Acme", "ACME", "Zet & Co", "Zet-Co"])
    note = random.choice(["", "", HIDDEN])
    return Contact(name, company=company, note=note, emails=tuple(emails), phones=tuple(phones))


def addresses(who: Contact) -> set[str]:
    return {each.address.lower() for each in who.emails}


def digits(who: Contact) -> set[str]:
    return {each.number.strip("+() ") for each in who.phones}


def words(text: str) -> str:
    return text.lower().replace("ë", "e").replace("-", " ").replace(" &", "")


def are_alike(one: Contact, other: Contact) -> bool:
    are_namesakes = words(one.formatted_name) == words(other.formatted_name)
    have_more = bool(digits(one) & digits(other)) or words(one.company) == words(other.company) != ""
    return bool(addresses(one) & addresses(other)) or (are_namesakes and have_more)


@pytest.fixture
def book(database: Database) -> tuple[Viewing, dict[int, Contact]]:
    """A book and what anna sees of it, accounts aside."""
    users = Users(database)
    users.add("anna"), users.add("ben")
    owners = {each.name: each.id for each in users.all()}
    users.set_view("anna", View(Filter((Condition("note", Operator.IS_NOT, HIDDEN),)), show_accounts=True))
    viewer = users.viewer("anna")
    assert viewer is not None
    random, seen = Random(7), {}
    for _ in range(60):
        who, whose = invented(random), random.choice(["", "", "", "anna", "ben", "account"])
        if whose == "account":
            SqlContacts(database, 1).save(replace(who, is_company=True), Origin("cli"), type="Account")
            continue
        key = SqlContacts(database, 1).save(who, Origin("cli"), owner_id=owners.get(whose)).id
        if whose == "anna" or (whose == "" and who.note != HIDDEN):
            seen[int(key)] = who
    return Viewing(database, viewer), seen


def test_all_pairs_that_are_alike_are_told_and_no_others(monkeypatch, book):
    viewing, seen = book
    wanted = {pair for pair in combinations(sorted(seen), 2) if are_alike(seen[pair[0]], seen[pair[1]])}
    assert 20 < len(wanted) < 400
    for slice_ in (1, 3, 1000):
        monkeypatch.setattr(duplicates, "_SLICE", slice_)
        groups = [[line.id for line in group.lines] for group in duplicates.duplicates(viewing)]
        assert {pair for ids in groups for pair in combinations(sorted(ids), 2)} == wanted


def test_no_more_are_told_than_asked_for_and_always_the_same(monkeypatch, book):
    viewing, _ = book
    told = []
    for slice_ in (1, 1000):
        monkeypatch.setattr(duplicates, "_SLICE", slice_)
        monkeypatch.setattr(duplicates, "MOST", 1000)
        everything = duplicates.duplicates(viewing)
        monkeypatch.setattr(duplicates, "MOST", 5)
        told += [everything[:5], duplicates.duplicates(viewing)]
    assert len(everything) > 5 and all(each == told[0] for each in told)
