"""The target ``ews`` against the simulator: the contract, and what only Exchange Web Services do."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from hashlib import sha256

import pytest
from exchangelib.transport import AUTH_TYPE_MAP

from bridge.mirroring.self_test import self_test
from bridge.simulators.graph.faults import After, Before, Lost, Refuse
from bridge.simulators.graph.items import Entry
from bridge.simulators.graph.properties import TEXTS
from bridge.targets.base import (
    Create,
    CursorExpired,
    FolderGone,
    Forbidden,
    Full,
    Gone,
    Rejected,
    SignInNeeded,
    Target,
    Throttled,
    Unreachable,
    Update,
)
from bridge.targets.ews.client import EwsClient
from bridge.targets.ews.connection import EwsAccount, EwsConnection
from bridge.targets.ews.contacts import EwsTarget
from storage_plugin.model.contact import Contact
from storage_plugin.model.mirror import Item
from tests.contract.folder import Folder, stamp
from tests.contract.people import ANNA, BERT, JPEG, PEOPLE, PNG
from tests.contract.targets import FLAG, TargetContract
from tests.simulators.ews.office import ADDRESS, LOGIN, PASSWORD, EwsOffice


def ews_target(office: EwsOffice, name: str = "", **said) -> EwsTarget:
    """A target on Anna's mailbox, whose waits take no time."""

    async def sleep(seconds: float) -> None:
        office.clock.advance(seconds=seconds)

    here = {"url": office.ews.url, "mailbox": ADDRESS, "login": LOGIN, "password": PASSWORD, "scheme": "basic"}
    account = EwsAccount(**(here | said))
    return EwsTarget(EwsClient(EwsConnection(account, sleep), name), office.clock)


class TestEws(TargetContract):
    MANY = 600
    EXAMPLES = 15
    PEOPLE = PEOPLE.map(lambda contact: replace(contact, file_as="Chosen"))

    @pytest.fixture
    def office(self) -> Iterator[EwsOffice]:
        office = EwsOffice()
        office.anna.refuses = lambda contact: "It is refused." if contact.get("givenName") == "Refused" else ""
        yield office
        office.close()
        assert office.judge.verdict() == []

    @pytest.fixture
    def runner(self, office):
        return office

    @pytest.fixture
    def connect(self, office: EwsOffice) -> Callable[[], Target]:
        return lambda: ews_target(office)

    def as_held(self, view: Contact) -> Contact:
        """A contact without FileAs is given one."""
        made = ", ".join(filter(None, (view.family_name, view.given_name)))
        return view if view.file_as else replace(view, file_as=made)

    def fill(self, folder: Folder, count: int) -> None:
        """Straight into the store."""
        office = folder.runner
        for number in range(count):
            office.anna.add({TEXTS["displayName"]: f"Bert {number}"})

    def copy(self, folder: Folder, item: Item) -> None:
        office = folder.runner
        office.anna.copy(office.anna.item(item.id), folder.target.folder)


@pytest.fixture
def office() -> Iterator[EwsOffice]:
    office = EwsOffice()
    yield office
    office.close()
    assert office.judge.verdict() == []


@pytest.fixture
def connected(office: EwsOffice) -> Iterator[Callable[..., EwsTarget]]:
    """A function that connects; what it connected is closed at the end."""
    targets: list[EwsTarget] = []

    def connect(*names: str, **said) -> EwsTarget:
        targets.append(ews_target(office, *names, **said))
        return targets[-1]

    yield connect
    for target in targets:
        office.run(target.close())


@pytest.fixture
def folder(office: EwsOffice, connected) -> Folder:
    return Folder(office, connected(), FLAG)


BUSY = Refuse(500, "ErrorServerBusy", "The server cannot service this request right now.", retry_after=17)


# The folder


def test_bc_2_bc_3_a_named_folder_is_made_once_and_found_again(office, connected):
    first = Folder(office, connected("Business Central"), FLAG)
    item = first.create(ANNA)
    second = Folder(office, connected("Business Central"), FLAG)
    assert second.target.folder == first.target.folder != office.anna.default
    assert second.all().keys() == {item.id}


