"""A switch of books killed before or after each request and each commit: the next one finishes it."""

import asyncio

import pytest

from bridge.sync.move import Move, switch
from bridge.sync.switching import Choice
from storage_plugin.database.books import Books
from storage_plugin.database.engine import Database
from storage_plugin.database.leases import release_lease
from tests.mirror.crashing import Death, Killed, MortalDatabase, MortalTarget, afresh
from tests.mirror.office import Office, person


def filled(office: Office) -> int:
    """A mirror with something of every kind in it; gives the other book."""
    keys = {name: office.add(person(name, company="Contoso")) for name in ("Anna A", "Bert B", "Carl C", "Dora D")}
    office.add(person("Olga Old", company="Contoso"))
    office.make(person("Olga Old", job_title="Friend"))
    office.make("Fred Friend")
    office.sync()
    office.edit(keys["Anna A"], job_title="not sent yet")
    office.touch("Bert B", job_title="not taken in yet")
    office.touch("Olga Old", note="mine")
    office.delete(keys["Carl C"])
    office.add("Never Sent")
    fair = office.other(Books(office.database).create("Trade fair"))
    fair.add(person("Dora D", company="Fabrikam"))
    return fair.book_id


def everything(office: Office, fair: int):
    """Both books with their deleted items, the folder with its marks, and which book it is."""
    books = [
        (
            sorted(repr((each.contact, each.owner_id, each.customer_number)) for each in where.contacts.list()),
            where.trashed(),
            where.disagreements(),
        )
        for where in (office, office.other(fair))
    ]
    folder = sorted(
        repr((item.view, item.flagged, bool(item.stamp), item.customer_number)) for item in office.folder_items()
    )
    return books, folder, office.mirror.book_id


def switched(office: Office, fair: int, choice: Choice, at: int | None) -> Death:
    """Switch with death at a step; None: to the end."""
    death, lease = Death(at), office.lease()

    async def mortal() -> None:
        target, database = MortalTarget(office.connect(), death), MortalDatabase(office.database, death)
        move = Move(fair, "Trade fair", choice)
        await switch(database, office.mirror, target, office.policy, lease, office.clock, move)

    try:
        asyncio.run(mortal())
    except Killed:
        pass
    finally:
        release_lease(office.database, lease)
    return death


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize("choice", Choice)
def test_a_switch_killed_at_any_step_is_finished_by_the_next(make_sqlite, capsys, choice):
    original = make_sqlite()
    first = Office(Database.open(original))
    fair = filled(first)
    fresh = afresh(first, original, make_sqlite)
    undisturbed = fresh()
    steps = switched(undisturbed, fair, choice, None).steps
    undisturbed.sync()
    wanted = everything(undisturbed, fair)
    assert wanted[-1] == fair
    undisturbed.sync()
    assert undisturbed.sync().counts == {}
    for at in range(steps):
        office = fresh()
        switched(office, fair, choice, at)
        if office.mirror.book_id != fair:
            office.switch(fair, choice)
        office.sync()
        assert everything(office, fair) == wanted, f"killed at step {at}"
        office.sync()
        assert office.sync().counts == {}, f"killed at step {at}"
        office.database.close()
    with capsys.disabled():
        print(f" {steps} points of death ", end="")
