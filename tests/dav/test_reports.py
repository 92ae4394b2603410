"""sync-collection (RFC 6578), addressbook-multiget and addressbook-query (RFC 6352 8.6, 8.7)."""

import pytest
from sqlalchemy import select

from storage_plugin.database.drain import drain
from storage_plugin.database.schema import touched
from storage_plugin.model.view import Condition, Filter, NewContacts, Operator, View
from tests.dav.client import CR, NS, Client, D, vcard
from tests.dav.conftest import Server

EVERY_DATABASE = True


def names(hrefs: list[str]) -> list[str]:
    return sorted(href.rpartition("/")[2] for href in hrefs)


@pytest.fixture
def three(phone: Client) -> Client:
    for at in ("1", "2", "3"):
        assert phone.put(f"{at}.vcf", vcard(at, f"Person {at}", f"EMAIL:p{at}@example.com")).status == 201
    return phone


def test_an_empty_token_lists_only_what_exists(three: Client) -> None:
    three("DELETE", three.book + "2.vcf")
    first = three.sync()
    assert (names(first.living), first.gone) == (["1.vcf", "3.vcf"], [])


def test_each_changed_member_comes_once(three: Client) -> None:
    token = three.sync().token
    for at in range(3):
        three.put("1.vcf", vcard("1", f"Name {at}"))
    three.put("new.vcf", vcard("new"))
    three("DELETE", three.book + "3.vcf")
    three("DELETE", three.book + "new.vcf")
    delta = three.sync(token)
    assert delta.body.count(b"<response>") == 2
    assert (names(delta.living), names(delta.gone)) == (["1.vcf"], ["3.vcf"])
    assert three.sync(delta.token).body.count(b"<response>") == 0


def test_a_member_that_was_never_seen_and_is_gone_is_not_told(three: Client) -> None:
    token = three.sync().token
    three.put("new.vcf", vcard("new"))
    three("DELETE", three.book + "new.vcf")
    delta = three.sync(token)
    assert (delta.living, delta.gone) == ([], [])


def test_a_deleted_and_revived_member_is_living(three: Client) -> None:
    token = three.sync().token
    three("DELETE", three.book + "1.vcf")
    three.put("1.vcf", vcard("1"))
    delta = three.sync(token)
    assert (names(delta.living), delta.gone) == (["1.vcf"], [])


def test_token_and_ctag_move_with_each_change_and_only_then(three: Client) -> None:
    def now() -> tuple[str, str]:
        props = three.poll().props(three.book)
        return str(props[f"{D}sync-token"].text), str(props["{http://calendarserver.org/ns/}getctag"].text)

    first = now()
    assert now() == first == (three.sync().token, first[1])
    three.put("1.vcf", vcard("1", "Changed"))
    assert len(set(now()) | set(first)) == 4


@pytest.mark.parametrize(
    "token",
    ["0f8fad5b-d9cb-469f-a165-70867728950e", "http://radicale.org/ns/sync/abc", "urn:x", "data:,", "&lt;x&gt;"],
)
def test_a_foreign_token_is_refused_with_valid_sync_token(three: Client, token: str) -> None:
    reply = three.sync(token)
    assert (reply.status, reply.error) == (403, {f"{D}valid-sync-token"})


def test_a_token_of_another_user_or_of_before_a_changed_filter_is_refused(server: Server, three: Client) -> None:
    token = three.sync().token
    assert server.device("bob").sync(token).error == {f"{D}valid-sync-token"}
    server.users.set_view("alice", View(Filter((Condition("company", Operator.IS, "ACME"),))))
    assert three.sync(token).error == {f"{D}valid-sync-token"}
    assert three.sync(three.sync().token).status == 207


@pytest.mark.parametrize("level", ["1", "infinite", ""])
@pytest.mark.parametrize("depth", ["0", "1", "infinity", "x"])
def test_level_and_depth_do_not_matter(three: Client, level: str, depth: str) -> None:
    asked = f"<sync-token/><sync-level>{level}</sync-level><prop><getetag/></prop>"
    body = f"<sync-collection {NS}>{asked}</sync-collection>"
    assert len(three("REPORT", three.book, body, {"Depth": depth}).living) == 3


def test_more_changes_than_asked_for_are_refused_with_the_precondition(three: Client) -> None:
    def limited(count: int) -> int:
        return three.sync("", more=f"<limit><nresults>{count}</nresults></limit>").status

    assert (limited(3), limited(2)) == (207, 507)
    reply = three.sync("", more="<limit><nresults>2</nresults></limit>")
    assert reply.error == {f"{D}number-of-matches-within-limits"}
    assert three.sync("", more="<limit><nresults>x</nresults></limit>").status == 400


