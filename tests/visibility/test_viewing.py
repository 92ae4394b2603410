"""What the page shows of a book: the same as the own devices, accounts besides; and never what is another user's."""

from __future__ import annotations

from dataclasses import replace
from itertools import product
from typing import get_args

import pytest

from storage_plugin.database import browsing
from storage_plugin.database.browsing import PER_PAGE, Sort, Wanted
from storage_plugin.database.duplicates import duplicates
from storage_plugin.database.record_types import RecordTypes
from storage_plugin.database.viewing import Viewing
from storage_plugin.model.book import ContactId, NotFound, Origin, Refused
from storage_plugin.model.contact import Contact, Email, Phone
from storage_plugin.model.record_type import Field, RecordType
from storage_plugin.model.view import Condition, Filter, Operator, View
from tests.visibility.office import Office, only, vcard
from tests.visibility.office import Phone as Device

CLI = Origin("cli")
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


def page(office: Office, user: str) -> Viewing:
    viewer = office.users.viewer(user)
    assert viewer is not None
    return Viewing(office.database, viewer)


def names(office: Office, user: str, **wanted: object) -> list[str]:
    """Names as they are said, in the order of the list, which shows "Abel, Anna"."""
    lines = page(office, user).lines(replace(Wanted(), **wanted)).lines  # type: ignore[arg-type]
    return [" ".join(reversed(line.name.split(", "))) for line in lines]


def add(office: Office, name: str, **more: object) -> ContactId:
    given, _, family = name.rpartition(" ")
    who = Contact(name, given_name=given, family_name=family)
    business = {key: more.pop(key) for key in ("type", "custom", "account_id") if key in more}
    return office.business.save(replace(who, **more), CLI, **business).id  # type: ignore[arg-type]


def own(phone: Device, name: str, *lines: str) -> ContactId:
    """Make a plain contact on a device; give its id."""
    uid = name.replace(" ", "-")
    phone.put(f"{uid}.vcf", vcard(uid, name, *lines))
    (key,) = (key for key, row in phone.office.rows().items() if row["uid"] == uid)
    return ContactId(key)


def test_everybody_sees_shared_records_and_the_own_plain_ones_and_nobody_sees_anothers(
    office: Office, phone: Device, bobs: Device
) -> None:
    shared = add(office, "Anna Abel")
    mine, his = own(phone, "Mia Mine"), own(bobs, "Hugo His")
    assert names(office, office.alice) == ["Anna Abel", "Mia Mine"]
    assert names(office, office.bob) == ["Anna Abel", "Hugo His"]
    alice = page(office, office.alice)
    assert [alice.get(key).contact.formatted_name for key in (shared, mine)] == ["Anna Abel", "Mia Mine"]
    for read in (alice.get, alice.photo, alice.history, alice.changeable, alice.deleted_item):
        with pytest.raises(NotFound):
            read(his)
    assert alice.lines(Wanted("hugo")).total == 0
    assert names(office, office.alice, plain=True) == ["Mia Mine"]


def test_an_administrator_sees_no_more_of_others_plain_contacts(office: Office, bobs: Device) -> None:
    his = own(bobs, "Hugo His")
    office.sql("UPDATE \"user\" SET role = 'administrator' WHERE name = :n", n=office.alice)
    assert page(office, office.alice).viewer.is_administrator
    assert names(office, office.alice) == []
    with pytest.raises(NotFound):
        page(office, office.alice).get(his)


def test_what_the_filter_hides_is_not_there(office: Office) -> None:
    north, south = add(office, "Nora North", company="North"), add(office, "Sam South", company="South")
    office.sees(office.alice, only("company", "is", "North"))
    alice = page(office, office.alice)
    assert names(office, office.alice) == ["Nora North"]
    assert alice.get(north).id == north
    for read in (alice.get, alice.photo, alice.history):
        with pytest.raises(NotFound):
            read(south)
    assert len(names(office, office.bob)) == 2


