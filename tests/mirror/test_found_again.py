"""Items that have other ids than before, in every kind of folder: they are the contacts that they were."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from bridge.targets.base import Create
from bridge.targets.memory import MemoryTarget
from bridge.targets.memory_folder import MemoryFolder
from storage_plugin.database.engine import Database
from storage_plugin.model.mirror import ItemId
from tests.mirror.crashing import Death, MortalTarget, killed
from tests.mirror.office import Office
from tests.mirror.owner import Owner
from tests.mirror.places import PLACES
from tests.mirror.test_crashes import office_at

KINDS = [pytest.param(kind, marks=pytest.mark.slow if kind == "carddav" else ()) for kind in PLACES]


def replaced(owner: Owner) -> None:
    """Have each item deleted, and one like it made."""
    with owner._folder() as folder:
        for item in folder.all().values():
            folder.delete(item)
            if item.stamp is None:
                folder.foreign(item.view)
            else:
                folder.do(Create(item.view, item.stamp, item.customer_number, item.flagged))


@pytest.mark.parametrize("kind", KINDS)
def test_items_that_were_put_back_from_a_backup_are_who_they_were(kind: str, tmp_path: Path, make_sqlite: Any):
    with PLACES[kind](tmp_path) as place:
        office, owner = office_at(place, Database.open(make_sqlite())), Owner(place)
        key = office.add("Nick Brigandi")
        office.add("Andrea Dunker")
        owner.make("Old Friend")
        office.sync()
        replaced(owner)
        office.edit(key, company="Contoso")
        for _ in range(2):
            office.sync()
        everybody = ["Andrea Dunker", "Nick Brigandi", "Old Friend"]
        assert office.names() == everybody and office.business() == everybody[:2] and office.trashed() == []
        items = {item.view.formatted_name: item for item in owner.items()}
        assert sorted(items) == everybody and len(owner.items()) == 3
        assert items["Nick Brigandi"].view.company == "Contoso" and not items["Old Friend"].stamp
        assert office.sync().counts == {} and office.failures() == []
        office.database.close()


@pytest.mark.slow
def test_a_run_that_finds_them_again_may_be_killed_anywhere(make_sqlite: Any):
    """With stamps and without, edited on either side, and deleted here."""
    ends = set()
    for at in range(100):
        office, death = Office(Database.open(make_sqlite())), Death(at)
        put_back(office)
        killed(office, death, partial(mortal, office.folder))
        for _ in range(2):
            office.sync()
        assert office.sync().counts == {} and office.failures() == [], f"at step {at}"
        assert office.business() == ["Anna A", "Bert B", "Carl C"] and office.trashed() == ["Dora D"], f"at step {at}"
        assert office.names() == office.in_folder() == ["Anna A", "Bert B", "Carl C", "Old Friend"], f"at step {at}"
        ends.add(repr(sorted((name, item.view, bool(item.stamp)) for name, item in office.items().items())))
        office.database.close()
        if death.steps <= at:
            break
    assert at > 10 and len(ends) == 1


def mortal(at: MemoryFolder, folder: str, death: Death) -> MortalTarget:
    return MortalTarget(MemoryTarget(at, folder), death)


def put_back(office: Office) -> None:
    keys = {name: office.add(name) for name in ("Anna A", "Bert B", "Carl C", "Dora D")}
    office.make("Old Friend")
    office.sync()
    for name, item in office.items().items():
        held = office.folder.held[item.id]
        office.folder.remove(item.id)
        office.folder.put(ItemId(f"new {name}"), replace(held, stamp="" if name == "Bert B" else held.stamp))
    office.touch("Anna A", note="there")
    office.edit(keys["Anna A"], company="here")
    office.edit(keys["Bert B"], company="here")
    office.delete(keys["Dora D"])