def test_davx5_gets_etag_and_resource_type_of_each_member(three: Client) -> None:
    reply = three.sync("", "<getetag/><resourcetype/>")
    for href in reply.living:
        props = reply.props(href)
        assert props[f"{D}getetag"].text and len(props[f"{D}resourcetype"]) == 0


def test_a_report_may_ask_for_everything_or_nothing(three: Client) -> None:
    nothing = three.sync("", "")
    assert len(nothing.living) == 3
    body = f"<CR:addressbook-multiget {NS}><allprop/><href>{three.book}1.vcf</href></CR:addressbook-multiget>"
    reply = three("REPORT", three.book, body)
    assert f"{D}getetag" in reply.props(three.book + "1.vcf")
    named = three("REPORT", three.book, body.replace("allprop", "propname"))
    assert all(not prop.text for prop in named.props(three.book + "1.vcf").values())


def test_sync_of_anything_but_the_book_is_refused(three: Client) -> None:
    body = f"<sync-collection {NS}><sync-token/><sync-level>1</sync-level><prop/></sync-collection>"
    for url in ("/", "/alice/", "/alice/contacts/1.vcf"):
        assert three("REPORT", url, body).error == {f"{D}supported-report"}


def test_multiget_gives_cards_in_the_order_asked_and_404_for_the_rest(three: Client) -> None:
    asked = ["3.vcf", "gone.vcf", "1.vcf", "1.vcf"]
    reply = three.multiget([three.book + name for name in asked])
    assert [href.rpartition("/")[2] for href in reply.responses] == ["3.vcf", "gone.vcf", "1.vcf"]
    assert names(reply.gone) == ["gone.vcf"]
    data = reply.props(three.book + "1.vcf")[f"{CR}address-data"].text
    assert data == three.get("1.vcf").text, "to the byte, CR LF included (VC-58)"


def test_multiget_finds_nothing_outside_of_the_book(server: Server, three: Client) -> None:
    server.device("bob").put("b.vcf", vcard("b"))
    odd = [
        "/bob/contacts/b.vcf",
        "/alice/",
        "/alice/contacts/",
        "/",
        "",
        "../1.vcf",
        "%FF",
        "http://[",
        "a b",
        "mailto:x",
    ]
    reply = three.multiget(odd)
    assert (reply.status, reply.living, len(reply.gone)) == (207, [], len(odd))


def test_multiget_takes_whole_urls_and_unusual_encodings(three: Client) -> None:
    asked = ["http://localhost/alice/contacts/1.vcf", "/alice/contacts/%32%2Evcf"]
    assert names(three.multiget(asked).living) == ["1.vcf", "2.vcf"]


def test_multiget_of_a_thousand_missing_cards(three: Client) -> None:
    asked = [f"{three.book}missing-{at}.vcf" for at in range(1000)]
    assert len(three.multiget(asked).gone) == 1000


def test_only_the_properties_asked_for(three: Client) -> None:
    def data(inner: str) -> str:
        reply = three.multiget([three.book + "1.vcf"], f"<CR:address-data>{inner}</CR:address-data>")
        return str(reply.props(three.book + "1.vcf")[f"{CR}address-data"].text)

    frame = "BEGIN:VCARD\r\nVERSION:3.0\r\n{}END:VCARD\r\n"
    assert data('<CR:prop name="email"/>') == frame.format("EMAIL:p1@example.com\r\n")
    assert data('<CR:prop name="FN" novalue="yes"/>') == frame.format("FN:\r\n")
    assert data('<CR:prop name="item9.EMAIL"/>') == frame.format("")
    assert data("<CR:allprop/>") == three.get("1.vcf").text


def test_a_query_finds_what_its_filter_says(three: Client) -> None:
    def email(text: str) -> str:
        inner = f"<CR:text-match>{text}</CR:text-match>"
        return f'<CR:filter><CR:prop-filter name="EMAIL">{inner}</CR:prop-filter></CR:filter>'

    three.put("g.vcf", vcard("g", "Friends", "X-ADDRESSBOOKSERVER-KIND:group", "EMAIL:list@example.org"))
    assert three.found(email("P2@")) == ["2"]
    assert three.found(email("example.com")) == ["1", "2", "3"]
    assert three.found(email("example.org")) == ["g"]
    assert three.found(email("nobody")) == []
    assert three.found("<CR:filter/>") == three.found("") == ["1", "2", "3", "g"]
    assert three.found('<CR:filter><CR:prop-filter name="TEL"/></CR:filter>') == []