def test_accounts_are_shown_to_everybody_but_those_that_the_filter_hides(office: Office) -> None:
    account = add(office, "Contoso Ltd", company="Contoso Ltd", type="Account")
    linked = add(office, "Anna Abel", account_id=account)
    assert names(office, office.alice) == ["Anna Abel", "Contoso Ltd"]
    assert office.phone.listing().keys() == {row["href"] for key, row in office.rows().items() if key == linked}
    assert page(office, office.alice).get(linked).account_id == account
    assert names(office, office.alice, account=account) == ["Anna Abel"]
    office.sees(office.alice, only("given_name", "is", "Anna"))
    assert names(office, office.alice) == ["Anna Abel"]
    assert page(office, office.alice).get(linked).account_id is None


def test_another_book_is_not_there(office: Office) -> None:
    other = office.new_book()
    here = add(office, "Anna Abel")
    office.switch(office.bob, other)
    assert names(office, office.bob) == []
    with pytest.raises(NotFound):
        page(office, office.bob).get(here)


def test_categories_of_what_is_not_seen_are_not_named(office: Office, bobs: Device) -> None:
    add(office, "Anna Abel", categories=("Customer", "berlin"))
    add(office, "Sam South", company="South", categories=("Secret plan",))
    own(bobs, "Hugo His", "CATEGORIES:Poker")
    assert page(office, office.alice).categories() == ["berlin", "Customer", "Secret plan"]
    office.sees(office.alice, only("company", "is-not", "South"))
    assert page(office, office.alice).categories() == ["berlin", "Customer"]


def test_a_list_is_narrowed_by_words_type_and_category(office: Office, phone: Device) -> None:
    types = RecordTypes(office.database, office.book_id)
    types.add(RecordType("Lead", fields=(Field("Region"),)))
    add(office, "Anna Müller", categories=("VIP",), emails=(Email("anna@contoso.example"),))
    add(office, "Lena Lead", type="Lead", custom={"Region": "Nord-Ost"}, phones=(Phone("+49 30 1234"),))
    office.insert("Contoso")
    own(phone, "Mia Mine", "CATEGORIES:VIP")
    assert names(office, office.alice, words="MÜL anna") == ["Anna Müller"]
    assert names(office, office.alice, words="contoso") == ["Anna Müller", "Someone of Contoso"]
    assert names(office, office.alice, words="lena nord-ost") == ["Lena Lead"]
    assert names(office, office.alice, words="10001") == ["Anna Müller"]
    assert names(office, office.alice, words="1234") == ["Lena Lead"]
    assert names(office, office.alice, words="müller lena") == []
    assert names(office, office.alice, type="Lead") == ["Lena Lead"]
    assert names(office, office.alice, type="Business Contact") == ["Anna Müller", "Someone of Contoso"]
    assert names(office, office.alice, category="VIP") == ["Mia Mine", "Anna Müller"]
    assert names(office, office.alice, category="VIP", type="Business Contact") == ["Anna Müller"]


def test_a_list_is_sorted_and_paged_with_a_total(office: Office) -> None:
    for number in range(PER_PAGE + 2):
        add(office, f"N{number:03} Last", company=f"C{PER_PAGE + 2 - number:03}")
    alice = page(office, office.alice)
    first, second = alice.lines(), alice.lines(Wanted(page=2))
    assert (first.total, first.pages, len(first.lines), len(second.lines)) == (PER_PAGE + 2, 2, PER_PAGE, 2)
    assert [line.name for line in second.lines] == [f"Last, N{PER_PAGE + each:03}" for each in (0, 1)]
    assert alice.lines(Wanted(page=99)).page == 2
    assert alice.lines(Wanted(sort="company")).lines[0].company == "C001"
    office.business.save(replace(alice.get(first.lines[5].id).contact, note="x"), CLI, contact_id=first.lines[5].id)
    assert page(office, office.alice).lines(Wanted(sort="changed")).lines[0].id == first.lines[5].id


