"""Triggers that let people write with plain SQL: they note which contact was touched, and keep what is deleted.

A trigger never numbers a change (that would block phones behind an open transaction, and deadlock): it only inserts
the contact's id into ``touched``, or moves a deleted contact to ``trash`` without a number; ``drain`` does the rest.
The card still holds the record as it was, so that no trigger has to copy an old version. Our own writers keep card
and columns together themselves and are told apart by a mark that only their transaction sees: the row ``writing``
on SQLite (there is one writer at a time), a transaction setting on PostgreSQL.

The sqlite3 shell has foreign keys switched off: the triggers refuse orphans and delete children themselves. REPLACE
deletes there without firing a trigger: the row which gives way is kept in ``trash`` before it is known whether it
does (an UPSERT may follow), ``writing.replaced`` remembers it, and its children go when it is gone; ``drain`` drops
such a note of a contact that is still there.

On PostgreSQL no trigger takes a lock that the statement would not take anyway, but for the children of a contact
which is about to be deleted, and those go next: two people at psql meet no deadlock that is not their own.
Rows written with an id of the writer's own choice move the sequence, so that nobody runs into them later.
"""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, Table

from storage_plugin.database.schema import (
    CHILDREN,
    card,
    contact,
    custom_value,
    number_alias,
    record_field,
    record_type,
    search,
)

OWN_COLUMNS = ("id", "contact_id")
TOUCHING: tuple[Table, ...] = (*CHILDREN.values(), custom_value)
"""The child tables whose rows show in the card or are looked at by a filter."""


def statements(dialect: str) -> list[str]:
    """Give the DDL of all triggers for the SQLAlchemy dialect ``sqlite`` or ``postgresql``."""
    return list(_sqlite() if dialect == "sqlite" else _postgresql())


def renewal(connection: Connection) -> Iterator[str]:
    """Give the DDL that makes all triggers anew, whatever earlier versions left."""
    if connection.dialect.name == "sqlite":
        names = connection.exec_driver_sql("SELECT name FROM sqlite_master WHERE type = 'trigger'").scalars().all()
        yield from (f'DROP TRIGGER "{name}"' for name in names)
    else:
        known = "SELECT proname FROM pg_proc WHERE starts_with(proname, 'contact_bridge_')"
        names = connection.exec_driver_sql(f"{known} AND pg_function_is_visible(oid)").scalars().all()
        yield from (f"DROP FUNCTION {name}() CASCADE" for name in names)
        yield from (
            f"DROP TRIGGER IF EXISTS {table.name}_refuse ON {table.name}"
            for table in (contact, *TOUCHING, number_alias)
        )
    yield from statements(connection.dialect.name)


def _columns(table: Table) -> list[str]:
    return [column.name for column in table.columns if column.name not in OWN_COLUMNS]


def _row_as_json(table: Table, alias: str, function: str) -> str:
    pairs = ", ".join(f"'{name}', {alias}.{name}" for name in _columns(table))
    return f"{function}({pairs})"


