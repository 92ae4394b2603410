"""Random lives of a firm and a mailbox, with runs that are killed: in the end both sides agree, nobody is lost."""

from random import Random

import pytest

from bridge.targets.memory_folder import Manners, MemoryFolder
from storage_plugin.database.engine import Database
from tests.contract.people import JPEG, PNG
from tests.effort import examples
from tests.mirror.crashing import Death, MortalTarget, killed
from tests.mirror.office import Office, person

LIVES = examples(12)


class Life:
    """What happens, and what must be true of it in the end."""

    def __init__(self, office: Office, random: Random) -> None:
        self.office = office
        self.random = random
        self.made = 0
        self.words: dict[str, tuple[str, str]] = {}
        """The last word of each side about a note: who must not be lost."""

    def deed(self) -> None:
        deeds = [self.add, self.make, self.edit, self.edit, self.touch, self.touch, self.delete, self.drop]
        deeds += [self.promote, self.photograph, self.run, self.run, self.die, self.copy]
        self.random.choice(deeds)()

    def name(self) -> str:
        self.made += 1
        return f"Person {self.made:03d}"

    def add(self) -> None:
        self.office.add(self.name())

    def make(self) -> None:
        self.office.make(self.name())

    def edit(self) -> None:
        if records := list(self.office.contacts.list()):
            field = self.random.choice(["company", "job_title", "note"])
            self.office.edit(self.random.choice(records).id, **{field: f"ours {self.random.random():.6f}"})

    def touch(self) -> None:
        if items := list(self.office.items()):
            field = self.random.choice(["company", "job_title", "department"])
            self.office.touch(self.random.choice(items), **{field: f"theirs {self.random.random():.6f}"})

    def delete(self) -> None:
        if records := list(self.office.contacts.list()):
            self.office.delete(self.random.choice(records).id)

    def drop(self) -> None:
        if items := list(self.office.items()):
            self.office.drop(self.random.choice(items))

    def copy(self) -> None:
        if items := list(self.office.items().values()):
            copy = self.office.folder.copy(self.random.choice(items).id)
            self.office.folder.edit(copy, person(self.name()))

    def promote(self) -> None:
        if waiting := list(self.office.contacts.inbox(self.office.user_id)):
            self.office.contacts.promote(self.random.choice(waiting).id, self.office.by)

    def photograph(self) -> None:
        if records := [each for each in self.office.contacts.list() if each.owner_id is None]:
            self.office.photograph(self.random.choice(records).id, self.random.choice([JPEG, PNG, b""]))

    def run(self) -> None:
        self.office.sync()

    def die(self) -> None:
        death = Death(self.random.randrange(60))
        killed(self.office, death, lambda _folder, _death: MortalTarget(self.office.connect(), death))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(LIVES))
def test_in_the_end_both_sides_agree(make_sqlite, seed):
    random = Random(seed)
    manners = random.choice([Manners(), Manners(repeats=True), Manners(spares_known=True)])
    office = Office(Database.open(make_sqlite()), MemoryFolder(manners=manners))
    life = Life(office, random)
    for _ in range(40):
        life.deed()
    for _ in range(3):
        office.sync()
    report = office.sync()
    assert report.counts == {}, report
    in_folder, book = office.in_folder(), office.names()
    assert len(set(in_folder)) == len(in_folder), "somebody is doubled in the folder"
    assert len(set(book)) == len(book), "somebody is doubled in the book"
    assert set(office.business()) <= set(in_folder)
    for record in office.contacts.list():
        if record.owner_id is None:
            item = office.items()[record.contact.formatted_name]
            shown = office.folder.shape.view(record.contact).view
            assert item.view == shown
            assert bool(item.photo) == bool(record.contact.photo)
            assert item.flagged and item.stamp is not None
    alive = set(in_folder) | set(book) | set(office.trashed())
    everybody = {f"Person {number:03d}" for number in range(1, life.made + 1)}
    gone = everybody - alive
    assert not gone & set(office.business()), "somebody is lost"
    office.database.close()
