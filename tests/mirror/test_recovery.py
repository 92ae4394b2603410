"""What a run finds that another one left half done, case by case; every point of death is in test_crashes."""

from collections.abc import Callable
from dataclasses import replace

import pytest

from bridge.sync.policy import Policy, Winner
from bridge.sync.run import Mode
from bridge.targets.base import Unreachable
from bridge.targets.memory_folder import Manners, MemoryFolder
from storage_plugin.database.deleted_items import empty
from storage_plugin.database.engine import Database
from storage_plugin.database.erasure import erase
from storage_plugin.database.journal import Journal
from storage_plugin.database.leases import release_lease
from tests.contract.people import JPEG
from tests.mirror.crashing import Death, MortalTarget, killed
from tests.mirror.office import Office, person


@pytest.fixture
def office(database: Database) -> Office:
    return Office(database)


def lose_answer(office: Office, request: str) -> None:
    """Run, and lose the answer to a request of this kind."""
    office.folder.faults.after = OnlyOf(office, request)
    office.sync()
    office.folder.faults.after = {}


class OnlyOf(dict[int, BaseException]):
    """Strikes at the requests of one kind."""

    def __init__(self, office: Office, request: str) -> None:
        super().__init__()
        self.office = office
        self.request = request

    def __contains__(self, number: object) -> bool:
        return self.office.folder.requests[-1] == self.request

    def __getitem__(self, number: int) -> BaseException:
        return Unreachable("The answer was lost.")


def open_intents(office: Office) -> int:
    lease = office.lease()
    try:
        return len(Journal(office.database, lease).opened())
    finally:
        release_lease(office.database, lease)


@pytest.mark.parametrize("request_", ["create", "update", "delete"])
def test_what_was_under_way_is_closed_by_the_next_run(office, request_):
    key = office.add("Nick Brigandi")
    if request_ != "create":
        office.sync()
    if request_ == "update":
        office.edit(key, note="ours")
    if request_ == "delete":
        office.delete(key)
    lose_answer(office, request_)
    assert open_intents(office) == 1
    office.sync()
    assert open_intents(office) == 0 and office.sync().counts == {}
    assert office.in_folder() == ([] if request_ == "delete" else ["Nick Brigandi"])


def test_an_edit_of_what_was_just_created_is_taken_in(office):
    key = office.add("Nick Brigandi")
    lose_answer(office, "create")
    office.touch("Nick Brigandi", note="edited before we knew of it")
    office.sync()
    assert office.record(key).contact.note == "edited before we knew of it"
    assert office.in_folder() == ["Nick Brigandi"] and office.sync().counts == {}


def test_an_edit_of_what_was_just_changed_is_taken_in(office):
    key = office.add("Nick Brigandi")
    office.sync()
    office.edit(key, job_title="Buyer")
    lose_answer(office, "update")
    office.touch("Nick Brigandi", note="edited before we knew of it")
    office.sync()
    record, item = office.record(key).contact, office.items()["Nick Brigandi"].view
    assert (record.note, item.note) == ("edited before we knew of it",) * 2
    assert (record.job_title, item.job_title) == ("Buyer",) * 2


def test_what_was_just_created_is_remembered_as_if_the_answer_had_come(make_sqlite):
    links = []
    for is_lost in (False, True):
        office = Office(Database.open(make_sqlite()))
        key = office.add("Nick Brigandi")
        office.photograph(key, JPEG)
        if is_lost:
            lose_answer(office, "create")
        office.sync()
        links.append(office.links()[key])
        office.database.close()
    assert links[0] == links[1] and links[0].flagged


def test_a_servers_hand_is_no_edit_where_the_folder_wins(make_sqlite):
    shouting = Manners(rewrite=lambda contact: replace(contact, job_title=contact.job_title.upper()))
    office = Office(Database.open(make_sqlite()), MemoryFolder(manners=shouting), Policy(winner=Winner.REMOTE))
    key = office.add("Nick Brigandi")
    office.sync()
    office.edit(key, job_title="Buyer")
    lose_answer(office, "update")
    office.sync()
    assert office.record(key).contact.job_title == "Buyer" and office.sync().counts == {}
    office.touch("Nick Brigandi", job_title="Chief")
    office.sync()
    assert office.record(key).contact.job_title == "CHIEF" and office.disagreements() == 0
    office.database.close()


