"""How clients find the book and what they ask of it: the sequences of client-sequences.md, replayed."""

import pytest

from tests.dav.client import CR, CS, NS, Client, D, Reply, vcard
from tests.dav.conftest import Server

IOS = {"Brief": "t", "Content-Type": "text/xml", "Accept": "*/*", "User-Agent": "iOS/17.5 (21F79) accountsd/1.0"}
HOME_PROPS = (
    "<add-member/><me:bulk-requests xmlns:me='http://me.com/_namespace/'/><current-user-privilege-set/>"
    "<displayname/><me:guardian-restricted xmlns:me='http://me.com/_namespace/'/><CR:max-image-size/>"
    "<CR:max-resource-size/><CS:me-card/><owner/><CS:push-transports/><CS:pushkey/><quota-available-bytes/>"
    "<quota-used-bytes/><resource-id/><resourcetype/><supported-report-set/><sync-token/>"
)
PRINCIPAL_PROPS = (
    "<CR:addressbook-home-set/><CR:directory-gateway/><displayname/><CS:email-address-set/>"
    "<principal-collection-set/><principal-URL/><resource-id/><supported-report-set/>"
)


def ask(client: Client, url: str, props: str, depth: str = "0", **headers: str) -> Reply:
    return client("PROPFIND", url, f"<propfind {NS}><prop>{props}</prop></propfind>", {"Depth": depth, **headers})


def href(reply: Reply, url: str, name: str) -> str:
    return str(reply.props(url)[name].findtext(f"{D}href"))


@pytest.mark.parametrize("name", ["carddav", "caldav", "carddav/"])
@pytest.mark.parametrize("method", ["GET", "PROPFIND", "OPTIONS", "HEAD"])
def test_well_known_leads_to_the_root_without_login(server: Server, name: str, method: str) -> None:
    reply = Client(server.application)(method, f"/.well-known/{name}")
    assert (reply.status, reply.headers["Location"]) == (301, "/")
    below = Client(server.application)(method, f"/.well-known/{name}", SCRIPT_NAME="/dav")
    assert below.headers["Location"] == "/dav/"


def test_ios_finds_the_book_and_synchronises_it(server: Server, phone: Client) -> None:
    first = "<current-user-principal/><principal-URL/><resourcetype/>"
    assert ask(Client(server.application), "/", first).status == 401
    principal = href(ask(phone, "/", first, **IOS), "/", f"{D}current-user-principal")
    options = phone("OPTIONS", principal)
    assert (options.status, "addressbook" in options.headers["DAV"]) == (200, True)
    answer = ask(phone, principal, PRINCIPAL_PROPS, **IOS)
    home = href(answer, principal, f"{CR}addressbook-home-set")
    assert answer.missing(principal) == {f"{CR}directory-gateway", f"{CS}email-address-set"}
    assert href(answer, principal, f"{D}principal-URL") == principal

    listed = ask(phone, home, HOME_PROPS, "1", **IOS)
    books = [
        url for url in listed.responses if listed.props(url)[f"{D}resourcetype"].find(f"{CR}addressbook") is not None
    ]
    (book,) = books
    props = listed.props(book)
    privileges = {privilege[0].tag for privilege in props[f"{D}current-user-privilege-set"]}
    assert {f"{D}read", f"{D}write", f"{D}bind", f"{D}unbind"} <= privileges
    reports = {report[0][0].tag for report in props[f"{D}supported-report-set"]}
    assert {f"{D}sync-collection", f"{CR}addressbook-multiget", f"{CR}addressbook-query"} <= reports
    assert props[f"{CR}max-resource-size"].text and props[f"{CR}max-image-size"].text
    assert listed.missing(book) >= {f"{CS}me-card", f"{D}quota-used-bytes", f"{CS}push-transports"}

    name = "3F5A8D5E-0000-4000-8000-000000000001.vcf"
    assert phone.put(name, vcard("3F5A8D5E"), If_None_Match="*").status == 201
    polled = ask(phone, book, "<CS:getctag/><sync-token/>")
    synced = phone.sync("")
    assert synced.token == polled.props(book)[f"{D}sync-token"].text
    data = phone.multiget(synced.living).props(book + name)
    edited = str(data[f"{CR}address-data"].text).replace("Person", "Frau")
    assert phone.put(name, edited, If_Match=str(data[f"{D}getetag"].text)).status == 204
    lists = vcard("L1", "Friends", "X-ADDRESSBOOKSERVER-KIND:group", "X-ADDRESSBOOKSERVER-MEMBER:urn:uuid:3F5A8D5E")
    assert phone.put("L1.vcf", lists, If_None_Match="*").status == 201
    assert phone.get("L1.vcf").text == lists
    assert phone("DELETE", book + name).status == 204
    assert phone.sync(synced.token).gone == [book + name]


