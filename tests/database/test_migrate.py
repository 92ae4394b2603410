"""Migrations: what they make is the schema, whoever starts first, and nothing foreign is touched."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import select

from storage_plugin.database import migrate as migration
from storage_plugin.database import migrations
from storage_plugin.database.contacts import SqlContacts
from storage_plugin.database.engine import Database
from storage_plugin.database.migrate import check_schema, head, migrate, schema_of
from storage_plugin.database.schema import metadata, search
from storage_plugin.database.users import Users
from storage_plugin.model.book import Origin, SchemaMismatch
from storage_plugin.model.contact import Contact

HEAD = head()
TO_NEXT = """
import sqlalchemy as sa
from alembic import op
revision, down_revision = "9998", "{head}"
def upgrade():
    op.add_column("contact", sa.Column("shoe_size", sa.Text()))
    {more}
def downgrade():
    pass
"""


def test_the_migrated_database_is_the_schema(database: Database) -> None:
    with database.engine.connect() as connection:
        options = {"include_name": lambda name, kind, _: not (kind == "table" and name == "writing")}
        context = MigrationContext.configure(connection, opts={"compare_type": True, **options})
        differences = [found for found in compare_metadata(context, metadata) if not _is_elsewhere(found, database)]
    assert differences == [], "schema.py has changed: write a revision"


def _is_elsewhere(difference: Any, database: Database) -> bool:
    """Tell whether it is an index that only SQLite has, missed on PostgreSQL."""
    is_index = difference[0] == "add_index" and difference[1].name in ("ix_search_fn", "ix_search_email")
    return is_index and not database.is_sqlite


def test_a_second_migration_changes_nothing(database: Database) -> None:
    Users(database).add("anna")
    migrate(database)
    assert Users(database).viewer("anna") is not None
    check_schema(database)


def test_there_is_no_way_back(database: Database) -> None:
    config = Config()
    config.set_main_option("script_location", migration.SCRIPTS)
    with database.engine.connect() as connection, connection.begin():
        config.attributes["connection"] = connection
        with pytest.raises(NotImplementedError, match="restore the backup"):
            command.downgrade(config, "base")
    assert schema_of(database) == head()


def test_a_newer_schema_is_refused(database: Database) -> None:
    with database.writing() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    for check in (migrate, check_schema):
        with pytest.raises(SchemaMismatch, match="newer than this version"):
            check(database)


def test_an_empty_or_foreign_database_is_told_by_children(tmp_path: Path) -> None:
    database = Database.open(f"sqlite:///{tmp_path}/new.db")
    with pytest.raises(SchemaMismatch, match="contact-bridge migrate"):
        check_schema(database)
    with database.engine.connect() as connection, connection.begin():
        connection.exec_driver_sql("CREATE TABLE installation (x)")
    for check in (migrate, check_schema):
        with pytest.raises(SchemaMismatch, match="name another database"):
            check(database)
    database.close()


@pytest.fixture
def newer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A version of this program that knows a second revision."""
    folder = tmp_path / "migrations"
    shutil.copytree(Path(migrations.__file__).parent, folder, ignore=shutil.ignore_patterns("__pycache__"))
    revision = folder / "versions" / "9998_shoes.py"
    revision.write_text(TO_NEXT.format(head=HEAD, more="pass"))
    monkeypatch.setattr(migration, "SCRIPTS", str(folder))
    return revision


def test_an_older_schema_is_backed_up_and_brought_up_to_date(database: Database, newer: Path, tmp_path: Path) -> None:
    Users(database).add("anna")
    with pytest.raises(SchemaMismatch, match="contact-bridge migrate"):
        check_schema(database)
    folder = tmp_path / "backups"
    folder.mkdir()
    migrate(database, folder)
    assert schema_of(database) == "9998"
    assert Users(database).viewer("anna") is not None
    (file,) = folder.iterdir()
    assert f".schema-{HEAD}-" in file.name
    if database.is_sqlite:
        old = Database.open(f"sqlite:///{file}")
        assert Users(old).viewer("anna") is not None and schema_of(old) == HEAD
        old.close()


def test_a_migration_that_fails_leaves_the_old_schema(database: Database, newer: Path, tmp_path: Path) -> None:
    newer.write_text(TO_NEXT.format(head=HEAD, more="raise RuntimeError('power cut')"))
    with pytest.raises(RuntimeError, match="power cut"):
        migrate(database, tmp_path)
    assert schema_of(database) == HEAD
    newer.write_text(TO_NEXT.format(head=HEAD, more="pass"))
    migrate(database, tmp_path)
    assert schema_of(database) == "9998"


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["sqlite", pytest.param("postgresql", marks=pytest.mark.slow)])
def test_processes_that_start_at_once_make_one_schema(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    if kind == "sqlite":
        url = f"sqlite:///{tmp_path}/contacts.db"
    else:
        url = request.getfixturevalue("make_postgresql")()
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("DROP SCHEMA public CASCADE")
            connection.execute("CREATE SCHEMA public")
    script = (
        "import sys; from storage_plugin.database.engine import Database;"
        "from storage_plugin.database.migrate import migrate, check_schema;"
        "d = Database.open(sys.argv[1]); migrate(d); check_schema(d)"
    )
    started = [subprocess.Popen([sys.executable, "-c", script, url], stderr=subprocess.PIPE) for _ in range(2)]
    assert [(child.communicate(timeout=120)[1], child.returncode) for child in started] == [(b"", 0)] * 2
    database = Database.open(url)
    with database.reading() as reading:
        assert reading.exec_driver_sql("SELECT count(*) FROM book").scalar() == 1
    database.close()


def test_lists_are_sorted_after_an_upgrade_as_if_contacts_were_new(database: Database, tmp_path: Path) -> None:
    contacts = SqlContacts(database, 1)
    for name, company in (("Åse Ågård", "Ærø"), ("Anna Müller", "")):
        given, family = name.split()
        contacts.save(Contact(name, given_name=given, family_name=family, company=company), Origin("cli"))
    made = _sort_keys(database)
    assert made["name_nordic"] == ["}g}rd }se", "myller anna"]
    with database.engine.connect() as connection, connection.begin():
        for name in made:
            connection.exec_driver_sql(f"ALTER TABLE search DROP COLUMN {name}")
        connection.exec_driver_sql('ALTER TABLE "user" DROP COLUMN language')
        connection.exec_driver_sql('ALTER TABLE "user" DROP COLUMN sets_filter')
        connection.exec_driver_sql('ALTER TABLE "user" DROP COLUMN browser_language')
        connection.exec_driver_sql("ALTER TABLE device DROP COLUMN epoch")
        connection.exec_driver_sql("DROP TABLE web_session")
        connection.exec_driver_sql("DROP TABLE distinct_pair")
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '0001'")
    migrate(database, tmp_path)
    assert _sort_keys(database) == made


def _sort_keys(database: Database) -> dict[str, list[str]]:
    names = [column.name for column in search.columns if column.name.startswith(("name_", "company_"))]
    with database.reading() as connection:
        rows = connection.execute(select(search).order_by(search.c.contact_id)).mappings().all()
    return {name: [row[name] for row in rows] for name in names}
