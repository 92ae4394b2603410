"""Debian's DavMail as a client of Exchange: each of its operations, then the whole way to a phone and back.

Run by ``make judges``. DavMail signs in by NTLM and by Basic, finds out whose mailbox it is, and speaks EWS for what
is asked of it over CardDAV.

A limit of its own (6.0.1): over Basic, which it prefers where the server offers both, it writes a question mark for
each letter beyond ASCII, so that such a login or password gets 401. Over NTLM it writes them as Exchange wants them,
in UTF-16.
"""

from __future__ import annotations

import sys
from base64 import b64encode

from bridge.simulators.graph.items import Item
from bridge.simulators.graph.properties import ARRAYS, BIRTHDAY, EMAILS, TEXTS
from tests.judges.davmail_gateway import JAR, AddressBook, Gateway, value
from tests.judges.ews_firm import ADDRESS, PASSWORD, Exchange
from tests.judges.firm import LOGIN
from tests.judges.journey import Journey, Seen
from tests.judges.picture import png
from tests.judges.steps import Step, walk

MANY = 600
"""More contacts than DavMail asks for in a page (500), and more than Exchange gives it in one (250)."""

GERMAN = "ein Paßwort für 5 €"

ADA = [
    "UID:ada",
    "FN:Ada Lovelace",
    "N:Lovelace;Ada;;;",
    "ORG:Engine;Works",
    "EMAIL;TYPE=WORK:ada@engine.example",
    "TEL;TYPE=WORK,VOICE:+44 1",
    "TEL;TYPE=CELL:+44 2",
    "ADR;TYPE=WORK:;;Way 1;London;;W1;England",
    "BDAY:1815-12-10",
    "CATEGORIES:Friends",
    r"NOTE:first\nsecond",
]


class DavMail:
    """DavMail as the journey's client; cards are found by their names."""

    def __init__(self, book: AddressBook) -> None:
        self.book = book

    def make(self, given: str, family: str, seen: Seen) -> None:
        """Put a new card."""
        lines = [f"FN:{given} {family}", f"N:{family};{given};;;", f"TITLE:{seen.title}"]
        lines += [f"EMAIL;TYPE=WORK:{seen.mail}", f"TEL;TYPE=CELL:{seen.mobile}"]
        made = self.book.put(f"{given}.vcf", [f"UID:{given}", *lines], If_None_Match="*")
        assert made.status == 201, made

    def find(self, name: str) -> Seen | None:
        """Read a card."""
        found = self._found(name)
        return found and Seen(*(value(found[1], line) for line in ("TITLE", "TEL", "EMAIL")))

    def change(self, name: str, title: str) -> None:
        """Put the card with another title, under the version that is there."""
        found = self._found(name)
        assert found is not None
        lines = [line for line in found[1][2:-1] if not line.startswith("TITLE")]
        changed = self.book.put(found[0], [*lines, f"TITLE:{title}"], If_Match=self.book.etags()[found[0]])
        assert changed.status == 200, changed

    def delete(self, name: str) -> None:
        """Delete a card."""
        found = self._found(name)
        assert found is not None
        gone = self.book.ask("DELETE", found[0])
        assert gone.status == 200, gone

    def _found(self, name: str) -> tuple[str, list[str]] | None:
        found = [(key, lines) for key, lines in self.book.cards().items() if value(lines, "FN") == name]
        assert len(found) <= 1, f"{name} stands {len(found)} times in DavMail"
        return found[0] if found else None


