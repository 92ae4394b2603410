"""The plan of an import: what is added, changed, present, refused. Over a book in memory."""

from dataclasses import replace

from bridge.demo.people import people
from bridge.files.found import FoundCard, FoundContact, Refusal
from bridge.files.reading import read
from bridge.importing import SLICE, Add, Known, Target, Update, Wanted, run
from storage_plugin.database.incoming import uid_key
from storage_plugin.model.book import ContactId
from storage_plugin.model.contact import Contact, Email
from storage_plugin.vcard.intake import accept
from storage_plugin.vcard.mapping import contact_from_vcard


class MemoryBook(Target):
    """Holds what was written, by id."""

    def __init__(self):
        self.records = {}
        self.slices = []

    def known(self, wanted: Wanted):
        return [
            each
            for each in self.records.values()
            if each.uid in wanted.uids
            or each.customer_number in wanted.customer_numbers
            or {email.address for email in each.contact.emails} & set(wanted.emails)
        ]

    def write(self, adds, updates):
        self.slices.append((len(adds), len(updates)))
        for add in adds:
            self._put(ContactId(len(self.records) + 1), add.text, add.customer_number)
        for update in updates:
            self._put(update.id, update.text, self.records[update.id].customer_number)
        return []

    def _put(self, key, text, number):
        uid = uid_key(accept(text.encode()).uid)
        self.records[key] = Known(key, uid, number, contact_from_vcard(text), text)


class Untouchable(MemoryBook):
    """Explodes when written to."""

    def write(self, adds, updates):
        raise AssertionError("a preview must not write")


def card(uid="u", name="Anna", more="", end="\r\n"):
    lines = ["BEGIN:VCARD", "VERSION:3.0", *([f"UID:{uid}"] if uid else []), f"FN:{name}", *more.split(), "END:VCARD"]
    return "".join(line + end for line in lines).encode()


def counts(report):
    return report.added, report.updated, report.present, len(report.refused)


def test_a_file_imported_twice_adds_nothing():
    book = MemoryBook()
    file = card("1") + card("2", "Ben") + card(None, "Zoë", "EMAIL:z@x.example") + card(None, "Nobody")
    assert counts(run(read(file), book)) == (4, 0, 0, 0)
    assert counts(run(read(file), book)) == (0, 0, 4, 0)
    assert len(book.records) == 4


def test_a_table_imported_twice_adds_nothing():
    book = MemoryBook()
    file = b"First Name,E-mail Address,Mobile Phone\nAnna,a@x.example,1\nBen,,2\n"
    assert counts(run(read(file), book)) == (2, 0, 0, 0)
    assert counts(run(read(file), book)) == (0, 0, 2, 0)


def test_a_card_of_a_known_uid_changes_its_record():
    book = MemoryBook()
    run(read(card("urn:uuid:1")), book)
    assert counts(run(read(card("1", "Anna B")), book)) == (0, 1, 0, 0)
    assert [each.contact.formatted_name for each in book.records.values()] == ["Anna B"]


def test_a_new_time_stamp_alone_changes_nothing():
    book = MemoryBook()
    run(read(card(more="REV:2024-01-01")), book)
    assert counts(run(read(card(more="REV:2025-01-01")), book)) == (0, 0, 1, 0)


def test_a_row_is_known_by_customer_number_or_by_email_and_name():
    book = MemoryBook()
    anna = Contact(formatted_name="Anna", emails=(Email("A@x.example"),))
    run([FoundContact(2, anna, "10001")], book)
    renamed = replace(anna, formatted_name="Anna Neu", emails=())
    assert counts(run([FoundContact(2, renamed, "10001")], book)) == (0, 0, 1, 0)
    again = replace(anna, company="Contoso")
    assert counts(run([FoundContact(2, again)], book)) == (0, 0, 1, 0)
    assert counts(run([FoundContact(2, renamed)], book)) == (1, 0, 0, 0)


def test_two_cards_of_one_uid_in_a_file():
    book = MemoryBook()
    report = run(read(card("1") + card("1") + card("1", "Somebody else")), book)
    assert counts(report) == (1, 0, 1, 1)
    assert "UID of another card of this file" in report.refused[0].reason


def test_a_group_is_refused():
    report = run(read(card("g", "Friends", "KIND:group")), MemoryBook())
    assert counts(report) == (0, 0, 0, 1)
    assert "is a group" in report.refused[0].reason


def test_a_preview_tells_the_same_and_writes_nothing():
    file = card("1") + card("2") + b"BEGIN:VCARD\r\nFN:cut\r\n"
    assert counts(run(read(file), Untouchable(), preview=True)) == counts(run(read(file), MemoryBook()))


def test_large_files_go_in_slices():
    book = MemoryBook()
    found = [FoundCard(n, card(str(n))) for n in range(2 * SLICE + 1)]
    run(found, book)
    assert book.slices == [(SLICE, 0), (SLICE, 0), (1, 0)]


def test_what_the_database_refuses_is_told_with_its_line():
    class Full(MemoryBook):
        def write(self, adds, updates):
            return [Refusal(adds[0].line, "too large")]

    report = run([FoundCard(7, card("1")), FoundCard(14, card("2"))], Full())
    assert counts(report) == (1, 0, 0, 1)
    assert report.refused == [Refusal(7, "too large")]


def test_the_demonstration_is_known_again_by_itself():
    book = MemoryBook()
    found = [FoundContact(at, person) for at, person in enumerate(people())]
    assert counts(run(found, book)) == (200, 0, 0, 0)
    assert counts(run(found, book)) == (0, 0, 200, 0)


def test_steps_carry_what_is_stored():
    book = MemoryBook()
    seen = []
    book.write = lambda adds, updates: seen.extend([*adds, *updates]) or []
    text = card("1", more="X-OWN;P=q:kept")
    run(read(text), book)
    assert seen == [Add(1, "Anna", text.decode())]
    assert not any(isinstance(step, Update) for step in seen)
