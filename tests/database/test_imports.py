"""What becomes of cards from a file: added, an edit of a known card, or known already."""

from __future__ import annotations

from dataclasses import replace

import pytest

from storage_plugin.database.additions import sent_of
from storage_plugin.database.import_plan import Item
from storage_plugin.database.imports import add_cards, item_of_card
from storage_plugin.database.past import history
from storage_plugin.model.book import NotFound, Refused
from storage_plugin.model.contact import Contact, Email
from tests.database.installation import CLI, Installation, vcard


def take(here: Installation, *cards: str, **options):
    return add_cards(here.database, 1, [item_of_card(card.encode()) for card in cards], CLI, **options)


def row_of(who: Contact, number: str = "") -> Item:
    return Item(sent_of(who), number, is_row=True)


def what(taken) -> list[str]:
    return [each.what for each in taken]


def test_cards_are_stored_to_the_byte(here):
    text = vcard("u1", "Anna Abel", "X-CLUB;x-y=z:Rowing", "item1.TEL:+49 1", "item1.X-ABLabel:Boat")
    (taken,) = take(here, text)
    assert (taken.what, taken.name) == ("new", "Anna Abel")
    assert here.text_of(taken.id) == text


def test_an_import_is_one_change_with_numbers_in_the_order_of_the_file(here):
    taken = take(here, *(vcard(f"u{at}", f"Anna {at}") for at in range(5)))
    now, changes = here.contacts.changes_since(0)
    assert {change.number for change in changes} == {now}
    assert [here.contacts.get(each.id).customer_number for each in taken] == [str(10001 + at) for at in range(5)]


def test_the_same_file_twice_adds_nothing(here):
    cards = [vcard("u1", "Anna Abel"), vcard("u2", "Bert Boll")]
    take(here, *cards)
    number, _ = here.contacts.changes_since(0)
    assert what(take(here, *cards)) == ["unchanged", "unchanged"]
    assert here.contacts.changes_since(number) == (number, [])


def test_a_known_uid_with_another_text_is_an_edit(here):
    (first,) = take(here, vcard("u1", "Anna Abel"))
    (second,) = take(here, vcard("u1", "Anna Zorn"))
    assert (second.what, second.id) == ("changed", first.id)
    assert here.text_of(first.id) == vcard("u1", "Anna Zorn")
    assert [event.what for event in history(here.database, 1, first.id)] == ["created", "changed"]


def test_of_a_uid_that_stands_twice_in_a_file_the_later_card_counts(here):
    first, second = take(here, vcard("u1", "Anna Abel"), vcard("u1", "Anna Zorn"))
    assert (first.what, second.what, first.id == second.id) == ("new", "changed", True)
    assert here.text_of(first.id) == vcard("u1", "Anna Zorn")


def test_AMI_9_a_known_name_with_a_known_address_is_the_same_record(here):
    (first,) = take(here, vcard("u1", "Anna Abel", "EMAIL:anna@example.com", "NOTE:ours", "TEL:1"))
    (second,) = take(here, vcard("u2", "Anna Abel", "EMAIL:Anna@Example.com", "NOTE:theirs"))
    assert (second.what, second.id) == ("changed", first.id)
    assert here.text_of(first.id) == vcard("u1", "Anna Abel", "EMAIL:anna@example.com", "NOTE:theirs", "TEL:1")


def test_AMI_9_known_records_can_be_left_alone(here):
    (first,) = take(here, vcard("u1", "Anna Abel"))
    left, new = take(here, vcard("u1", "Anna Zorn"), vcard("u2", "Bert Boll"), changes=False)
    assert (left.what, left.id, new.what) == ("left", first.id, "new")
    assert here.text_of(first.id) == vcard("u1", "Anna Abel")


