"""An edit of a member by a device: taken as sent, merged with what others did meanwhile, or only proposed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, and_, bindparam, func, select

from storage_plugin.database.conflicts import note_conflict
from storage_plugin.database.creation import account_named
from storage_plugin.database.device_states import state_of
from storage_plugin.database.history import state_at
from storage_plugin.database.incoming import Base, Columns, Outcome, Sent, columns_of, outcome
from storage_plugin.database.naming import etag_of, name_of, served_version
from storage_plugin.database.raw_writes import value_of
from storage_plugin.database.records import write_children, write_columns
from storage_plugin.database.schema import EVERYONE, NOBODY, blob, card, change, version
from storage_plugin.database.visibility import filters, hide_or_show, subject_of
from storage_plugin.database.writing import bury, change_card, keep_binaries, keep_version, next_number, now
from storage_plugin.model.book import ChangeNumber, Origin, Stored, Viewer
from storage_plugin.vcard.binaries import put_back, refers_to, take_out
from storage_plugin.vcard.mapping import contact_from_vcard
from storage_plugin.vcard.merge import same_but_for_rev

MERGED = "merge"
"""The source of a change by a device that does not know the outcome, since it was merged with what others did."""

_CARD_COLUMNS = tuple(column.name for column in card.columns)
_AUTHOR = select(change.c.device_id).where(
    change.c.book_id == bindparam("book"), change.c.number == bindparam("number"), change.c.source != MERGED
)
_OWN_LAST = (
    select(func.max(version.c.from_number))
    .join(change, and_(change.c.book_id == version.c.book_id, change.c.number == version.c.from_number))
    .where(
        version.c.contact_id == bindparam("contact"),
        version.c.book_id == bindparam("book"),
        change.c.device_id == bindparam("device"),
        change.c.source != MERGED,
    )
)
"""The number at which a device last wrote a card and got it stored as sent: that state it has, told or not."""
_BLOBS = select(blob.c.sha256, blob.c.value).where(blob.c.sha256.in_(bindparam("keys", expanding=True)))


def edit(connection: Connection, viewer: Viewer, row: Mapping[str, Any], sent: Sent, *, is_blind: bool) -> Stored:
    """Store a device's edit of the locked ``card`` row; ``is_blind``: it came without If-Match.

    The answer has an ETag only when the device will be served just what it sent.
    """
    at = now()
    old = {name: row[name] for name in _CARD_COLUMNS}
    if sent.slim == old["text"] and sent.version == old["vcard_version"]:
        return _stored(viewer, sent, old["contact_id"], old["revision"], sent.slim, old["vcard_version"])
    if viewer.view.read_only:
        revert(connection, viewer, row, at, theirs=sent)
        return Stored(False, None)
    base = _base(connection, viewer, old) if is_blind else None
    if base is _UNKNOWN:
        _note(connection, viewer, old, at, "unseen", sent, ())
    result = _outcome(connection, old, sent, None if base is _UNKNOWN else base, is_blind=is_blind)
    if result.conflicts:
        _note(connection, viewer, old, at, "merge", sent, result.conflicts)
    slim, binaries = take_out(result.text)
    keep_binaries(connection, sent.binaries | binaries)
    is_merged = base is not None and base is not _UNKNOWN and slim != sent.slim
    by = replace(viewer.origin, source=MERGED) if is_merged else viewer.origin
    change_text(connection, old, slim, result.version, at, by, read=sent.columns_of(slim))
    return _stored(viewer, sent, old["contact_id"], old["revision"] + 1, slim, result.version)


def change_text(
    connection: Connection,
    old: Mapping[str, Any],
    slim: str,
    version: str,
    at: str,
    by: Origin,
    *,
    read: Columns | None = None,
    **more: Any,
) -> ChangeNumber:
    """Make a locked card say ``slim``, with its columns, its version history and everything that follows.

    ``more`` are other columns of the card that change with it. An account is never linked to an account.
    """
    key, book_id = old["contact_id"], old["book_id"]
    if same_but_for_rev(old["text"], slim) and not more:
        number = next_number(connection, book_id, by, at)
        change_card(
            connection, old, {"text": slim, "revision": old["revision"] + 1, "number": number, "modified_at": at}
        )
        return number
    before, after = contact_from_vcard(old["text"]), read or columns_of(slim)
    relink = {}
    if before.company != after.contact.company and more.get("audience", old["audience"]) != NOBODY:
        relink["account_id"] = account_named(connection, book_id, after.contact.company)
    write_columns(connection, key, before, after.contact, **relink)
    write_children(connection, key, before, after.contact)
    record = more.get("record", old["record"])
    if more.get("audience", old["audience"]) <= EVERYONE:
        among = filters(connection, book_id)
        hide_or_show(connection, key, subject_of(after.contact, record), among, is_new=False)
    number = next_number(connection, book_id, by, at)
    keep_version(connection, old, number)
    numbers = {"revision": old["revision"] + 1, "number": number, "since_number": number}
    change_card(
        connection, old, {"text": slim, "vcard_version": version, "modified_at": at} | numbers | more, after.haystack
    )
    return number


def revert(connection: Connection, viewer: Viewer, row: Mapping[str, Any], at: str, *, theirs: Sent | None) -> None:
    """Keep a read-only user's edit (None: a deletion) as a proposal; a new ETag brings the card back.

    Should the user not see the card any more by then, the device that has written it is told that it is gone.
    """
    old = {name: row[name] for name in _CARD_COLUMNS}
    if theirs is not None:
        keep_binaries(connection, theirs.binaries)
    said = {"ours": old["text"], "theirs": theirs.slim if theirs else None}
    by = viewer.origin
    note_conflict(connection, viewer.book_id, old["contact_id"], "proposal", at, by, **said)
    number = next_number(connection, viewer.book_id, by, at)
    change_card(connection, old, {"revision": old["revision"] + 1, "number": number})
    if theirs is not None:
        bury(connection, viewer, name_of(row), number)


_UNKNOWN = Base("", "")
"""Nobody knows what the device had seen of the card, and somebody else wrote what it overwrites."""


def _base(connection: Connection, viewer: Viewer, old: Mapping[str, Any]) -> Base | None:
    """Find what the device had seen of a card; None when that is what the card says now."""
    seen = state_of(connection, viewer, old["contact_id"])
    if seen is not None and seen >= old["since_number"]:
        return None
    writer = value_of(connection, _AUTHOR, {"book": viewer.book_id, "number": old["since_number"]})
    if writer is not None and writer == viewer.device_id:
        return None
    who = {"device": viewer.device_id, "book": viewer.book_id, "contact": old["contact_id"]}
    wrote = value_of(connection, _OWN_LAST, who)
    if seen is None and wrote is None:
        return _UNKNOWN
    row = state_at(connection, _Row(old), max(number for number in (seen, wrote) if number is not None))
    return _UNKNOWN if row is None else Base(row.text, row.vcard_version)


class _Row:
    """A mapping with its values as attributes, as ``state_at`` reads rows."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self.__dict__.update(values)


