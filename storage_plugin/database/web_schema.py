"""The tables of the web page: who is signed in where."""

from __future__ import annotations

from sqlalchemy import Column, Table, Text

from storage_plugin.database.columns import key, metadata, of, words

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