def test_names_and_companies_are_sorted_in_the_users_language(office: Office) -> None:
    for name, company in (
        ("Å Ågård", "Zet"),
        ("B Ærø", ""),
        ("C Østergaard", "Äpfel"),
        ("D Zorn", "Apfel"),
        ("E Aebi", "Afa"),
    ):
        add(office, name, company=company)

    def order(language: str, sort: str = "name") -> str:
        return "".join(name[0] for name in names(office, office.alice, language=language, sort=sort))

    assert [order(code) for code in ("en", "nl", "de", "da", "nb")] == ["EBÅCD", "EBÅCD", "EBÅCD", "EDBCÅ", "EDBCÅ"]
    assert [order(code, "company") for code in ("en", "de", "da")] == ["ECDÅB", "CEDÅB", "EDÅCB"]


def test_a_line_tells_first_email_first_phone_and_type(office: Office, phone: Device) -> None:
    emails = (Email("first@example.com"), Email("second@example.com"))
    add(office, "Anna Abel", company="Contoso", emails=emails, phones=(Phone("1"), Phone("2")))
    own(phone, "Mia Mine")
    anna, mia = page(office, office.alice).lines().lines
    assert (anna.email, anna.phone, anna.company) == ("first@example.com", "1", "Contoso")
    assert (anna.type, anna.customer_number, mia.type) == ("Business Contact", "10001", "")


def test_a_photo_is_shown_to_those_who_see_the_contact(office: Office, phone: Device) -> None:
    key = own(phone, "Mia Mine", f"PHOTO;ENCODING=b;TYPE=PNG:{PIXEL}")
    elsewhere = own(phone, "Uri Elsewhere", "PHOTO;VALUE=uri:http://192.0.2.1/track.png")
    alice = page(office, office.alice)
    assert (alice.photo(key) or b"")[:4] == b"\x89PNG"
    assert alice.photo(elsewhere) is None
    assert [bool(line.photo) for line in alice.lines().lines] == [False, True]
    with pytest.raises(NotFound):
        page(office, office.bob).photo(key)


def test_history_does_not_tell_what_a_contact_said_while_it_was_somebodys_own(office: Office, bobs: Device) -> None:
    key = own(bobs, "Hugo His", "NOTE:owes me money")
    bobs.put("Hugo-His.vcf", vcard("Hugo-His", "Hugo His"), match=None)
    office.business.promote(key, CLI)
    office.business.save(replace(office.business.get(key).contact, company="Contoso"), CLI, contact_id=key)
    told = page(office, office.alice).history(key)
    assert [event.what for event in told] == ["earlier", "changed"]
    assert "money" not in repr(told)
    assert "money" in repr(page(office, office.bob).history(key))
    with pytest.raises(NotFound):
        page(office, office.alice).state(key, 1)
    assert "money" in page(office, office.bob).state(key, 1).text


def test_history_does_not_tell_what_the_filter_hid(office: Office) -> None:
    key = add(office, "Anna Abel", company="North")
    for company in ("South", "North"):
        office.business.save(replace(office.business.get(key).contact, company=company), CLI, contact_id=key)
    assert [event.what for event in page(office, office.bob).history(key)] == ["created", "changed", "changed"]
    office.sees(office.alice, only("company", "is", "North"))
    told = page(office, office.alice).history(key)
    assert [event.what for event in told] == ["created", "earlier"]
    assert "South" not in repr(told)


def test_deleted_items_are_those_that_could_be_seen(office: Office, phone: Device, bobs: Device) -> None:
    keys = [add(office, "Nora North", company="North"), add(office, "Sam South", company="South")]
    keys += [own(phone, "Mia Mine"), own(bobs, "Hugo His")]
    for key in keys:
        office.business.delete(key, CLI)
    office.sees(office.alice, only("company", "is", "North"))
    alice = page(office, office.alice)
    assert [item.contact.formatted_name for item in alice.deleted().items] == ["Mia Mine", "Nora North"]
    assert set(alice.deleted_ids()) == {keys[0], keys[2]}
    assert [event.what for event in alice.history(keys[0])] == ["created", "deleted"]
    assert alice.deleted_item(keys[2]).contact.formatted_name == "Mia Mine"
    for key in (keys[1], keys[3]):
        with pytest.raises(NotFound):
            alice.deleted_item(key)
        with pytest.raises(NotFound):
            alice.history(key)
    assert [item.contact.formatted_name for item in page(office, office.bob).deleted().items] == [
        "Hugo His", "Sam South", "Nora North",
    ]  # fmt: skip