class Operations:
    """The steps of DavMail's own: what it writes is in the mailbox, what is there is seen through it."""

    def __init__(self, firm: Exchange, gateway: Gateway) -> None:
        self.firm = firm
        self.gateway = gateway
        self.book = AddressBook(gateway, ADDRESS, LOGIN, PASSWORD)

    def steps(self) -> list[Step]:
        return [
            self.signs_in,
            self.creates,
            self.reads,
            self.changes,
            self.is_refused_on_an_old_version,
            self.writes_a_picture,
            self.sees_what_outlook_wrote,
            self.finds_a_folder_by_name,
            self.lists_many,
            self.deletes,
        ]

    def signs_in(self) -> None:
        """signs in by NTLM, also with a password that is not ASCII, and by Basic, and a wrong one is refused."""
        both = self.firm.ews.sign_in.offered
        self.firm.ews.sign_in.offered = ("NTLM",)
        assert self.book.etags() == {} and self.firm.ews.sign_in.handshakes > 0
        self.firm.ews.sign_in.passwords[LOGIN] = GERMAN
        assert AddressBook(self.gateway, ADDRESS, LOGIN, GERMAN).etags() == {}
        self.firm.ews.sign_in.passwords[LOGIN] = PASSWORD
        self.firm.ews.sign_in.offered = ('Basic realm="exchange.contoso.example"',)
        assert AddressBook(self.gateway, ADDRESS, ADDRESS, "wrong").ask("PROPFIND", body="<x/>").status == 401
        self.firm.ews.owners[ADDRESS] = self.firm.anna
        self.firm.ews.sign_in.passwords[ADDRESS] = PASSWORD
        self.book = AddressBook(self.gateway, ADDRESS, ADDRESS, PASSWORD)
        assert self.book.etags() == {}
        self.firm.ews.sign_in.offered = both

    def creates(self) -> None:
        """a card that is put stands in the mailbox, whole."""
        assert self.book.put("ada.vcf", ADA, If_None_Match="*").status == 201
        said = self.only().properties
        assert said[TEXTS["givenName"]] == "Ada" and said[TEXTS["surname"]] == "Lovelace"
        assert said[TEXTS["companyName"]] == "Engine" and said[TEXTS["department"]] == "Works"
        assert said["String 0x3a08"] == "+44 1" and said[TEXTS["mobilePhone"]] == "+44 2"
        assert said[EMAILS[0][1]] == "ada@engine.example" and said[ARRAYS["categories"]] == ["Friends"]
        assert str(said[BIRTHDAY]).startswith("1815-12-1") and said[TEXTS["personalNotes"]] == "first\nsecond"

    def reads(self) -> None:
        """the card is listed, and given back as it was put."""
        assert list(self.book.etags()) == ["ada.vcf"]
        lines = self.book.lines("ada.vcf")
        for name in ("FN", "N", "ORG", "EMAIL", "BDAY", "NOTE", "CATEGORIES", "ADR"):
            assert value(lines, name) == value(ADA, name), (name, lines)

    def changes(self) -> None:
        """a card that is put again changes the contact, and clears what it does not say any more."""
        lines = [line for line in ADA if not line.startswith(("TEL;TYPE=CELL", "NOTE"))]
        before = self.book.etags()["ada.vcf"]
        assert self.book.put("ada.vcf", [*lines, "TITLE:Chief"], If_Match=before).status == 200
        said = self.only().properties
        assert said[TEXTS["jobTitle"]] == "Chief" and TEXTS["mobilePhone"] not in said
        assert self.book.etags()["ada.vcf"] != before

    def is_refused_on_an_old_version(self) -> None:
        """what changed in Outlook meanwhile is not overwritten."""
        before = self.book.etags()["ada.vcf"]
        self.firm.anna.put(self.only(), {TEXTS["jobTitle"]: "Theirs"})
        assert self.book.put("ada.vcf", ADA, If_Match=before).status == 412
        assert self.book.put("ada.vcf", ADA, If_None_Match="*").status == 412
        assert self.only().properties[TEXTS["jobTitle"]] == "Theirs"

    def writes_a_picture(self) -> None:
        """a picture is put, and taken away again."""
        self.book.put("ada.vcf", [*ADA, f"PHOTO;ENCODING=b;TYPE=PNG:{b64encode(png()).decode()}"])
        photo = self.only().photo
        assert photo is not None and photo.startswith(b"\xff\xd8")
        assert value(self.book.lines("ada.vcf"), "PHOTO")
        self.book.put("ada.vcf", ADA)
        assert self.only().photo is None and not self.only().older_photos

    def sees_what_outlook_wrote(self) -> None:
        """a contact that Outlook made is seen, with its picture."""
        said = {TEXTS["displayName"]: "Old Friend", TEXTS["mobilePhone"]: "+1 2", EMAILS[0][1]: "old@friend.example"}
        friend = self.firm.anna.add({**said})
        self.firm.anna.put_photo(friend, png())
        (lines,) = (each for each in self.book.cards().values() if value(each, "FN") == "Old Friend")
        assert (value(lines, "TEL"), value(lines, "EMAIL")) == ("+1 2", "old@friend.example")
        assert value(lines, "PHOTO")

    def finds_a_folder_by_name(self) -> None:
        """a folder below Contacts is found by its name, among others."""
        self.firm.anna.add_folder("Other")
        self.firm.anna.add({TEXTS["displayName"]: "Inside"}, self.firm.anna.add_folder("Private").id)
        inside = AddressBook(self.gateway, ADDRESS, ADDRESS, PASSWORD, "contacts/Private")
        assert [value(lines, "FN") for lines in inside.cards().values()] == ["Inside"]

    def lists_many(self) -> None:
        """a folder of more contacts than fit into a page is listed whole."""
        folder = self.firm.anna.add_folder("Many").id
        for number in range(MANY):
            self.firm.anna.add({TEXTS["displayName"]: f"Person {number}"}, folder)
        assert len(AddressBook(self.gateway, ADDRESS, ADDRESS, PASSWORD, "contacts/Many").etags()) == MANY

    def deletes(self) -> None:
        """a card that is deleted is in the deleted items."""
        for name in self.book.etags():
            assert self.book.ask("DELETE", name).status == 200
        anna = self.firm.anna
        assert anna.contacts(anna.folder("contacts")) == [] and self.book.etags() == {}

    def only(self) -> Item:
        """Give the one contact of the mailbox."""
        (item,) = self.firm.anna.contacts(self.firm.anna.folder("contacts"))
        return item


def main() -> int:
    if not JAR.exists():
        print("DavMail: not run, it is not installed (as root: apt-get install davmail-server)")
        return 1
    with Exchange() as firm, Gateway(firm.ews.url) as gateway:
        client = DavMail(AddressBook(gateway, ADDRESS, LOGIN, PASSWORD))
        code = walk("DavMail", Operations(firm, gateway).steps() + Journey(firm, client).steps())
        if code:
            print(gateway.output())
        return code


if __name__ == "__main__":
    sys.exit(main())
