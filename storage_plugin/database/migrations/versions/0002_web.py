"""The web page: who is signed in, languages, devices that list everything anew, and keys by which lists are sorted."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from storage_plugin.model.contact import Contact
from storage_plugin.model.sorting import listed_name, sort_keys

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


SORT_KEYS = [f"{name}_{order}" for name in ("name", "company") for order in ("folded", "german", "nordic")]
_PARTS = ("given_name", "middle_name", "family_name", "prefix", "suffix", "formatted_name", "nickname", "company")
_NAMES = (*_PARTS, "file_as")


def fill_sort_keys(connection: sa.Connection) -> None:
    """Sort the contacts that are there already."""
    columns = ", ".join(f"c.{name}" for name in _NAMES)
    read = sa.text(
        f"SELECT c.id, c.is_company, {columns} FROM contact c JOIN search s ON s.contact_id = c.id"
        " WHERE c.id > :after ORDER BY c.id LIMIT 1000"
    )
    changes = ", ".join(f"{name} = :{name}" for name in SORT_KEYS)
    write = sa.text(f"UPDATE search SET {changes} WHERE contact_id = :id")
    rows = connection.execute(read, {"after": 0}).mappings().all()
    while rows:
        connection.execute(write, [{"id": row["id"]} | _keys(row) for row in rows])
        rows = connection.execute(read, {"after": rows[-1]["id"]}).mappings().all()


def _keys(row: sa.RowMapping) -> dict[str, str]:
    said: dict[str, Any] = {name: row[name] or "" for name in _NAMES}
    who = Contact(**said, is_company=bool(row["is_company"]))
    return dict(zip(SORT_KEYS, (*sort_keys(listed_name(who)), *sort_keys(who.company)), strict=True))


def upgrade() -> None:
    """Add the sessions of the web page, the users' languages and the devices' epochs."""
    op.create_table(
        "web_session",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("token_sha256", sa.Text(), nullable=False),
        sa.Column("created_at", sa.Text(), nullable=False),
        sa.Column("used_at", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("agent", sa.Text(), nullable=False),
        sa.Column("said", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_web_session_user_id_user"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_web_session")),
        sa.UniqueConstraint("token_sha256", name=op.f("uq_web_session_token_sha256")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_web_session_user_id"), "web_session", ["user_id"], unique=False)
    for name in SORT_KEYS:
        op.add_column("search", sa.Column(name, sa.Text(), server_default=sa.text("''"), nullable=False))
    fill_sort_keys(op.get_bind())
    op.create_table(
        "distinct_pair",
        sa.Column("book_id", sa.Integer(), nullable=False),
        sa.Column("one_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("other_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("one_said", sa.Text(), nullable=False),
        sa.Column("other_said", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=True),
        sa.Column("at", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["book_id"], ["book.id"], name=op.f("fk_distinct_pair_book_id_book"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["user.id"], name=op.f("fk_distinct_pair_user_id_user"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("book_id", "one_id", "other_id", name=op.f("pk_distinct_pair")),
    )
    op.add_column("user", sa.Column("language", sa.Text(), nullable=True))
    op.add_column("user", sa.Column("browser_language", sa.Text(), nullable=True))
    op.add_column("user", sa.Column("sets_filter", sa.Boolean(), server_default=sa.false(), nullable=False))
    op.add_column("device", sa.Column("epoch", sa.Integer(), server_default=sa.text("0"), nullable=False))


def downgrade() -> None:
    """Refuse: what later schemas keep has no place in earlier ones."""
    raise NotImplementedError("a schema is never taken back: restore the backup made before it was changed")
