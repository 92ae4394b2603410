"""New records from the business side: one or many in a transaction, with bulk statements.

What a device makes is in ``creation``; this is what the command line, an import and the mirror make.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from uuid import uuid4

from sqlalchemy import Connection, bindparam, insert, select

from storage_plugin.database.aliases import new_name, taken_names
from storage_plugin.database.incoming import Columns, Sent, columns_of, uid_key
from storage_plugin.database.numbers import add_aliases, take_numbers
from storage_plugin.database.pictures import with_picture
from storage_plugin.database.record_types import KnownType, write_values
from storage_plugin.database.records import children_of
from storage_plugin.database.records import columns_of as contact_columns
from storage_plugin.database.schema import CHILDREN, card, contact, hidden, record_type, search
from storage_plugin.database.visibility import audience_of, filters, record_column, subject_of
from storage_plugin.database.writing import keep_binaries, next_number, now
from storage_plugin.model.book import ChangeNumber, Origin, Refused
from storage_plugin.model.contact import LISTS, Contact, display_name
from storage_plugin.model.record_type import Base
from storage_plugin.vcard.mapping import new_vcard, normalised

_INSERT = insert(contact).returning(contact.c.id, sort_by_parameter_order=True)
_ACCOUNTS = (
    select(contact.c.company, contact.c.id)
    .join(record_type, contact.c.record_type_id == record_type.c.id)
    .where(
        contact.c.book_id == bindparam("book"),
        record_type.c.base == Base.ACCOUNT.value,
        contact.c.company.in_(bindparam("names", expanding=True)),
    )
    .order_by(contact.c.id.desc())
)


@dataclass(frozen=True, slots=True)
class New:
    """A record to be added: ``kind`` None is a plain contact, which needs an owner.

    ``values`` are those of the type's own fields, ``checked``; ``number_elsewhere`` is kept as an alias.
    """

    sent: Sent
    kind: KnownType | None = None
    owner_id: int | None = None
    account_id: int | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    number_elsewhere: str = ""

    @property
    def base(self) -> Base:
        """Say what it is built on."""
        return self.kind.type.base if self.kind else Base.CONTACT


def sent_of(who: Contact, base: Base = Base.CONTACT) -> Sent:
    """Write the card of a contact that was born here; raise Refused when it says nothing to know it by."""
    who = normalised(as_account(who) if base is Base.ACCOUNT else who)
    if not display_name(who):
        raise Refused("a contact needs a name, a company, an e-mail address or a telephone number")
    uid = str(uuid4())
    text = new_vcard(who, uid)
    return Sent(text, text, {}, uid, "3.0", False, False, columns_of(text))


def with_photo(connection: Connection, sent: Sent, picture: bytes) -> Sent:
    """Give the card of ``sent`` a picture."""
    slim, binaries = with_picture(connection, sent.slim, picture)
    return Sent(slim, slim, binaries, sent.uid, sent.version, sent.is_group, sent.is_repaired, columns_of(slim))


def as_account(who: Contact) -> Contact:
    """Make a contact stand for a company: what it is called is the company that contacts are linked by."""
    company = who.company or display_name(who)
    return replace(who, company=company, is_company=True)


def add_records(connection: Connection, book_id: int, news: Sequence[New], by: Origin) -> list[int]:
    """Insert records under one change number; give their ids. Card UIDs and hrefs must be free where they show."""
    at = now()
    read = [new.sent.columns for new in news]
    keep_binaries(connection, {key: value for new in news for key, value in new.sent.binaries.items()})
    among = filters(connection, book_id)
    numbers = iter(take_numbers(connection, book_id, sum(new.owner_id is None for new in news)))
    customer_numbers = [next(numbers) if new.owner_id is None else None for new in news]
    ids = _insert_contacts(connection, book_id, news, read, customer_numbers, at)
    records = [
        record_column(new.kind.type.name if new.kind else "", new.base.value, number, dict(new.values))
        for new, number in zip(news, customer_numbers, strict=True)
    ]
    hide = [
        {"user_id": user_id, "contact_id": key}
        for key, new, columns, record in zip(ids, news, read, records, strict=True)
        if new.owner_id is None
        for user_id, said in among
        if not said.lets_through(subject_of(columns.contact, record))
    ]
    if hide:
        connection.execute(insert(hidden), hide)
    number = next_number(connection, book_id, by, at)
    _insert_cards(connection, book_id, list(zip(ids, news, read, records, strict=True)), number, at)
    return ids


def _insert_contacts(
    connection: Connection,
    book_id: int,
    news: Sequence[New],
    read: Sequence[Columns],
    customer_numbers: Sequence[str | None],
    at: str,
) -> list[int]:
    accounts = _accounts(connection, book_id, {columns.contact.company for columns in read})
    rows = [
        contact_columns(columns.contact)
        | {
            "book_id": book_id,
            "owner_id": new.owner_id,
            "record_type_id": new.kind.id if new.kind else None,
            "account_id": _account(new, columns.contact, accounts),
            "customer_number": customer_number,
            "created_at": at,
        }
        for new, columns, customer_number in zip(news, read, customer_numbers, strict=True)
    ]
    ids = list(connection.execute(_INSERT, rows).scalars())
    for name in LISTS:
        of_all = zip(ids, read, strict=True)
        if children := [row for key, columns in of_all for row in children_of(name, key, columns.contact)]:
            connection.execute(insert(CHILDREN[name]), children)
    for key, new in zip(ids, news, strict=True):
        if new.kind and new.values:
            write_values(connection, key, new.kind, new.values)
    add_aliases(connection, {key: new.number_elsewhere for key, new in zip(ids, news, strict=True)}, "import")
    return ids


def _accounts(connection: Connection, book_id: int, companies: set[str]) -> dict[str, int]:
    names = sorted(companies - {""})
    found = connection.execute(_ACCOUNTS, {"book": book_id, "names": names}).all() if names else ()
    return {row.company: row.id for row in found}


def _account(new: New, who: Contact, accounts: Mapping[str, int]) -> int | None:
    if new.base is Base.ACCOUNT:
        return None
    return new.account_id or accounts.get(who.company)


def _insert_cards(
    connection: Connection,
    book_id: int,
    made: list[tuple[int, New, Columns, str | None]],
    number: ChangeNumber,
    at: str,
) -> None:
    hrefs = [href_of(new.sent.uid) for _, new, _, _ in made]
    taken = taken_names(connection, book_id, hrefs)
    cards = []
    for (key, new, _, record), href in zip(made, hrefs, strict=True):
        name = new_name() if href in taken else href
        taken.add(href)
        names = {"contact_id": key, "book_id": book_id, "href": name, "uid": uid_key(new.sent.uid)}
        said = {"audience": audience_of(new.owner_id, new.base.value), "record": record, "text": new.sent.slim}
        numbers = {"revision": 1, "number": number, "since_number": number}
        cards.append(names | said | numbers | {"vcard_version": new.sent.version, "modified_at": at})
    connection.execute(insert(card), cards)
    haystacks = [{"contact_id": key} | columns.haystack._asdict() for key, _, columns, _ in made]
    connection.execute(insert(search), haystacks)


def href_of(uid: str) -> str:
    """Make the name of a card that was born elsewhere: its UID, as far as that can be a name."""
    plain = all(sign.isalnum() or sign in "-_.@+" for sign in uid) and not uid.startswith(".")
    return f"{uid}.vcf" if plain and len(uid) <= 200 else f"{uuid4()}.vcf"