def test_a_folder_of_the_name_that_is_in_the_deleted_items_is_not_taken(office, connected):
    deleted = office.anna.add_folder("Business Central")
    office.anna.remove_folder(deleted)
    assert Folder(office, connected("Business Central"), FLAG).target.folder != deleted.id


def test_a_folder_that_somebody_deleted_in_outlook_is_told_and_not_made_again(office, connected):
    """It is in the deleted items then, and can still be read by its id."""
    target = connected("Business Central")
    known = Folder(office, target, FLAG).target.folder
    office.anna.remove_folder(office.anna.folder(known))
    assert office.run(target.changes(None, {})).items == []
    with pytest.raises(FolderGone, match="Business Central"):
        office.run(target.open(FLAG))
    assert office.anna.children(office.anna.default) == []


def test_a_folder_that_is_gone_for_good_is_told(office, connected):
    folder = Folder(office, connected("Business Central"), FLAG)
    office.run(folder.target.client.remove_folder())
    target = folder.target
    for doing in (target.open(FLAG), target.changes(None, {}), target.stamped([stamp(1)])):
        with pytest.raises(FolderGone):
            office.run(doing)
    with pytest.raises(FolderGone):
        folder.create(ANNA)


def test_a_folder_of_the_name_that_is_not_for_contacts_is_not_taken(office, connected):
    assert Folder(office, connected("Deleted Items"), FLAG).target.folder != office.anna.bin


def test_the_self_test_passes_and_leaves_nothing(office, connected):
    """What a customer runs against the real server: `mirror check --live`."""
    said = []
    folders, categories = len(office.anna.children(office.anna.default)), list(office.anna.categories)
    assert office.run(self_test(connected("Contact Bridge self-test"), said.append)), said
    assert {step.name: step.cure for step in said}["clean up"] == ""
    assert len(office.anna.children(office.anna.default)) == folders and office.anna.categories == categories
    assert office.run(self_test(connected("Contact Bridge self-test"), said.append))


# Categories


def test_bcm_22_the_category_is_made_with_its_colour(office, folder):
    known = {each.name: each.color for each in office.anna.categories}
    assert known[FLAG.name] == FLAG.colour
    assert known["Green category"] == "preset4"


def test_the_category_is_made_once(office, connected):
    for _ in range(2):
        Folder(office, connected(), FLAG)
    assert [each.name for each in office.anna.categories].count(FLAG.name) == 1


def test_a_mailbox_that_outlook_never_opened_gets_a_list_of_categories(office, connected):
    office.anna.has_category_list, office.anna.categories = False, []
    Folder(office, connected(), FLAG)
    assert [each.name for each in office.anna.categories] == [FLAG.name]


def test_a_mailbox_whose_list_of_categories_is_closed_is_mirrored_all_the_same(office, connected):
    office.ews.faults.add(Refuse(200, "ErrorAccessDenied"), "UserConfiguration", times=9)
    assert Folder(office, connected(), FLAG).create(ANNA, flagged=True).flagged


# Waiting, and answers that are lost


def test_a_server_that_is_busy_is_given_its_time_to_the_letter(office, folder):
    before = office.clock()
    office.ews.faults.add(BUSY, "CreateItem", times=1)
    item = folder.create(ANNA)
    assert (office.clock() - before).total_seconds() == 17
    assert folder.all().keys() == {item.id}


def test_busy_is_told_with_http_200_as_well(office, folder):
    before = office.clock()
    office.ews.faults.add(replace(BUSY, status=200, retry_after=3), "SyncFolderItems", times=2)
    assert folder.all() == {}
    assert (office.clock() - before).total_seconds() == 6


def test_a_server_that_is_busy_without_end_is_told(office, folder):
    office.ews.faults.add(replace(BUSY, retry_after=100), "CreateItem", times=9)
    with pytest.raises(Throttled) as told:
        folder.create(ANNA)
    assert told.value.retry_after == 100


