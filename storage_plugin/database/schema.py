"""The tables. Plain SQL on ``contact`` and its child tables is a supported way to write (see ``triggers``).

Empty text is NULL. Times are UTC in ISO 8601 with milliseconds, as text, so that every database and every backup
orders them alike. ``number`` columns hold change numbers of the record's book.

- *business*: ``contact`` and its children are what people read and write, with SQL too, see ``business_schema``
- *devices*: ``card`` is the text a device sent, with what a listing needs; ``audience`` says who may see it:
  0 everyone whose filter lets it through, a user's id only that user, -1 nobody (accounts)
  ``record`` is what a filter needs beside the text: type, customer number and own fields, as JSON
- *names*: a member goes by ``card.href``, or by its ``alias`` in one user's book (see ``naming``)
- *time*: see ``time_schema``; *the mirror*: see ``mirror_schema``; *the web page*: see ``web_schema``
"""

from __future__ import annotations

from sqlalchemy import (
    Column,
    ForeignKey,
    Index,
    Integer,
    Table,
    Text,
    UniqueConstraint,
    text,
)

from storage_plugin.database import mirror_schema as _mirror_schema  # noqa: F401
from storage_plugin.database import web_schema as _web_schema  # noqa: F401
from storage_plugin.database.business_schema import (
    CHILDREN,
    address,
    category,
    contact,
    custom_value,
    email,
    important_date,
    messenger,
    number_alias,
    phone,
    record_field,
    record_type,
    url,
)
from storage_plugin.database.columns import flag, key, metadata, of, whole, words
from storage_plugin.database.time_schema import change, conflict, tombstone, touched, trash, version

__all__ = [
    "CHILDREN",
    "EVERYONE",
    "NOBODY",
    "ORDERS",
    "address",
    "alias",
    "blob",
    "book",
    "card",
    "category",
    "change",
    "conflict",
    "contact",
    "custom_value",
    "device",
    "device_card",
    "device_sync",
    "email",
    "group_card",
    "hidden",
    "important_date",
    "installation",
    "messenger",
    "metadata",
    "number_alias",
    "phone",
    "property_",
    "record_field",
    "record_type",
    "search",
    "setting",
    "tombstone",
    "touched",
    "trash",
    "url",
    "user",
    "version",
    "view",
]

EVERYONE = 0
NOBODY = -1

# --- installation, users, devices -------------------------------------------------------------------------------

setting = Table("setting", metadata, Column("name", Text, primary_key=True), Column("value", Text))

installation = Table("installation", metadata, key(), words("key"), words("created_at"))

book = Table(
    "book",
    metadata,
    key(),
    words("name", unique=True),
    words("key"),
    whole("number", server_default=text("0")),
    whole("oldest_number", server_default=text("0")),
    whole("next_customer_number", server_default=text("10001")),
    words("created_at"),
    sqlite_autoincrement=True,
)

user = Table(
    "user",
    metadata,
    key(),
    words("name", unique=True),
    Column("password_hash", Text),
    words("role", server_default="coworker"),
    Column("book_id", ForeignKey("book.id"), nullable=False),
    words("created_at"),
    Column("language", Text),
    Column("browser_language", Text),
    flag("sets_filter"),
    sqlite_autoincrement=True,
)

device = Table(
    "device",
    metadata,
    key(),
    of("user_id", "user.id", index=True),
    words("name"),
    words("secret_sha256", unique=True),
    flag("writes_v4"),
    words("created_at"),
    Column("last_used_at", Text),
    Column("revoked_at", Text),
    whole("epoch", server_default=text("0")),
    sqlite_autoincrement=True,
)
"""``epoch`` is part of the device's sync tokens: raising it makes them foreign, so that it lists everything anew."""

device_sync = Table(
    "device_sync",
    metadata,
    of("device_id", "device.id", primary_key=True),
    of("book_id", "book.id", primary_key=True),
    whole("number"),
)
"""The number of the sync token that a device presented last."""

device_card = Table(
    "device_card",
    metadata,
    of("device_id", "device.id", primary_key=True),
    Column("contact_id", Integer, primary_key=True, autoincrement=False),
    whole("number"),
)
"""When a device that presents no sync tokens (Evolution) was given a card: it has that state, or a newer one."""

view = Table(
    "view",
    metadata,
    of("user_id", "user.id", primary_key=True),
    of("book_id", "book.id", primary_key=True),
    Column("filter", Text),
    words("new_contacts", server_default="inbox"),
    flag("read_only"),
    flag("show_accounts"),
)

property_ = Table(
    "property",
    metadata,
    of("user_id", "user.id", primary_key=True),
    of("book_id", "book.id", primary_key=True),
    words("resource", primary_key=True),
    words("name", primary_key=True),
    words("value"),
    words("language", server_default=""),
)
"""What devices set with PROPPATCH: ``resource`` is "home" or "book", ``value`` the XML inside of the property, in
the ``language`` of its xml:lang."""

hidden = Table(
    "hidden",
    metadata,
    of("user_id", "user.id", primary_key=True, autoincrement=False),
    Column("contact_id", Integer, primary_key=True, autoincrement=False, index=True),
    sqlite_with_rowid=False,
)

alias = Table(
    "alias",
    metadata,
    of("user_id", "user.id", primary_key=True, autoincrement=False),
    Column("contact_id", Integer, primary_key=True, autoincrement=False),
    whole("book_id"),
    words("href"),
    UniqueConstraint("book_id", "href", "user_id"),
)

# --- what devices see -------------------------------------------------------------------------------------------

card = Table(
    "card",
    metadata,
    of("contact_id", "contact.id", primary_key=True, autoincrement=False),
    whole("book_id"),
    whole("audience"),
    words("href"),
    words("uid"),
    words("vcard_version"),
    whole("revision"),
    whole("number"),
    whole("since_number"),
    words("modified_at"),
    Column("record", Text),
    words("text"),
    UniqueConstraint("book_id", "href"),
    Index("ix_card_uid", "book_id", "uid"),
    Index("ix_card_listing", "book_id", "number", "audience", "href", "contact_id", "revision", "vcard_version"),
)

ORDERS = ("folded", "german", "nordic")
"""The orders of names (``model.sorting``), each with a column of keys for names and for companies."""

search = Table(
    "search",
    metadata,
    of("contact_id", "card.contact_id", primary_key=True, autoincrement=False),
    words("fn"),
    words("email"),
    words("text"),
    *(words(f"{of_what}_{order}", server_default=text("''")) for of_what in ("name", "company") for order in ORDERS),
    # PostgreSQL refuses an index entry of a third of a page: a name of 9,000 characters could not be stored.
    Index("ix_search_fn", "fn", "contact_id").ddl_if(dialect="sqlite"),
    Index("ix_search_email", "email", "contact_id").ddl_if(dialect="sqlite"),
)

group_card = Table(
    "group_card",
    metadata,
    key(),
    Column("book_id", ForeignKey("book.id"), nullable=False),
    of("owner_id", "user.id"),
    words("href"),
    words("uid"),
    words("name"),
    words("vcard_version"),
    whole("revision"),
    whole("number"),
    whole("since_number"),
    flag("deleted"),
    words("text"),
    words("modified_at"),
    Index("ix_group_card_listing", "book_id", "owner_id", "number"),
    Index("ix_group_card_href", "book_id", "href"),
    sqlite_autoincrement=True,
)

blob = Table("blob", metadata, Column("sha256", Text, primary_key=True), words("value"))
