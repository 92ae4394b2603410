"""One journey for every client of a folder of contacts: what it writes arrives on a phone over CardDAV, and back."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Protocol

from tests.judges.firm import Firm
from tests.judges.steps import Step


@dataclass(frozen=True)
class Seen:
    """A contact as the client shows it; what is not there is ""."""

    title: str
    mobile: str
    mail: str


class Client(Protocol):
    """A person's program with an address book, told apart by full names here."""

    def make(self, given: str, family: str, seen: Seen) -> None: ...

    def find(self, name: str) -> Seen | None: ...

    def change(self, name: str, title: str) -> None: ...

    def delete(self, name: str) -> None: ...


ADA = Seen("Countess", "+44 171 1", "ada@engine.example")


class Journey:
    """The steps, in their order."""

    def __init__(self, firm: Firm, client: Client) -> None:
        self.firm = firm
        self.client = client

    def steps(self) -> list[Step]:
        return [
            self.book_arrives,
            self.client_writes,
            self.client_changes_its_contact,
            self.client_changes_a_business_contact,
            self.phone_changes,
            self.phone_creates,
            self.client_deletes,
            self.nothing_is_left,
        ]

    def book_arrives(self) -> None:
        """a business contact of the book is seen by the client."""
        self.firm.open_book()
        assert self.client.find("Nick Brigandi") == Seen("", "", "nick@wood.example")

    def client_writes(self) -> None:
        """what the client writes arrives as a plain contact in the book and on the phone."""
        self.client.make("Ada", "Lovelace", ADA)
        self.firm.mirror()
        card = self.firm.on_phone("Ada Lovelace")
        assert card is not None
        assert (card.value("TITLE"), card.value("TEL"), card.value("EMAIL")) == (ADA.title, ADA.mobile, ADA.mail)
        listed = json.loads(self.firm.say("contact", "list", "--json"))
        kinds = {each["contact"]["formatted_name"]: (each["type"], each["owner"]) for each in listed}
        assert kinds == {"Nick Brigandi": ("Business Contact", None), "Ada Lovelace": (None, "anna")}

    def client_changes_its_contact(self) -> None:
        """what the client changes in it is changed on the phone."""
        self.client.change("Ada Lovelace", "Programmer")
        self.firm.mirror()
        card = self.firm.on_phone("Ada Lovelace")
        assert card is not None and card.value("TITLE") == "Programmer"

    def client_changes_a_business_contact(self) -> None:
        """what the client changes in a business contact is changed on the phone."""
        self.client.change("Nick Brigandi", "Buyer")
        self.firm.mirror()
        card = self.firm.on_phone("Nick Brigandi")
        assert card is not None and card.value("TITLE") == "Buyer"

    def phone_changes(self) -> None:
        """what the phone changes in a business contact is seen by the client."""
        card = self.firm.on_phone("Nick Brigandi")
        assert card is not None
        self.firm.phone.edit(card.value("UID"), "TEL;TYPE=CELL:+1 555 7")
        self.firm.mirror()
        assert self.client.find("Nick Brigandi") == Seen("Buyer", "+1 555 7", "nick@wood.example")

    def phone_creates(self) -> None:
        """a business contact that is new in the book is seen by the client and on the phone, once."""
        self.firm.say("contact", "add", "Grace Hopper", "--add", "emails=work:grace@navy.example")
        self.firm.mirror()
        assert self.client.find("Grace Hopper") == Seen("", "", "grace@navy.example")
        assert self.firm.on_phone("Grace Hopper") is not None

    def client_deletes(self) -> None:
        """what the client deletes leaves the phone; a business contact is in the deleted items then."""
        self.client.delete("Ada Lovelace")
        self.client.delete("Grace Hopper")
        self.firm.mirror()
        assert self.firm.on_phone("Ada Lovelace") is None and self.firm.on_phone("Grace Hopper") is None
        assert self.client.find("Grace Hopper") is None
        assert "Grace Hopper" in self.firm.say("trash", "list")

    def nothing_is_left(self) -> None:
        """a further run has nothing to do, and the schema has nothing against any exchange."""
        assert "nothing to do" in self.firm.mirror()
        assert self.firm.judge.verdict() == [], self.firm.judge.verdict()
        print(f"  {self.firm.judge.seen} bodies judged by Microsoft's schema")
