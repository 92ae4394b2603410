"""exchangelib as its own authors use it, a client that knows nothing of us, against the simulator (a judge)."""

import asyncio
import threading
from collections.abc import Iterator

import pytest
from exchangelib import BASIC, NTLM, UTC, Account, Configuration, Credentials, EWSDate
from exchangelib.attachments import FileAttachment
from exchangelib.errors import ErrorIrresolvableConflict, ErrorItemNotFound
from exchangelib.indexed_properties import EmailAddress, PhoneNumber, PhysicalAddress
from exchangelib.items import NEVER_OVERWRITE, Contact
from exchangelib.protocol import close_connections

from bridge.simulators.graph.properties import TEXTS
from tests.contract.people import JPEG
from tests.simulators.ews.office import ADDRESS, LOGIN, PASSWORD, EwsOffice


@pytest.fixture
def account(office: EwsOffice) -> Iterator[Account]:
    """Anna's, while the simulator runs beside; nothing is said of server version and kind of sign-in."""
    stop = threading.Event()

    async def serve() -> None:
        await asyncio.to_thread(stop.wait)

    thread = threading.Thread(target=lambda: office.run(serve()))
    thread.start()
    config = Configuration(service_endpoint=office.ews.url, credentials=Credentials(LOGIN, PASSWORD))
    yield Account(ADDRESS, config=config, access_type="delegate", default_timezone=UTC)
    close_connections()
    stop.set()
    thread.join()


def new(account: Account, **said) -> Contact:
    contact = Contact(
        account=account,
        folder=account.contacts,
        display_name="Anna Müller",
        given_name="Anna",
        surname="Müller",
        body="first\nsecond",
        birthday=EWSDate(1980, 2, 29),
        categories=["Friends"],
        email_addresses=[EmailAddress(label="EmailAddress1", email="anna@example.com")],
        phone_numbers=[PhoneNumber(label="Pager", phone_number="110")],
        physical_addresses=[PhysicalAddress(label="Business", street="Weg 1", city="Köln", zipcode="50667")],
        **said,
    )
    return contact.save()


@pytest.mark.parametrize("offered", ["NTLM", 'Basic realm="x"'])
def test_it_finds_out_version_and_sign_in_by_itself(office, account, offered):
    office.ews.sign_in.offered = (offered,)
    assert account.contacts.name == "Contacts"
    assert account.protocol.auth_type == (NTLM if offered == "NTLM" else BASIC)
    assert account.version.build.major_version == 15


def test_a_contact_is_made_read_changed_and_deleted(office, account):
    made = new(account)
    seen = account.contacts.get(id=made.id)
    assert (seen.given_name, seen.body.strip(), seen.birthday) == ("Anna", "first\nsecond", EWSDate(1980, 2, 29))
    assert seen.phone_numbers == [PhoneNumber(label="Pager", phone_number="110")]
    assert seen.physical_addresses[0].city == "Köln" and seen.categories == ["Friends"]
    seen.job_title = "Chief"
    seen.save(update_fields=["job_title"], conflict_resolution=NEVER_OVERWRITE)
    assert account.contacts.get(id=made.id).job_title == "Chief"
    seen.move_to_trash()
    with pytest.raises(ErrorItemNotFound):
        account.contacts.get(id=made.id)
    assert len(office.anna.binned()) == 1


def test_another_change_is_noticed(office, account):
    made = new(account)
    office.anna.put(office.anna.item(made.id), {TEXTS["jobTitle"]: "Theirs"})
    made.job_title = "Ours"
    with pytest.raises(ErrorIrresolvableConflict):
        made.save(update_fields=["job_title"], conflict_resolution=NEVER_OVERWRITE)


def test_contacts_are_filtered_and_listed(account):
    new(account)
    new(account, company_name="Contoso")
    assert account.contacts.all().count() == 2
    assert account.contacts.filter(company_name="Contoso").count() == 1


def test_changes_are_synchronised(office, account):
    made = new(account)
    assert [kind for kind, _ in account.contacts.sync_items()] == ["create"]
    office.anna.put(office.anna.item(made.id), {TEXTS["jobTitle"]: "Theirs"})
    state = account.contacts.item_sync_state
    ((kind, item),) = account.contacts.sync_items(sync_state=state)
    assert (kind, item.job_title) == ("update", "Theirs")


def test_a_picture_is_attached(office, account):
    made = new(account)
    made.attach(FileAttachment(name="ContactPicture.jpg", content=JPEG, is_contact_photo=True))
    assert office.anna.item(made.id).photo == JPEG
    seen = account.contacts.get(id=made.id)
    assert seen.has_picture and seen.attachments[0].content == JPEG
