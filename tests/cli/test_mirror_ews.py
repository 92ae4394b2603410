"""``mirror check``, ``start`` and ``run --to ews``, against the simulator."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from bridge.mirroring.setting_up import opened
from bridge.mirroring.settings import mirror_settings
from bridge.place import Place
from bridge.simulators.ews import Simulator
from bridge.simulators.graph.properties import TEXTS
from tests.simulators.ews.office import ADDRESS, LOGIN, PASSWORD


@contextmanager
def simulated() -> Iterator[Simulator]:
    """A simulator in a thread of its own, as the command line has an event loop of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    def do(work):
        return asyncio.run_coroutine_threadsafe(work, loop).result(20)

    simulator = Simulator()
    do(simulator.__aenter__())
    yield simulator
    do(simulator.__aexit__(None, None, None))
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.fixture
def ews():
    with simulated() as ews:
        yield ews


@pytest.fixture
def anna(ews):
    return ews.mailbox(ADDRESS, LOGIN, PASSWORD)


def where(ews, *more):
    return ("--to", "ews", "--url", ews.url, "--login", LOGIN, "--mailbox", ADDRESS, *more, "--secret-stdin")


@pytest.mark.parametrize("auth", ["ntlm", "basic"])
def test_bc_9_a_mirror_into_exchange_server_is_checked_started_run_and_stopped(cli, ews, anna, auth):
    cli("user", "add", "anna")
    cli("contact", "add", "Nick Brigandi")
    place = where(ews, "--auth", auth, "--folder", "Business Central")
    checked = cli("mirror", "check", "anna", *place, stdin=f"{PASSWORD}\n")
    assert checked.count("ok") == 3 and "FAILED" not in checked
    assert cli("mirror", "start", "anna", *place, stdin=f"{PASSWORD}\n").splitlines()[-1] == "Done: 1 create."
    (folder,) = anna.children(anna.default)
    assert (folder.name, len(anna.contacts(folder))) == ("Business Central", 1)
    cli("contact", "add", "Andrea Dunker")
    assert cli("mirror", "run", "anna") == "Done: 1 create.\n"
    assert cli("mirror", "run", "anna") == "Done: nothing to do.\n"
    assert PASSWORD.encode() not in (cli.folder / "contacts.sqlite").read_bytes()
    cli("mirror", "stop", "anna")
    assert anna.contacts(folder) == []


def test_bc_9_a_wrong_password_is_one_sentence(cli, ews, anna):
    cli("user", "add", "anna")
    for auth in ("ntlm", "basic"):
        wrong = cli.run("mirror", "start", "anna", *where(ews, "--auth", auth), stdin="wrong\n")
        assert wrong.exit_code == 1
        assert "FAILED  signed in" in wrong.stdout
        assert "does not accept the user name or the password" in wrong.output
    assert "No mirrors yet" in cli("mirror", "status")


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (("--url", "http://mail.contoso.example", "--login", "anna@contoso.example"), "must begin with https"),
        (("--url", "mail.contoso.example", "--login", "CONTOSO\\anna"), "say with --mailbox"),
        (("--url", "mail.contoso.example"), "say with --login"),
        (("--url", "mail.contoso.example", "--auth", "kerberos"), "say with --mailbox"),
        (("--url", "mail.contoso.example", "--auth", "kerberos", "--login", "CONTOSO\\anna"), "is name@REALM"),
    ],
)
def test_what_is_missing_is_asked_for(cli, said, sentence):
    cli("user", "add", "anna")
    refused = cli.run("mirror", "check", "anna", "--to", "ews", *said, stdin="x\n")
    assert refused.exit_code != 0 and sentence in refused.output


def test_a_server_is_known_by_its_name():
    place = mirror_settings({"place": {"kind": "ews", "url": "mail.contoso.example", "user": ADDRESS}}).place
    assert (place.url, place.address) == ("https://mail.contoso.example/EWS/Exchange.asmx", ADDRESS)