def test_a_query_finds_each_of_many_once(server: Server, phone: Client) -> None:
    count = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 1100)"
    with server.database.engine.begin() as connection:
        connection.exec_driver_sql(f"INSERT INTO contact (given_name) {count} SELECT 'Anna ' || i FROM n")
    while server.database.glance(select(touched.c.contact_id), {}):
        drain(server.database)
    named = '<CR:filter><CR:prop-filter name="FN"><CR:text-match>anna</CR:text-match></CR:prop-filter></CR:filter>'
    found = phone.query(named).living
    assert len(found) == len(set(found)) == 1100
    assert len(phone.query(named, more="<CR:limit><CR:nresults>700</CR:nresults></CR:limit>").living) == 700


def test_a_query_that_is_cut_short_says_so(three: Client) -> None:
    def limited(count: int) -> list[str]:
        reply = three.query("<CR:filter/>", more=f"<CR:limit><CR:nresults>{count}</CR:nresults></CR:limit>")
        said = reply.responses.get(three.book)
        if said is not None:
            assert "507" in str(said.findtext(f"{D}status"))
            assert said.find(f"{D}error/{D}number-of-matches-within-limits") is not None
        return [*reply.living, *([] if said is None else ["cut"])]

    assert len(limited(3)) == 3 and "cut" not in limited(3)
    assert len(limited(2)) == 3 and "cut" in limited(2)
    assert limited(0) == ["cut"]


def test_an_unknown_collation_is_refused_with_its_precondition(three: Client) -> None:
    bad = (
        '<CR:filter><CR:prop-filter name="FN"><CR:text-match collation="i;klingon">x</CR:text-match>'
        "</CR:prop-filter></CR:filter>"
    )
    reply = three.query(bad)
    assert (reply.status, f"{CR}supported-collation" in reply.error) == (403, True)


@pytest.mark.parametrize("kind", ['content-type="text/html"', 'version="2.1"', 'version="9"'])
def test_a_version_that_we_cannot_give_is_refused_with_its_precondition(three: Client, kind: str) -> None:
    reply = three.multiget([three.book + "1.vcf"], f"<CR:address-data {kind}/>")
    assert (reply.status, f"{CR}supported-address-data" in reply.error) == (403, True)


@pytest.mark.parametrize("report", ["principal-property-search", "principal-search-property-set"])
def test_reports_on_principals_are_answered_by_radicale(three: Client, report: str) -> None:
    reply = three("REPORT", "/alice/", f"<{report} {NS}/>")
    assert (reply.status, reply.xml.tag) == (207, f"{D}multistatus")


def test_expand_property_tells_the_resource_instead_of_its_href(three: Client) -> None:
    inner = '<property name="displayname"/><property name="nonsense" namespace="urn:x"/>'
    asked = f"""<expand-property {NS}><property name="group-membership">{inner}</property>
        <property name="current-user-principal">{inner}</property><property name="resource-id">{inner}</property>
        <property name="addressbook-home-set" namespace="urn:ietf:params:xml:ns:carddav"/></expand-property>"""
    reply = three("REPORT", "/alice/", asked)
    props = reply.props("/alice/")
    assert len(props[f"{D}group-membership"]) == 0
    assert [each.text for each in props[f"{CR}addressbook-home-set"]] == ["/alice/"]
    assert str(props[f"{D}resource-id"][0].text).startswith("urn:uuid:")
    (told,) = props[f"{D}current-user-principal"]
    assert (told.tag, told.findtext(f"{D}href")) == (f"{D}response", "/alice/")
    assert told.findtext(f"{D}propstat/{D}prop/{D}displayname") == "alice"
    assert told.find(f"{D}propstat/{D}prop/{{urn:x}}nonsense") is not None


@pytest.mark.parametrize("url", ["/", "/alice/contacts/", "/alice/contacts/1.vcf"])
def test_expand_property_is_answered_everywhere(three: Client, url: str) -> None:
    body = f'<expand-property {NS}><property name="getetag"/><property name="owner"/></expand-property>'
    assert f"{D}owner" in three("REPORT", url, body).props(url)
    assert three("REPORT", url, f"<expand-property {NS}/>").status == 207


@pytest.mark.parametrize("name", ["", "a b", "1", "x><y", "a:b"])
def test_expand_property_wants_names(three: Client, name: str) -> None:
    body = f'<expand-property {NS}><property name="{name.replace("<", "&lt;")}"/></expand-property>'
    assert three("REPORT", "/alice/", body).status == 400


