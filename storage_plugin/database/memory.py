"""``model.book.Contacts`` in memory, for tests that need a book but no database; it makes the same promises."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from storage_plugin.database.additions import as_account, href_of, sent_of
from storage_plugin.database.record_types import checked
from storage_plugin.database.writing import now
from storage_plugin.model.book import (
    Change,
    ChangeNumber,
    ContactId,
    InvalidToken,
    NotFound,
    Origin,
    Precondition,
    Record,
    Refused,
)
from storage_plugin.model.contact import Contact
from storage_plugin.model.record_type import ACCOUNT, BUSINESS_CONTACT, Base, RecordType
from storage_plugin.vcard.mapping import contact_from_vcard, vcard_with


@dataclass(frozen=True, slots=True)
class _Kept:
    """A record with the text of its card."""

    record: Record
    text: str


class MemoryContacts:
    """A book in dictionaries; ``administrators`` are the user ids that may promote what is not theirs."""

    def __init__(self, types: Iterable[RecordType] = (), administrators: Iterable[int] = ()) -> None:
        self._types = {type_.name: type_ for type_ in (BUSINESS_CONTACT, ACCOUNT, *types)}
        self._administrators = frozenset(administrators)
        self._living: dict[ContactId, _Kept] = {}
        self._deleted: dict[ContactId, _Kept] = {}
        self._changes: dict[ContactId, Change] = {}
        self._number = ChangeNumber(0)
        self._customers = 10000
        self._last_id = 0

    # --- the port ---

    def get(self, contact_id: ContactId) -> Record:
        """Read one record; raise NotFound (also for one in the deleted items)."""
        return self._kept(contact_id).record

    def list(self) -> Iterator[Record]:
        """Read all records of the book, in the order of their ids."""
        yield from [self._living[key].record for key in sorted(self._living)]

    def save(
        self,
        contact: Contact,
        by: Origin,
        *,
        contact_id: ContactId | None = None,
        owner_id: int | None = None,
        type: str = BUSINESS_CONTACT.name,
        revision: int | None = None,
        account_id: ContactId | None = None,
        custom: Mapping[str, str] | None = None,
    ) -> Record:
        """Create a record, or change the one of ``contact_id``; see ``SqlContacts.save``."""
        if contact_id is None:
            return self._add(contact, owner_id, type, account_id, custom or {})
        return self._change(self._kept(contact_id), contact, revision, account_id, custom)

    def delete(self, contact_id: ContactId, by: Origin, *, revision: int | None = None) -> None:
        """Move a record to the deleted items; raise NotFound, and Precondition when it is not at ``revision``."""
        kept = self._kept(contact_id)
        if revision is not None and kept.record.revision != revision:
            raise Precondition(f"record {contact_id} has changed since: it is at revision {kept.record.revision} now")
        self._deleted[contact_id] = self._living.pop(contact_id)
        self._changes[contact_id] = Change(kept.record.id, self._next(), True)
        for key, other in self._living.items():
            if other.record.account_id == contact_id:
                self._living[key] = replace(other, record=replace(other.record, account_id=None))

    def restore(self, contact_id: ContactId, by: Origin) -> Record:
        """Bring a record back from the deleted items under its id and customer number; raise NotFound."""
        if contact_id not in self._deleted:
            raise NotFound(f"there is no record {contact_id} here")
        kept = self._deleted.pop(contact_id)
        account = kept.record.account_id if kept.record.account_id in self._living else None
        return self._store(replace(kept.record, account_id=account), kept.text)

    def promote(self, contact_id: ContactId, by: Origin, *, type: str = BUSINESS_CONTACT.name) -> Record:
        """Make a plain contact a shared record with a customer number; raise NotFound, Refused."""
        kept = self._kept(contact_id)
        self._check_may_promote(kept.record, by)
        known, record, text = self._type(type), kept.record, kept.text
        if record.owner_id is None and record.type == type:
            return record
        if known.base is Base.ACCOUNT:
            text = vcard_with(text, as_account(record.contact))
            record = replace(record, account_id=None)
        number = record.customer_number or self._customer_number()
        return self._store(replace(record, owner_id=None, type=type, customer_number=number), text)

    def changes_since(self, number: ChangeNumber) -> tuple[ChangeNumber, Sequence[Change]]:
        """Tell each record changed or deleted after ``number``, once, in number order, and the number now."""
        if not 0 <= number <= self._number:
            raise InvalidToken(f"number {number} is not between 0 and {self._number}")
        since = [change for change in self._changes.values() if change.number > number]
        return self._number, sorted(since, key=lambda change: change.number)

    # --- the rules ---

    def _add(
        self,
        who: Contact,
        owner_id: int | None,
        type: str,
        account_id: ContactId | None,
        custom: Mapping[str, str],
    ) -> Record:
        if owner_id is not None and custom:
            raise Refused("a plain contact has no fields of a record type: promote it first")
        known = self._type(type) if owner_id is None else BUSINESS_CONTACT
        sent = sent_of(self._of_account(who, account_id), known.base)
        self._last_id += 1
        company = contact_from_vcard(sent.text).company
        record = Record(
            id=ContactId(self._last_id),
            contact=who,
            uid=sent.uid,
            href=href_of(sent.uid),
            revision=0,
            number=self._number,
            type=type if owner_id is None else "",
            owner_id=owner_id,
            account_id=None if known.base is Base.ACCOUNT else account_id or self._account_named(company),
            customer_number=self._customer_number() if owner_id is None else "",
            custom=_given(checked(known, custom)),
        )
        return self._store(record, sent.text)

    def _change(
        self,
        kept: _Kept,
        who: Contact,
        revision: int | None,
        account_id: ContactId | None,
        custom: Mapping[str, str] | None,
    ) -> Record:
        old = kept.record
        if revision is not None and revision != old.revision:
            raise Precondition(f"record {old.id} has changed since: it is at revision {old.revision} now")
        who = self._of_account(who, account_id)
        is_account = old.owner_id is None and self._type(old.type).base is Base.ACCOUNT
        text = vcard_with(kept.text, as_account(who) if is_account else who)
        new = old
        if (company := contact_from_vcard(text).company) != old.contact.company and not is_account:
            new = replace(new, account_id=self._account_named(company))
        if account_id is not None:
            new = replace(new, account_id=account_id)
        if custom is not None:
            if old.owner_id is not None and custom:
                raise Refused("a plain contact has no fields of a record type: promote it first")
            values = checked(self._type(old.type), custom) if custom else {}
            new = replace(new, custom=_given({**old.custom, **values}))
        return old if (new, text) == (old, kept.text) else self._store(new, text)

    def _store(self, record: Record, text: str) -> Record:
        made = replace(
            record,
            contact=contact_from_vcard(text),
            revision=record.revision + 1,
            number=self._next(),
            modified_at=now(),
        )
        self._living[record.id] = _Kept(made, text)
        self._changes[record.id] = Change(record.id, made.number, False)
        return made

    def _check_may_promote(self, record: Record, by: Origin) -> None:
        if by.user_id is None or by.user_id == record.owner_id or by.user_id in self._administrators:
            return
        if record.owner_id is not None:
            raise NotFound(f"there is no record {record.id} here")
        raise Refused("only an administrator may change the type of a shared record")

    def _kept(self, contact_id: ContactId) -> _Kept:
        if contact_id not in self._living:
            raise NotFound(f"there is no record {contact_id} here")
        return self._living[contact_id]

    def _type(self, name: str) -> RecordType:
        if name not in self._types:
            raise Refused(f"there is no record type {name!r}: there are {', '.join(self._types)}")
        return self._types[name]

    def _of_account(self, who: Contact, account_id: ContactId | None) -> Contact:
        if account_id is None:
            return who
        found = self._living.get(account_id)
        if found is None or self._type(found.record.type or BUSINESS_CONTACT.name).base is not Base.ACCOUNT:
            raise Refused(f"record {account_id} is not an account of this book")
        return who if who.company else replace(who, company=found.record.contact.company)

    def _account_named(self, company: str) -> ContactId | None:
        """Find the account of exactly this name."""
        named = (
            record.id
            for record in self.list()
            if company and record.contact.company == company and record.type
            if self._types[record.type].base is Base.ACCOUNT
        )
        return next(named, None)

    def _customer_number(self) -> str:
        self._customers += 1
        return str(self._customers)

    def _next(self) -> ChangeNumber:
        self._number = ChangeNumber(self._number + 1)
        return self._number


def _given(values: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in values.items() if value}
