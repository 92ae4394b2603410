"""A run killed before or after each request and each commit: the next runs finish it, losing and doubling nothing."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import replace
from shutil import copyfile

import pytest

from bridge.sync.run import run
from storage_plugin.database.engine import Database
from storage_plugin.database.leases import release_lease
from tests.contract.people import JPEG
from tests.mirror.office import Office, person


class Killed(BaseException):
    """The process is gone."""


class Death:
    """Kills at the ``at``-th step; counts the steps."""

    def __init__(self, at: int | None = None) -> None:
        self.at = at
        self.steps = 0

    def step(self) -> None:
        self.steps += 1
        if self.steps - 1 == self.at:
            raise Killed


class MortalDatabase:
    """A database whose process may die before and after each commit."""

    def __init__(self, database: Database, death: Death) -> None:
        self._database = database
        self._death = death

    def __getattr__(self, name):
        return getattr(self._database, name)

    @contextmanager
    def writing(self, **said) -> Iterator:
        with self._database.writing(**said) as connection:
            yield connection
            self._death.step()
        self._death.step()


class MortalTarget:
    """A target whose process may die before each request, and after it before the answer is known."""

    def __init__(self, target, death: Death) -> None:
        self._target = target
        self._death = death

    def __getattr__(self, name):
        found = getattr(self._target, name)
        if name not in ("open", "changes", "items", "stamped", "photo", "apply"):
            return found

        async def asked(*arguments):
            self._death.step()
            answer = await found(*arguments)
            self._death.step()
            return answer

        return asked


def filled(office: Office) -> None:
    """A mirror that is under way, with something of every kind to do."""
    keys = {name: office.add(person(name, company="Contoso")) for name in ("Anna A", "Bert B", "Carl C", "Dora D")}
    keys |= {name: office.add(person(name)) for name in ("Emil E", "Fred F", "Gina G", "Hans H")}
    office.make("Old Friend")
    office.make("Leaving Friend")
    office.make(person("Plain Person", job_title="Buyer"))
    office.sync()
    office.add("New Here")
    office.add("Met Twice")
    office.make(person("Met Twice", note="from the folder"))
    office.make("New There")
    office.edit(keys["Anna A"], job_title="edited here")
    office.touch("Bert B", job_title="edited there")
    office.edit(keys["Carl C"], company="ours")
    office.touch("Carl C", company="theirs")
    office.edit(keys["Dora D"], note="here")
    office.touch("Dora D", job_title="there")
    office.delete(keys["Emil E"])
    office.drop("Fred F")
    office.delete(keys["Gina G"])
    office.touch("Gina G", note="edited after the deletion")
    office.drop("Leaving Friend")
    hans = office.items()["Hans H"].id
    office.folder.put(hans, replace(office.folder.held[hans], photo=JPEG))
    office.touch("Hans H", note="has a picture now")
    (plain,) = (each for each in office.contacts.inbox(office.user_id) if "Plain" in each.contact.formatted_name)
    office.contacts.promote(plain.id, office.by)


def state(office: Office):
    """What people see: the book with its owners, the folder with its marks, the deleted items."""
    book = sorted(
        (who.formatted_name, record.owner_id, who.company, who.job_title, who.note, bool(who.photo))
        for record in office.contacts.list()
        for who in [record.contact]
    )
    folder = sorted(
        (
            view.formatted_name,
            view.company,
            view.job_title,
            view.note,
            item.flagged,
            bool(item.stamp),
            bool(item.photo),
        )
        for item in office.folder_items()
        for view in [item.view]
    )
    return book, folder, office.trashed()


async def _mortal_run(office: Office, death: Death, lease) -> None:
    target = MortalTarget(office.connect(), death)
    database = MortalDatabase(office.database, death)
    await run(database, office.mirror, target, office.policy, lease, office.clock)


def killed_at(office: Office, at: int | None) -> Death:
    """Run with death at a step; None: to the end."""
    death, lease = Death(at), office.lease()
    try:
        asyncio.run(_mortal_run(office, death, lease))
    except Killed:
        pass
    finally:
        release_lease(office.database, lease)
    return death


def _file(url: str) -> str:
    return url.removeprefix("sqlite:///")


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_run_killed_at_any_step_is_finished_by_the_next(make_sqlite, capsys):
    original = make_sqlite()
    first = Office(Database.open(original))
    filled(first)
    first.database.close()

    def fresh() -> Office:
        url = make_sqlite()
        copyfile(_file(original), _file(url))
        office = Office(Database.open(url), deepcopy(first.folder))
        office.clock.now = first.clock.now
        return office

    undisturbed = fresh()
    steps = killed_at(undisturbed, None).steps
    wanted = state(undisturbed)
    assert undisturbed.sync().counts == {}
    assert len(wanted[1]) == 11 and wanted[2] == ["Emil E", "Fred F", "Leaving Friend"]
    for at in range(steps):
        office = fresh()
        killed_at(office, at)
        office.sync()
        assert state(office) == wanted, f"killed at step {at}"
        assert office.sync().counts == {}, f"killed at step {at}"
        office.database.close()
    with capsys.disabled():
        print(f" {steps} points of death ", end="")