@pytest.mark.parametrize("operation", ["CreateItem", "UpdateItem", "DeleteItem", "CreateAttachment"])
def test_a_lost_answer_is_never_sent_again(office, folder, operation):
    item = folder.create(BERT, 1)
    office.ews.faults.add(Lost(), operation, times=1)
    operations = {
        "CreateItem": lambda: folder.create(ANNA, 4),
        "UpdateItem": lambda: folder.update(item, replace(item.view, job_title="Chief")),
        "DeleteItem": lambda: folder.delete(item),
        "CreateAttachment": lambda: folder.update(item, item.view, photo=JPEG),
    }
    sent = office.judge.lines.count(operation)
    with pytest.raises(Unreachable):
        operations[operation]()
    assert office.judge.lines.count(operation) == sent + 1
    assert len(folder.stamped(4)) == (operation == "CreateItem")


def test_a_server_that_fails_is_told_at_once(office, connected, monkeypatch):
    sign_in = office.ews.sign_in.login

    def fail(headers, connection):
        if "Authorization" in headers:
            raise RuntimeError("out of order")
        return sign_in(headers, connection)

    monkeypatch.setattr(office.ews.sign_in, "login", fail)
    before = office.clock()
    for scheme in ("ntlm", "basic"):
        with pytest.raises(Unreachable):
            office.run(connected(scheme=scheme).open(None))
    assert office.clock() == before


def test_a_server_that_is_not_there_is_told(office, connected):
    target = connected(url="http://127.0.0.1:9/EWS/Exchange.asmx")
    with pytest.raises(Unreachable):
        office.run(target.open(None))


# What the service forgets, refuses, or has no room for


def test_a_sync_state_that_the_server_forgot_is_told(office, folder):
    cursor = folder.changes().cursor
    office.ews.forget_sync_states()
    with pytest.raises(CursorExpired):
        folder.changes(cursor)


def test_a_sync_state_of_another_folder_is_told(office, folder, connected):
    other = Folder(office, connected("Business Central"), FLAG)
    with pytest.raises(CursorExpired):
        folder.changes(other.changes().cursor)


def test_a_full_mailbox_is_told(office, folder):
    office.anna.full = True
    with pytest.raises(Full):
        folder.create(ANNA)


def test_a_right_that_was_taken_back_is_told(office, folder):
    office.ews.read_only.add(ADDRESS)
    with pytest.raises(Forbidden):
        folder.create(ANNA)


def test_a_request_that_is_refused_for_one_contact_is_sent_for_each_alone(office, folder):
    office.ews.faults.add(Refuse(500, "ErrorSchemaValidation", "One is wrong."), "CreateItem", times=2)
    shown = folder.target.shape.view
    answers = folder.answers(Create(shown(ANNA).view, stamp(1)), Create(shown(BERT).view, stamp(2)))
    assert isinstance(answers[0], Rejected)
    assert answers[1].view.given_name == "Bert"
    assert len(folder.all()) == 1


def test_a_contact_that_was_moved_to_another_folder_is_gone(office, folder):
    item = folder.create(ANNA)
    office.anna.move(office.anna.item(item.id), office.anna.add_folder("Private").id)
    assert folder.items(item.id) == {}
    with pytest.raises(Gone):
        folder.delete(item)


def test_what_is_deleted_is_in_the_deleted_items(office, folder):
    folder.delete(folder.create(ANNA))
    assert [each.properties[TEXTS["displayName"]] for each in office.anna.binned()] == ["Anna Müller"]


# Others write meanwhile


def test_a_change_between_our_look_and_our_write_is_not_overwritten(office, folder):
    item = folder.create(ANNA)
    held = office.anna.item(item.id)
    office.ews.faults.add(Before(lambda: office.anna.put(held, {TEXTS["jobTitle"]: "Theirs"})), "UpdateItem")
    (answer,) = folder.answers(Update(item.id, item.version, item.view, replace(item.view, note="x"), stamp(1)))
    assert type(answer).__name__ == "Changed"
    assert folder.read(item).view.job_title == "Theirs"


