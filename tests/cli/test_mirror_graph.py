"""``mirror start --to graph`` as a person by device code, and as an app with its secret, against the simulator."""

import asyncio
import threading
from functools import partial

import msal
import pytest

from bridge.place import Place
from bridge.simulators.graph import Simulator
from bridge.simulators.graph.sign_in import Application
from storage_plugin.database.mirrors import Mirrors
from storage_plugin.database.vault import Vault
from tests.judges.loopback import Loopback

CLIENT, SECRET = "11111111-2222-3333-4444-555555555555", "the app's secret"


@pytest.fixture
def graph():
    """A simulator in a thread of its own, as the command line has an event loop of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    def do(work):
        return asyncio.run_coroutine_threadsafe(work, loop).result(20)

    simulator = Simulator()
    do(simulator.__aenter__())
    simulator.sign_in.applications[CLIENT] = Application(CLIENT, SECRET)
    yield simulator
    do(simulator.__aexit__(None, None, None))
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.fixture
def mailbox(graph, monkeypatch):
    """Anna's; msal's requests go to the simulator."""
    options = {"instance_discovery": False, "http_client": Loopback(graph.login)}
    for kind in ("PublicClientApplication", "ConfidentialClientApplication"):
        monkeypatch.setattr(msal, kind, partial(getattr(msal, kind), **options))
    return graph.mailbox("anna@contoso.example")


def in_folder(mailbox):
    return len(mailbox.contacts(mailbox.folder(mailbox.default)))


def test_bcm_4_a_person_signs_in_by_a_code_and_the_token_is_kept_encrypted(cli, graph, mailbox, monkeypatch):
    graph.sign_in.applications[CLIENT] = Application(CLIENT)
    monkeypatch.setattr("bridge.cli.mirror_setting._show", lambda code: graph.sign_in.approve(code.code, mailbox))
    cli("user", "add", "anna")
    cli("contact", "add", "Nick Brigandi")
    said = cli("mirror", "start", "anna", "--to", "graph", "--client-id", CLIENT, "--service", graph.graph)
    assert said.splitlines()[-1] == "Done: 1 create."
    graph.sign_in.expire_tokens()
    cli("contact", "add", "Andrea Dunker")
    assert cli("mirror", "run", "anna") == "Done: 1 create.\n"
    assert in_folder(mailbox) == 2
    with Place(cli.folder).opened() as database:
        mirrors = Mirrors(database, Vault.open(cli.folder))
        (mirror,) = mirrors.all()
        assert "RefreshToken" in mirrors.secrets(mirror.id)["tokens"]
    assert b"RefreshToken" not in (cli.folder / "contacts.sqlite").read_bytes()
    cli("mirror", "stop", "anna")
    assert in_folder(mailbox) == 0


def test_bc_9_an_app_with_its_secret_reaches_the_mailbox(cli, graph, mailbox):
    cli("user", "add", "anna")
    cli("contact", "add", "Nick Brigandi")
    where = ("--to", "graph", "--client-id", CLIENT, "--service", graph.graph, "--tenant", "contoso.example")
    where += ("--mailbox", "anna@contoso.example", "--secret-stdin")
    wrong = cli.run("mirror", "start", "anna", *where, stdin="wrong\n")
    assert wrong.exit_code == 1
    assert "FAILED  signed in" in wrong.stdout
    cli("mirror", "start", "anna", *where, stdin=f"{SECRET}\n")
    assert in_folder(mailbox) == 1
