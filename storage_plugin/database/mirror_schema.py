"""The tables of the mirror (see ``schema`` for how texts, times and numbers are written).

``link`` joins a record to its item in a user's folder, ``journal`` holds what may be under way there, ``run`` and
``run_entry`` say what was done, ``failure`` what could not be; ``mirror.secrets`` is encrypted; ``leftover`` and
``imported`` remember what a switch to another book left behind and brought along.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Column, Integer, Table, Text, UniqueConstraint, text

from storage_plugin.database.columns import flag, key, metadata, of, whole, words

mirror = Table(
    "mirror",
    metadata,
    key(),
    of("user_id", "user.id"),
    of("book_id", "book.id"),
    words("target"),
    Column("folder", Text),
    Column("settings", Text),
    Column("secrets", Text),
    words("state", server_default="stopped"),
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
    key(),
    of("user_id", "user.id", index=True),
    of("mirror_id", "mirror.id", nullable=True, ondelete="SET NULL"),
    words("kind"),
    words("started_at"),
    Column("ended_at", Text),
    Column("outcome", Text),
    Column("reason", Text),
    Column("counts", Text),
    sqlite_autoincrement=True,
)

run_entry = Table(
    "run_entry",
    metadata,
    key(),
    of("run_id", "run.id", index=True),
    Column("contact_id", Integer, index=True),
    words("action"),
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
        of("mirror_id", "mirror.id", primary_key=True, autoincrement=False),
        Column("contact_id", Integer, primary_key=True, autoincrement=False, index=True),
        words("item_id"),
        words("version"),
        words("origin"),
        Column("ours", Text),
        Column("theirs", Text),
        Column("photo_ours", Text),
        Column("photo_theirs", Text),
        Column("kept", Text),
        Column("before", Text),
        flag("flagged"),
        Column("rest", Text),
        *more,
    )


link = _links("link", UniqueConstraint("mirror_id", "item_id"))

leftover = _links("leftover", of("book_id", "book.id"), Column("place", Text))
"""The links of a book that the user of a mirror has left; ``place`` says in which folder their items are (JSON)."""

imported = Table(
    "imported",
    metadata,
    Column("contact_id", Integer, primary_key=True, autoincrement=False),
    of("from_book_id", "book.id"),
    whole("revision"),
    words("at"),
)
"""Records that came from another book when a user switched, and their revision then (BCM-54)."""

journal = Table(
    "journal",
    metadata,
    key(),
    of("mirror_id", "mirror.id", index=True),
    whole("run_id"),
    words("operation"),
    Column("contact_id", Integer, index=True),
    Column("item_id", Text),
    Column("version", Text),
    Column("stamp", Text),
    Column("sent", Text),
    words("at"),
)

failure = Table(
    "failure",
    metadata,
    key(),
    of("mirror_id", "mirror.id"),
    whole("contact_id", server_default=text("0")),
    words("item_id", server_default=""),
    Column("name", Text),
    words("error"),
    whole("attempts"),
    words("at"),
    words("retry_at"),
    UniqueConstraint("mirror_id", "contact_id", "item_id"),
)
