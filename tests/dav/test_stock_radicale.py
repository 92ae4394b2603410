"""Under a stock ``python -m radicale`` with our plugins everything that is read is right, and a PUT is refused."""

from typing import Any

import pytest
from radicale import config
from radicale.app import Application

from tests.dav.client import CR, Client, D, vcard
from tests.dav.conftest import Server


@pytest.fixture
def stock(server: Server, phone: Client) -> Client:
    """Radicale's own application; the cards were written through ours."""
    for at in ("1", "2"):
        phone.put(f"{at}.vcf", vcard(at, f"Person {at}"))
    phone.put("%C3%BC%3A%3F.vcf", vcard("u", "Ümläut", "NOTE:a, b"))
    configuration = config.load()
    configuration.update(
        {
            "storage": {"type": "storage_plugin", "database": server.url},
            "auth": {"type": "storage_plugin", "delay": "0", "database": server.url},
            "rights": {"type": "storage_plugin"},
            "server": {"validate_path_value": "none", "delay_on_error": "0"},
        },
        "test",
    )
    client = Client(Application(configuration))
    client.octets = "utf-8"  # as Radicale's own server hands paths on
    client.authorization, client.book, client.home = phone.authorization, phone.book, phone.home
    return client


def test_what_is_read_is_right(stock: Client, phone: Client) -> None:
    for name in ("1.vcf", "%C3%BC%3A%3F.vcf"):
        assert (stock.get(name).text, stock.get(name).etag) == (phone.get(name).text, phone.get(name).etag)
    assert stock.poll().xml.findtext(f".//{D}sync-token") == phone.poll().xml.findtext(f".//{D}sync-token")
    token = phone.sync().token
    assert sorted(stock.sync().living) == sorted(phone.sync().living)
    assert stock.sync(token).living == []
    phone.put("1.vcf", vcard("1", "Changed"))
    phone("DELETE", phone.book + "2.vcf")
    delta = stock.sync(token)
    assert (delta.living, delta.gone) == ([stock.book + "1.vcf"], [stock.book + "2.vcf"])
    assert stock.sync("urn:x").error == {f"{D}valid-sync-token"}
    filter = '<CR:filter><CR:prop-filter name="FN"><CR:text-match>ÜML</CR:text-match></CR:prop-filter></CR:filter>'
    assert stock.query(filter).living == phone.query(filter).living
    assert len(stock.propfind(stock.book, "<getetag/>", "1").responses) == 3
    assert "NOTE:a, b" in stock.multiget([stock.book + "%C3%BC%3A%3F.vcf"]).text
    assert stock("GET", stock.book).body == phone("GET", phone.book).body


def test_an_allprop_of_everything_is_answered(stock: Client) -> None:
    for url in ("/", stock.home, stock.book, stock.book + "1.vcf"):
        assert stock("PROPFIND", url, "", {"Depth": "1"}).status == 207


def test_a_put_is_refused_and_nothing_changes(stock: Client, phone: Client) -> None:
    before = phone.sync()
    assert stock.put("1.vcf", vcard("1", "Changed")).status == 403
    assert stock.put("new.vcf", vcard("new")).status == 403
    assert phone.sync(before.token).responses == {}


@pytest.mark.parametrize(
    ("method", "url"),
    [
        ("DELETE", "/alice/contacts/"),
        ("DELETE", "/alice/"),
        ("PUT", "/alice/contacts/"),
        ("PUT", "/alice/"),
        ("MOVE", "/alice/contacts/"),
        ("MKCOL", "/alice/second/"),
        ("MKCALENDAR", "/alice/calendar/"),
    ],
)
def test_the_whole_book_cannot_be_touched(stock: Client, phone: Client, method: str, url: str) -> None:
    before = phone.sync()
    reply = stock(method, url, vcard("9") if method == "PUT" else "", {"Destination": "http://localhost/alice/x/"})
    assert 400 <= reply.status < 500
    assert phone.sync(before.token).responses == {}


def test_dropping_the_type_is_refused(stock: Client, phone: Client) -> None:
    body = '<propertyupdate xmlns="DAV:"><remove><prop><resourcetype/></prop></remove></propertyupdate>'
    assert stock("PROPPATCH", stock.book, body).status == 403
    kind = stock.propfind(stock.book, "<resourcetype/>").props(stock.book)[f"{D}resourcetype"]
    assert kind.find(f"{CR}addressbook") is not None
    harmless = body.replace("resourcetype", "displayname")
    assert stock("PROPPATCH", stock.book, harmless).status == 207


