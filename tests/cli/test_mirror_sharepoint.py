"""``mirror start --to sharepoint`` as an app with its secret, and as a person by a code, against the simulator."""

import pytest

from bridge.simulators.graph.sign_in import Application
from bridge.simulators.sharepoint import SITES, Online
from bridge.simulators.sharepoint.onpremises import OnPremises
from tests.cli.conftest import CLIENT, SECRET

SITE = "https://contoso.sharepoint.com/sites/office"


@pytest.fixture
def site(signing_in):
    signing_in.sign_in.applications[CLIENT] = Application(CLIENT, SECRET, SITES)
    return Online(signing_in).site(SITE)


@pytest.fixture
def where(graph, cli):
    cli("user", "add", "anna")
    cli("contact", "add", "Nick Brigandi")
    where = ("--to", "sharepoint", "--site", SITE, "--list", "Business", "--client-id", CLIENT)
    return (*where, "--tenant", "contoso.example", "--service", graph.graph)


def names(site):
    return sorted(row.values["FullName"] for row in site.titled("Business").rows.values())


def test_bcm_30_an_app_mirrors_into_a_contacts_list_and_leaves_it_empty(cli, site, where):
    checked = cli("mirror", "check", "anna", *where, "--secret-stdin", stdin=f"{SECRET}\n")
    assert checked.splitlines() == ["ok      signed in", "ok      site", "ok      list"]
    assert site.lists == {}
    assert cli("mirror", "start", "anna", *where, "--secret-stdin", stdin=f"{SECRET}\n").endswith("Done: 1 create.\n")
    assert names(site) == ["Nick Brigandi"]
    cli("contact", "add", "Andrea Dunker")
    assert cli("mirror", "run", "anna") == "Done: 1 create.\n"
    assert names(site) == ["Andrea Dunker", "Nick Brigandi"]
    cli("mirror", "stop", "anna")
    assert names(site) == []


def test_bcm_30_a_person_signs_in_by_a_code(cli, signing_in, site, where, monkeypatch):
    anna = signing_in.mailbox("anna@contoso.example")
    signing_in.sign_in.applications[CLIENT] = Application(CLIENT, None, SITES)
    monkeypatch.setattr("bridge.cli.mirror_setting._show", lambda code: signing_in.sign_in.approve(code.code, anna))
    assert cli("mirror", "start", "anna", *where, "--by-code").endswith("Done: 1 create.\n")
    signing_in.sign_in.expire_tokens()
    assert cli("mirror", "run", "anna") == "Done: nothing to do.\n"


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"--site": "https://contoso.sharepoint.com/sites/nowhere"}, "There is no site"),
        ({"--site": "office"}, "Site: this must be the address of the site"),
        ({"--tenant": None}, "needs the client id and the tenant"),
    ],
)
def test_what_is_wrong_is_said_in_one_sentence(cli, site, where, changed, sentence):
    said = [part for name, value in _pairs(where, changed) if value for part in (name, value)]
    refused = cli.run("mirror", "start", "anna", *said, "--secret-stdin", stdin=f"{SECRET}\n")
    assert refused.exit_code == 1
    assert sentence in refused.output
    assert cli.json("mirror", "status") == []


def test_bcm_30_a_list_on_premises_is_mirrored_with_a_password(cli, served):
    server = served(OnPremises())
    server.sign_in.passwords["FIRM\\anna"] = "a pässword"
    cli("user", "add", "anna")
    cli("contact", "add", "Nick Brigandi")
    where = ("--to", "sharepoint", "--site", server.site.address, "--list", "Business", "--login", "FIRM\\anna")
    wrong = cli.run("mirror", "start", "anna", *where, "--secret-stdin", stdin="wrong\n")
    assert wrong.exit_code == 1
    assert "FAILED  signed in" in wrong.stdout and "Check the user name" in wrong.output
    cli("mirror", "start", "anna", *where, "--secret-stdin", stdin="a pässword\n")
    assert names(server.site) == ["Nick Brigandi"]
    assert cli("mirror", "run", "anna") == "Done: nothing to do.\n"
    assert "a pässword".encode() not in (cli.folder / "contacts.sqlite").read_bytes()


def test_a_missing_permission_is_said_in_one_sentence(cli, signing_in, site, where):
    signing_in.sign_in.applications[CLIENT].permissions = frozenset({"Sites.Read.All"})
    refused = cli.run("mirror", "start", "anna", *where, "--secret-stdin", stdin=f"{SECRET}\n")
    assert (refused.exit_code, len(refused.stderr.splitlines())) == (1, 1)
    assert "refuses this account or app" in refused.stderr


def _pairs(where, changed):
    return (dict(zip(where[::2], where[1::2], strict=True)) | changed).items()


def test_bc_9_a_live_check_uses_a_list_of_its_own_and_removes_it(cli, site, where):
    for _ in range(2):
        said = cli("mirror", "check", "anna", *where, "--live", "--secret-stdin", stdin=f"{SECRET}\n").splitlines()
        assert all(line.startswith("ok ") for line in said), said
        assert said[-1] == "ok      clean up"
        assert site.lists == {}