@pytest.mark.parametrize("photo", [None, PNG])
def test_a_change_right_after_our_write_is_told_by_the_next_reading(office, folder, photo):
    item = folder.create(ANNA, photo=JPEG)
    cursor = folder.changes().cursor
    held = office.anna.item(item.id)
    office.ews.faults.add(After(lambda: office.anna.put(held, {TEXTS["jobTitle"]: "Theirs"})), "UpdateItem")
    wanted = replace(item.view, note="ours")
    answer = folder.update(item, wanted, photo=photo)
    assert answer.view == wanted
    (seen,) = folder.changes(cursor, {answer.id: answer.version}).items
    assert (seen.view.note, seen.view.job_title) == ("ours", "Theirs")


def test_a_slot_that_is_nobodys_stays(office, folder):
    item = folder.create(ANNA)
    office.anna.put(office.anna.item(item.id), {"String 0x3a1a": "the primary phone"})
    item = folder.read(item)
    folder.update(item, replace(item.view, phones=item.view.phones[:1]))
    assert office.anna.item(item.id).properties["String 0x3a1a"] == "the primary phone"


def test_a_gap_in_the_slots_closes_when_the_list_is_written(office, folder):
    item = folder.create(ANNA)
    second = "String {00062004-0000-0000-c000-000000000046} Id 0x8093"
    first = "String {00062004-0000-0000-c000-000000000046} Id 0x8083"
    office.anna.put(office.anna.item(item.id), {first: None})
    item = folder.read(item)
    (left,) = item.view.emails
    written = folder.update(item, replace(item.view, emails=(left, ANNA.emails[0])))
    assert [each.address for each in written.view.emails] == [left.address, ANNA.emails[0].address]
    assert office.anna.item(item.id).properties[second] == ANNA.emails[0].address


def test_only_what_differs_is_written(office, folder):
    item = folder.create(ANNA, flagged=True)
    changed = office.anna.item(item.id).changed.copy()
    folder.update(
        item, replace(item.view, phones=(replace(item.view.phones[0], number="110"), *item.view.phones[1:]))
    )
    now = office.anna.item(item.id).changed
    assert [name for name in now if now[name] != changed.get(name)] == ["String 0x3a08"]


def test_all_copies_are_found_however_few_the_server_tells_at_a_time(office, folder):
    item = folder.create(ANNA, 5)
    office.anna.copy(office.anna.item(item.id))
    office.ews.behaviour.find_page_restricted = 1
    assert len(folder.stamped(5)) == 2


def test_a_contact_list_is_nobody(office, folder):
    cursor = folder.changes().cursor
    office.anna.add({TEXTS["displayName"]: "All of us"}, is_list=True)
    office.anna.folder("contacts").log.update(
        {key: Entry(office.anna.change, None, "", "") for key in office.anna.items}
    )
    feed = folder.changes(cursor)
    assert (feed.items, feed.removed, feed.unchanged) == ([], [], [])


# Pictures


@pytest.mark.parametrize("keeps", [True, False])
def test_a_second_picture_takes_the_place_of_the_first(office, folder, keeps):
    office.ews.behaviour.keeps_photos = keeps
    item = folder.create(ANNA, photo=JPEG)
    item = folder.update(item, item.view, photo=PNG)
    held = office.anna.item(item.id)
    assert (held.photo, held.older_photos) == (PNG, [])


def test_of_two_pictures_the_newer_one_is_shown(office, folder):
    item = folder.create(ANNA, photo=JPEG)
    held = office.anna.item(item.id)
    held.older_photos, held.photo = [JPEG], PNG
    assert folder.photo(item) == PNG
    assert folder.read(item).photo == sha256(PNG).hexdigest()


def test_a_picture_that_is_refused_does_not_stop_the_contact(office, folder):
    office.ews.faults.add(Refuse(500, "ErrorMessageSizeExceeded", "Too large."), "CreateAttachment", times=1)
    item = folder.create(ANNA, photo=JPEG)
    assert item.view.given_name == "Anna" and folder.read(item).photo == ""


# The connection


def _steps(office, target):
    async def steps():
        return [step async for step in target.check()]

    return office.run(steps())


def test_bc_9_a_wrong_password_is_told_with_what_to_do(office, connected):
    *_, last = _steps(office, connected(password="wrong"))
    assert not last.passed and "user name or the password" in last.cure
    with pytest.raises(SignInNeeded):
        office.run(connected(password="wrong").open(None))


