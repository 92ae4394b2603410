"""One address book in Evolution and on an iPhone. Evolution 3.46 sends vCard 3.0."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from contextlib import ExitStack, closing
from dataclasses import dataclass

import pytest

from tests.clients.evolution import Evolution
from tests.clients.iphone import IPhone, unfolded
from tests.clients.server import USER, Server, running, told

pytestmark = pytest.mark.slow

JPEG = bytes.fromhex("ffd8ffe000104a46494600010100000100010000") + bytes(range(256)) * 20 + bytes.fromhex("ffd9")


@dataclass(frozen=True)
class Office:
    """One address book on two devices."""

    server: Server
    evolution: Evolution
    phone: IPhone


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Office]:
    """The devices, signed in; tests leave each other's contacts alone."""
    folder = tmp_path_factory.mktemp("office")
    with ExitStack() as stack:
        server = stack.enter_context(running(folder / "data"))
        phone = stack.enter_context(closing(IPhone(server.address, USER, server.device("iPhone"))))
        (folder / "evolution").mkdir()
        password = server.device("Evolution")
        evolution = stack.enter_context(closing(Evolution(folder / "evolution", server.address, USER, password)))
        yield Office(server, evolution, phone)


def test_a_card_of_the_phone_is_edited_in_evolution_and_stays_whole(office: Office) -> None:
    photo = f"PHOTO;ENCODING=b;TYPE=JPEG:{base64.b64encode(JPEG).decode()}"
    dated = (
        "item1.X-ABDATE;type=pref:2001-02-03",
        "item1.X-ABLabel:_$!<Anniversary>!$_",
        "X-CUSTOM;A=1:kept; as, it is",
    )
    uid = office.phone.create(
        "FN:Nick Brigandi", "N:Brigandi;Nick;;;", "TEL;type=CELL;type=pref:+39 1", photo, *dated
    )
    office.evolution.until(lambda cards: "Nick Brigandi" in cards.get(uid, ""))
    assert "PHOTO" in office.evolution.cards[uid]
    office.evolution.edit(uid, "note", "Written in Evolution: Å; ß, 😀")
    office.phone.sync()
    card = office.phone.find(uid)
    assert card.value("NOTE") == r"Written in Evolution: Å\; ß\, 😀"
    assert card.photo == JPEG
    assert {*dated} <= {*unfolded(card.text)}


def test_a_contact_of_evolution_is_on_the_phone_and_edited_there(office: Office) -> None:
    lines = (
        "BEGIN:VCARD",
        "VERSION:3.0",
        "N:Ärger;Åsa;;;",
        "FN:Åsa Ärger",
        "EMAIL;TYPE=WORK:asa@example.com",
        "END:VCARD",
    )
    uid = office.evolution.add("\r\n".join(lines) + "\r\n")
    office.phone.sync()
    assert office.phone.find(uid).value("EMAIL") == "asa@example.com"
    office.phone.edit(uid, "TEL;type=WORK:+46 8 1")
    office.evolution.until(lambda cards: "+46 8 1" in cards[uid])
    assert "asa@example.com" in office.evolution.cards[uid]


def test_an_edit_of_what_the_phone_edited_meanwhile_loses_neither(office: Office) -> None:
    """Evolution writes its own over the server's ("keep local"), without a precondition."""
    uid = office.phone.create("FN:Con Flict", "N:Flict;Con;;;")
    office.evolution.until(lambda cards: uid in cards)
    office.phone.edit(uid, "NOTE:From the phone")
    office.evolution.edit(uid, "mobile-phone", "+1 2")
    office.phone.sync()
    card = office.phone.find(uid)
    assert (card.value("NOTE"), card.value("TEL")) == ("From the phone", "+1 2")
    office.evolution.until(lambda cards: "From the phone" in cards[uid] and "+1 2" in cards[uid])


def test_what_is_deleted_on_one_is_gone_on_the_other(office: Office) -> None:
    here, there = (office.phone.create(f"FN:Delete {name}", f"N:{name};Delete;;;") for name in ("here", "there"))
    office.evolution.until(lambda cards: {here, there} <= set(cards))
    office.evolution.delete(here)
    office.phone.sync()
    assert here not in {card.value("UID") for card in office.phone.cards.values()}
    office.phone.delete(there)
    office.evolution.until(lambda cards: not {here, there} & set(cards))
    trash = told(office.server.folder, "trash", "list")
    assert "Delete here" in trash and "Delete there" in trash