def test_a_picture_that_arrived_is_not_sent_again(office):
    key = office.add("Nick Brigandi")
    office.photograph(key, JPEG)
    lose_answer(office, "create")
    writes = len(office.folder.writes)
    office.sync()
    assert len(office.folder.writes) == writes and office.items()["Nick Brigandi"].photo


def test_a_copy_that_is_somebody_elses_by_now_is_not_taken_for_what_was_to_be_created(office):
    """The copy carries the stamp; it was made before, and a plain contact follows it."""
    key = office.add("Nick Brigandi")
    office.sync()
    office.folder.copy(office.items()["Nick Brigandi"].id)
    office.sync()
    (plain,) = office.contacts.inbox(office.user_id)
    (mirrored,) = (link.item for contact, link in office.links().items() if contact == key)
    office.edit(key, note="edited")
    office.folder.remove(mirrored)
    before_request(office, "apply")
    assert open_intents(office) == 1
    office.sync()
    assert office.in_folder() == ["Nick Brigandi", "Nick Brigandi"]
    assert {plain.id, key} == set(office.links()) and office.sync().counts == {}


def before_request(office: Office, name: str) -> None:
    """Run, and die right before a request of this kind."""

    class Dying(MortalTarget):
        def __getattr__(self, asked: str) -> Callable[..., object]:
            if asked == name:
                death.at = 0
            return super().__getattr__(asked)

    death = Death()
    killed(office, death, lambda _folder, _death: Dying(office.connect(), death))


@pytest.mark.parametrize("mode", [Mode(), Mode(full=True)])
@pytest.mark.parametrize("gone", ["deleted", "emptied", "erased"])
def test_a_plain_contact_that_was_deleted_does_not_come_back_with_its_item(office, gone, mode):
    office.make("Old Friend")
    office.sync()
    (plain,) = office.contacts.inbox(office.user_id)
    if gone == "erased":
        erase(office.database, 1, [plain.id], office.by)
    else:
        office.delete(plain.id)
    if gone == "emptied":
        empty(office.database, 1)
    office.sync(mode)
    office.touch("Old Friend", note="the owner goes on")
    for _ in range(2):
        office.sync(mode)
    assert office.in_folder() == ["Old Friend"] and office.names() == []
    assert office.items()["Old Friend"].stamp is None
    office.drop("Old Friend")
    office.sync(mode)
    office.make(person("Old Friend", note="a new one"))
    office.sync(mode)
    assert office.names() == ["Old Friend"] and office.sync().counts == {}


def test_what_was_created_again_after_a_deletion_is_not_made_twice(office):
    """The record was edited while its item was deleted: it has a link, to what is gone."""
    key = office.add("Nick Brigandi")
    office.sync()
    office.edit(key, note="edited here")
    office.drop("Nick Brigandi")
    lose_answer(office, "create")
    office.sync()
    assert office.in_folder() == office.names() == ["Nick Brigandi"]
    assert office.items()["Nick Brigandi"].view.note == "edited here" and office.sync().counts == {}


def test_a_run_that_ends_leaves_nothing_open(office):
    keys = [office.add(f"Person {name}") for name in "ABC"]
    office.make("Person A")
    for change in (lambda: None, lambda: office.edit(keys[1], note="ours"), lambda: office.delete(keys[2])):
        change()
        office.sync()
        assert open_intents(office) == 0


def test_what_was_claimed_and_never_written_to_is_stamped_by_the_next_run(make_sqlite):
    office = Office(Database.open(make_sqlite()), policy=Policy(flag=None))
    office.add("Nick Brigandi")
    office.make("Nick Brigandi")
    before_request(office, "apply")
    assert [item.stamp for item in office.folder_items()] == [None]
    office.sync()
    assert all(item.stamp for item in office.folder_items()) and office.sync().counts == {}
    office.database.close()
