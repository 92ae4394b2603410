"""``mirror start --to graph`` as a person by device code, and as an app with its secret, against the simulator."""

import pytest

from bridge.place import Place
from bridge.simulators.graph.sign_in import Application
from storage_plugin.database.mirrors import Mirrors
from storage_plugin.database.vault import Vault
from tests.cli.conftest import CLIENT, SECRET


@pytest.fixture
def mailbox(signing_in):
    return signing_in.mailbox("anna@contoso.example")


def in_folder(mailbox):
    return len(mailbox.contacts(mailbox.folder(mailbox.default)))


def test_bcm_4_bcm_29_a_person_signs_in_by_a_code_and_the_token_is_kept_encrypted(cli, graph, mailbox, monkeypatch):
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


def test_bc_9_bcm_27_an_app_with_its_secret_reaches_the_mailbox(cli, graph, mailbox):
    cli("user", "add", "anna")
    cli("contact", "add", "Nick Brigandi")
    where = ("--to", "graph", "--client-id", CLIENT, "--service", graph.graph, "--tenant", "contoso.example")
    where += ("--mailbox", "anna@contoso.example", "--secret-stdin")
    wrong = cli.run("mirror", "start", "anna", *where, stdin="wrong\n")
    assert wrong.exit_code == 1
    assert "FAILED  signed in" in wrong.stdout
    cli("mirror", "start", "anna", *where, stdin=f"{SECRET}\n")
    assert in_folder(mailbox) == 1