def test_AMI_9_what_could_be_two_records_is_refused(here):
    card = "EMAIL:a@b.c"
    take(here, vcard("u1", "Anna Abel"), vcard("u2", "Anna Abel", card))
    here.phone("alice").put("u3", "Anna Abel", card)
    take(here, vcard("u1", "Anna Abel", card))
    before = here.dump()
    (taken,) = take(here, vcard("u9", "Anna Abel", card, "NOTE:x"))
    assert (taken.what, taken.reason) == ("refused", "several records have this name and e-mail address")
    named = item_of_card(vcard("u2", "Anna Abel").encode(), next(iter(here.contacts.list())).customer_number)
    (taken,) = add_cards(here.database, 1, [named], CLI)
    assert (taken.what, "those of two records" in taken.reason) == ("refused", True)
    assert here.dump() == before


def test_AMI_9_a_file_that_names_somebody_twice_changes_nothing_the_second_time(here):
    cards = [vcard("u1", "Anna Abel", "NOTE:x", "TEL:1"), vcard("u1", "Anna Zorn", "NOTE:y", "TEL:2")]
    cards += [vcard("u2", "Anna Zorn", "EMAIL:a@b.c"), vcard("u3", "Anna Zorn", "EMAIL:a@b.c", "NOTE:z")]
    take(here, *cards)
    number, _ = here.contacts.changes_since(0)
    assert what(take(here, *cards)) == ["unchanged"] * 4
    assert here.contacts.changes_since(number) == (number, [])


def test_AMI_9_an_update_takes_no_line_away_and_adds_what_the_card_has_not(here):
    photo = "PHOTO;ENCODING=b;TYPE=JPEG:" + "QUJD" * 400
    take(here, vcard("u1", "Anna Abel", "X-CLUB:Rowing", "TEL;TYPE=CELL:1", "EMAIL:a@b.c"))
    (second,) = take(here, vcard("u1", "Anna Abel", "X-CLUB:Chess", "item1.X-PET:Rex", "TEL;TYPE=CELL:2", photo))
    assert second.what == "changed"
    seen = here.phone().read("u1").replace("\r\n ", "")
    for line in ("X-CLUB:Rowing", "item1.X-PET:Rex", "TEL;TYPE=CELL:2", "EMAIL:a@b.c", photo):
        assert f"{line}\r\n" in seen
    assert "TEL;TYPE=CELL:1" not in seen
    assert what(take(here, vcard("u1", "Anna Abel", "TEL;TYPE=CELL:2", photo))) == ["unchanged"]


def test_a_second_card_of_one_person_in_a_file_is_the_same_record(here):
    taken = take(here, vcard("u1", "Anna Abel", "EMAIL:a@b.c"), vcard("u2", "Anna Abel", "EMAIL:a@b.c"))
    assert what(taken) == ["new", "unchanged"] and taken[0].id == taken[1].id


def test_people_who_share_a_name_or_an_address_only_are_not_duplicates(here):
    cards = [vcard("u1", "Anna Abel", "EMAIL:a@b.c"), vcard("u2", "Bert Abel", "EMAIL:a@b.c")]
    cards += [vcard("u3", "Anna Abel", "EMAIL:x@b.c"), vcard("u4", "Anna Abel")]
    assert what(take(here, *cards)) == ["new"] * 4


def test_a_customer_number_from_elsewhere_is_an_alias_by_which_it_is_found(here):
    item = row_of(Contact(formatted_name="Anna Abel"), "K-4711")
    (taken,) = add_cards(here.database, 1, [item], CLI)
    record = here.contacts.numbered("K-4711")
    assert (record.id, record.customer_number) == (taken.id, "10001")
    assert here.contacts.numbered("10001") == record


def row(name: str, number: str, *emails: str, **more: str):
    given, _, family = name.rpartition(" ")
    who = Contact(formatted_name=name, given_name=given, family_name=family, **more)
    return row_of(replace(who, emails=tuple(map(Email, emails))), number)


def company(name: str, number: str):
    return row_of(Contact(company=name), number)