def test_expand_property_is_bounded(three: Client) -> None:
    many = "<property name='owner'>" * 300 + "</property>" * 300
    assert three("REPORT", "/alice/", f"<expand-property {NS}>{many}</expand-property>").status == 400
    assert three("REPORT", "/alice/contacts/none.vcf", f"<expand-property {NS}/>").status == 404


@pytest.mark.parametrize(
    "report", ["<nonsense/>", "<C:calendar-query xmlns:C='urn:ietf:params:xml:ns:caldav'/>", "<sync xmlns='DAV:'/>"]
)
def test_a_report_that_is_not_known_is_refused(three: Client, report: str) -> None:
    reply = three("REPORT", three.book, report)
    assert (reply.status, reply.error) == (403, {f"{D}supported-report"})


def test_the_edit_of_a_read_only_user_is_taken_and_reverted(server: Server, three: Client) -> None:
    with server.database.writing() as connection:  # as if a colleague had made it a shared record
        connection.exec_driver_sql("UPDATE card SET audience = 0")
        connection.exec_driver_sql("UPDATE contact SET owner_id = NULL")
    server.users.set_view("alice", View(read_only=True))
    first = three.sync()
    edited = three.put("1.vcf", vcard("1", "Mine"), If_Match=str(three.get("1.vcf").etag))
    assert (edited.status, edited.etag) == (204, None)
    delta = three.sync(first.token)
    assert names(delta.living) == ["1.vcf"], "the phone fetches the master again"
    assert "Person 1" in three.multiget(delta.living).text
    assert three("DELETE", three.book + "2.vcf").status == 204
    assert names(three.sync(delta.token).living) == ["2.vcf"]


def test_a_new_contact_that_the_policy_refuses_is_403_with_a_reason(server: Server, three: Client) -> None:
    server.users.set_view("alice", View(new_contacts=NewContacts.REFUSE))
    reply = three.put("new.vcf", vcard("new"), If_None_Match="*")
    assert (reply.status, f"{D}need-privileges" in reply.error) == (403, True)
    assert b"<!-- " in reply.body


@pytest.mark.parametrize("by_get", [True, False])
def test_a_device_without_tokens_edits_what_it_was_given(server: Server, three: Client, by_get: bool) -> None:
    """Evolution: PROPFIND for the ETags, multiget, and a PUT without If-Match."""
    card, edited = three.get("1.vcf").text, vcard("1", "Person 1", "NOTE:from the phone")
    evolution = Client(server.application, "alice", server.users.add_device("alice", "Evolution"))
    if by_get:
        assert evolution.get("1.vcf").text == card
    else:
        assert "Person 1" in evolution.multiget(["/alice/contacts/1.vcf"]).text
    assert three.put("1.vcf", edited).status == 204
    mine = card.replace("END:VCARD", "TITLE:From Evolution\r\nEND:VCARD")
    assert evolution.put("1.vcf", mine).status == 204
    assert {"NOTE:from the phone", "TITLE:From Evolution"} <= set(three.get("1.vcf").text.split("\r\n"))


def test_etags_alone_and_parts_of_cards_are_no_base(server: Server, three: Client) -> None:
    evolution = Client(server.application, "alice", server.users.add_device("alice", "Evolution"))
    for wanted in ("<getetag/>", '<CR:address-data><CR:prop name="FN"/></CR:address-data>'):
        asked = f"<prop>{wanted}</prop><href>{three.book}1.vcf</href>"
        body = f"<CR:addressbook-multiget {NS}>{asked}</CR:addressbook-multiget>"
        assert evolution("REPORT", three.book, body).status == 207
    server.application.close()
    with server.database.reading() as connection:
        assert connection.exec_driver_sql("SELECT count(*) FROM device_card").scalar() == 0


def test_a_device_that_presents_a_token_is_remembered_to_have_that_state(server: Server, three: Client) -> None:
    token = three.sync().token
    three.put("1.vcf", vcard("1", "Changed"))
    with server.database.reading() as connection:
        assert connection.exec_driver_sql("SELECT coalesce(max(number), 0) FROM device_sync").scalar() == 0
    newer = three.sync(token).token
    three.sync(newer)
    three.sync(newer)
    server.application.close()
    with server.database.reading() as connection:
        assert connection.exec_driver_sql("SELECT number FROM device_sync").scalar() == int(newer.split(":")[-2])
