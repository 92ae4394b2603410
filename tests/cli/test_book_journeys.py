"""Books, phones and mailboxes together, all over HTTP: the old products' stories about switching the database."""

from __future__ import annotations

import base64
import html
import http.client
import json
import re
from urllib.parse import urlsplit

import pytest

from tests.cli.conftest import CLIENT, SECRET
from tests.cli.running import serving
from tests.judges.graph_schema import Judge

FAIR = "Trade fair"
QUERY = (
    '<C:addressbook-query xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:carddav">'
    "<D:prop><D:getetag/><C:address-data/></D:prop></C:addressbook-query>"
)
SYNC = (
    '<D:sync-collection xmlns:D="DAV:"><D:sync-token>{0}</D:sync-token><D:sync-level>1</D:sync-level>'
    "<D:prop><D:getetag/></D:prop></D:sync-collection>"
)


class Phone:
    """A device on the address book: what it sees, and whether its token still holds."""

    def __init__(self, server, user, secret):
        self.where = urlsplit(server.address).netloc
        self.user = user
        self.headers = {"Authorization": "Basic " + base64.b64encode(f"{user}:{secret}".encode()).decode()}

    def ask(self, method, body, name=""):
        connection = http.client.HTTPConnection(self.where, timeout=20)
        headers = self.headers | {"Depth": "1", "Content-Type": "text/vcard" if name else "text/xml"}
        connection.request(method, f"/{self.user}/contacts/{name}", body, headers)
        answer = connection.getresponse()
        text = answer.read().decode()
        connection.close()
        return answer.status, text

    def names(self):
        status, text = self.ask("REPORT", QUERY)
        assert status == 207, text
        return sorted(re.findall(r"^FN:(.*?)\s*$", html.unescape(text), re.M))

    def token(self):
        return re.search("<(?:\\w+:)?sync-token>(.*?)<", self.ask("REPORT", SYNC.format(""))[1])[1]

    def continues(self, token):
        """Whether the device goes on from ``token``; else it lists everything anew."""
        status, text = self.ask("REPORT", SYNC.format(token))
        assert status == 207 or (status == 403 and "valid-sync-token" in text), text
        return status == 207

    def make(self, name):
        card = f"BEGIN:VCARD\r\nVERSION:3.0\r\nUID:{name}\r\nFN:{name}\r\nN:{name};;;;\r\nEND:VCARD\r\n"
        assert self.ask("PUT", card, f"{name}.vcf")[0] == 201


class Mailbox:
    """A mailbox as its owner sees it in Outlook, over Graph."""

    def __init__(self, graph, mailbox):
        self.where = urlsplit(graph.graph)
        self.headers = {"Authorization": f"Bearer {graph.sign_in.token(mailbox)}", "Content-Type": "application/json"}

    def ask(self, method, path, body=None):
        connection = http.client.HTTPConnection(self.where.netloc, timeout=20)
        connection.request(method, self.where.path + path, body and json.dumps(body), self.headers)
        answer = connection.getresponse()
        text = answer.read()
        connection.close()
        assert answer.status < 300, text
        return json.loads(text) if text else {}

    def contacts(self):
        found = self.ask("GET", "/me/contacts?$top=100")["value"]
        return {each["displayName"]: each for each in found}

    def marked(self):
        """Who is there, and whether with our category."""
        return {name: each["categories"] == ["Business Contact"] for name, each in self.contacts().items()}

    def make(self, name):
        given, _, family = name.partition(" ")
        self.ask("POST", "/me/contacts", {"displayName": name, "givenName": given, "surname": family})

    def edit(self, name, **said):
        self.ask("PATCH", f"/me/contacts/{self.contacts()[name]['id']}", said)

    def delete(self, name):
        self.ask("DELETE", f"/me/contacts/{self.contacts()[name]['id']}")


