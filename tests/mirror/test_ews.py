"""The mirror with Exchange Server as its folder (against the simulator): whole runs, and every answer lost."""

from collections.abc import Callable, Iterator
from copy import deepcopy
from shutil import copyfile

import pytest

from bridge.simulators.graph.faults import Before, Lost
from bridge.simulators.graph.items import Item
from bridge.simulators.graph.properties import ARRAYS, EMAILS, TEXTS
from storage_plugin.database.engine import Database
from storage_plugin.database.runs import Outcome
from tests.contract.people import JPEG, PNG
from tests.mirror.office import Office, person
from tests.simulators.ews.office import EwsOffice
from tests.targets.test_ews import ews_target

STAMP = "String {6f1d3c6a-52f4-4d0e-9f43-6a0c0b7d3e51} Name ContactBridgeId"


@pytest.fixture
def ews() -> Iterator[EwsOffice]:
    ews = EwsOffice()
    yield ews
    ews.close()
    assert ews.judge.verdict() == []


def firm(url: str, ews: EwsOffice) -> Office:
    """A firm whose mirror is in Anna's mailbox."""
    office = Office(Database.open(url))
    office.run = ews.run

    def connect():
        target = ews_target(ews)
        target.folder = office.mirror.folder
        return target

    office.connect = connect
    return office


@pytest.fixture
def office(make_sqlite: Callable[[], str], ews: EwsOffice) -> Iterator[Office]:
    office = firm(make_sqlite(), ews)
    yield office
    office.database.close()


def in_mailbox(ews: EwsOffice) -> dict[str, Item]:
    return {
        str(each.properties[TEXTS["displayName"]]): each for each in ews.anna.contacts(ews.anna.folder("contacts"))
    }


def touch(ews: EwsOffice, name: str, **said: str) -> None:
    """Edit a contact as its owner does in Outlook; the names are Graph's."""
    ews.anna.put(in_mailbox(ews)[name], {TEXTS[field]: value for field, value in said.items()})


def make(ews: EwsOffice, name: str, **said: str) -> Item:
    """Make a contact as its owner does."""
    given, _, surname = name.partition(" ")
    said |= {"displayName": name, "givenName": given, "surname": surname, "fileAs": f"{surname}, {given}"}
    mail = {EMAILS[0][1]: f"{given}.{surname}@contoso.example".lower()}
    return ews.anna.add(mail | {TEXTS[field]: value for field, value in said.items()})


def drop(ews: EwsOffice, name: str) -> None:
    ews.anna.delete(in_mailbox(ews)[name])


def test_what_is_in_the_book_is_in_the_mailbox(office, ews):
    office.add(person("Nick Brigandi", company="Contoso", birthday="1980-02-29", note="first\nsecond"))
    office.sync()
    nick = in_mailbox(ews)["Nick Brigandi"].properties
    assert nick[ARRAYS["categories"]] == ["Business Contact"]
    assert (nick[TEXTS["companyName"]], nick[TEXTS["personalNotes"]]) == ("Contoso", "first\nsecond")
    assert nick["SystemTime 0x3a42"] == "1980-02-29T11:59:00Z"
    assert office.sync().counts == {}


def test_edits_in_outlook_and_on_the_phone_meet(office, ews):
    key = office.add("Nick Brigandi")
    office.sync()
    touch(ews, "Nick Brigandi", jobTitle="Chief", mobilePhone="+49 171 1")
    office.edit(key, company="Fabrikam")
    office.sync()
    record, item = office.record(key).contact, in_mailbox(ews)["Nick Brigandi"].properties
    assert (record.job_title, record.phones[0].number) == ("Chief", "+49 171 1")
    assert item[TEXTS["companyName"]] == "Fabrikam"
    assert office.sync().counts == {}


def test_bcm_11_a_deletion_in_outlook_reaches_the_deleted_items(office, ews):
    office.add("Nick Brigandi")
    office.sync()
    drop(ews, "Nick Brigandi")
    office.sync()
    assert office.trashed() == ["Nick Brigandi"]
    assert office.sync().counts == {}


def test_bcm_13_a_contact_made_in_outlook_is_a_plain_contact_and_never_written(office, ews):
    friend = make(ews, "Old Friend", jobTitle="Buyer")
    before = ews.anna.change_key(friend)
    office.sync()
    touched = in_mailbox(ews)["Old Friend"]
    assert office.names() == ["Old Friend"] and office.business() == []
    assert ews.anna.change_key(touched) == before


def test_a_contact_that_was_moved_away_and_back_is_no_double(office, ews):
    """Its id is another one then, as Exchange's are after a move."""
    key = office.add("Nick Brigandi")
    office.sync()
    other = ews.anna.add_folder("Private")
    item = in_mailbox(ews)["Nick Brigandi"]
    ews.anna.move(item, other.id)
    ews.anna.move(item, "contacts")
    office.sync()
    office.sync()
    assert office.business() == ["Nick Brigandi"] and office.record(key)
    assert list(in_mailbox(ews)) == ["Nick Brigandi"]
    assert office.sync().counts == {}


def test_a_lost_sync_state_deletes_nothing_and_finds_everything(office, ews):
    keys = [office.add(person(f"Person {name}")) for name in "ABC"]
    office.sync()
    ews.ews.forget_sync_states()
    drop(ews, "Person A")
    touch(ews, "Person B", jobTitle="Chief")
    office.sync()
    assert office.trashed() == [] and office.record(keys[1]).contact.job_title == "Chief"
    office.sync()
    assert office.trashed() == ["Person A"]
    assert office.sync().counts == {}