def test_macos_finds_one_book_and_polls_it(phone: Client) -> None:
    assert ask(phone, "/", "<current-user-principal/><principal-URL/><resourcetype/>").status == 207
    assert phone("OPTIONS", "/alice/").status == 200
    assert ask(phone, "/alice/", PRINCIPAL_PROPS).status == 207
    listed = ask(phone, "/alice/", HOME_PROPS, "1")
    assert list(listed.responses) == ["/alice/", "/alice/contacts/"], "exactly one book"
    card = "<CS:me-card><href>/alice/contacts/1.vcf</href></CS:me-card>"
    me = f"<propertyupdate {NS}><set><prop>{card}</prop></set></propertyupdate>"
    told = phone("PROPPATCH", "/alice/", me)
    assert (told.status, list(told.props("/alice/"))) == (207, [f"{CS}me-card"])
    kept = ask(phone, "/alice/", "<CS:me-card/>").props("/alice/")[f"{CS}me-card"]
    assert [(each.tag, each.text) for each in kept] == [(f"{D}href", "/alice/contacts/1.vcf")]
    phone.put("A1-ABSPlugin.vcf", vcard("A1:ABPerson"), If_None_Match="*")
    first = ask(phone, phone.book, "<CS:getctag/><sync-token/>").body
    assert ask(phone, phone.book, "<CS:getctag/><sync-token/>").body == first
    etags = ask(phone, phone.book, "<getetag/>", "1")
    assert etags.living == ["/alice/contacts/", "/alice/contacts/A1-ABSPlugin.vcf"]
    assert phone.sync("4A1B0D0C-6C3B-4C0E-9E0F-000000000000").error == {f"{D}valid-sync-token"}


def test_davx5_finds_the_book_and_synchronises_it(phone: Client) -> None:
    base = ask(
        phone,
        "/",
        "<resourcetype/><displayname/><current-user-principal/><CR:addressbook-home-set/><CR:addressbook-description/>",
    )
    principal = href(base, "/", f"{D}current-user-principal")
    found = ask(phone, principal, "<displayname/><group-membership/><resourcetype/><CR:addressbook-home-set/>")
    assert not found.missing(principal)
    home = href(found, principal, f"{CR}addressbook-home-set")
    listed = ask(
        phone,
        home,
        "<current-user-privilege-set/><displayname/><owner/><resourcetype/><CR:addressbook-description/>"
        "<P:transports xmlns:P='https://bitfire.at/webdav-push'/><P:topic xmlns:P='https://bitfire.at/webdav-push'/>",
        "1",
    )
    assert listed.missing("/alice/contacts/") == {
        "{https://bitfire.at/webdav-push}transports",
        "{https://bitfire.at/webdav-push}topic",
    }
    caps = ask(
        phone,
        phone.book,
        "<supported-report-set/><sync-token/><CS:getctag/><C:max-resource-size "
        "xmlns:C='urn:ietf:params:xml:ns:caldav'/><CR:max-resource-size/><CR:supported-address-data/>",
    )
    assert caps.props(phone.book)[f"{CR}max-resource-size"].text == "10485760"
    made = phone("PUT", phone.book + "d.vcf", vcard("d"), {"If-None-Match": "*", "Content-Type": "text/vcard"})
    assert made.status == 201
    first = phone.sync("", "<getetag/><resourcetype/>")
    asked = '<getcontenttype/><getetag/><CR:address-data content-type="text/vcard"/>'
    props = phone.multiget(first.living, asked).props(phone.book + "d.vcf")
    assert str(props[f"{D}getcontenttype"].text).startswith("text/vcard")
    assert props[f"{D}getetag"].text == made.etag
    gone = phone("DELETE", phone.book + "d.vcf", headers={"If-Match": str(made.etag)})
    assert gone.status == 204
    assert phone.sync(first.token, "<getetag/><resourcetype/>").gone == [phone.book + "d.vcf"]


def test_the_200_propstat_comes_first_for_thunderbird(phone: Client) -> None:
    text = ask(phone, "/alice/", "<nonsense/><resourcetype/>").text
    assert text.index("200 OK") < text.index("404 Not Found")


@pytest.mark.parametrize("url", ["/", "/alice/", "/alice/contacts/", "/alice/contacts/1.vcf"])
@pytest.mark.parametrize(
    "body", ["", "<propfind xmlns='DAV:'><allprop/></propfind>", "<propfind xmlns='DAV:'><propname/></propfind>"]
)
def test_allprop_and_propname(phone: Client, url: str, body: str) -> None:
    phone.put("1.vcf", vcard("1"))
    reply = phone("PROPFIND", url, body, {"Depth": "0"})
    props = reply.props(url)
    assert f"{D}resourcetype" in props and f"{CR}address-data" not in props
    assert not reply.missing(url)
    if "propname" in body:
        assert not any(prop.text or len(prop) for prop in props.values())


@pytest.mark.parametrize("inner", ["<allprop/><propname/>", "<prop><a/></prop><allprop/>", "<unknown/>"])
def test_a_propfind_that_asks_for_no_one_thing_is_refused(phone: Client, inner: str) -> None:
    assert phone("PROPFIND", "/alice/contacts/", f"<propfind xmlns='DAV:'>{inner}</propfind>").status == 400
    and_more = "<propfind xmlns='DAV:'><allprop/><include><a/></include></propfind>"
    assert phone("PROPFIND", "/alice/contacts/", and_more).status == 207


