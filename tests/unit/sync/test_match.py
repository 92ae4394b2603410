"""Who is the same person at the first meeting?"""

from dataclasses import replace

import pytest

from bridge.sync.match import Linked, counted, match, unread
from storage_plugin.model.contact import Contact, Email, Phone
from storage_plugin.model.mirror import Origin, Stamp
from tests.unit.sync.builders import NICK, item, link, local, stamp_of


def person(given="Anna", family="Muster", company="", email="", phone="", **more):
    return Contact(
        formatted_name=f"{given} {family}".strip(),
        given_name=given,
        family_name=family,
        company=company,
        emails=(Email(email),) if email else (),
        phones=(Phone(phone),) if phone else (),
        **more,
    )


def theirs(view, id="i1", **more):
    return item(view, id, flagged=False, **more)


def met(locals, items):
    """Give (record, item) of each pair that was found."""
    found = match(locals, items, stamp_of)
    assert len(found.pairs) + len(found.locals) == len(locals)
    assert len(found.pairs) + len(found.items) == len(items)
    return [(mine.contact, other.id) for mine, other in found.pairs]


ANNA = person(email="anna@x", phone="+49 89 1234567", company="Contoso")

BY_KEY = {
    "the stamp and an e-mail address": (
        local(person(email="a@x")), theirs(person("Bodo", "Meier", email="A@x"), stamp=stamp_of(1))),
    "the stamp and the name": (
        local(person(email="a@x")), theirs(person("Muster", "Anna", email="b@x"), stamp=stamp_of(1))),
    "the stamp, a phone number and a word of the name": (
        local(person(phone="089 1234567")), theirs(person("Anne", phone="1234567"), stamp=stamp_of(1))),
    "the stamp of somebody who says neither name nor address": (
        local(person()), theirs(Contact(note="?"), stamp=stamp_of(1))),
    "the customer number": (
        local(person(), customer_number="10001"), theirs(person("A.", "M."), customer_number="10001")),
    "e-mail address and family name": (
        local(person(email="Anna@X")), theirs(person("Annie", email="anna@x"))),
    "any of the e-mail addresses": (
        local(replace(ANNA, emails=(Email("p@x"), Email("q@x")))), theirs(person(email="q@x"))),
    "a phone number and the name": (
        local(person(phone="089 / 123 45 67")), theirs(person(phone="+49891234567"))),
    "a phone number and the name, written the other way round": (
        local(person(phone="1234567")),
        theirs(Contact(formatted_name="Muster, Anna", phones=(Phone("1234567"),)))),
    "name and company": (
        local(person(company="Contoso")), theirs(person(company="CONTOSO"))),
}  # fmt: skip

BY_NO_KEY = {
    "the name alone": (local(person()), theirs(person())),
    "an e-mail address alone": (local(person(email="office@x")), theirs(person("Bodo", "Meier", email="office@x"))),
    "a company alone": (local(person("", "", "Contoso")), theirs(person("", "", "Contoso"))),
    "an extension": (local(person(phone="12")), theirs(person(phone="12"))),
    "an item with another book's stamp (BCM-58)": (
        local(ANNA), theirs(ANNA, stamp=Stamp("office", "book-2", 1))),
    "the stamp of somebody else, whose number was given anew": (
        local(person(company="Contoso")), theirs(person("Bodo", "Meier", company="Contoso"), stamp=stamp_of(1))),
    "the stamp of somebody else with the firm's phone number": (
        local(person(phone="1234567")), theirs(person("Bodo", "Meier", phone="1234567"), stamp=stamp_of(1))),
    "a copy of a linked item": (local(ANNA), theirs(ANNA, stamp=stamp_of(77))),
    "a record that left the filter": (local(ANNA, wanted=False), theirs(ANNA)),
    "a record in the deleted items": (local(ANNA, trashed=True), theirs(ANNA, stamp=stamp_of(1))),
    "a plain contact's number": (
        local(person(), plain=True, customer_number="1"), theirs(person(), customer_number="1")),
}  # fmt: skip


@pytest.mark.parametrize("by", BY_KEY)
def test_ami_19_two_are_the_same_by(by):
    mine, other = BY_KEY[by]
    assert met([mine], [other]) == [(1, "i1")]