def _trash_insert(
    row: str, now: str, json_object: str, json_array: str, source: str = "(SELECT 1) one", lock: str = ""
) -> str:
    """Make the INSERT that keeps all that is known of a contact which is about to be deleted.

    ``row`` is the contact: ``OLD``, or the alias of ``contact`` in ``source``, which may end in a condition.
    """
    lists = ", ".join(
        f"'{name}', (SELECT {json_array}({_row_as_json(table, 'x', json_object)}) FROM"
        f" (SELECT * FROM {table.name} WHERE contact_id = {row}.id ORDER BY position, id{lock}) x)"
        for name, table in CHILDREN.items()
    )
    custom = (
        f"(SELECT {json_array}({json_object}('field_id', v.field_id, 'value', v.value))"
        f" FROM (SELECT * FROM custom_value WHERE contact_id = {row}.id{lock}) v)"
    )
    aliases = (
        f"(SELECT {json_array}({json_object}('customer_number', n.customer_number, 'source', n.source))"
        f" FROM number_alias n WHERE n.contact_id = {row}.id)"
    )
    columns = (
        f"{json_object}('contact', {_row_as_json(contact, row, json_object)}, 'custom_values', {custom},"
        f" 'number_aliases', {aliases}, 'lists', {json_object}({lists}))"
    )
    table, where, condition = source.partition(" WHERE ")
    return (
        "INSERT INTO trash (contact_id, book_id, audience, href, uid, vcard_version, revision, since_number,"
        f" deleted_at, record, columns, text) SELECT {row}.id, {row}.book_id,"
        f" COALESCE(c.audience, {row}.owner_id, 0), COALESCE(c.href, ''), COALESCE(c.uid, ''),"
        f" COALESCE(c.vcard_version, '3.0'), COALESCE(c.revision, 0), COALESCE(c.since_number, 0), {now},"
        f" c.record, {columns}, COALESCE(c.text, '') FROM {table} LEFT JOIN card c ON c.contact_id = {row}.id"
        f"{where}{condition}"
    )


_TYPED = (
    (
        record_type,
        "name, base",
        "INSERT INTO touched (contact_id) SELECT id FROM contact WHERE record_type_id = NEW.id",
    ),
    (
        record_field,
        "name",
        "INSERT INTO touched (contact_id) SELECT contact_id FROM custom_value WHERE field_id = NEW.id",
    ),
)
"""What a type is called and built on shows in filters and says who may see a record: all its records are touched."""


# --- SQLite -----------------------------------------------------------------------------------------------------

_PLAIN = "(SELECT active FROM writing) = 0"
_STAYS = "a contact keeps its id and its book: insert a new one there instead"
_GONE = tuple(table.name for table in (search, card, *TOUCHING, number_alias))


def _sqlite() -> Iterator[str]:
    yield (
        "CREATE TABLE IF NOT EXISTS writing"
        " (id INTEGER PRIMARY KEY CHECK (id = 1), active INTEGER NOT NULL, replaced INTEGER)"
    )
    yield "INSERT OR IGNORE INTO writing VALUES (1, 0, NULL)"
    yield from _sqlite_contact()
    yield from _sqlite_replacing()
    for table in TOUCHING:
        yield from _sqlite_child(table)
    for table, of, touched in _TYPED:
        yield _sqlite_trigger(table.name, f"AFTER UPDATE OF {of}", touched, name=f"{table.name}_touch")
    for when in ("INSERT", "UPDATE"):
        yield _sqlite_trigger(number_alias.name, f"AFTER {when}", _must_exist("contact_id", "contact", "contact"))


def _sqlite_contact() -> Iterator[str]:
    links = [
        _must_exist("book_id", "book", "book"),
        _must_exist("owner_id", '"user"', "user"),
        _must_exist("record_type_id", "record_type", "record type"),
        _must_exist("account_id", "contact", "account"),
    ]
    yield _sqlite_trigger("contact", "AFTER INSERT", *links, _touch("NEW.id"))
    yield _sqlite_trigger("contact", "AFTER UPDATE", *links, _touch("NEW.id"), when_also=_differs(contact))
    yield (
        "CREATE TRIGGER contact_stays BEFORE UPDATE OF id, book_id ON contact"
        f" WHEN NEW.id IS NOT OLD.id OR NEW.book_id IS NOT OLD.book_id BEGIN SELECT RAISE(ABORT, '{_STAYS}'); END"
    )
    unlink = "UPDATE contact SET account_id = NULL WHERE account_id = OLD.id"
    gone = [f"DELETE FROM {name} WHERE contact_id = OLD.id" for name in _GONE]
    yield _sqlite_trigger("contact", "BEFORE DELETE", *_sqlite_keep("OLD"), _touch("OLD.id"), *gone, unlink)


def _sqlite_keep(row: str) -> tuple[str, str]:
    now = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')"
    forget = f"DELETE FROM trash WHERE contact_id = {row}.id"
    return forget, _trash_insert(row, now, "json_object", "json_group_array")