def test_unknown_properties_of_any_namespace_are_404(phone: Client) -> None:
    asked = "<a xmlns=''/><b xmlns='urn:x&amp;&quot;y'/><c:d xmlns:c='http://apple.com/ns/ical/'/><nonsense/>"
    phone.put("1.vcf", vcard("1"))
    for url, depth in (("/", "0"), ("/alice/", "1"), ("/alice/contacts/", "1")):
        reply = ask(phone, url, asked, depth)
        for each in reply.responses:
            names = {"a", '{urn:x&"y}b', "{http://apple.com/ns/ical/}d", f"{D}nonsense"}
            assert reply.missing(each) == names


def test_a_card_tells_its_length_and_date(phone: Client) -> None:
    phone.put("1.vcf", vcard("1", "Ü"))
    for url, depth in ((phone.book + "1.vcf", "0"), (phone.book, "1")):
        props = ask(phone, url, "<getcontentlength/><getlastmodified/><getetag/>", depth).props(phone.book + "1.vcf")
        assert props[f"{D}getcontentlength"].text == str(len(phone.get("1.vcf").body))
        assert props[f"{D}getlastmodified"].text == phone.get("1.vcf").headers["Last-Modified"]
        assert props[f"{D}getetag"].text == phone.get("1.vcf").etag


@pytest.mark.parametrize(("depth", "status"), [("0", 207), ("1", 207), ("infinity", 403), ("2", 400), ("x", 400)])
def test_depth(phone: Client, depth: str, status: int) -> None:
    assert ask(phone, phone.book, "<getetag/>", depth).status == status


def test_an_infinite_depth_is_refused_with_its_precondition(phone: Client) -> None:
    assert f"{D}propfind-finite-depth" in ask(phone, "/", "<getetag/>", "infinity").error


def test_what_is_not_there_is_404(phone: Client) -> None:
    for url in ("/alice/calendar/", "/alice/contacts/none.vcf", "/alice/contacts/a/b"):
        assert ask(phone, url, "<getetag/>").status == 404


def test_the_dead_properties_of_a_client_are_taken_and_live_ones_stay(phone: Client) -> None:
    def patch(props: str, change: str = "set", url: str = "/alice/contacts/") -> Reply:
        return phone(
            "PROPPATCH", url, f"<propertyupdate {NS}><{change}><prop>{props}</prop></{change}></propertyupdate>"
        )

    assert f"{D}displayname" in patch("<displayname>Mine</displayname>").props("/alice/contacts/")
    assert "x" in patch("<x xmlns=''/>", "remove").props("/alice/contacts/")
    before = ask(phone, phone.book, "<resourcetype/><sync-token/>").body
    for change in ("set", "remove"):
        reply = patch("<displayname/><resourcetype><collection/></resourcetype>", change)
        assert not reply.props("/alice/contacts/")
        assert "403 Forbidden" in reply.text and "424 Failed Dependency" in reply.text
    assert ask(phone, phone.book, "<resourcetype/><sync-token/>").body == before
    assert "Mine" in ask(phone, phone.book, "<displayname/>").text
    assert patch("<displayname/>", url="/").status == 403
    assert patch("<displayname/>", url="/alice/contacts/1.vcf").status == 403
    assert patch("<displayname/>", url="/alice/none/").status == 404
    assert phone("PROPPATCH", phone.book, "<propfind xmlns='DAV:'/>").status == 400


def test_a_user_of_any_name_is_at_home(server: Server) -> None:
    for user in ("jürgen groß", "a@b.example", "o'neil & <sons>", "100%"):
        device = server.device(user)
        root = ask(device, "/", "<current-user-principal/>")
        home = href(root, "/", f"{D}current-user-principal")
        device.book = f"{home}contacts/"
        assert device.put("1.vcf", vcard("1")).status == 201
        listed = ask(device, home, "<displayname/>", "1")
        assert list(listed.responses) == [home, device.book]
        assert listed.props(home)[f"{D}displayname"].text == user
        assert device.multiget(device.sync().living).living == [f"{device.book}1.vcf"]


def test_behind_a_reverse_proxy_all_paths_have_its_prefix(phone: Client) -> None:
    below = {"HTTP_X_SCRIPT_NAME": "/dav/"}
    phone.put("1.vcf", vcard("1"))
    body = f"<propfind {NS}><prop><current-user-principal/><getetag/></prop></propfind>"
    reply = phone("PROPFIND", "/alice/contacts/", body, {"Depth": "1"}, **below)
    assert list(reply.responses) == ["/dav/alice/contacts/", "/dav/alice/contacts/1.vcf"]
    asked = "<prop><getetag/></prop><href>/dav/alice/contacts/1.vcf</href>"
    got = f"<CR:addressbook-multiget {NS}>{asked}</CR:addressbook-multiget>"
    assert phone("REPORT", "/alice/contacts/", got, **below).living == ["/dav/alice/contacts/1.vcf"]
    for odd in ("nonsense", "/a\nb", "\xff"):
        assert phone("PROPFIND", "/", HTTP_X_SCRIPT_NAME=odd).status == 400