def test_deleted_items_come_in_pages(office: Office) -> None:
    for number in range(PER_PAGE + 1):
        office.business.delete(add(office, f"N{number:03} Last"), CLI)
    alice = page(office, office.alice)
    assert (len(alice.deleted().items), alice.deleted().has_more) == (PER_PAGE, True)
    assert [item.contact.formatted_name for item in alice.deleted(2).items] == ["N000 Last"]
    assert not alice.deleted(2).has_more


def test_a_view_that_may_only_read_changes_nothing(office: Office) -> None:
    key = add(office, "Anna Abel")
    office.sees(office.alice, View(read_only=True))
    alice = page(office, office.alice)
    assert alice.get(key).id == key
    with pytest.raises(Refused):
        alice.changeable(key)
    assert page(office, office.bob).changeable(key).id == key


def test_many_that_are_found_are_listed_as_few_would_be(monkeypatch: pytest.MonkeyPatch, office: Office) -> None:
    for number, name in enumerate(
        ["Åse Öst", "Aage Ørn", "Zoe Zet", "zoe abel", "Ælfric Äbel", "山田 太郎", "Ada Aa"]
    ):
        add(office, name, company=["", "Øst", "zet", "Zet", "Aa"][number % 5], note="findme")
    add(office, "Not This")
    office.users.set_view(office.bob, View(Filter((Condition("company", Operator.IS_NOT, "Øst"),))))
    monkeypatch.setattr(browsing, "PER_PAGE", 2)
    for user, sort, language in product((office.alice, office.bob), get_args(Sort), ("en", "de", "da")):
        book, wanted = page(office, user), Wanted(words="find", sort=sort, language=language)
        few = [book.lines(replace(wanted, page=number)) for number in (1, 2, 3, 4, 9)]
        with monkeypatch.context() as counting:
            counting.setattr(browsing, "MOST_COUNTED", few[0].total - 1)
            many = [book.lines(replace(wanted, page=number)) for number in (1, 2, 3, 4, 9)]
        assert [each.lines for each in many] == [each.lines for each in few]
        assert [each.has_later for each in many] == [each.has_later for each in few]
        assert (many[0].total, many[0].is_more, many[-1].total) == (few[0].total - 1, True, few[0].total)
    assert few[0].total == 5 and not any(each.is_more for each in few)


def test_duplicates_are_found_among_what_is_seen(office: Office, bobs: Device) -> None:
    add(office, "Anna Müller", phones=(Phone("+49 (30) 1-2"),), emails=(Email("ANNA@x.example"),))
    add(office, "anna muller", phones=(Phone("49.3012"),), emails=(Email("b@x.example"),))
    add(office, "Zoe O'Zorn", company="Zet & Co")
    add(office, "Zoe OZorn", company="ZET CO")
    add(office, "Other Name", phones=(Phone("+49 (30) 1-2"),), emails=(Email("anna@X.example"),))
    own(bobs, "Hugo His", "EMAIL:b@x.example")
    told = [(group.reason, [line.name for line in group.lines]) for group in duplicates(page(office, office.alice))]
    assert told == [
        ("email", ["Müller, Anna", "Name, Other"]),
        ("phone", ["Müller, Anna", "muller, anna"]),
        ("company", ["O'Zorn, Zoe", "OZorn, Zoe"]),
    ]
    bobs_groups = duplicates(page(office, office.bob))
    assert [line.name for line in bobs_groups[1].lines] == ["muller, anna", "His, Hugo"]