@pytest.mark.parametrize("by", BY_NO_KEY)
def test_two_are_not_the_same_by(by):
    mine, other = BY_NO_KEY[by]
    assert met([mine], [other]) == []


def test_a_key_that_two_records_have_pairs_nobody():
    assert met([local(ANNA, 1), local(ANNA, 2)], [theirs(ANNA)]) == []


def test_a_key_that_two_items_have_pairs_nobody():
    assert met([local(ANNA)], [theirs(ANNA, "i1"), theirs(ANNA, "i2")]) == []


def test_a_copy_with_the_stamp_makes_the_stamp_ambiguous():
    assert met([local(ANNA)], [theirs(ANNA, "i1", stamp=stamp_of(1)), theirs(ANNA, "i2", stamp=stamp_of(1))]) == []


def test_one_who_was_paired_still_makes_a_key_ambiguous():
    locals = [local(ANNA, 1, customer_number="1"), local(ANNA, 2)]
    assert met(locals, [theirs(ANNA, "i1", customer_number="1"), theirs(ANNA, "i2")]) == [(1, "i1")]


def test_one_whom_two_keys_give_different_partners_is_paired_with_neither():
    mine = local(replace(ANNA, emails=(Email("a@x"), Email("b@x")), phones=(), company=""))
    assert met([mine], [theirs(person(email="a@x"), "i1"), theirs(person(email="b@x"), "i2")]) == []


def test_a_rung_that_cannot_tell_leaves_it_to_the_next():
    locals = [local(person(email="office@x", company="A"), 1), local(person(email="office@x", company="B"), 2)]
    items = [theirs(person(email="office@x", company="B"), "i1"), theirs(person(email="office@x", company="A"), "i2")]
    assert met(locals, items) == [(1, "i2"), (2, "i1")]


def test_a_business_contact_is_paired_before_a_plain_one():
    assert met([local(ANNA, 1, plain=True), local(ANNA, 2)], [theirs(ANNA)]) == [(2, "i1")]


def test_a_plain_contact_is_not_taken_in_twice():
    assert met([local(ANNA, plain=True)], [theirs(ANNA)]) == [(1, "i1")]


def test_the_order_of_what_is_given_does_not_matter():
    locals = [local(person(str(n), email=f"{n}@x"), n) for n in range(1, 9)]
    items = [theirs(person(str(n), email=f"{n}@x"), f"i{n}") for n in range(4, 12)]
    assert met(locals, items) == sorted(met(locals[::-1], items[::-1]))
    assert met(locals, items) == [(n, f"i{n}") for n in range(4, 9)]


LINKED = {
    "a record that was mirrored": Linked(ANNA, None),
    "an item that was there": Linked(None, ANNA),
    "a record that has another address of the item": Linked(person(email="q@x"), None),
}


@pytest.mark.parametrize("by", LINKED)
def test_nobody_meets_a_double_of_who_is_linked(by):
    found = theirs(replace(ANNA, emails=(*ANNA.emails, Email("q@x")), phones=(), company=""))
    assert len(match([local(ANNA)], [found], stamp_of).pairs) == 1
    assert match([local(ANNA)], [found], stamp_of, [LINKED[by]]).pairs == []


def test_two_that_are_linked_with_each_other_take_nobody_away():
    bodo = person("Bodo", "Meier", email="bodo@x")
    linked = [Linked(bodo, bodo), Linked(bodo, None)]
    assert len(match([local(ANNA)], [theirs(ANNA)], stamp_of, linked).pairs) == 1


@pytest.mark.parametrize(
    ("link", "expected"),
    [
        (link(NICK, Origin.CREATED), (True, False)),
        (link(NICK, Origin.ADOPTED, before=NICK), (True, True)),
        (link(NICK, Origin.FOREIGN), (False, True)),
    ],
)
def test_what_we_made_of_the_other_side_does_not_count(link, expected):
    read = counted(link, local(plain=link.origin is Origin.FOREIGN), item())
    assert (read.ours is not None, read.theirs is not None) == expected
    assert unread(link) == read


def test_a_record_that_is_not_in_the_folder_does_not_count():
    assert counted(link(), local(wanted=False), None) == Linked(None, None)
