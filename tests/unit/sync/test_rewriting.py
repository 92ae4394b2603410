"""What a server wrote in its own way is told from what people edited, after a run that never saw the answer."""

from dataclasses import replace

import pytest

from bridge.sync.rewriting import after_change, settled
from storage_plugin.model.contact import Contact, Email, Phone
from storage_plugin.model.mirror import Photos
from tests.unit.sync.builders import NICK, item, link, stamp_of

SENT = replace(NICK, job_title="Chief Buyer", phones=(Phone("+49 89 1", "work", label="desk"),))
STAMPED = {"stamp": stamp_of(1), "version": "v2"}


def after(found, sent=SENT, *, before=None, **more):
    return after_change(before or link(), sent, "v1", stamp_of(1), item(found, **(STAMPED | more)))


SERVERS_HAND = {
    "capitals": replace(SENT, job_title="CHIEF BUYER"),
    "blanks": replace(SENT, job_title="Chief  buyer "),
    "a number's blanks": replace(SENT, phones=(Phone("+49891", "work", label="desk"),)),
    "a label that it has no room for": replace(SENT, phones=(Phone("+49 89 1", "work"),)),
    "a name made of its parts": replace(SENT, formatted_name="Brigandi, Nick"),
}

PEOPLES_HAND = {
    "another title": replace(SENT, job_title="Chief"),
    "another number": replace(SENT, phones=(Phone("+49 89 2", "work", label="desk"),)),
    "a free name": replace(SENT, formatted_name="Nick (garage)"),
    "a note": replace(SENT, note="call him"),
    "an address": replace(SENT, emails=(Email("nick@x"),)),
    "a field that is emptied": replace(SENT, job_title=""),
}


@pytest.mark.parametrize("by", SERVERS_HAND)
def test_what_the_server_wrote_otherwise_is_no_edit(by):
    found = SERVERS_HAND[by]
    known = after(found)
    changed = [name for name in Contact.__slots__ if getattr(found, name) != getattr(SENT, name)]
    for name in changed:
        assert getattr(known.theirs, name) == getattr(found, name)
        wrote = getattr(SENT, name)
        assert getattr(known.ours, name) == (wrote if wrote != getattr(NICK, name) else getattr(NICK, name))


@pytest.mark.parametrize("by", PEOPLES_HAND)
def test_what_people_edited_meanwhile_stays_an_edit(by):
    found = PEOPLES_HAND[by]
    (changed,) = [name for name in Contact.__slots__ if getattr(found, name) != getattr(SENT, name)]
    known = after(found)
    assert getattr(known.theirs, changed) == getattr(NICK, changed)


def test_what_arrived_as_it_was_sent_is_found_by_the_merge():
    assert after(SENT) == link()


@pytest.mark.parametrize("more", [{"version": "v1"}, {"stamp": None}])
def test_a_change_that_was_not_done_tells_nothing(more):
    assert after(replace(SENT, job_title="CHIEF BUYER"), **more) == link()


def test_an_edit_by_people_alone_tells_nothing():
    assert after(replace(NICK, company="CONTOSO", note="mine"), replace(NICK, job_title="x")) == link()


def test_a_picture_that_was_encoded_anew_is_the_one_that_was_sent():
    assert after(NICK, replace(NICK, photo="p"), photo="p*").photos == Photos("p", "p*")
    assert after(NICK, NICK, photo="q").photos == Photos()
    assert after(NICK, replace(NICK, photo="p"), photo="").photos == Photos()


def test_a_number_of_the_folders_own_is_not_taken_for_ours():
    theirs = Phone("+49 30 7", "home")
    sent = replace(SENT, phones=(*SENT.phones, theirs))
    found = replace(sent, phones=(Phone("+49891", "work"), theirs))
    known = after(found, sent)
    assert known.theirs.phones == (Phone("+49891", "work"),)
    assert known.ours.phones == SENT.phones


def test_what_was_created_is_remembered_as_the_server_holds_it():
    sent = Contact(given_name="Nick", family_name="Brigandi", job_title="Buyer")
    found = replace(sent, formatted_name="Nick Brigandi", file_as="Brigandi, Nick", job_title="BUYER", note="mine")
    known = settled(link(sent), sent, found)
    assert known.theirs == replace(found, note="")
    assert known.ours == sent