def _sqlite_replacing() -> Iterator[str]:
    """Keep a contact that REPLACE may take away for its customer number, and clear up after it."""
    same = "r.book_id = NEW.book_id AND r.customer_number = NEW.customer_number AND r.id IS NOT NEW.id"
    moved = (
        f"SELECT RAISE(ABORT, '{_STAYS}') WHERE EXISTS"
        " (SELECT 1 FROM contact WHERE id = NEW.id AND book_id IS NOT NEW.book_id)"
    )
    yield _sqlite_trigger("contact", "BEFORE INSERT", moved, name="contact_stays_too")
    forget = f"DELETE FROM trash WHERE contact_id = (SELECT r.id FROM contact r WHERE {same})"
    now = "strftime('%Y-%m-%dT%H:%M:%fZ', 'now')"
    keep = _trash_insert("r", now, "json_object", "json_group_array", f"contact r WHERE {same}")
    touch = f"INSERT INTO touched (contact_id) SELECT r.id FROM contact r WHERE {same}"
    note = f"UPDATE writing SET replaced = (SELECT r.id FROM contact r WHERE {same})"
    replaced = "(SELECT w.replaced FROM writing w WHERE NOT EXISTS (SELECT 1 FROM contact r WHERE r.id = w.replaced))"
    clear = [f"DELETE FROM {name} WHERE contact_id = {replaced}" for name in _GONE]
    unlink = f"UPDATE contact SET account_id = NULL WHERE account_id = {replaced}"
    for what in ("INSERT", "UPDATE OF customer_number"):
        rivals = f"EXISTS (SELECT 1 FROM contact r WHERE {same})"
        before, after = f"contact_may_replace_by_{what[:6].lower()}", f"contact_has_replaced_by_{what[:6].lower()}"
        yield _sqlite_trigger("contact", f"BEFORE {what}", forget, keep, touch, note, name=before, when_also=rivals)
        left = "(SELECT replaced FROM writing) IS NOT NULL"
        end = "UPDATE writing SET replaced = NULL"
        yield _sqlite_trigger("contact", f"AFTER {what}", *clear, unlink, end, name=after, when_also=left)


def _sqlite_child(table: Table) -> Iterator[str]:
    exists = [_must_exist("contact_id", "contact", "contact")]
    if table is custom_value:
        exists.append(_must_exist("field_id", "record_field", "field"))
    rival = f"(SELECT contact_id FROM {table.name} WHERE id = NEW.id)"
    given = f"EXISTS (SELECT 1 FROM {table.name} WHERE id = NEW.id)"
    for what, when in (("INSERT", given), ("UPDATE", f"NEW.id IS NOT OLD.id AND {given}")):
        name = f"{table.name}_may_replace_by_{what.lower()}"
        yield _sqlite_trigger(table.name, f"BEFORE {what}", _touch(rival), name=name, when_also=when)
    yield _sqlite_trigger(table.name, "AFTER INSERT", *exists, _touch("NEW.contact_id"))
    both = (_touch("NEW.contact_id"), _touch("OLD.contact_id"))
    yield _sqlite_trigger(table.name, "AFTER UPDATE", *exists, *both, when_also=_differs(table))
    yield _sqlite_trigger(table.name, "AFTER DELETE", _touch("OLD.contact_id"))


def _sqlite_trigger(table: str, when: str, *body: str, name: str = "", when_also: str = "") -> str:
    name = name or f"{table}_{when.lower().replace(' ', '_')}"
    condition = f"{_PLAIN} AND {when_also}" if when_also else _PLAIN
    return f"CREATE TRIGGER {name} {when} ON {table} WHEN {condition} BEGIN {'; '.join(body)}; END"


def _differs(table: Table) -> str:
    """Make the condition that an UPDATE changed the row: one that did not is nobody's business."""
    return "(" + " OR ".join(f"NEW.{column.name} IS NOT OLD.{column.name}" for column in table.columns) + ")"