def test_an_edit_between_the_look_and_the_write_is_not_overwritten(office, ews):
    key = office.add("Nick Brigandi")
    office.sync()
    edit = Before(lambda: touch(ews, "Nick Brigandi", jobTitle="Chief"))
    ews.ews.faults.add(edit, "UpdateItem", times=1)
    office.edit(key, job_title="ours", company="Contoso")
    office.sync()
    item = in_mailbox(ews)["Nick Brigandi"].properties
    assert (item[TEXTS["jobTitle"]], item[TEXTS["companyName"]]) == ("ours", "Contoso")
    assert office.disagreements() == 1


def test_bcm_10_a_stopped_mirror_leaves_the_mailbox_as_it_was(office, ews):
    office.add("Nick Brigandi")
    friend = make(ews, "Old Friend")
    before = ews.anna.change_key(friend)
    office.sync()
    office.stop()
    assert list(in_mailbox(ews)) == ["Old Friend"]
    assert ews.anna.change_key(friend) == before


# Every answer lost


def filled(office: Office, ews: EwsOffice) -> None:
    """A mirror that is under way, with something of every kind to do."""
    names = ("Anna A", "Bert B", "Carl C", "Dora D", "Emil E", "Fred F", "Gina G", "Hans H", "Ida I")
    keys = {name: office.add(person(name, company="Contoso")) for name in names}
    make(ews, "Old Friend")
    make(ews, "Plain Person", jobTitle="Buyer")
    office.sync()
    office.add("New Here")
    office.photograph(office.add("New Face"), JPEG)
    office.photograph(keys["Ida I"], PNG)
    office.add("Met Twice")
    make(ews, "Met Twice", personalNotes="from the folder")
    make(ews, "New There")
    office.edit(keys["Anna A"], job_title="edited here")
    touch(ews, "Bert B", jobTitle="edited there")
    office.edit(keys["Carl C"], company="ours")
    touch(ews, "Carl C", companyName="theirs")
    office.edit(keys["Dora D"], note="here")
    touch(ews, "Dora D", jobTitle="there")
    office.delete(keys["Emil E"])
    drop(ews, "Fred F")
    office.delete(keys["Gina G"])
    touch(ews, "Gina G", personalNotes="edited after the deletion")
    ews.anna.put_photo(in_mailbox(ews)["Hans H"], JPEG)
    touch(ews, "Hans H", personalNotes="has a picture now")


def state(office: Office, ews: EwsOffice):
    """What people see: the book with its owners, the folder with its marks, the deleted items of both."""
    book = sorted(
        (who.formatted_name, record.owner_id or 0, who.company, who.job_title, who.note, bool(who.photo))
        for record in office.contacts.list()
        for who in [record.contact]
    )
    shown = (*(TEXTS[name] for name in ("displayName", "companyName", "jobTitle", "personalNotes")),)
    folder = sorted(
        (
            *(str(item.properties.get(name, "")) for name in shown),
            str(item.properties.get(ARRAYS["categories"], "")),
            STAMP in item.properties,
            bool(item.photo),
            len(item.older_photos),
        )
        for item in ews.anna.contacts(ews.anna.folder("contacts"))
    )
    return book, folder, office.trashed()


KEPT = ("items", "folders", "folder_log", "categories", "change", "_keys", "_ids")


class Begun:
    """A mirror with much to do, which can be begun anew as often as a test likes."""

    def __init__(self, ews: EwsOffice, make_sqlite: Callable[[], str]) -> None:
        self.ews = ews
        self.make_sqlite = make_sqlite
        self.url = make_sqlite()
        office = firm(self.url, ews)
        filled(office, ews)
        self.now = office.clock.now
        office.database.close()
        self.mailbox = deepcopy({name: getattr(ews.anna, name) for name in KEPT})

    def again(self) -> Office:
        url = self.make_sqlite()
        copyfile(self.url.removeprefix("sqlite:///"), url.removeprefix("sqlite:///"))
        for name, value in deepcopy(self.mailbox).items():
            setattr(self.ews.anna, name, value)
        office = firm(url, self.ews)
        office.clock.now = self.now
        return office


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_run_that_loses_any_one_answer_is_finished_by_the_next(ews, make_sqlite, capsys):
    """Over HTTP, pictures included; deaths of the process are in test_crashes.py."""
    begun = Begun(ews, make_sqlite)
    office = begun.again()
    before = len(ews.judge.lines)
    assert office.sync().outcome is Outcome.DONE
    lines = ews.judge.lines[before:]
    assert {"CreateItem", "UpdateItem", "DeleteItem", "CreateAttachment", "SyncFolderItems"} <= set(lines)
    assert office.sync().counts == {}
    wanted = state(office, ews)
    assert wanted[2] == ["Emil E", "Fred F"] and len(wanted[1]) == 13
    office.database.close()
    for at, line in enumerate(lines):
        office = begun.again()
        ews.ews.faults.add(Lost(), "", skip=at, times=1)
        assert office.sync().outcome in (Outcome.FAILED, Outcome.PARTLY), f"{at}: {line}"
        ews.ews.faults.clear()
        office.sync()
        for part, wished in zip(state(office, ews), wanted, strict=True):
            assert part == wished, f"{at}: {line}"
        assert office.sync().counts == {}, f"{at}: {line}"
        office.database.close()
    with capsys.disabled():
        print(f" {len(lines)} answers ", end="")
