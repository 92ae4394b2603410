"""What a run of a mirror writes on our side; each method is one transaction, whole or not at all.

With the record go its link, the closing of the journal's intents, lines of the run's log, and a disagreement, if
there was one (``Along``). A run that is killed leaves none of them or all of them. Every transaction looks first
whether this process still has the lease (LeaseLost).

A run writes what its user may see: shared records of the user's view or linked in this mirror, and the user's own
plain contacts. Of anything else it hears NotFound; a user who may only read hears Refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from sqlalchemy import Connection

from storage_plugin.database import business
from storage_plugin.database.additions import New, add_records, as_account, sent_of, with_photo
from storage_plugin.database.conflicts import note_conflict
from storage_plugin.database.creation import coming_number
from storage_plugin.database.drain import drain
from storage_plugin.database.engine import Database
from storage_plugin.database.faults import retried
from storage_plugin.database.holding import hold, hold_deleted
from storage_plugin.database.journal import close_intents
from storage_plugin.database.leases import Lease, hold_lease
from storage_plugin.database.links import remove_links, write_links
from storage_plugin.database.mirrors import Mirror
from storage_plugin.database.our_side import OurRecord, load, view_of
from storage_plugin.database.pictures import with_picture
from storage_plugin.database.record_types import find_type
from storage_plugin.database.runs import Entry, write_entries
from storage_plugin.database.schema import EVERYONE
from storage_plugin.database.timeline import timeline
from storage_plugin.database.undo import become, held_anywhere
from storage_plugin.database.visibility import record_column, subject_of
from storage_plugin.database.without import without
from storage_plugin.database.writing import keep_binaries, now
from storage_plugin.model.book import ContactId, NotFound, Origin, Precondition, Refused
from storage_plugin.model.contact import Contact
from storage_plugin.model.mirror import Link
from storage_plugin.model.record_type import BUSINESS_CONTACT, Base
from storage_plugin.model.view import View
from storage_plugin.vcard.mapping import contact_from_vcard, vcard_with
from storage_plugin.vcard.merge import FieldConflict

Linking = Callable[[OurRecord], Link | None]
"""Makes the link of a record as it stands after the write (our card may say a thing otherwise than it was given)."""


def no_link(record: OurRecord) -> None:
    """Remove the link of a record (a ``Linking``)."""


@dataclass(frozen=True, slots=True)
class Disagreement:
    """Both sides changed ``fields``: what the record would be if the other side had won, picture included."""

    theirs: Contact
    fields: Sequence[FieldConflict] = ()
    photo: bytes | None = None


@dataclass(frozen=True, slots=True)
class Along:
    """What is written in one transaction with a record; ``link`` None leaves its link as it is."""

    link: Linking | None = None
    intents: Sequence[int] = ()
    log: Sequence[Entry] = ()
    disagreement: Disagreement | None = None


NOTHING_ELSE = Along()


@dataclass(frozen=True, slots=True)
class NewRecord:
    """A record to be made of an item: a business record of ``type``, or a ``plain`` contact of the mirror's user.

    A business contact that the user's own view would hide is made a plain contact, so that it does not vanish.
    ``number_elsewhere`` is a customer number that it has there; it is kept beside ours, and found like it.
    """

    contact: Contact
    plain: bool = False
    type: str = BUSINESS_CONTACT.name
    photo: bytes = b""
    number_elsewhere: str = ""
    along: Along = NOTHING_ELSE


class OurWrites:
    """The writing of one run of one mirror."""

    def __init__(self, database: Database, mirror: Mirror, lease: Lease, run_id: int) -> None:
        self._database = database
        self._mirror = mirror
        self._lease = lease
        self._run_id = run_id
        self._by = Origin("mirror", mirror.user_id, run_id=run_id)

    @retried
    def save(
        self,
        contact_id: ContactId,
        contact: Contact,
        *,
        revision: int,
        photo: bytes | None = None,
        along: Along = NOTHING_ELSE,
    ) -> OurRecord:
        """Make a record say ``contact``; only the card lines of changed fields are touched.

        ``photo``: a new picture, ``b""`` to remove it, None to leave it (``contact.photo`` says nothing here). Raises
        Precondition when the record is not at ``revision`` any more; NotFound, Refused.
        """
        with self._writing() as connection:
            old = self._hold(connection, contact_id, revision)
            slim = self._worded(connection, old, contact, photo)
            self._note(connection, contact_id, old["text"], along.disagreement)
            business.set_text(connection, old, slim, self._by, record=old["record"])
            return self._finish(connection, contact_id, along)

    def create(self, news: Sequence[NewRecord]) -> list[OurRecord | Refused]:
        """Make records, all in one transaction (some hundred at most); one answer for each, in their order.

        A contact that has nothing to know it by is Refused by itself, and so is an unknown type.
        """
        drain(self._database)
        return self._create(list(news))

    @retried
    def _create(self, news: Sequence[NewRecord]) -> list[OurRecord | Refused]:
        with self._writing() as connection:
            view = view_of(connection, self._mirror)
            coming = coming_number(connection, self._mirror.book_id)
            made = [self._made(connection, each, view, coming) for each in news]
            good = [new for new in made if isinstance(new, New)]
            ids = add_records(connection, self._mirror.book_id, good, self._by) if good else []
            alongs = [each.along for each, new in zip(news, made, strict=True) if isinstance(new, New)]
            pairs = [(ContactId(key), along) for key, along in zip(ids, alongs, strict=True)]
            records = iter(self._finish_all(connection, pairs))
            return [new if isinstance(new, Refused) else next(records) for new in made]

    @retried
    def trash(self, contact_id: ContactId, *, revision: int, along: Along = NOTHING_ELSE) -> None:
        """Move a record to the deleted items (BCM-11); raise Precondition, NotFound, Refused."""
        with self._writing() as connection:
            self._hold(connection, contact_id, revision)
            business.discard(connection, self._mirror.book_id, contact_id, self._by)
            self._finish(connection, contact_id, along)

    @retried
    def revive(
        self, contact_id: ContactId, contact: Contact, *, photo: bytes | None = None, along: Along = NOTHING_ELSE
    ) -> OurRecord:
        """Bring a record back from the deleted items, saying ``contact``; raise NotFound, Refused."""
        with self._writing() as connection:
            old = hold_deleted(connection, self._mirror.book_id, contact_id)
            self._check(connection, old)
            slim = self._worded(connection, old, contact, photo)
            said = (slim, old["vcard_version"])
            business.restore(connection, self._mirror.book_id, contact_id, self._by, said)
            return self._finish(connection, contact_id, along)

    @retried
    def settle(
        self,
        *,
        links: Sequence[Link] = (),
        unlinked: Sequence[ContactId] = (),
        intents: Sequence[int] = (),
        log: Sequence[Entry] = (),
        disagreements: Mapping[ContactId, Disagreement] | None = None,
    ) -> None:
        """Write down what became of requests to the folder; no record changes.

        Raises Precondition for a link whose item belongs to another record. A disagreement about a record that is
        gone meanwhile is passed over.
        """
        with self._writing() as connection:
            for contact_id, said in sorted((disagreements or {}).items()):
                known = load(connection, self._mirror, [contact_id]).get(contact_id)
                if known is not None and not known.trashed:
                    text = hold(connection, self._mirror.book_id, contact_id)["text"]
                    self._note(connection, contact_id, text, said)
            remove_links(connection, self._mirror.id, unlinked)
            write_links(connection, self._mirror.id, links)
            close_intents(connection, self._mirror.id, intents)
            write_entries(connection, self._run_id, log, {each.contact: each for each in links})

    @retried
    def take_back(self, contact_id: ContactId, run_id: int, *, revision: int, along: Along) -> OurRecord:
        """Undo what a run did to a record; one that it did nothing to stays as it is.

        Raises Precondition when the record is not at ``revision`` any more; NotFound, and Refused with the reason.
        """
        with self._writing() as connection:
            old = self._held_anywhere(connection, contact_id)
            if old["revision"] != revision:
                raise Precondition(f"record {contact_id} has changed since: it is at revision {old['revision']} now")
            life = timeline(connection, self._mirror.book_id, contact_id)
            wanted = without(life, lambda number: life.author(number).run_id == run_id)
            if isinstance(wanted, str):
                raise Refused(wanted)
            if wanted is not None:
                self._check(connection, old)
                become(connection, old, life, wanted, self._by)
            return self._finish(connection, contact_id, along)

    # --- parts of a transaction ---

    def _held_anywhere(self, connection: Connection, contact_id: ContactId) -> dict[str, Any]:
        """Lock a record where it is now, in the book or in the deleted items."""
        if contact_id not in load(connection, self._mirror, [contact_id]):
            raise NotFound(f"there is no record {contact_id} here")
        return held_anywhere(connection, self._mirror.book_id, contact_id)

    @contextmanager
    def _writing(self) -> Iterator[Connection]:
        with self._database.writing() as connection:
            hold_lease(connection, self._lease)
            yield connection

    def _hold(self, connection: Connection, contact_id: ContactId, revision: int) -> dict[str, Any]:
        old = hold(connection, self._mirror.book_id, contact_id)
        self._check(connection, old)
        if old["revision"] != revision:
            raise Precondition(f"record {contact_id} has changed since: it is at revision {old['revision']} now")
        return old

    def _check(self, connection: Connection, old: Mapping[str, Any]) -> None:
        """Raise NotFound for a record that the user may not know of, Refused for one that he or she may only read."""
        if old["contact_id"] not in load(connection, self._mirror, [old["contact_id"]]):
            raise NotFound(f"there is no record {old['contact_id']} here")
        if old["audience"] <= EVERYONE and view_of(connection, self._mirror).read_only:
            raise Refused("this user may read the business contacts, and not change them")

    def _worded(self, connection: Connection, old: Mapping[str, Any], who: Contact, photo: bytes | None) -> str:
        """Give the slim text of a held record that says ``who``; the picture is kept if it is new."""
        if business.base_of(old["record"]) is Base.ACCOUNT:
            who = as_account(who)
        present = contact_from_vcard(old["text"])
        slim = vcard_with(old["text"], replace(who, photo=present.photo), present)
        if photo is not None:
            slim, binaries = with_picture(connection, slim, photo)
            keep_binaries(connection, binaries)
        return slim

    def _made(self, connection: Connection, each: NewRecord, view: View, coming: str) -> New | Refused:
        try:
            kind = None if each.plain else find_type(connection, self._mirror.book_id, each.type)
            if kind is not None and view.read_only:
                raise Refused("this user may read the business contacts, and not add to them")
            base = kind.type.base if kind else Base.CONTACT
            sent = sent_of(replace(each.contact, photo=""), base)
        except Refused as refused:
            return refused
        if each.photo:
            sent = with_photo(connection, sent, each.photo)
        record = record_column(each.type, base.value, coming, {})
        if kind is None or not view.filter.lets_through(subject_of(sent.columns.contact, record)):
            return New(sent, owner_id=self._mirror.user_id, number_elsewhere=each.number_elsewhere)
        return New(sent, kind, number_elsewhere=each.number_elsewhere)

    def _note(self, connection: Connection, contact_id: ContactId, ours: str, said: Disagreement | None) -> None:
        """Keep both versions of a held record, as two texts of its card."""
        if said is None:
            return
        present = contact_from_vcard(ours)
        theirs = vcard_with(ours, replace(said.theirs, photo=present.photo), present)
        if said.photo is not None:
            theirs, binaries = with_picture(connection, theirs, said.photo)
            keep_binaries(connection, binaries)
        about = (self._mirror.book_id, contact_id, "mirror", now(), self._by)
        note_conflict(connection, *about, ours=ours, theirs=theirs, fields=said.fields)

    def _finish(self, connection: Connection, contact_id: ContactId, along: Along) -> OurRecord:
        """Write what goes along with a record, and give it as it is now."""
        return self._finish_all(connection, [(contact_id, along)])[0]

    def _finish_all(self, connection: Connection, written: Sequence[tuple[ContactId, Along]]) -> list[OurRecord]:
        now_there = load(connection, self._mirror, [key for key, _ in written], known=True)
        records = [now_there[key] for key, _ in written]
        made = {key: along.link(now_there[key]) for key, along in written if along.link is not None}
        links = {key: link for key, link in made.items() if link is not None}
        remove_links(connection, self._mirror.id, [key for key, link in made.items() if link is None])
        write_links(connection, self._mirror.id, list(links.values()))
        close_intents(connection, self._mirror.id, [key for _, along in written for key in along.intents])
        log = [replace(entry, contact=entry.contact or key) for key, along in written for entry in along.log]
        write_entries(connection, self._run_id, log, links, {record.id: record.revision for record in records})
        return records