@pytest.mark.parametrize(
    "known, said",
    [
        (row("Anna Abel", "K-1"), row("A. Abel", "K-1")),
        (row("Anna Abel", "K-1", "a@b.c"), row("Anna Zorn", "K-1", "x@y.z", "A@B.C")),
        (row("Anna Abel", "K-1"), row_of(Contact(formatted_name="ANNA  abel"), "K-1")),
        (company("Contoso", "K-1"), company("Contoso", "K-1")),
    ],
    ids=["family name", "address", "full name", "firm"],
)
def test_AMI_9_a_customer_number_names_a_record_where_something_else_agrees(here, known, said):
    said = replace(said, sent=replace(said.sent, uid="other"))
    (first,) = add_cards(here.database, 1, [known], CLI)
    for number in ("K-1", "10001"):
        (again,) = add_cards(here.database, 1, [replace(said, customer_number=number)], CLI)
        assert (again.what, again.id) in (("changed", first.id), ("unchanged", first.id))
    assert len(list(here.contacts.list())) == 1


@pytest.mark.parametrize(
    "said",
    [
        row("Bert Boll", "10001", "bert@example.com"),
        row("Bert Boll", "10001", company="Contoso"),
        row("Anna Boll", "10001"),
        company("Contoso", "10001"),
        row_of(Contact(nickname="Rex"), "10001"),
    ],
    ids=["stranger", "colleague", "first name", "firm", "nickname"],
)
@pytest.mark.parametrize("preview", [True, False])
def test_AMI_9_another_firms_numbering_overwrites_nobody(here, said, preview):
    add_cards(here.database, 1, [row("Anna Muster", "", "anna@example.com", company="Contoso")], CLI)
    before = here.dump()
    (taken,) = add_cards(here.database, 1, [said], CLI, preview=preview)
    wanted = "customer number 10001 is that of Anna Muster here; name and e-mail addresses are others"
    assert (taken.what, taken.id, taken.reason) == ("refused", 0, wanted)
    assert here.dump() == before


def test_AMI_9_a_number_that_stands_twice_in_a_file_for_two_people_is_refused_the_second_time(here):
    rows = [row("Anna Muster", "K-1"), row("Bert Boll", "K-1"), row("Anne Muster", "K-1")]
    for _ in range(2):
        taken = add_cards(here.database, 1, rows, CLI)
        assert (what(taken)[1], taken[1].reason.startswith("customer number K-1 is that of Ann")) == ("refused", True)
    assert len(list(here.contacts.list())) == 1


def test_AMI_9_a_number_with_the_address_and_name_of_another_record_is_refused(here):
    add_cards(here.database, 1, [row("Anna Muster", ""), row("Bert Muster", "", "bert@example.com")], CLI)
    before = here.dump()
    (taken,) = add_cards(here.database, 1, [row("Bert Muster", "10001", "bert@example.com", note="x")], CLI)
    assert taken.what == "refused"
    assert taken.reason == "customer number 10001 and e-mail address are those of two records"
    assert here.dump() == before


def test_AMI_9_number_and_uid_together_are_a_record_whatever_the_name(here):
    (first,) = take(here, vcard("u1", "Anna Abel"))
    named = item_of_card(vcard("u1", "Bea Zorn").encode(), "10001")
    (again,) = add_cards(here.database, 1, [named], CLI)
    assert (again.what, again.id) == ("changed", first.id)


def test_AMI_9_a_number_of_somebody_elses_contact_tells_no_name(here):
    here.phone("bob").put("u1", "Bert Boll")
    here.sql("UPDATE contact SET customer_number = 'K-1'")
    (taken,) = add_cards(here.database, 1, [row("Anna Abel", "K-1")], CLI, owner_id=here.alice)
    assert (taken.what, "Bert" in taken.reason) == ("refused", False)


def test_an_alias_survives_the_deleted_items(here):
    (taken,) = add_cards(here.database, 1, [row_of(Contact(formatted_name="Anna Abel"), "K-1")], CLI)
    here.contacts.delete(taken.id, CLI)
    with pytest.raises(NotFound):
        here.contacts.numbered("K-1")
    here.contacts.restore(taken.id, CLI)
    assert here.contacts.numbered("K-1").id == taken.id