def test_a_password_that_basic_cannot_say_is_told(office, connected):
    *_, last = _steps(office, connected(password="пароль"))
    assert not last.passed and "NTLM" in last.cure


def test_bc_9_a_mailbox_that_may_only_be_read_is_told(office, connected):
    office.ews.read_only.add(ADDRESS)
    assert [step.passed for step in _steps(office, connected())] == [True, True, False]


def test_bc_9_a_mailbox_of_somebody_else_is_told(office, connected):
    office.ews.mailbox("bert@contoso.example", "CONTOSO\\bert", "secret")
    *_, last = _steps(office, connected(mailbox="bert@contoso.example"))
    assert not last.passed and "refuses" in last.cure
    *_, last = _steps(office, connected(mailbox="nobody@contoso.example"))
    assert not last.passed and "no mailbox" in last.cure


def test_ntlm_signs_in_the_connection_once(office, connected):
    office.ews.sign_in.offered = ("NTLM",)
    folder = Folder(office, connected(scheme="ntlm"), FLAG)
    item = folder.create(ANNA)
    assert folder.all().keys() == {item.id}
    assert office.ews.sign_in.handshakes == 1


def test_a_scheme_that_is_switched_off_is_told(office, connected):
    office.ews.sign_in.offered = ("NTLM",)
    *_, last = _steps(office, connected(scheme="basic"))
    assert not last.passed and "kind of sign-in" in last.cure


def test_a_wrong_password_is_told_by_ntlm_too(office, connected):
    with pytest.raises(SignInNeeded):
        office.run(connected(scheme="ntlm", password="wrong").open(None))


def test_kerberos_without_its_library_is_told(connected, monkeypatch):
    monkeypatch.delitem(AUTH_TYPE_MAP, "gssapi", raising=False)
    with pytest.raises(SignInNeeded, match="pip install"):
        connected(scheme="kerberos")


def test_a_shared_mailbox_is_mirrored(office, connected):
    bert = office.ews.mailbox("bert@contoso.example", "CONTOSO\\bert", "secret")
    office.ews.shared[LOGIN] = {"bert@contoso.example"}
    Folder(office, connected(mailbox="bert@contoso.example"), FLAG).create(ANNA)
    assert len(bert.items) == 1 and not office.anna.items


@pytest.mark.parametrize("name", ["", "Business Central"])
def test_a_mailbox_of_which_only_the_contacts_are_shared_is_mirrored(office, connected, name):
    bert = office.ews.mailbox("bert@contoso.example", "CONTOSO\\bert", "secret")
    office.ews.shared[LOGIN] = office.ews.contacts_only = {"bert@contoso.example"}
    assert all(step.passed for step in _steps(office, connected(name, mailbox="bert@contoso.example")))
    first = Folder(office, connected(name, mailbox="bert@contoso.example"), FLAG)
    first.create(ANNA)
    again = connected(name, mailbox="bert@contoso.example")
    again.folder = first.target.folder
    assert len(Folder(office, again, FLAG).all()) == len(bert.items) == 1


def test_a_service_account_acts_as_the_owner(office, connected):
    office.ews.mailbox("service@contoso.example", "CONTOSO\\service", "secret")
    said = {"login": "CONTOSO\\service", "password": "secret", "impersonates": True}
    *_, last = _steps(office, connected(**said))
    assert not last.passed and "impersonate" in last.cure
    office.ews.impersonators.add("CONTOSO\\service")
    Folder(office, connected(**said), FLAG).create(ANNA)
    assert len(office.anna.items) == 1


def test_nothing_of_a_contact_or_a_password_is_logged(office, connected, caplog):
    caplog.set_level("DEBUG")
    folder = Folder(office, connected(), FLAG)
    folder.create(ANNA)
    office.ews.faults.add(Lost(), "CreateItem", times=1)
    with pytest.raises(Unreachable):
        folder.create(ANNA)
    logged = [record.getMessage() for record in caplog.records]
    assert not [each for each in logged if "anna@example.com" in each or PASSWORD in each]
