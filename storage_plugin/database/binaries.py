"""Drop photos and other large values that nothing refers to any more."""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import Connection, bindparam, delete, func, select

from storage_plugin.database.schema import blob, card, conflict, trash, version
from storage_plugin.vcard.binaries import MARK, refers_to

_TEXTS = (card.c.text, version.c.text, trash.c.text, conflict.c.ours, conflict.c.theirs)
_HELD = select(blob.c.sha256).where(blob.c.sha256.in_(bindparam("keys", expanding=True))).with_for_update()
_DROP = delete(blob).where(blob.c.sha256.in_(bindparam("keys", expanding=True)))
_CHUNK = 500


def drop_unused(connection: Connection, texts: Iterable[str]) -> None:
    """Drop what ``texts`` (just removed) referred to, as far as no other text does.

    The values are locked first: whoever stores a card that refers to one holds it until the commit.
    """
    candidates = {key for text in texts for key in refers_to(text)}
    if not candidates:
        return
    held = _HELD if connection.dialect.name != "sqlite" else None
    for keys in _chunks(sorted(candidates)):
        if held is not None:
            connection.execute(held, {"keys": keys}).all()
    for keys in _chunks(sorted(candidates - _used(connection))):
        connection.execute(_DROP, {"keys": keys})


def _used(connection: Connection) -> set[str]:
    find = func.instr if connection.dialect.name == "sqlite" else func.strpos
    rows = (connection.execute(select(text).where(find(text, MARK) > 0)).scalars() for text in _TEXTS)
    return {key for texts in rows for text in texts for key in refers_to(text)}


def _chunks(keys: list[str]) -> Iterable[list[str]]:
    return (keys[at : at + _CHUNK] for at in range(0, len(keys), _CHUNK))