def test_without_the_library_the_way_to_it_is_told(cli, ews, anna, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "bridge.targets.ews.connection", None)
    cli("user", "add", "anna")
    refused = cli.run("mirror", "check", "anna", *where(ews), stdin=f"{PASSWORD}\n")
    assert refused.exit_code != 0 and "pip install 'contact-bridge[ews]'" in refused.output


def planned(cli, place):
    """How many things a change of the place would do, as the page asks."""
    with opened(Place(cli.folder)) as office:
        said = office.settings("anna").json_form
        settings = mirror_settings(said | {"place": said["place"] | place})
        return len(asyncio.run(office.plan_change("anna", settings, {"password": PASSWORD})).plan)


def moves(anna, ews, other):
    """The mailbox moves to another server."""
    ews.mailbox("somebody@contoso.example", LOGIN, PASSWORD)
    other.owners[LOGIN] = anna
    other.sign_in.passwords[LOGIN] = PASSWORD


def test_a_mailbox_that_was_moved_is_reached_again_by_its_new_server(cli, ews, anna):
    cli("user", "add", "anna")
    cli("contact", "add", "Nick Brigandi")
    cli("mirror", "start", "anna", *where(ews), stdin=f"{PASSWORD}\n")
    ids = set(anna.items)
    with simulated() as other:
        moves(anna, ews, other)
        lost = cli.run("mirror", "run", "anna")
        assert lost.exit_code != 0 and "if it was moved, change the mirror's server" in lost.output
        anna.put(anna.items[min(ids)], {TEXTS["jobTitle"]: "Chief"})
        assert planned(cli, {"url": other.url}) == 1  # Chief
        new = ("--url", other.url, "--secret-stdin")
        cli("mirror", "change", "anna", *new, stdin=f"{PASSWORD}\n")
        assert cli("mirror", "run", "anna") == "Done: nothing to do.\n"
        assert "Chief" in cli("contact", "show", "1") and set(anna.items) == ids
        cli("contact", "add", "Andrea Dunker")
        assert cli("mirror", "run", "anna") == "Done: 1 create.\n"
    assert len(anna.items) == 2


def test_a_mailbox_that_is_gone_for_good_keeps_nobody_from_stopping(cli, ews, anna):
    cli("user", "add", "anna")
    cli("contact", "add", "Nick Brigandi")
    cli("mirror", "start", "anna", *where(ews), stdin=f"{PASSWORD}\n")
    ews.mailbox("somebody@contoso.example", LOGIN, PASSWORD)
    cli("mirror", "stop", "anna")
    assert "Nick" in cli("contact", "list") and len(anna.items) == 1


def test_another_kind_of_sign_in_moves_no_contact(cli, ews, anna):
    cli("user", "add", "anna")
    cli("contact", "add", "Nick Brigandi")
    cli("mirror", "start", "anna", *where(ews, "--auth", "basic"), stdin=f"{PASSWORD}\n")
    ids = list(anna.items)
    cli("mirror", "change", "anna", "--auth", "ntlm", "--secret-stdin", stdin=f"{PASSWORD}\n")
    assert list(anna.items) == ids
    assert ews.sign_in.handshakes > 0


def test_a_server_that_has_another_mailbox_of_that_address_is_given_nothing(cli, ews, anna):
    cli("user", "add", "anna")
    cli("contact", "add", "Nick Brigandi")
    cli("mirror", "start", "anna", *where(ews), stdin=f"{PASSWORD}\n")
    with simulated() as other:
        other.mailbox("first@contoso.example", "first", PASSWORD)  # ids differ
        copy = other.mailbox(ADDRESS, LOGIN, PASSWORD)
        cli.run("mirror", "change", "anna", "--url", other.url, "--secret-stdin", stdin=f"{PASSWORD}\n")
        refused = cli.run("mirror", "run", "anna")
        assert refused.exit_code != 0 and "no longer in the mailbox" in refused.output
        assert not copy.items
    assert "Nick" in cli("contact", "list") and len(anna.items) == 1