class Firm:
    """The command line, the address book's server, and mailboxes in one simulator."""

    def __init__(self, cli, graph, server):
        self.cli, self.graph, self.server = cli, graph, server

    def coworker(self, name, *view):
        """A user with a phone and a mailbox that is mirrored; ``view``: options of her or his filter."""
        address = f"{name}@contoso.example"
        mailbox = Mailbox(self.graph, self.graph.mailbox(address))
        self.cli("user", "add", name)
        if view:
            self.cli("view", "set", name, *view)
        phone = Phone(self.server, name, self.cli("device", "add", name, "iPhone", "--quiet").strip())
        where = ("--to", "graph", "--client-id", CLIENT, "--service", self.graph.graph)
        where += ("--tenant", "contoso.example", "--mailbox", address, "--secret-stdin")
        self.cli("mirror", "start", name, *where, stdin=f"{SECRET}\n")
        return phone, mailbox

    def business(self, *book):
        found = self.cli.json("contact", "list", *book)
        return sorted(each["contact"]["formatted_name"] for each in found if each["owner"] is None)

    def number_of(self, name, *book):
        found = self.cli.json("contact", "list", *book)
        return next(each["id"] for each in found if each["contact"]["formatted_name"] == name)


@pytest.fixture
def firm(cli, signing_in):
    judge = Judge()
    signing_in.observers.append(judge)
    with serving(cli.folder, part="dav") as server:
        yield Firm(cli, signing_in, server)
    assert judge.verdict() == []


@pytest.fixture
def anna(firm):
    """Anna on her phone and in her mailbox: Nick of the firm, Fred of her own; and another book with Andrea."""
    firm.cli("contact", "add", "Nick Brigandi", "--set", "company=Contoso")
    phone, mailbox = firm.coworker("anna")
    mailbox.make("Fred Friend")
    firm.cli("mirror", "run", "anna")
    firm.cli("book", "create", FAIR)
    firm.cli("contact", "add", "Andrea Dunker", "--book", FAIR)
    assert phone.names() == ["Fred Friend", "Nick Brigandi"]
    return phone, mailbox


def switched(firm, phone, choice):
    """Switch anna; her phone lists everything anew."""
    token = phone.token()
    assert phone.continues(token)
    firm.cli("book", "switch", "anna", FAIR, choice)
    assert not phone.continues(token)


@pytest.mark.slow
def test_bcm_49_bcm_51_bcm_52_keep_then_add_one_and_clean_up_the_rest(firm, anna):
    phone, mailbox = anna
    firm.cli("contact", "add", "Carl Created")
    firm.cli("mirror", "run", "anna")
    switched(firm, phone, "--keep")
    assert mailbox.marked() == {
        "Andrea Dunker": True,
        "Carl Created": True,
        "Fred Friend": False,
        "Nick Brigandi": True,
    }
    assert phone.names() == ["Andrea Dunker", "Carl Created", "Fred Friend", "Nick Brigandi"]
    assert firm.business("--book", FAIR) == ["Andrea Dunker"]
    firm.cli("contact", "promote", firm.number_of("Nick Brigandi", "--book", FAIR), "--book", FAIR)
    firm.cli("mirror", "run", "anna")
    preview = firm.cli("cleanup", "leftovers", "--preview").splitlines()
    assert [line for line in preview if "remove" in line] == ["anna: Carl Created: remove from the folder"]
    assert "Carl Created" in mailbox.contacts()
    firm.cli("cleanup", "leftovers")
    assert mailbox.marked() == {"Andrea Dunker": True, "Fred Friend": False, "Nick Brigandi": True}
    assert phone.names() == ["Andrea Dunker", "Fred Friend", "Nick Brigandi"]
    assert firm.business() == ["Carl Created", "Nick Brigandi"]
    assert firm.cli("mirror", "run", "anna") == "Done: nothing to do.\n"


@pytest.mark.slow
def test_bcm_53_delete_and_come_back(firm, anna):
    phone, mailbox = anna
    mailbox.edit("Nick Brigandi", jobTitle="Chief")
    switched(firm, phone, "--delete")
    assert mailbox.marked() == {"Andrea Dunker": True, "Fred Friend": False}
    assert phone.names() == ["Andrea Dunker", "Fred Friend"]
    assert firm.business() == ["Nick Brigandi"]
    firm.cli("book", "switch", "anna", "Business Contacts", "--delete")
    assert mailbox.marked() == {"Fred Friend": False, "Nick Brigandi": True}
    assert mailbox.contacts()["Nick Brigandi"]["jobTitle"] == "Chief"
    assert phone.names() == ["Fred Friend", "Nick Brigandi"]


