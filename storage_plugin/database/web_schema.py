"""The tables of the web page: who is signed in where, and who is not the same person as whom."""

from __future__ import annotations

from sqlalchemy import Column, Table, Text

from storage_plugin.database.columns import key, metadata, of, whole, words

web_session = Table(
    "web_session",
    metadata,
    key(),
    of("user_id", "user.id", index=True),
    words("token_sha256", unique=True),
    words("created_at"),
    words("used_at"),
    words("address"),
    words("agent"),
    Column("said", Text),
    sqlite_autoincrement=True,
)
"""``said`` is what the next page tells about the last action, as JSON."""

distinct_pair = Table(
    "distinct_pair",
    metadata,
    of("book_id", "book.id", primary_key=True),
    whole("one_id", primary_key=True, autoincrement=False),
    whole("other_id", primary_key=True, autoincrement=False),
    words("one_said"),
    words("other_said"),
    of("user_id", "user.id", nullable=True, ondelete="SET NULL"),
    words("at"),
)
"""Two records that somebody has found to be different persons; ``one_id`` is the smaller id.

They name no row of ``contact``, which a deleted record has not. ``one_said`` and ``other_said`` are digests of what
the two were compared by (``distinct``).
"""