def _outcome(
    connection: Connection, old: Mapping[str, Any], sent: Sent, base: Base | None, *, is_blind: bool
) -> Outcome:
    if old["vcard_version"] == sent.version and (base is None or base.version == sent.version):
        slim = Base(sent.slim, sent.version)
        return outcome(Base(old["text"], sent.version), slim, base, is_blind=is_blind)
    stored = Base(_whole(connection, old["text"]), old["vcard_version"])
    whole = None if base is None else Base(_whole(connection, base.text), base.version)
    return outcome(stored, Base(sent.text, sent.version), whole, is_blind=is_blind)


def _whole(connection: Connection, slim: str) -> str:
    keys = refers_to(slim) if "\x1f" in slim else []
    if not keys:
        return slim
    values = {row.sha256: row.value for row in connection.execute(_BLOBS, {"keys": keys})}
    return put_back(slim, values)


def _note(
    connection: Connection, viewer: Viewer, old: Mapping[str, Any], at: str, kind: str, sent: Sent, fields: Any
) -> None:
    said = {"ours": old["text"], "theirs": sent.slim, "fields": fields}
    note_conflict(connection, viewer.book_id, old["contact_id"], kind, at, viewer.origin, **said)


def _stored(viewer: Viewer, sent: Sent, key: int, revision: int, slim: str, version: str) -> Stored:
    writes_v4 = viewer.writes_v4 or sent.version == "4.0"
    as_sent = slim == sent.slim and not sent.is_repaired and served_version(version, writes_v4) == sent.version
    return Stored(False, etag_of("c", key, revision, version, writes_v4) if as_sent else None)
