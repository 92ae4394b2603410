"""What devices set of home and book with PROPPATCH is kept, for their user alone (RFC 4918 9.2)."""

from __future__ import annotations

import pytest

from storage_plugin.dav.proppatch import MAX_PROPERTIES, MAX_VALUE
from tests.dav.client import CR, NS, Client, D, Reply
from tests.dav.conftest import Server

EVERY_DATABASE = True
BOOK, HOME = "/alice/contacts/", "/alice/"


def patch(phone: Client, body: str, url: str = BOOK) -> Reply:
    return phone("PROPPATCH", url, f"<propertyupdate {NS}>{body}</propertyupdate>")


def put(phone: Client, props: str, url: str = BOOK) -> Reply:
    return patch(phone, f"<set><prop>{props}</prop></set>", url)


def ask(phone: Client, url: str, names: str) -> Reply:
    return phone("PROPFIND", url, f"<propfind {NS}><prop>{names}</prop></propfind>", {"Depth": "0"})


@pytest.mark.parametrize("url", [HOME, BOOK])
def test_what_was_set_is_given_back(phone: Client, url: str) -> None:
    said = "<displayname>Our &lt;people&gt; &amp; friends</displayname>"
    said += "<CR:addressbook-description>All</CR:addressbook-description>"
    said += "<c:colour xmlns:c='urn:c' ><c:rgb a='1'>#fff</c:rgb> tail</c:colour>"
    assert set(put(phone, said, url).props(url)) == {
        f"{D}displayname",
        f"{CR}addressbook-description",
        "{urn:c}colour",
    }
    props = ask(phone, url, "<displayname/><CR:addressbook-description/><c:colour xmlns:c='urn:c'/>").props(url)
    assert props[f"{D}displayname"].text == "Our <people> & friends"
    assert props[f"{CR}addressbook-description"].text == "All"
    colour = props["{urn:c}colour"]
    assert [(each.tag, each.attrib, each.text, each.tail) for each in colour] == [
        ("{urn:c}rgb", {"a": "1"}, "#fff", " tail")
    ]
    every = phone("PROPFIND", url, f"<propfind {NS}><allprop/></propfind>", {"Depth": "0"}).props(url)
    named = phone("PROPFIND", url, f"<propfind {NS}><propname/></propfind>", {"Depth": "0"}).props(url)
    assert "{urn:c}colour" in every and "{urn:c}colour" in named


def test_the_language_of_a_property_is_kept(phone: Client) -> None:
    lang = "{http://www.w3.org/XML/1998/namespace}lang"
    said = (
        "<set xml:lang='da'><prop><displayname>Kunder</displayname><x xmlns='urn:x' xml:lang='de&quot;'>1</x></prop>"
    )
    patch(phone, said + "</set><set><prop><y xmlns='urn:x'>2</y></prop></set>")
    props = ask(phone, BOOK, "<displayname/><x xmlns='urn:x'/><y xmlns='urn:x'/>").props(BOOK)
    found = {name.rpartition("}")[2]: (each.text, each.get(lang)) for name, each in props.items()}
    assert found == {"displayname": ("Kunder", "da"), "x": ("1", 'de"'), "y": ("2", None)}


def test_a_property_that_is_removed_is_what_it_was(phone: Client) -> None:
    before = ask(phone, BOOK, "<displayname/><x xmlns='urn:x'/>").body
    put(phone, "<displayname>Mine</displayname><x xmlns='urn:x'>1</x>")
    assert ask(phone, BOOK, "<displayname/><x xmlns='urn:x'/>").body != before
    patch(phone, "<remove><prop><displayname/><x xmlns='urn:x'/></prop></remove>")
    assert ask(phone, BOOK, "<displayname/><x xmlns='urn:x'/>").body == before


def test_changes_are_made_in_their_order(phone: Client) -> None:
    patch(phone, "<set><prop><displayname>1</displayname></prop></set><remove><prop><displayname/></prop></remove>"
                 "<set><prop><displayname>2</displayname></prop></set>")  # fmt: skip
    assert ask(phone, BOOK, "<displayname/>").props(BOOK)[f"{D}displayname"].text == "2"


def test_no_token_changes(phone: Client) -> None:
    before = ask(phone, BOOK, "<CS:getctag/><sync-token/><getetag/>").body
    put(phone, "<displayname>Mine</displayname>")
    assert ask(phone, BOOK, "<CS:getctag/><sync-token/><getetag/>").body == before


def test_a_protected_property_fails_all(phone: Client) -> None:
    reply = put(phone, "<displayname>Mine</displayname><getetag>x</getetag>")
    assert not reply.props(BOOK)
    assert reply.text.index("cannot-modify-protected-property") < reply.text.index("424 Failed Dependency")
    assert ask(phone, BOOK, "<displayname/>").props(BOOK)[f"{D}displayname"].text == "Contacts"


def test_what_is_too_much_is_507_and_fails_all(phone: Client) -> None:
    reply = put(phone, f"<displayname>Mine</displayname><x xmlns=''>{'y' * (MAX_VALUE + 1)}</x>")
    assert "507 Insufficient Storage" in reply.text and "424 Failed Dependency" in reply.text
    many = "".join(f"<x{at} xmlns=''>1</x{at}>" for at in range(MAX_PROPERTIES + 1))
    assert "507 Insufficient Storage" in put(phone, many).text
    assert ask(phone, BOOK, "<displayname/>").props(BOOK)[f"{D}displayname"].text == "Contacts"
    assert not ask(phone, BOOK, "<x1 xmlns=''/>").props(BOOK)


def test_it_is_the_users_alone_and_of_all_his_devices(server: Server, phone: Client) -> None:
    put(phone, "<displayname>Mine</displayname>")
    tablet, bobs = server.device("alice", "tablet"), server.device("bob")
    assert ask(tablet, BOOK, "<displayname/>").props(BOOK)[f"{D}displayname"].text == "Mine"
    assert ask(bobs, bobs.book, "<displayname/>").props(bobs.book)[f"{D}displayname"].text == "Contacts"
    assert put(bobs, "<displayname>His</displayname>").status == 403
    assert ask(phone, HOME, "<displayname/>").props(HOME)[f"{D}displayname"].text == "alice"
