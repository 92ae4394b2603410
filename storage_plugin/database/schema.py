"""The tables. Plain SQL on ``contact`` and its child tables is a supported way to write (see ``triggers``).

Empty text is NULL. Times are UTC in ISO 8601 with milliseconds, as text, so that every database and every backup
orders them alike. ``number`` columns hold change numbers of the record's book.

- *business*: ``contact`` and its children are what people read and write, with SQL too
- *devices*: ``card`` is the text a device sent, with what a listing needs; ``audience`` says who may see it:
  0 everyone whose filter lets it through, a user's id only that user, -1 nobody (accounts)
  ``record`` is what a filter needs beside the text: type, customer number and own fields, as JSON
- *names*: a member goes by ``card.href``, or by its ``alias`` in one user's book (see ``naming``)
- *time*: ``change`` is one line per change number, ``version`` what a record was before, ``trash`` what is deleted,
  ``tombstone`` the name that a contact (or, without contact_id, something else) had in a user's book until a number
- *the mirror*: ``link`` joins a record to its item in a user's folder, ``journal`` holds what may be under way there,
  ``run`` and ``run_entry`` say what was done, ``failure`` what could not be; ``mirror.secrets`` is encrypted;
  ``leftover`` and ``imported`` remember what a switch to another book left behind and brought along
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
    false,
    text,
)

from storage_plugin.model.contact import FIELDS

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

EVERYONE = 0
NOBODY = -1


def _key() -> Column[Any]:
    return Column("id", Integer, primary_key=True)


def _whole(name: str, **more: Any) -> Column[Any]:
    return Column(name, Integer, nullable=False, **more)


def _text(name: str, **more: Any) -> Column[Any]:
    return Column(name, Text, nullable=False, **more)


def _flag(name: str) -> Column[Any]:
    return Column(name, Boolean, nullable=False, server_default=false())


def _of(name: str, target: str, *, nullable: bool = False, ondelete: str = "CASCADE", **more: Any) -> Column[Any]:
    return Column(name, ForeignKey(target, ondelete=ondelete), nullable=nullable, **more)


# --- installation, users, devices -------------------------------------------------------------------------------

installation = Table("installation", metadata, _key(), _text("key"), _text("created_at"))

book = Table(
    "book",
    metadata,
    _key(),
    _text("name", unique=True),
    _text("key"),
    _whole("number", server_default=text("0")),
    _whole("oldest_number", server_default=text("0")),
    _whole("next_customer_number", server_default=text("10001")),
    _text("created_at"),
    sqlite_autoincrement=True,
)

user = Table(
    "user",
    metadata,
    _key(),
    _text("name", unique=True),
    Column("password_hash", Text),
    _text("role", server_default="coworker"),
    Column("book_id", ForeignKey("book.id"), nullable=False),
    _text("created_at"),
    sqlite_autoincrement=True,
)

device = Table(
    "device",
    metadata,
    _key(),
    _of("user_id", "user.id", index=True),
    _text("name"),
    _text("secret_sha256", unique=True),
    _flag("writes_v4"),
    _text("created_at"),
    Column("last_used_at", Text),
    Column("revoked_at", Text),
    sqlite_autoincrement=True,
)

device_sync = Table(
    "device_sync",
    metadata,
    _of("device_id", "device.id", primary_key=True),
    _of("book_id", "book.id", primary_key=True),
    _whole("number"),
)

view = Table(
    "view",
    metadata,
    _of("user_id", "user.id", primary_key=True),
    _of("book_id", "book.id", primary_key=True),
    Column("filter", Text),
    _text("new_contacts", server_default="inbox"),
    _flag("read_only"),
    _flag("show_accounts"),
)

property_ = Table(
    "property",
    metadata,
    _of("user_id", "user.id", primary_key=True),
    _of("book_id", "book.id", primary_key=True),
    _text("resource", primary_key=True),
    _text("name", primary_key=True),
    _text("value"),
)
"""What devices set with PROPPATCH: ``resource`` is "home" or "book", ``value`` the XML inside of the property."""

hidden = Table(
    "hidden",
    metadata,
    _of("user_id", "user.id", primary_key=True, autoincrement=False),
    Column("contact_id", Integer, primary_key=True, autoincrement=False, index=True),
    sqlite_with_rowid=False,
)

alias = Table(
    "alias",
    metadata,
    _of("user_id", "user.id", primary_key=True, autoincrement=False),
    Column("contact_id", Integer, primary_key=True, autoincrement=False),
    _whole("book_id"),
    _text("href"),
    UniqueConstraint("book_id", "href", "user_id"),
)

# --- the business -----------------------------------------------------------------------------------------------

record_type = Table(
    "record_type",
    metadata,
    _key(),
    _of("book_id", "book.id"),
    _text("name"),
    _text("base", server_default="contact"),
    UniqueConstraint("book_id", "name"),
)

record_field = Table(
    "record_field",
    metadata,
    _key(),
    _of("record_type_id", "record_type.id"),
    _text("name"),
    _text("kind", server_default="text"),
    Column("choices", Text),
    UniqueConstraint("record_type_id", "name"),
)

contact = Table(
    "contact",
    metadata,
    _key(),
    Column("book_id", ForeignKey("book.id"), nullable=False, server_default=text("1"), index=True),
    Column("owner_id", ForeignKey("user.id")),
    Column("record_type_id", ForeignKey("record_type.id"), index=True),
    Column("account_id", ForeignKey("contact.id", ondelete="SET NULL"), index=True),
    Column("customer_number", Text),
    *(Column(name, Text) for name in FIELDS if name != "is_company"),
    _flag("is_company"),
    Column("created_at", Text),
    UniqueConstraint("book_id", "customer_number"),
    sqlite_autoincrement=True,
)


def _child(name: str, *columns: Column[Any] | str) -> Table:
    """Describe a table of which a contact has several rows, in the order of ``position``, then of ``id``."""
    parts = [Column(column, Text) if isinstance(column, str) else column for column in columns]
    position = _whole("position", server_default=text("1000"))
    return Table(name, metadata, _key(), _of("contact_id", "contact.id", index=True), position, *parts)


email = _child("email", "address", "kind", "label", _flag("preferred"))
phone = _child("phone", "number", "kind", "label", _flag("preferred"))
address = _child(
    "address",
    *("po_box", "extended", "street", "city", "region", "postal_code", "country", "country_code", "kind", "label"),
    _flag("preferred"),
)
url = _child("url", "address", "kind", "label")
important_date = _child("important_date", "value", "label")
messenger = _child("messenger", "handle", "service", "kind")
category = _child("category", "name")

CHILDREN = {
    "emails": email,
    "phones": phone,
    "addresses": address,
    "urls": url,
    "dates": important_date,
    "messengers": messenger,
    "categories": category,
}
"""The child table of each list of ``Contact``."""

custom_value = Table(
    "custom_value",
    metadata,
    _key(),
    _of("contact_id", "contact.id", index=True),
    _of("field_id", "record_field.id"),
    Column("value", Text),
    UniqueConstraint("contact_id", "field_id"),
)

number_alias = Table(
    "number_alias",
    metadata,
    _key(),
    _of("contact_id", "contact.id", index=True),
    _text("customer_number"),
    Column("source", Text),
)

# --- what devices see -------------------------------------------------------------------------------------------

card = Table(
    "card",
    metadata,
    _of("contact_id", "contact.id", primary_key=True, autoincrement=False),
    _whole("book_id"),
    _whole("audience"),
    _text("href"),
    _text("uid"),
    _text("vcard_version"),
    _whole("revision"),
    _whole("number"),
    _whole("since_number"),
    _text("modified_at"),
    Column("record", Text),
    _text("text"),
    UniqueConstraint("book_id", "href"),
    Index("ix_card_uid", "book_id", "uid"),
    Index("ix_card_listing", "book_id", "number", "audience", "href", "contact_id", "revision", "vcard_version"),
)

search = Table(
    "search",
    metadata,
    _of("contact_id", "card.contact_id", primary_key=True, autoincrement=False),
    _text("fn"),
    _text("email"),
    _text("text"),
    # PostgreSQL refuses an index entry of a third of a page: a name of 9,000 characters could not be stored.
    Index("ix_search_fn", "fn", "contact_id").ddl_if(dialect="sqlite"),
    Index("ix_search_email", "email", "contact_id").ddl_if(dialect="sqlite"),
)

group_card = Table(
    "group_card",
    metadata,
    _key(),
    Column("book_id", ForeignKey("book.id"), nullable=False),
    _of("owner_id", "user.id"),
    _text("href"),
    _text("uid"),
    _text("name"),
    _text("vcard_version"),
    _whole("revision"),
    _whole("number"),
    _whole("since_number"),
    _flag("deleted"),
    _text("text"),
    _text("modified_at"),
    Index("ix_group_card_listing", "book_id", "owner_id", "number"),
    Index("ix_group_card_href", "book_id", "href"),
    sqlite_autoincrement=True,
)

blob = Table("blob", metadata, Column("sha256", Text, primary_key=True), _text("value"))

# --- time -------------------------------------------------------------------------------------------------------

change = Table(
    "change",
    metadata,
    Column("book_id", ForeignKey("book.id"), primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    _text("at"),
    _text("source"),
    Column("user_id", Integer),
    Column("device_id", Integer),
    Column("run_id", Integer),
    sqlite_with_rowid=False,
)

version = Table(
    "version",
    metadata,
    _key(),
    _whole("contact_id"),
    _whole("book_id"),
    _whole("audience"),
    _text("href"),
    _text("vcard_version"),
    _whole("revision"),
    _whole("from_number"),
    Column("until_number", Integer),
    Column("record", Text),
    _text("text"),
    Index("ix_version_contact_id_from_number", "contact_id", "from_number"),
)

trash = Table(
    "trash",
    metadata,
    Column("contact_id", Integer, primary_key=True, autoincrement=False),
    _whole("book_id"),
    _whole("audience"),
    _text("href"),
    _text("uid"),
    _text("vcard_version"),
    _whole("revision"),
    _whole("since_number"),
    Column("number", Integer),
    Column("deleted_at", Text),
    Column("record", Text),
    Column("columns", Text),
    _text("text"),
    Index("ix_trash_book_id_number", "book_id", "number"),
    Index("ix_trash_book_id_uid", "book_id", "uid"),
)

tombstone = Table(
    "tombstone",
    metadata,
    _key(),
    _whole("book_id"),
    _whole("user_id"),
    Column("device_id", Integer),
    Column("contact_id", Integer),
    _whole("from_number", server_default=text("0")),
    _whole("number"),
    _text("href"),
    Index("ix_tombstone_user_id_book_id_number", "user_id", "book_id", "number"),
)

touched = Table("touched", metadata, _key(), _whole("contact_id", index=True))

conflict = Table(
    "conflict",
    metadata,
    _key(),
    _whole("book_id"),
    Column("contact_id", Integer, index=True),
    _text("kind"),
    _text("at"),
    Column("user_id", Integer),
    Column("device_id", Integer),
    Column("run_id", Integer),
    Column("fields", Text),
    Column("ours", Text),
    Column("theirs", Text),
    Column("resolved_at", Text),
)

# --- the mirror -------------------------------------------------------------------------------------------------

mirror = Table(
    "mirror",
    metadata,
    _key(),
    _of("user_id", "user.id"),
    _of("book_id", "book.id"),
    _text("target"),
    Column("folder", Text),
    Column("settings", Text),
    Column("secrets", Text),
    _text("state", server_default="stopped"),
    Column("reason", Text),
    Column("cursor", Text),
    Column("number", Integer),
    Column("view", Text),
    Column("leased_by", Text),
    Column("leased_until", Text),
    UniqueConstraint("user_id"),
    sqlite_autoincrement=True,
)

run = Table(
    "run",
    metadata,
    _key(),
    _of("user_id", "user.id", index=True),
    _of("mirror_id", "mirror.id", nullable=True, ondelete="SET NULL"),
    _text("kind"),
    _text("started_at"),
    Column("ended_at", Text),
    Column("outcome", Text),
    Column("reason", Text),
    Column("counts", Text),
    sqlite_autoincrement=True,
)

run_entry = Table(
    "run_entry",
    metadata,
    _key(),
    _of("run_id", "run.id", index=True),
    Column("contact_id", Integer, index=True),
    _text("action"),
    Column("name", Text),
    Column("detail", Text),
    Column("former", Text),
    Column("became", Text),
    Column("revision", Integer),
)


def _links(name: str, *more: Any) -> Table:
    return Table(
        name,
        metadata,
        _of("mirror_id", "mirror.id", primary_key=True, autoincrement=False),
        Column("contact_id", Integer, primary_key=True, autoincrement=False, index=True),
        _text("item_id"),
        _text("version"),
        _text("origin"),
        Column("ours", Text),
        Column("theirs", Text),
        Column("photo_ours", Text),
        Column("photo_theirs", Text),
        Column("kept", Text),
        Column("before", Text),
        _flag("flagged"),
        Column("rest", Text),
        *more,
    )


link = _links("link", UniqueConstraint("mirror_id", "item_id"))

leftover = _links("leftover", _of("book_id", "book.id"), Column("place", Text))
"""The links of a book that the user of a mirror has left; ``place`` says in which folder their items are (JSON)."""

imported = Table(
    "imported",
    metadata,
    Column("contact_id", Integer, primary_key=True, autoincrement=False),
    _of("from_book_id", "book.id"),
    _whole("revision"),
    _text("at"),
)
"""Records that came from another book when a user switched, and their revision then (BCM-54)."""

journal = Table(
    "journal",
    metadata,
    _key(),
    _of("mirror_id", "mirror.id", index=True),
    _whole("run_id"),
    _text("operation"),
    Column("contact_id", Integer, index=True),
    Column("item_id", Text),
    Column("version", Text),
    Column("stamp", Text),
    Column("sent", Text),
    _text("at"),
)

failure = Table(
    "failure",
    metadata,
    _key(),
    _of("mirror_id", "mirror.id"),
    _whole("contact_id", server_default=text("0")),
    _text("item_id", server_default=""),
    Column("name", Text),
    _text("error"),
    _whole("attempts"),
    _text("at"),
    _text("retry_at"),
    UniqueConstraint("mirror_id", "contact_id", "item_id"),
)

setting = Table("setting", metadata, Column("name", Text, primary_key=True), Column("value", Text))