def test_a_card_whose_record_was_deleted_brings_it_back(here):
    (first,) = take(here, vcard("u1", "Anna Abel"))
    here.contacts.delete(first.id, CLI)
    (second,) = take(here, vcard("u1", "Anna Zorn"))
    assert (second.what, second.id) == ("restored", first.id)
    assert here.contacts.get(first.id).contact.formatted_name == "Anna Zorn"


def test_plain_contacts_of_others_are_neither_known_nor_touched(here):
    here.phone("bob").put("u1", "Bert Boll", "EMAIL:b@example.com")
    (taken,) = take(here, vcard("u1", "Bert Boll", "EMAIL:b@example.com", "NOTE:x"), owner_id=here.alice)
    assert taken.what == "new"
    assert here.contacts.get(taken.id).owner_id == here.alice
    assert [record.owner_id for record in here.contacts.inbox()] == [here.bob, here.alice]


def test_an_import_into_a_type_that_there_is_not_is_refused(here):
    with pytest.raises(Refused):
        take(here, vcard("u1", "Anna Abel"), type="Friend")
    assert list(here.contacts.list()) == []


def test_a_list_of_contacts_is_refused_and_the_others_are_taken(here):
    group = vcard("g1", "Rowing Club", "X-ADDRESSBOOKSERVER-KIND:group")
    assert what(take(here, vcard("u1", "Anna Abel"), group, vcard("u2", "Bert Boll"))) == [
        "new",
        "refused",
        "new",
    ]


def test_a_preview_tells_the_same_and_stores_nothing(here):
    take(here, vcard("u1", "Anna Abel", "EMAIL:a@b.c"))
    before = here.dump()
    cards = [vcard("u1", "Anna Zorn"), vcard("u2", "Anna Abel", "EMAIL:a@b.c"), vcard("u3", "Bert Boll")]
    foreseen = take(here, *cards, preview=True)
    assert here.dump() == before
    assert what(foreseen) == what(take(here, *cards)) == ["changed", "new", "new"]


def test_imported_cards_obey_the_filters(here):
    here.let_bob_see("note", "key account")
    phone = here.phone("bob")
    take(here, vcard("u1", "Anna Abel", "NOTE:key account"), vcard("u2", "Bert Boll"))
    assert phone.hrefs == {"u1.vcf"}


def test_photos_are_imported(here):
    photo = "PHOTO;ENCODING=b;TYPE=JPEG:" + "QUJD" * 400
    take(here, vcard("u1", "Anna Abel", photo), vcard("u2", "Bert Boll", photo))
    phone = here.phone()
    assert photo in phone.read("u1").replace("\r\n ", "") and photo in phone.read("u2").replace("\r\n ", "")


def test_a_uid_that_can_be_no_name_gets_another_name(here):
    take(here, vcard("http://example.com/a/b?c", "Anna Abel"), vcard("x" * 300, "Bert Boll"))
    for href in here.phone().hrefs:
        assert "/" not in href and "?" not in href and len(href) <= 255


def test_rows_of_a_table_become_accounts_with_their_contacts_linked(here):
    accounts = [row_of(Contact(formatted_name="Contoso", emails=(Email("info@contoso.example"),)))]
    (account,) = add_cards(here.database, 1, accounts, CLI, type="Account")
    (anna,) = add_cards(here.database, 1, [row_of(Contact(formatted_name="Anna", company="Contoso"))], CLI)
    assert here.contacts.get(account.id).contact.is_company
    assert here.contacts.get(anna.id).account_id == account.id
    assert what(add_cards(here.database, 1, accounts, CLI, type="Account")) == ["unchanged"]


def test_a_file_of_thousands_is_taken_in_slices(make_sqlite):
    from storage_plugin.database.engine import Database

    here = Installation(Database.open(make_sqlite()))
    for at in range(0, 2000, 500):
        assert set(what(take(here, *(vcard(f"u{key}", f"Anna {key}") for key in range(at, at + 500))))) == {"new"}
    assert sum(1 for _ in here.contacts.list()) == 2000
    here.database.close()
