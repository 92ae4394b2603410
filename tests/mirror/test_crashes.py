"""A run killed before or after each request and each commit: the next runs finish it, losing and doubling nothing.

For every kind of folder; and each answer lost after the service did its work. ``CRASHES=3`` tries every third point.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from shutil import copyfile
from typing import Any

import pytest

from storage_plugin.database.engine import Database
from tests.contract.people import JPEG
from tests.mirror.crashing import Death, killed
from tests.mirror.office import Office, person
from tests.mirror.owner import Owner
from tests.mirror.places import PLACES, InMemory, Place

EVERY = int(os.environ.get("CRASHES", "1"))
ELSEWHERE = {"onpremises": 9}
"""Of what differs from another kind in its wire alone, every so-manieth point (``CRASHES=1`` tries each)."""


def filled(office: Office, owner: Owner) -> None:
    """A mirror that is under way, with something of every kind to do."""
    keys = {name: office.add(person(name, company="Contoso")) for name in ("Anna A", "Bert B", "Carl C", "Dora D")}
    keys |= {name: office.add(person(name)) for name in ("Emil E", "Fred F", "Gina G", "Hans H", "Ivan I")}
    owner.make("Old Friend")
    owner.make("Leaving Friend")
    owner.make(person("Plain Person", job_title="Buyer"))
    office.sync()
    office.add("New Here")
    office.add("Met Twice")
    owner.make(person("Met Twice", note="from the folder"))
    for _ in range(2):
        office.add("Twin Twin")
    owner.make(person("Twin Twin", note="a third one"))
    owner.make("New There")
    office.edit(keys["Anna A"], job_title="edited here")
    owner.touch("Bert B", job_title="edited there")
    office.edit(keys["Carl C"], company="ours")
    owner.touch("Carl C", company="theirs")
    office.edit(keys["Dora D"], note="here")
    owner.touch("Dora D", job_title="there")
    office.delete(keys["Emil E"])
    owner.drop("Fred F")
    office.delete(keys["Gina G"])
    owner.touch("Gina G", note="edited after the deletion")
    office.edit(keys["Ivan I"], note="edited before the deletion")
    owner.drop("Ivan I")
    owner.drop("Leaving Friend")
    owner.touch("Hans H", JPEG, note="has a picture now")
    (plain,) = (each for each in office.contacts.inbox(office.user_id) if "Plain" in each.contact.formatted_name)
    office.contacts.promote(plain.id, office.by)


def state(office: Office, owner: Owner) -> Any:
    """What people see: the book with its owners, the folder with its marks, the deleted items."""
    book = sorted(
        (who.formatted_name, str(record.owner_id), who.company, who.job_title, who.note, bool(who.photo))
        for record in office.contacts.list()
        for who in [record.contact]
    )
    folder = sorted(
        (who.formatted_name, who.company, who.job_title, who.note, item.flagged, bool(item.stamp), bool(item.photo))
        for item in owner.items()
        for who in [item.view]
    )
    return book, folder, office.trashed()


@dataclass
class Scene:
    """A mirror under way, which can be had afresh any number of times."""

    place: Place
    owner: Owner
    original: str
    make_url: Any
    saved: Any
    now: Any

    def fresh(self) -> Office:
        url = self.make_url()
        copyfile(self.original.removeprefix("sqlite:///"), url.removeprefix("sqlite:///"))
        self.place.restore(self.saved)
        office = office_at(self.place, Database.open(url))
        office.clock.now = self.now
        return office


def office_at(place: Place, database: Database) -> Office:
    office = Office(database)
    office.run = place.run
    office.connect = lambda: place.connect(office.mirror.folder, Death())
    return office


@pytest.fixture
def scene(kind: str, tmp_path: Path, make_sqlite: Any) -> Iterator[Scene]:
    path = tmp_path / "place"
    path.mkdir()
    with PLACES[kind](path) as place:
        url = make_sqlite()
        office, owner = office_at(place, Database.open(url)), Owner(place)
        filled(office, owner)
        office.database.close()
        yield Scene(place, owner, url, make_sqlite, place.save(), office.clock.now)


def ended(office: Office, scene: Scene) -> Any:
    """Give what the end of the mirror leaves; over the reference target alone, since it takes time."""
    if not isinstance(scene.place, InMemory):
        return None
    office.stop()
    return state(office, scene.owner)


def every_of(kind: str) -> int:
    """Give which points are tried: every first, second …"""
    return EVERY if "CRASHES" in os.environ else ELSEWHERE.get(kind, EVERY)


def tried(scene: Scene, every: int, *, loses: bool) -> int:
    """Try every so-manieth point of death, or of a lost answer; give their number."""
    undisturbed, counting = scene.fresh(), Death(loses=loses)
    killed(undisturbed, counting, scene.place.connect)
    wanted = state(undisturbed, scene.owner)
    assert undisturbed.sync().counts == {}
    assert [name for name, *_ in wanted[1]].count("Twin Twin") == 3 and len(wanted[1]) == 15
    assert wanted[2] == ["Emil E", "Fred F", "Leaving Friend"]
    left = ended(undisturbed, scene)
    undisturbed.database.close()
    points = range(0, counting.steps, every)
    for at in points:
        office = scene.fresh()
        killed(office, Death(at, loses=loses), scene.place.connect)
        office.sync()
        assert state(office, scene.owner) == wanted, f"at step {at}"
        assert office.sync().counts == {}, f"at step {at}"
        assert ended(office, scene) == left, f"at step {at}"
        office.database.close()
    return len(points)


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("kind", PLACES)
def test_a_run_killed_at_any_step_is_finished_by_the_next(scene, kind, capsys):
    deaths = tried(scene, every_of(kind), loses=False)
    with capsys.disabled():
        print(f" {deaths} points of death ", end="")


@pytest.mark.slow
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("kind", [kind for kind in PLACES if kind not in ("vcf", "csv")])
def test_a_run_that_lost_an_answer_is_finished_by_the_next(scene, kind, capsys):
    losses = tried(scene, every_of(kind), loses=True)
    with capsys.disabled():
        print(f" {losses} lost answers ", end="")


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "every"), [("memory", 11)])
def test_a_run_killed_at_some_steps_is_finished_by_the_next(scene, every):
    assert tried(scene, every, loses=False) > 2