@pytest.mark.parametrize("url", ["/alice/", "/alice/contacts/"])
def test_what_a_device_has_set_is_shown(stock: Client, phone: Client, url: str) -> None:
    told = "<set><prop><displayname>Ours &amp; theirs</displayname><c xmlns='urn:c'>#fff</c></prop></set>"
    phone("PROPPATCH", url, f"<propertyupdate xmlns='DAV:'>{told}</propertyupdate>")
    props = stock.propfind(url, "<displayname/><c xmlns='urn:c'/>", "0").props(url)
    assert (props[f"{D}displayname"].text, props["{urn:c}c"].text) == ("Ours & theirs", "#fff")


def test_what_is_set_is_kept_and_the_rest_stays(stock: Client, phone: Client) -> None:
    def kept() -> dict[str, str | None]:
        props = phone.propfind(phone.book, "<displayname/><c xmlns='urn:c'/>", "0").props(phone.book)
        return {name: value.text for name, value in props.items()}

    for told, then in (
        ("<set><prop><displayname>A &lt; B</displayname></prop></set>", {f"{D}displayname": "A < B"}),
        (
            "<set><prop><c xmlns='urn:c'>#fff</c></prop></set>",
            {f"{D}displayname": "A < B", "{urn:c}c": "#fff"},
        ),
        ("<remove><prop><displayname/></prop></remove>", {f"{D}displayname": "Contacts", "{urn:c}c": "#fff"}),
    ):
        reply = stock("PROPPATCH", stock.book, f"<propertyupdate xmlns='DAV:'>{told}</propertyupdate>")
        assert (reply.status, kept()) == (207, then)


def test_what_has_elements_in_it_stays(stock: Client, phone: Client) -> None:
    told = "<set><prop><c xmlns='urn:c'><d>1</d></c></prop></set>"
    phone("PROPPATCH", phone.book, f"<propertyupdate xmlns='DAV:'>{told}</propertyupdate>")
    told = "<set><prop><displayname>Mine</displayname></prop></set>"
    assert stock("PROPPATCH", stock.book, f"<propertyupdate xmlns='DAV:'>{told}</propertyupdate>").status == 207
    props = phone.propfind(phone.book, "<displayname/><c xmlns='urn:c'/>", "0").props(phone.book)
    assert props[f"{D}displayname"].text == "Mine" and props["{urn:c}c"][0].text == "1"


@pytest.mark.parametrize(
    "told",
    ["<getetag>1</getetag>", f"<c xmlns='urn:c'>{'y' * 5000}</c>"],
)
def test_what_cannot_be_set_is_refused(stock: Client, phone: Client, told: str) -> None:
    said = f"<set><prop><displayname>Mine</displayname>{told}</prop></set>"
    reply = stock("PROPPATCH", stock.book, f"<propertyupdate xmlns='DAV:'>{said}</propertyupdate>")
    assert reply.status in (403, 507)
    name = phone.propfind(phone.book, "<displayname/>", "0").props(phone.book)[f"{D}displayname"]
    assert name.text == "Contacts"


def test_one_card_can_be_deleted_and_renamed(stock: Client, phone: Client) -> None:
    assert stock("DELETE", stock.book + "1.vcf").status == 200
    target = {"Destination": "http://localhost:80/alice/contacts/3.vcf"}
    assert stock("MOVE", stock.book + "2.vcf", headers=target).status == 201
    assert (phone.get("1.vcf").status, phone.get("2.vcf").status, phone.get("3.vcf").status) == (404, 404, 200)


def test_others_and_strangers_see_nothing(stock: Client, server: Server) -> None:
    server.device("bob").put("b.vcf", vcard("b"))
    for url in ("/bob/", "/bob/contacts/", "/bob/contacts/b.vcf"):
        assert stock("PROPFIND", url, "", {"Depth": "1"}).status == 403
    stranger = Client(stock.application, "alice", "wrong")
    assert stranger.poll().status == 401


def test_the_signatures_are_those_of_radicale_3_9() -> None:
    """Radicale's plugin interface has changed in patch releases: ours must take what core passes."""
    import inspect

    from radicale.storage import BaseCollection, BaseStorage

    from storage_plugin.dav.collection import AddressBookCollection
    from storage_plugin.dav.storage import Storage

    def names(method: Any) -> list[str]:
        return list(inspect.signature(method).parameters)

    for ours, theirs, methods in (
        (Storage, BaseStorage, ("discover", "move", "create_collection", "acquire_lock", "verify")),
        (AddressBookCollection, BaseCollection, ("sync", "get_multi", "get_all", "get_filtered", "has_uid", "upload",
                                                 "delete", "get_meta", "set_meta", "serialize")),
    ):  # fmt: skip
        for method in methods:
            assert names(getattr(ours, method)) == names(getattr(theirs, method)), method
