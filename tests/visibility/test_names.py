"""Uniqueness of href and UID is per visible scope, for good; tokens tell of what a device can have."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from storage_plugin.database.erasure import erase
from storage_plugin.dav.tokens import number_in, token_at
from storage_plugin.model.book import (
    ChangeNumber,
    ContactId,
    InvalidToken,
    Origin,
    Precondition,
    Refused,
    UidConflict,
)
from storage_plugin.model.view import View
from tests.visibility.office import ACCEPT, Office, Phone, group, only, vcard

ADMIN = Origin("cli")


def test_a_hidden_name_and_uid_are_free_to_take(office: Office, phone: Phone, bobs: Phone) -> None:
    phone.put("a.vcf", vcard("1", "Alice's"))
    assert bobs.put("a.vcf", vcard("1", "Bob's"), none_match="*").created
    assert "Alice's" in phone.text("a.vcf")
    assert "Bob's" in bobs.text("a.vcf")
    for key in office.contacts():
        office.business.promote(ContactId(key), ADMIN)
    for each in (phone, bobs):
        each.sync()
        assert len(each.listing()) == 2
        assert each.cards == each.listing()


def test_two_members_of_one_uid_can_both_be_edited(office: Office, phone: Phone, bobs: Phone) -> None:
    office.sees(office.bob, only("company", "is", "B"))
    office.sees(office.alice, View(new_contacts=ACCEPT))
    phone.put("a.vcf", vcard("1", "Alice's", "EMAIL:a@example.org"))
    bobs.put("a.vcf", vcard("1", "Bob's"))
    office.sees(office.bob, View())
    names = list(bobs.listing())
    assert len(names) == 2
    for name in names:
        bobs.put(name, vcard("1", "Edited"), match=bobs.listing()[name])
    with pytest.raises(UidConflict):
        bobs.put("third.vcf", vcard("1"))


def test_a_name_taken_over_is_free_again_after_a_deletion(office: Office, phone: Phone, bobs: Phone) -> None:
    phone.put("a.vcf", vcard("1"))
    bobs.sync()
    for turn in range(3):
        bobs.put("a.vcf", vcard(f"bob-{turn}"))
        bobs.sync()
        assert bobs.cards == bobs.listing() == {"a.vcf": bobs.listing()["a.vcf"]}
        bobs.delete("a.vcf")
    bobs.sync()
    assert bobs.cards == {}


def test_a_name_taken_over_is_told_by_that_name_when_it_goes(office: Office, phone: Phone, bobs: Phone) -> None:
    phone.put("a.vcf", vcard("1"))
    bobs.put("a.vcf", vcard("2"))
    bobs.sync()
    office.another(office.bob).delete("a.vcf")
    assert bobs.sync()[1] == {"a.vcf"}


def test_a_move_renames_in_ones_own_book_only(office: Office, phone: Phone, bobs: Phone) -> None:
    office.sees(office.alice, View(new_contacts=ACCEPT))
    phone.put("a.vcf", vcard("1", "Ada", "EMAIL:a@example.org"))
    tablet = office.another(office.alice)
    for each in (phone, bobs, tablet):
        each.sync()
    bobs.put("b.vcf", vcard("2"))
    phone.move("a.vcf", "b.vcf")
    assert tablet.sync() == ({"b.vcf"}, {"a.vcf"})
    assert set(bobs.listing()) == {"a.vcf", "b.vcf"}
    with pytest.raises(Refused):
        phone.move("b.vcf", "b.vcf", overwrite=True)
    assert len(phone.listing()) == 1


def test_a_list_moves_too_and_never_shares_a_name_with_a_person(office: Office, phone: Phone, bobs: Phone) -> None:
    office.sees(office.bob, View(new_contacts=ACCEPT))
    phone.put("g.vcf", group("g", "Friends"))
    bobs.put("g.vcf", vcard("1", "Ada", "EMAIL:a@example.org"))
    assert len(phone.listing()) == 2
    phone.sync()
    office.another(office.alice).move("g.vcf", "h.vcf")
    phone.sync()
    assert phone.cards == phone.listing()


def test_a_contact_that_leaves_a_filter_is_gone_once_for_those_who_saw_it(
    office: Office, phone: Phone, bobs: Phone
) -> None:
    key = office.insert("ACME")
    office.sees(office.alice, only("company", "is", "ACME"))
    office.sees(office.bob, only("company", "is", "Other"))
    phone.sync()
    bobs.sync()
    (name,) = phone.cards
    office.sql("UPDATE contact SET company = 'Third' WHERE id = :k", k=key)
    assert phone.sync() == (set(), {name})
    assert phone.sync() == (set(), set())
    assert bobs.sync() == (set(), set())
    office.sql("UPDATE contact SET company = 'Other' WHERE id = :k", k=key)
    assert phone.sync() == (set(), set())
    assert bobs.sync()[0] == {name}


def test_a_contact_that_leaves_and_comes_back_between_two_syncs_is_changed(office: Office, phone: Phone) -> None:
    key = office.insert("ACME")
    office.sees(office.alice, only("company", "is", "ACME"))
    phone.sync()
    for company in ("Other", "ACME"):
        office.sql("UPDATE contact SET company = :c WHERE id = :k", c=company, k=key)
        phone.listing()
    changed, removed = phone.sync()
    assert len(changed) == 1
    assert not removed


def test_what_a_device_made_itself_is_taken_away_from_it_when_it_goes(office: Office, phone: Phone) -> None:
    phone.sync()
    phone.put("a.vcf", vcard("1"))
    office.another(office.alice).delete("a.vcf")
    assert phone.sync()[1] == {"a.vcf"}


def test_a_token_of_another_filter_user_book_or_time_is_foreign(office: Office, phone: Phone, bobs: Phone) -> None:
    phone.sync()
    token = phone.token
    with pytest.raises(InvalidToken):
        number_in(bobs.viewer, token)
    for random in ("", "x", token[:-1], token + "0", "urn:uuid:1", token_at(phone.viewer, ChangeNumber(10**6))):
        with pytest.raises(InvalidToken):
            number_in(phone.viewer, random)
    with pytest.raises(InvalidToken):
        phone.book.changes_since(ChangeNumber(10**6))
    office.sees(office.alice, only("company", "is", "ACME"))
    with pytest.raises(InvalidToken):
        number_in(phone.viewer, token)
    office.sees(office.alice, View(read_only=True))
    assert number_in(phone.viewer, token) == 0
    office.switch(office.alice, office.new_book())
    with pytest.raises(InvalidToken):
        number_in(phone.viewer, token)


def test_a_token_older_than_the_history_is_too_old(office: Office, phone: Phone) -> None:
    phone.sync()
    since = number_in(phone.viewer, phone.token)
    phone.put("a.vcf", vcard("1"))
    office.sql("UPDATE book SET oldest_number = 1 WHERE id = :b", b=office.book_id)
    with pytest.raises(InvalidToken):
        phone.book.changes_since(since)


def test_a_card_put_again_revives_the_record_with_number_and_history(
    office: Office, phone: Phone, bobs: Phone
) -> None:
    phone.put("a.vcf", vcard("1"))
    key = office.only_id()
    number = office.business.promote(ContactId(key), ADMIN).customer_number
    phone.delete("a.vcf")
    assert bobs.put("else.vcf", vcard("1", "Ada B")).created
    assert office.only_id() == key
    assert office.contacts()[key]["customer_number"] == number
    assert len(office.ask("SELECT id FROM version WHERE contact_id = :k", k=key)) == 2
    assert list(phone.listing()) == ["a.vcf"]
    assert list(bobs.listing()) == ["else.vcf"]


def test_nobody_revives_what_he_may_not_see(office: Office, phone: Phone, bobs: Phone) -> None:
    phone.put("a.vcf", vcard("1", "Secret"))
    key = office.only_id()
    phone.delete("a.vcf")
    bobs.put("a.vcf", vcard("1", "Bob's"))
    assert office.only_id() != key
    phone.put("a.vcf", vcard("1", "Mine again"))
    assert key in office.contacts()
    assert list(phone.listing()) == list(bobs.listing()) == ["a.vcf"]


def test_customer_numbers_are_unique_under_many_writers(office: Office) -> None:
    office.sees(office.alice, View(new_contacts=ACCEPT))
    phones = [office.another(office.alice, f"phone {number}") for number in range(4)]

    def make(phone: Phone) -> None:
        for at in range(5):
            phone.put(f"{phone.name}-{at}.vcf", vcard(f"{phone.name}-{at}", "Ada", "EMAIL:a@example.org"))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(make, phones))
    numbers = [row["customer_number"] for row in office.contacts().values()]
    assert len(set(numbers)) == 20
    office.business.delete(ContactId(max(office.contacts())), ADMIN)
    phones[0].put("next.vcf", vcard("next", "Ada", "EMAIL:a@example.org"))
    assert office.contacts()[max(office.contacts())]["customer_number"] not in numbers


@pytest.mark.parametrize("revision", range(1, 7))
def test_if_match_holds_at_every_revision(office: Office, phone: Phone, revision: int) -> None:
    phone.put("a.vcf", vcard("1", "Ada 0"))
    for at in range(1, revision + 1):
        phone.put("a.vcf", vcard("1", f"Ada {at}"), match=phone.listing()["a.vcf"])
    assert f"Ada {revision}" in phone.text("a.vcf")


def test_a_stale_etag_is_refused_at_every_revision(office: Office, phone: Phone) -> None:
    phone.put("a.vcf", vcard("1", "Ada 0"))
    for at in range(1, 7):
        stale = phone.listing()["a.vcf"]
        phone.put("a.vcf", vcard("1", f"Ada {at}"), match=stale)
        with pytest.raises(Precondition):
            phone.put("a.vcf", vcard("1", "Stale"), match=stale)


def test_a_new_card_never_overwrites_one_that_is_seen(office: Office, phone: Phone) -> None:
    phone.put("a.vcf", vcard("1", "Ada"))
    with pytest.raises(Precondition):
        phone.put("a.vcf", vcard("1", "Another"), none_match="*")
    assert "FN:Ada" in phone.text("a.vcf")


def test_a_hidden_contact_that_becomes_ones_own_is_seen(office: Office, phone: Phone) -> None:
    key = office.insert("Other")
    office.sees(office.alice, only("company", "is", "ACME"))
    assert phone.listing() == {}
    office.sql("UPDATE contact SET owner_id = :o WHERE id = :k", o=office.id_of(office.alice), k=key)
    assert len(phone.listing()) == 1


def test_a_list_is_told_gone_to_devices_that_can_have_it(office: Office, phone: Phone) -> None:
    tablet = office.another(office.alice)
    phone.put("old.vcf", group("old", "Old"))
    phone.sync()
    for name in ("old.vcf", "new.vcf"):
        tablet.put(name, group(name.removesuffix(".vcf"), "List"))
        tablet.delete(name)
    assert phone.sync() == (set(), {"old.vcf"})


def test_a_new_name_of_a_list_that_came_and_went_is_not_told(office: Office, phone: Phone) -> None:
    tablet = office.another(office.alice)
    phone.sync()
    tablet.put("g.vcf", group("g", "List"))
    tablet.move("g.vcf", "h.vcf")
    assert phone.sync() == ({"h.vcf"}, set())


@pytest.mark.parametrize("is_erased", [False, True])
def test_a_new_name_of_a_card_that_made_way_is_not_told_to_the_device_that_took_the_old_one(
    office: Office, phone: Phone, bobs: Phone, is_erased: bool
) -> None:
    bobs.put("a.vcf", vcard("1", "Bob's", "ORG:Bob"))
    (key,) = office.contacts()
    office.business.promote(ContactId(key), ADMIN)
    phone.sync()
    office.sees(office.alice, only("company", "is", "ACME"))
    phone.put("a.vcf", vcard("2", "Alice's"))
    office.sees(office.alice, View())
    if is_erased:
        erase(office.database, office.book_id, [ContactId(key)], ADMIN)
    else:
        office.business.delete(ContactId(key), ADMIN)
    assert phone.sync() == ({"a.vcf"}, set())
    assert phone.cards == phone.listing()


def test_a_proposal_is_taken_back_from_the_device_that_made_it(office: Office, phone: Phone) -> None:
    tablet = office.another(office.alice)
    office.sees(office.alice, View(read_only=True))
    phone.sync()
    tablet.sync()
    phone.put("new.vcf", vcard("1"))
    assert tablet.sync() == (set(), set())
    assert phone.sync() == (set(), {"new.vcf"})


def test_a_card_that_a_device_wrote_in_vain_is_taken_away_from_it_when_it_goes(office: Office, phone: Phone) -> None:
    office.sees(office.alice, View(read_only=True))
    phone.sync()
    office.insert("ACME", None)
    (href,) = phone.listing()
    phone.put(href, vcard(phone.book.cards([href])[href].uid, "Changed"))
    office.sql("UPDATE contact SET record_type_id = :t", t=office.type_id("Account"))
    assert phone.sync() == (set(), {href})


def test_a_name_that_a_device_gave_itself_is_taken_away_from_it(office: Office, phone: Phone) -> None:
    phone.put("a.vcf", vcard("1"))
    phone.sync()
    phone.move("a.vcf", "b.vcf")
    office.another(office.alice).move("b.vcf", "c.vcf")
    phone.sync()
    assert phone.cards == phone.listing()
