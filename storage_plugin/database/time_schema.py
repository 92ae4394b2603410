"""The tables of time: what changed when, what was before, what is deleted, and what is not settled yet.

``change`` is one line per change number, ``version`` what a record was before, ``trash`` what is deleted,
``tombstone`` the name that a contact (or, without contact_id, something else) had in a user's book until a number.
"""

from __future__ import annotations

from sqlalchemy import Column, ForeignKey, Index, Integer, Table, Text, text

from storage_plugin.database.columns import key, metadata, whole, words

change = Table(
    "change",
    metadata,
    Column("book_id", ForeignKey("book.id"), primary_key=True, autoincrement=False),
    Column("number", Integer, primary_key=True, autoincrement=False),
    words("at"),
    words("source"),
    Column("user_id", Integer),
    Column("device_id", Integer),
    Column("run_id", Integer),
    sqlite_with_rowid=False,
)

version = Table(
    "version",
    metadata,
    key(),
    whole("contact_id"),
    whole("book_id"),
    whole("audience"),
    words("href"),
    words("vcard_version"),
    whole("revision"),
    whole("from_number"),
    Column("until_number", Integer),
    Column("record", Text),
    words("text"),
    Index("ix_version_contact_id_from_number", "contact_id", "from_number"),
)

trash = Table(
    "trash",
    metadata,
    Column("contact_id", Integer, primary_key=True, autoincrement=False),
    whole("book_id"),
    whole("audience"),
    words("href"),
    words("uid"),
    words("vcard_version"),
    whole("revision"),
    whole("since_number"),
    Column("number", Integer),
    Column("deleted_at", Text),
    Column("record", Text),
    Column("columns", Text),
    words("text"),
    Index("ix_trash_book_id_number", "book_id", "number"),
    Index("ix_trash_book_id_uid", "book_id", "uid"),
)

tombstone = Table(
    "tombstone",
    metadata,
    key(),
    whole("book_id"),
    whole("user_id"),
    Column("device_id", Integer),
    Column("contact_id", Integer),
    whole("from_number", server_default=text("0")),
    whole("number"),
    words("href"),
    Index("ix_tombstone_user_id_book_id_number", "user_id", "book_id", "number"),
)

touched = Table("touched", metadata, key(), whole("contact_id", index=True))

conflict = Table(
    "conflict",
    metadata,
    key(),
    whole("book_id"),
    Column("contact_id", Integer, index=True),
    words("kind"),
    words("at"),
    Column("user_id", Integer),
    Column("device_id", Integer),
    Column("run_id", Integer),
    Column("fields", Text),
    Column("ours", Text),
    Column("theirs", Text),
    Column("resolved_at", Text),
)
