"""Triggers that let people write with plain SQL: they note which contact was touched, and keep what is deleted.

A trigger never numbers a change (that would block phones behind an open transaction, and deadlock): it only inserts
the contact's id into ``touched``, or moves a deleted contact to ``trash`` without a number; ``drain`` does the rest.
The card still holds the record as it was, so that no trigger has to copy an old version. Our own writers keep card
and columns together themselves and are told apart by a mark that only their transaction sees: the row ``writing``
on SQLite (there is one writer at a time), a transaction setting on PostgreSQL.

The sqlite3 shell has foreign keys switched off: the triggers refuse orphans and delete children themselves. On
PostgreSQL a plain writer of a child row takes a share lock on its contact, so that a phone's PUT and he wait for
each other instead of undoing each other's work.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Table

from storage_plugin.database.schema import CHILDREN, contact, custom_value, number_alias

OWN_COLUMNS = ("id", "contact_id")
TOUCHING = (*CHILDREN.values(), custom_value)
"""The child tables whose rows show in the card or are looked at by a filter."""


def statements(dialect: str) -> list[str]:
    """Give the DDL of all triggers for the SQLAlchemy dialect ``sqlite`` or ``postgresql``."""
    return list(_sqlite() if dialect == "sqlite" else _postgresql())


def _columns(table: Table) -> list[str]:
    return [column.name for column in table.columns if column.name not in OWN_COLUMNS]


def _row_as_json(table: Table, alias: str, function: str) -> str:
    pairs = ", ".join(f"'{name}', {alias}.{name}" for name in _columns(table))
    return f"{function}({pairs})"


def _trash_insert(row: str, now: str, json_object: str, json_array: str) -> str:
    """Make the INSERT that keeps all that is known of a contact which is about to be deleted."""
    lists = ", ".join(
        f"'{name}', (SELECT {json_array}({_row_as_json(table, 'x', json_object)}) FROM"
        f" (SELECT * FROM {table.name} WHERE contact_id = {row}.id ORDER BY position, id) x)"
        for name, table in CHILDREN.items()
    )
    custom = (
        f"(SELECT {json_array}({json_object}('field_id', v.field_id, 'value', v.value))"
        f" FROM custom_value v WHERE v.contact_id = {row}.id)"
    )
    columns = (
        f"{json_object}('contact', {_row_as_json(contact, row, json_object)}, 'custom_values', {custom},"
        f" 'lists', {json_object}({lists}))"
    )
    return (
        "INSERT INTO trash (contact_id, book_id, audience, href, uid, vcard_version, revision, since_number,"
        f" deleted_at, record, columns, text) SELECT {row}.id, {row}.book_id,"
        f" COALESCE(c.audience, {row}.owner_id, 0), COALESCE(c.href, ''), COALESCE(c.uid, ''),"
        f" COALESCE(c.vcard_version, '3.0'), COALESCE(c.revision, 0), COALESCE(c.since_number, 0), {now},"
        f" c.record, {columns}, COALESCE(c.text, '') FROM (SELECT 1) one LEFT JOIN card c ON c.contact_id = {row}.id"
    )


# --- SQLite -----------------------------------------------------------------------------------------------------

_PLAIN = "(SELECT active FROM writing) = 0"
_STAYS = "a contact keeps its id and its book: insert a new one there instead"


def _sqlite() -> Iterator[str]:
    yield "CREATE TABLE writing (id INTEGER PRIMARY KEY CHECK (id = 1), active INTEGER NOT NULL)"
    yield "INSERT INTO writing VALUES (1, 0)"
    yield _sqlite_trigger("contact", "AFTER INSERT", _touch("NEW.id"))
    yield _sqlite_trigger("contact", "AFTER UPDATE", _touch("NEW.id"))
    yield (
        "CREATE TRIGGER contact_stays BEFORE UPDATE OF id, book_id ON contact"
        f" WHEN NEW.id IS NOT OLD.id OR NEW.book_id IS NOT OLD.book_id BEGIN SELECT RAISE(ABORT, '{_STAYS}'); END"
    )
    now = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')"
    children = ("search", "card", *(table.name for table in (*CHILDREN.values(), custom_value, number_alias)))
    keep = _trash_insert("OLD", now, "json_object", "json_group_array")
    forget = "DELETE FROM trash WHERE contact_id = OLD.id"
    gone = [f"DELETE FROM {name} WHERE contact_id = OLD.id" for name in children]
    yield _sqlite_trigger("contact", "BEFORE DELETE", forget, keep, _touch("OLD.id"), *gone)
    for table in TOUCHING:
        exists = (
            "SELECT RAISE(ABORT, 'there is no contact with this contact_id')"
            " WHERE NOT EXISTS (SELECT 1 FROM contact WHERE id = NEW.contact_id)"
        )
        yield _sqlite_trigger(table.name, "AFTER INSERT", exists, _touch("NEW.contact_id"))
        touch_both = (_touch("NEW.contact_id"), _touch("OLD.contact_id"))
        yield _sqlite_trigger(table.name, "AFTER UPDATE", exists, *touch_both)
        yield _sqlite_trigger(table.name, "AFTER DELETE", _touch("OLD.contact_id"))


def _sqlite_trigger(table: str, when: str, *body: str) -> str:
    name = f"{table}_{when.lower().replace(' ', '_')}"
    return f"CREATE TRIGGER {name} {when} ON {table} WHEN {_PLAIN} BEGIN {'; '.join(body)}; END"


def _touch(contact_id: str) -> str:
    return (
        f"INSERT INTO touched (contact_id) SELECT {contact_id}"
        f" WHERE NOT EXISTS (SELECT 1 FROM touched WHERE contact_id = {contact_id})"
    )


# --- PostgreSQL -------------------------------------------------------------------------------------------------

_OURS = "current_setting('contact_bridge.writer', true) = 'on'"


def _postgresql() -> Iterator[str]:
    now = "to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')"
    keep = _trash_insert("OLD", now, "jsonb_build_object", "jsonb_agg")
    yield _postgresql_function("contact_touch", "INSERT INTO touched (contact_id) VALUES (NEW.id);", "NULL")
    yield _postgresql_function(
        "contact_stay",
        f"IF NEW.id <> OLD.id OR NEW.book_id <> OLD.book_id THEN RAISE EXCEPTION '{_STAYS}'; END IF;",
        "NEW",
    )
    yield _postgresql_function(
        "contact_trash",
        f"DELETE FROM trash WHERE contact_id = OLD.id; {keep}; INSERT INTO touched (contact_id) VALUES (OLD.id);",
        "OLD",
    )
    yield _postgresql_function("child_lock", _LOCK_CONTACT, "CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END")
    yield _postgresql_function("child_touch", _TOUCH_CONTACT, "NULL")
    yield (
        "CREATE FUNCTION contact_bridge_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " RAISE EXCEPTION 'TRUNCATE would pass by the deleted items: use DELETE'; END $$"
    )
    yield _postgresql_trigger("contact", "AFTER INSERT OR UPDATE", "contact_touch")
    yield _postgresql_trigger("contact", "BEFORE UPDATE", "contact_stay")
    yield _postgresql_trigger("contact", "BEFORE DELETE", "contact_trash")
    for table in (contact, *TOUCHING):
        yield (
            f"CREATE TRIGGER {table.name}_refuse BEFORE TRUNCATE ON {table.name}"
            " FOR EACH STATEMENT EXECUTE FUNCTION contact_bridge_refuse()"
        )
    for table in TOUCHING:
        yield _postgresql_trigger(table.name, "BEFORE UPDATE OR DELETE", "child_lock")
        yield _postgresql_trigger(table.name, "AFTER INSERT OR UPDATE OR DELETE", "child_touch")


_LOCK_CONTACT = "PERFORM 1 FROM contact WHERE id = OLD.contact_id FOR KEY SHARE;"

_TOUCH_CONTACT = """
  IF TG_OP <> 'DELETE' THEN INSERT INTO touched (contact_id) VALUES (NEW.contact_id); END IF;
  IF TG_OP = 'DELETE' OR (TG_OP = 'UPDATE' AND NEW.contact_id <> OLD.contact_id) THEN
    INSERT INTO touched (contact_id) VALUES (OLD.contact_id);
  END IF;
"""


def _postgresql_function(name: str, body: str, result: str) -> str:
    early = "CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END"
    return (
        f"CREATE FUNCTION contact_bridge_{name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF {_OURS} THEN RETURN {early}; END IF; {body} RETURN {result}; END $$"
    )


def _postgresql_trigger(table: str, when: str, function: str) -> str:
    return (
        f"CREATE TRIGGER {table}_{function} {when} ON {table}"
        f" FOR EACH ROW EXECUTE FUNCTION contact_bridge_{function}()"
    )
