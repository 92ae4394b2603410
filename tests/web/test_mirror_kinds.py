"""The dialogs of the kinds of folder: CardDAV (Radicale), Exchange Server and SharePoint (simulators).

Each is started, changed to another folder, and stopped on the page; Graph and files are in ``test_mirror_settings``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import pytest

from bridge.simulators.ews import Simulator as Exchange
from bridge.simulators.graph.sign_in import Application
from bridge.simulators.sharepoint import SITES, Online
from bridge.simulators.sharepoint.onpremises import OnPremises
from bridge.simulators.sharepoint.store import Site as SharePointSite
from storage_plugin.database.mirrors import Mirrors, State
from tests.cli.conftest import CLIENT, SECRET, graph, served, signing_in  # noqa: F401
from tests.simulators.ews.office import ADDRESS, LOGIN
from tests.simulators.ews.office import PASSWORD as EXCHANGE_PASSWORD
from tests.targets.servers import PASSWORD as DAV_PASSWORD
from tests.targets.servers import USER as DAV_USER
from tests.targets.servers import radicale
from tests.web.forms import form
from tests.web.mirroring import add, ended, opened, user_id
from tests.web.site import Browser, Site
from tests.web.test_mirror_settings import said_yes

SHAREPOINT = "https://contoso.sharepoint.com/sites/office"


@dataclass(frozen=True)
class Kind:
    """A kind of folder: what is filled in, the field that names the folder, and who is in a folder of some name."""

    name: str
    place: Mapping[str, str]
    folder: str
    secret: str
    count: Callable[[str], int]


@pytest.fixture
def carddav(tmp_path: Path) -> Iterator[Kind]:
    folder = tmp_path / "radicale"
    folder.mkdir()

    def count(name: str) -> int:
        props = folder.glob("data/collection-root/*/*/.Radicale.props")
        books = [each.parent for each in props if json.loads(each.read_text()).get("D:displayname") == name]
        return sum(len(list(book.glob("*.vcf"))) for book in books)

    with radicale(folder) as url:
        yield Kind("carddav", {"url": url, "user": DAV_USER, "make": "yes"}, "book", DAV_PASSWORD, count)


@pytest.fixture
def ews(served) -> Kind:  # noqa: F811
    server = served(Exchange())
    mailbox = server.mailbox(ADDRESS, LOGIN, EXCHANGE_PASSWORD)

    def count(name: str) -> int:
        return sum(len(mailbox.contacts(each)) for each in mailbox.children(mailbox.default) if each.name == name)

    place = {"url": server.url, "user": LOGIN, "mailbox": ADDRESS}
    return Kind("ews", place, "folder", EXCHANGE_PASSWORD, count)


@pytest.fixture
def sharepoint(signing_in) -> Kind:  # noqa: F811
    signing_in.sign_in.applications[CLIENT] = Application(CLIENT, SECRET, SITES)
    site = Online(signing_in).site(SHAREPOINT)
    app = {"client_id": CLIENT, "tenant": "contoso.example", "service": signing_in.graph}
    return Kind("sharepoint", {"site": SHAREPOINT, **app}, "list_name", SECRET, lambda name: rows(site, name))


@pytest.fixture
def sharepoint_server(served) -> Kind:  # noqa: F811
    server = served(OnPremises())
    server.sign_in.passwords["FIRM\\anna"] = SECRET
    place = {"site": server.site.address, "user": "FIRM\\anna"}
    return Kind("sharepoint", place, "list_name", SECRET, lambda name: rows(server.site, name))


def rows(site: SharePointSite, name: str) -> int:
    """Count the rows of a list that may not be there."""
    return sum(len(each.rows) for each in site.lists.values() if each.title == name)


@pytest.fixture(params=[pytest.param("carddav", marks=pytest.mark.slow), "ews", "sharepoint", "sharepoint_server"])
def kind(request: pytest.FixtureRequest) -> Kind:
    found: Kind = request.getfixturevalue(request.param)
    return found


@pytest.fixture
def anna(site: Site) -> Browser:
    add(site, "Nick Brigandi")
    return opened(site, "anna")


def filled(browser: Browser, kind: Kind, folder: str, secret: str) -> dict[str, object]:
    """Fill the dialog in: what it shows, and where the folder is."""
    shown = form(browser.get(f"/mirror/start?kind={kind.name}").text, "/mirror/start")
    place = {f"place.{name}": value for name, value in {**kind.place, kind.folder: folder}.items()}
    assert set(place) <= {*shown, "place.make"}
    return {**shown, **place, "secret": secret}


def held(kind: Kind) -> tuple[int, int]:
    """Count who is in the first and in the second folder."""
    return kind.count("Business"), kind.count("On the road")


def test_bcm_30_bcm_31_a_mirror_is_started_changed_and_stopped(site: Site, anna: Browser, kind: Kind):
    anna.post("/mirror/start", filled(anna, kind, "Business", kind.secret))
    plan = ended(site, anna, "anna").text
    assert "Nick Brigandi: create in the folder" in plan and kind.count("Business") == 0
    pages = plan + said_yes(site, anna, "anna")
    assert kind.count("Business") == 1

    dialog = anna.get("/mirror/change").text
    shown = form(dialog, "/mirror/change")
    assert shown[f"place.{kind.folder}"] == ["Business"] and shown["secret"] == [""]
    taken = anna.post("/mirror/change", {**shown, f"place.{kind.folder}": "On the road"})
    assert taken.status == 200, taken.text.partition("<h1>")[2][:500]
    plan = ended(site, anna, "anna").text
    assert "Nick Brigandi: remove from the folder" in plan and held(kind) == (1, 0)
    pages += dialog + plan + said_yes(site, anna, "anna")
    assert held(kind) == (0, 1)

    anna.post("/mirror/stop", preview="yes")
    assert "Nick Brigandi: remove from the folder" in ended(site, anna, "anna").text and held(kind) == (0, 1)
    anna.post("/mirror/stop")
    pages += ended(site, anna, "anna").text
    assert held(kind) == (0, 0)
    mirror = Mirrors(site.house.database).of_user(user_id(site, "anna"))
    assert mirror is not None and mirror.state is State.STOPPED
    assert kind.secret not in pages + str(mirror.settings)


def test_bc_9_a_wrong_password_starts_nothing_and_is_not_shown(site: Site, anna: Browser, kind: Kind):
    dialog = filled(anna, kind, "Business", "not this one")
    missing = anna.post("/mirror/start", {**dialog, "secret": ""})
    assert missing.status == 422 and "Enter the password or secret, too." in missing.text
    assert form(missing.text, "/mirror/start")[f"place.{kind.folder}"] == ["Business"]
    anna.post("/mirror/start", dialog)
    page = ended(site, anna, "anna").text
    assert "OK: start the synchronization" not in page and 'class="problem"' in page and "not this one" not in page
    assert kind.count("Business") == 0
    mirror = Mirrors(site.house.database).of_user(user_id(site, "anna"))
    assert mirror is None or mirror.state is State.STOPPED


@pytest.mark.parametrize(
    ("name", "place", "said"),
    [
        ("carddav", {"url": ""}, "Address of the server: this must be given"),
        ("ews", {"url": "http://mail.contoso.example", "user": ADDRESS}, "must begin with https"),
        ("ews", {"url": "mail.contoso.example", "user": LOGIN}, "mailbox"),
        ("sharepoint", {"site": "office"}, "this must be the address of the site"),
    ],
)
def test_bcm_20_what_is_wrong_in_a_dialog_is_said_in_one_sentence(
    site: Site, anna: Browser, name: str, place: dict[str, str], said: str
):
    dialog = filled(anna, Kind(name, place, next(iter(place)), "", len), next(iter(place.values())), "x")
    answer = anna.post("/mirror/start", dialog)
    problem = answer.text.partition('class="problem" role="alert">')[2].partition("<")[0]
    assert answer.status == 422 and said in problem, problem
    assert site.house.background.of(user_id(site, "anna")) is None
