"""Edits on which two sides disagreed, and edits that a user may only propose: kept with both versions."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, insert

from storage_plugin.database.raw_writes import run
from storage_plugin.database.schema import conflict
from storage_plugin.model.book import Origin
from storage_plugin.vcard.merge import FieldConflict

_CONFLICT = insert(conflict)


def note_conflict(
    connection: Connection,
    book_id: int,
    contact_id: int | None,
    kind: str,
    at: str,
    by: Origin,
    *,
    ours: str | None,
    theirs: str | None,
    fields: Sequence[FieldConflict] = (),
) -> None:
    """Keep a disagreement; ``kind`` is "merge", "unseen" (the device's base is not known), "proposal" or "mirror"."""
    said: list[dict[str, Any]] = [
        {"field": f.field, "ours": f.server_value, "theirs": f.client_value} for f in fields
    ]
    values = {
        "book_id": book_id,
        "contact_id": contact_id,
        "kind": kind,
        "at": at,
        "user_id": by.user_id,
        "device_id": by.device_id,
        "run_id": by.run_id,
        "fields": json.dumps(said, ensure_ascii=False) if said else None,
        "ours": ours,
        "theirs": theirs,
    }
    run(connection, _CONFLICT, values)
