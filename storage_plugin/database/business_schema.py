"""The tables that people read and write, with plain SQL too: records, what they consist of, and their types."""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Table, Text, UniqueConstraint, text

from storage_plugin.database.columns import flag, key, metadata, of, whole, words
from storage_plugin.model.contact import FIELDS, PARTS

record_type = Table(
    "record_type",
    metadata,
    key(),
    of("book_id", "book.id"),
    words("name"),
    words("base", server_default="contact"),
    UniqueConstraint("book_id", "name"),
)

record_field = Table(
    "record_field",
    metadata,
    key(),
    of("record_type_id", "record_type.id"),
    words("name"),
    words("kind", server_default="text"),
    Column("choices", Text),
    UniqueConstraint("record_type_id", "name"),
)

contact = Table(
    "contact",
    metadata,
    key(),
    Column("book_id", ForeignKey("book.id"), nullable=False, server_default=text("1"), index=True),
    Column("owner_id", ForeignKey("user.id")),
    Column("record_type_id", ForeignKey("record_type.id"), index=True),
    Column("account_id", ForeignKey("contact.id", ondelete="SET NULL"), index=True),
    Column("customer_number", Text),
    *(Column(name, Text) for name in FIELDS if name != "is_company"),
    flag("is_company"),
    Column("created_at", Text),
    UniqueConstraint("book_id", "customer_number"),
    sqlite_autoincrement=True,
)


def _child(name: str, *columns: str) -> Table:
    """Describe a table of which a contact has several rows, in the order of ``position``, then of ``id``."""
    parts = [flag(column) if column == "preferred" else Column(column, Text) for column in columns]
    position = whole("position", server_default=text("1000"))
    return Table(name, metadata, key(), of("contact_id", "contact.id", index=True), position, *parts)


email = _child("email", *PARTS["emails"])
phone = _child("phone", *PARTS["phones"])
address = _child("address", *PARTS["addresses"])
url = _child("url", *PARTS["urls"])
important_date = _child("important_date", *PARTS["dates"])
messenger = _child("messenger", *PARTS["messengers"])
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
    key(),
    of("contact_id", "contact.id", index=True),
    of("field_id", "record_field.id"),
    Column("value", Text),
    UniqueConstraint("contact_id", "field_id"),
)

number_alias = Table(
    "number_alias",
    metadata,
    key(),
    of("contact_id", "contact.id", index=True),
    words("customer_number"),
    Column("source", Text),
)
