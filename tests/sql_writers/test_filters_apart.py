"""A filter that is set while contacts are written: who decides by the old one and who by the new one never pass.

On SQLite there is one writer at a time anyway. The interleaving is chosen (see ``between``), so that each of these
tests fails when a filter does not wait for those who write by the old one.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest

from storage_plugin.database.contacts import SqlContacts
from storage_plugin.database.drain import drain
from storage_plugin.model.book import Origin
from storage_plugin.model.contact import Contact
from storage_plugin.model.view import Condition, Filter, Operator, View
from tests.sql_writers.between import meanwhile, until_it_waits_or_ends
from tests.sql_writers.office import ODD, Office, Phone

ONLY_VISIBLE = View(Filter((Condition("company", Operator.IS, "Visible Ltd"),)))
VISIBLE = ODD.replace("Example GmbH", "Visible Ltd")


def put_new(office: Office) -> None:
    office.phone.put("new.vcf", ODD.format(uid="new"))


def put_changed(office: Office) -> None:
    office.phone.put("a.vcf", ODD.format(uid="uid-a.vcf"))


def save(office: Office) -> None:
    SqlContacts(office.database, 1).save(Contact(formatted_name="Ada", company="Hidden Ltd"), Origin("cli"))


def settle(office: Office) -> None:
    drain(office.database)


@pytest.fixture
def firm(both: Office) -> Office:
    """Anna, who makes business contacts, and Berta, who sees them all; one more was written by SQL."""
    both.phone.users.add("berta")
    both.phone.put("a.vcf", VISIBLE.format(uid="uid-a.vcf"))
    both.phone.poll()
    both.sql("INSERT INTO contact (given_name, company) VALUES ('H', 'Hidden Ltd')")
    return both


def bertas(office: Office) -> list[str]:
    """Tell the companies of the cards that Berta holds."""
    phone = Phone(office.database, "berta", "Pixel")
    lines = [line for href in phone.members for line in phone.text(href).split("\r\n")]
    return [line for line in lines if line.startswith("ORG:") and "Visible" not in line]


@pytest.mark.parametrize("work", [put_new, put_changed, save, settle])
def test_a_filter_waits_for_those_who_write_by_the_old_one(firm: Office, work: Callable[[Office], None]) -> None:
    if work is not settle:
        drain(firm.database)
    setting: list[Future[Any]] = []
    with ThreadPoolExecutor(1) as pool:

        def set_filter() -> None:
            setting.append(pool.submit(firm.phone.users.set_view, "berta", ONLY_VISIBLE))
            until_it_waits_or_ends(firm, setting[0])

        with meanwhile(firm.database, "UPDATE book SET number", set_filter):
            work(firm)
        setting[0].result()
    assert bertas(firm) == []


@pytest.mark.parametrize("work", [put_new, put_changed, save])
def test_who_writes_waits_for_a_filter_that_is_being_set(firm: Office, work: Callable[[Office], None]) -> None:
    drain(firm.database)
    writing: list[Future[None]] = []
    with ThreadPoolExecutor(1) as pool:

        def write() -> None:
            writing.append(pool.submit(work, firm))
            until_it_waits_or_ends(firm, writing[0])

        with meanwhile(firm.database, "INSERT INTO hidden", write):
            firm.phone.users.set_view("berta", ONLY_VISIBLE)
        writing[0].result()
    assert bertas(firm) == []