@pytest.mark.slow
def test_bcm_54_bcm_55_bcm_64_import_work_on_and_clean_up_what_was_imported(firm, anna):
    phone, mailbox = anna
    firm.cli("contact", "add", "Carl Created")
    firm.cli("mirror", "run", "anna")
    before = {name: each["id"] for name, each in mailbox.contacts().items()}
    switched(firm, phone, "--import")
    now = {name: each["id"] for name, each in mailbox.contacts().items()}
    assert now == before | {"Andrea Dunker": now["Andrea Dunker"]}
    assert firm.business("--book", FAIR) == ["Andrea Dunker", "Carl Created", "Nick Brigandi"]
    mailbox.edit("Nick Brigandi", jobTitle="Chief")
    firm.cli("mirror", "run", "anna")
    there, here = (
        firm.cli.json("contact", "show", firm.number_of("Nick Brigandi", *book), *book)["contact"]
        for book in (("--book", FAIR), ())
    )
    assert (there["job_title"], here.get("job_title")) == ("Chief", None)
    assert "Carl Created: move to the deleted items" in firm.cli("cleanup", "imported", "--preview", "--book", FAIR)
    firm.cli("cleanup", "imported", "--book", FAIR)
    firm.cli("mirror", "run", "anna")
    assert phone.names() == ["Andrea Dunker", "Fred Friend", "Nick Brigandi"]
    assert mailbox.marked() == {"Andrea Dunker": True, "Fred Friend": False, "Nick Brigandi": True}
    assert firm.business() == ["Carl Created", "Nick Brigandi"]


@pytest.mark.slow
def test_bcm_11_bcm_60_what_is_deleted_in_outlook_can_be_removed_for_good(firm, anna):
    phone, mailbox = anna
    mailbox.delete("Nick Brigandi")
    firm.cli("mirror", "run", "anna")
    assert phone.names() == ["Fred Friend"]
    assert [each["name"] for each in firm.cli.json("trash", "list")] == ["Nick Brigandi"]
    assert "Nick Brigandi: remove for good" in firm.cli("cleanup", "remote-deleted", "--preview")
    firm.cli("cleanup", "remote-deleted")
    assert firm.cli.json("trash", "list") == []
    assert firm.cli("mirror", "run", "anna") == "Done: nothing to do.\n"
    assert mailbox.marked() == {"Fred Friend": False}


@pytest.mark.slow
def test_bc_12_a_second_coworker_has_another_filter_and_mailbox(firm, anna):
    phone, mailbox = anna
    firm.cli("contact", "add", "Mia Muster", "--set", "company=Fabrikam")
    bens_phone, bens_mailbox = firm.coworker("ben", "--where", "company is Fabrikam")
    firm.cli("mirror", "run", "anna")
    assert mailbox.marked() == {"Fred Friend": False, "Mia Muster": True, "Nick Brigandi": True}
    assert (bens_mailbox.marked(), bens_phone.names()) == ({"Mia Muster": True}, ["Mia Muster"])
    bens_mailbox.edit("Mia Muster", jobTitle="Chief")
    bens_phone.make("Benno")
    firm.cli("mirror", "run", "ben")
    firm.cli("mirror", "run", "anna")
    assert mailbox.contacts()["Mia Muster"]["jobTitle"] == "Chief"
    assert "Benno" not in [*phone.names(), *mailbox.contacts(), *bens_mailbox.contacts()]
    switched(firm, phone, "--delete")
    assert mailbox.marked() == {"Andrea Dunker": True, "Fred Friend": False}
    assert (bens_mailbox.marked(), bens_phone.names()) == ({"Mia Muster": True}, ["Benno", "Mia Muster"])
    bens_token = bens_phone.token()
    firm.cli("contact", "edit", firm.number_of("Mia Muster"), "--set", "company=Contoso")
    firm.cli("mirror", "run", "ben")
    assert (bens_mailbox.marked(), bens_phone.names()) == ({}, ["Benno"])
    assert bens_phone.continues(bens_token) and firm.business() == ["Mia Muster", "Nick Brigandi"]
