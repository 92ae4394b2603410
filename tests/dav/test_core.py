"""The fast answers compared with those of Radicale's core over our Storage, element by element.

The documented differences: core knows no supported-collation-set and no resource-id, gives calendar-home-set, length
and date of the whole book, and in reports only ETag, type and text; it drops CR from texts, puts the sync token
first, and names fewer privileges.
"""

from xml.etree.ElementTree import Element

import pytest

from storage_plugin.database.address_book import SqlAddressBook
from storage_plugin.dav.core import answer_by_core
from storage_plugin.dav.exchange import Exchange, Presented
from storage_plugin.dav.hanging_up import hang_up
from storage_plugin.dav.paths import place_of
from storage_plugin.dav.waiting import Waiting
from tests.dav.client import NS, Client, D, Reply, vcard
from tests.dav.conftest import Server

POLL = "<CS:getctag/><sync-token/>"
DISCOVERY = (
    "<resourcetype/><displayname/><current-user-principal/><principal-URL/><CR:addressbook-home-set/>"
    "<principal-collection-set/><owner/><supported-report-set/><CR:addressbook-description/>"
    "<CR:max-resource-size/><CR:max-image-size/><CR:supported-address-data/><getcontenttype/><nonsense/>"
    "<x xmlns='urn:other'/><CS:me-card/><quota-used-bytes/><getetag/>"
)
CARD = "<getetag/><getcontenttype/><CR:address-data/><nonsense/>"


def propfind(props: str) -> str:
    return f"<propfind {NS}><prop>{props}</prop></propfind>"


def sync(token: str, props: str = "<getetag/>") -> str:
    asked = f"<sync-token>{token}</sync-token><sync-level>1</sync-level><prop>{props}</prop>"
    return f"<sync-collection {NS}>{asked}</sync-collection>"


def multiget(*names: str) -> str:
    hrefs = "".join(f"<href>/alice/contacts/{name}</href>" for name in names)
    return f"<CR:addressbook-multiget {NS}><prop>{CARD}</prop>{hrefs}</CR:addressbook-multiget>"


def query(filter: str) -> str:
    return f"<CR:addressbook-query {NS}><prop>{CARD}</prop>{filter}</CR:addressbook-query>"


FN = '<CR:filter><CR:prop-filter name="FN"><CR:text-match>{}</CR:text-match></CR:prop-filter></CR:filter>'

REQUESTS = [
    ("poll", "PROPFIND", "/alice/contacts/", "0", propfind(POLL)),
    ("list", "PROPFIND", "/alice/contacts/", "1", propfind("<getetag/><resourcetype/>")),
    ("list with more", "PROPFIND", "/alice/contacts/", "1", propfind("<getlastmodified/><getcontentlength/><foo/>")),
    ("root", "PROPFIND", "/", "0", propfind(DISCOVERY)),
    ("root and home", "PROPFIND", "/", "1", propfind("<resourcetype/><displayname/>")),
    ("home", "PROPFIND", "/alice/", "0", propfind(DISCOVERY)),
    ("home and book", "PROPFIND", "/alice/", "1", propfind(DISCOVERY)),
    ("book", "PROPFIND", "/alice/contacts/", "0", propfind(DISCOVERY)),
    (
        "card",
        "PROPFIND",
        "/alice/contacts/1.vcf",
        "0",
        propfind("<getetag/><resourcetype/><owner/><getcontenttype/>"),
    ),
    ("first sync", "REPORT", "/alice/contacts/", "0", sync("")),
    ("unchanged", "REPORT", "/alice/contacts/", "0", sync("{token}")),
    ("delta", "REPORT", "/alice/contacts/", "0", sync("{old}", CARD)),
    ("foreign token", "REPORT", "/alice/contacts/", "0", sync("urn:x")),
    ("multiget", "REPORT", "/alice/contacts/", "0", multiget("1.vcf", "%C3%BC%20%3F.vcf", "none.vcf")),
    ("query", "REPORT", "/alice/contacts/", "1", query(FN.format("person"))),
    ("query for nothing", "REPORT", "/alice/contacts/", "1", query(FN.format("nobody"))),
    ("query for all", "REPORT", "/alice/contacts/", "1", query("")),
]


def by_core(server: Server, phone: Client, method: str, url: str, depth: str, body: str) -> Reply:
    viewer = server.users.viewer("alice")
    assert viewer is not None
    environ = {"HTTP_DEPTH": depth, "REMOTE_ADDR": "", "wsgi.url_scheme": "http"}
    book = SqlAddressBook(server.database, viewer)
    exchange = Exchange(environ, method, place_of(url), "", book, Presented(), Waiting(16, hang_up))
    answer = answer_by_core(server.application, exchange, body.encode())
    return Reply(answer.status, dict(answer.headers), answer.body)


def meaning(element: Element) -> object:
    """What an answer says: order of responses, properties and privileges does not matter, nor do line ends."""
    text = (element.text or "").replace("\r", "") if not len(element) else ""
    children = [meaning(child) for child in element]
    return (element.tag, text, sorted(element.attrib.items()), sorted(children, key=repr))


def without_what_differs(reply: Reply) -> Element:
    root = reply.xml
    for propset in root.iter(f"{D}current-user-privilege-set"):
        propset.clear()
    for response in root.findall(f"{D}response"):
        if (
            response.find(f".//{D}getcontentlength") is not None
            and response.findtext(f"{D}href") == "/alice/contacts/"
        ):
            root.remove(response)
    return root


@pytest.mark.parametrize(
    ("method", "url", "depth", "body"), [row[1:] for row in REQUESTS], ids=[r[0] for r in REQUESTS]
)
def test_the_fast_answer_says_what_core_says(
    server: Server, phone: Client, method: str, url: str, depth: str, body: str
) -> None:
    for at in range(5):
        phone.put(f"{at}.vcf", vcard(str(at), f"Person & <{at}>"))
    old = phone.sync().token
    phone.put("%C3%BC%20%3F.vcf", vcard("u", "Ümläut"))
    phone.put("1.vcf", vcard("1", "Person one"))
    phone("DELETE", phone.book + "2.vcf")
    body = body.replace("{token}", phone.sync().token).replace("{old}", old)
    fast = phone(method, url, body, {"Depth": depth})
    core = by_core(server, phone, method, url, depth, body)
    assert fast.status == core.status
    assert meaning(without_what_differs(fast)) == meaning(without_what_differs(core))


def test_the_comparison_would_see_a_difference(server: Server, phone: Client) -> None:
    phone.put("1.vcf", vcard("1"))
    body = propfind("<getetag/>")
    fast = phone("PROPFIND", phone.book, body, {"Depth": "1"})
    core = by_core(server, phone, "PROPFIND", phone.book, "1", body)
    assert meaning(fast.xml) == meaning(core.xml)
    for planted in (
        fast.body.replace(b'<getetag>"c1-1', b'<getetag>"c1-2'),
        fast.body.replace(b"1.vcf", b"2.vcf"),
        fast.body.replace(b"200 OK", b"404 Not Found"),
        fast.body.replace(b"getetag>", b"getctag>"),
    ):
        assert planted != fast.body
        assert meaning(Reply(207, {}, planted).xml) != meaning(core.xml)