def _must_exist(column: str, table: str, noun: str) -> str:
    return (
        f"SELECT RAISE(ABORT, 'there is no {noun} with this {column}') WHERE NEW.{column} IS NOT NULL"
        f" AND NOT EXISTS (SELECT 1 FROM {table} t WHERE t.id = NEW.{column})"
    )


def _touch(contact_id: str) -> str:
    return (
        f"INSERT INTO touched (contact_id) SELECT {contact_id}"
        f" WHERE NOT EXISTS (SELECT 1 FROM touched WHERE contact_id = {contact_id})"
    )


# --- PostgreSQL -------------------------------------------------------------------------------------------------

_OURS = "current_setting('contact_bridge.writer', true) = 'on'"


def _postgresql() -> Iterator[str]:
    yield _postgresql_function("contact_touch", f"{_SAME} INSERT INTO touched (contact_id) VALUES (NEW.id);", "NULL")
    yield _postgresql_function(
        "contact_stay",
        f"IF NEW.id <> OLD.id OR NEW.book_id <> OLD.book_id THEN RAISE EXCEPTION '{_STAYS}'; END IF;",
        "NEW",
    )
    now = "to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.MS\"Z\"')"
    keep = _trash_insert("OLD", now, "jsonb_build_object", "jsonb_agg", lock=" FOR UPDATE")
    yield _postgresql_function(
        "contact_trash",
        f"DELETE FROM trash WHERE contact_id = OLD.id; {keep}; INSERT INTO touched (contact_id) VALUES (OLD.id);",
        "OLD",
    )
    yield _postgresql_function("child_touch", _TOUCH_CONTACT, "NULL")
    yield _postgresql_function("own_id", _OWN_ID, "NULL")
    yield (
        "CREATE FUNCTION contact_bridge_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        " RAISE EXCEPTION 'TRUNCATE would pass by the deleted items: use DELETE'; END $$"
    )
    yield _postgresql_trigger("contact", "AFTER INSERT OR UPDATE", "contact_touch")
    yield _postgresql_trigger("contact", "BEFORE UPDATE", "contact_stay")
    yield _postgresql_trigger("contact", "BEFORE DELETE", "contact_trash")
    for table in TOUCHING:
        yield _postgresql_trigger(table.name, "AFTER INSERT OR UPDATE OR DELETE", "child_touch")
    for table, of, touched in _TYPED:
        yield _postgresql_function(f"{table.name}_touch", f"{touched};", "NULL")
        yield _postgresql_trigger(table.name, f"AFTER UPDATE OF {of}", f"{table.name}_touch")
    for table in (contact, *TOUCHING, number_alias):
        yield _postgresql_trigger(table.name, "AFTER INSERT OR UPDATE OF id", "own_id")
        yield (
            f"CREATE TRIGGER {table.name}_refuse BEFORE TRUNCATE ON {table.name}"
            " FOR EACH STATEMENT EXECUTE FUNCTION contact_bridge_refuse()"
        )


_SAME = "IF TG_OP = 'UPDATE' AND NEW IS NOT DISTINCT FROM OLD THEN RETURN NULL; END IF;"
"""An UPDATE that changes nothing is nobody's business."""

_TOUCH_CONTACT = f"""
  {_SAME}
  IF TG_OP <> 'DELETE' THEN INSERT INTO touched (contact_id) VALUES (NEW.contact_id); END IF;
  IF TG_OP = 'DELETE' OR (TG_OP = 'UPDATE' AND NEW.contact_id <> OLD.contact_id) THEN
    INSERT INTO touched (contact_id) VALUES (OLD.contact_id);
  END IF;
"""

_OWN_ID = """
  IF NEW.id > COALESCE(pg_sequence_last_value(pg_get_serial_sequence(TG_RELID::regclass::text, 'id')::regclass), 0)
  THEN PERFORM setval(pg_get_serial_sequence(TG_RELID::regclass::text, 'id'), NEW.id);
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
