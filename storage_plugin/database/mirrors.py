"""The mirrors of an installation: each user has one at most, into one folder (BCM-32).

``settings`` are the target's and the engine's own (JSON); tokens and passwords are kept apart from them, encrypted.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from storage_plugin.database.engine import Database
from storage_plugin.database.faults import retried
from storage_plugin.database.leases import Lease, hold_lease
from storage_plugin.database.mirror_schema import failure, journal, link, mirror
from storage_plugin.database.schema import book, installation, user
from storage_plugin.database.vault import Vault
from storage_plugin.model.book import ChangeNumber, ContactId, NotFound, Refused
from storage_plugin.model.mirror import Stamp


class State(StrEnum):
    """How a mirror stands; all but ``ON`` and ``STOPPED`` have a reason, one sentence.

    ``ASKING``: the guard stopped a run, somebody must say yes. ``FAILED``: it does not work until somebody acts.
    ``STOPPING``: its end was begun and is not finished; it is not run any more, and must be stopped again.
    ``UNDOING``: a run is being taken back, and that is not finished; it is not run until it is.
    ``SWITCHING``: the same of its user's switch to another book, which must be asked for again.
    """

    STOPPED = "stopped"
    ON = "on"
    ASKING = "asking"
    FAILED = "failed"
    STOPPING = "stopping"
    UNDOING = "undoing"
    SWITCHING = "switching"


@dataclass(frozen=True, slots=True)
class Mirror:
    """One user's mirror.

    ``cursor`` (the target's) and ``number`` (ours) say up to where the last run has read both sides; None: from the
    beginning. ``view`` is the fingerprint of the user's view at that run. ``leased_until`` is UTC, ISO 8601.
    """

    id: int
    user_id: int
    user: str
    book_id: int
    target: str
    folder: str
    state: State
    reason: str
    cursor: str | None
    number: ChangeNumber | None
    view: str
    leased_by: str
    leased_until: str
    installation_key: str
    book_key: str
    settings: Mapping[str, Any] = field(default_factory=dict)

    def stamp(self, contact: ContactId) -> Stamp:
        """Give the identity of a record in this mirror's items.

        A restored backup is another book: its ids may be given anew, to other people.
        """
        return Stamp(self.installation_key, self.book_key, contact)


_MIRROR: Any = bindparam("mirror")
_SELECT = (
    select(
        *(column for column in mirror.c if column.name != "secrets"),
        user.c.name.label("user"),
        book.c.key.label("book_key"),
        installation.c.key.label("installation_key"),
    )
    .join_from(mirror, user, user.c.id == mirror.c.user_id)
    .join(book, book.c.id == mirror.c.book_id)
    .join(installation, installation.c.id == 1)
    .order_by(mirror.c.id)
)
_BY_ID = _SELECT.where(mirror.c.id == _MIRROR)
_BY_USER = _SELECT.where(mirror.c.user_id == bindparam("user"))
_SECRETS = select(mirror.c.secrets, mirror.c.user_id).where(mirror.c.id == _MIRROR)


class Mirrors:
    """Make, read, change and remove mirrors; ``vault`` is needed for their secrets alone."""

    def __init__(self, database: Database, vault: Vault | None = None) -> None:
        self._database = database
        self._vault = vault

    # --- reading ---

    @retried
    def all(self) -> list[Mirror]:
        """Read all mirrors of the installation."""
        with self._database.reading() as connection:
            return [_mirror(row) for row in connection.execute(_SELECT)]

    @retried
    def get(self, mirror_id: int) -> Mirror:
        """Read a mirror; raise NotFound."""
        with self._database.reading() as connection:
            return _get(connection, mirror_id)

    @retried
    def of_user(self, user_id: int) -> Mirror | None:
        """Read the mirror of a user; None while there is none."""
        with self._database.reading() as connection:
            row = connection.execute(_BY_USER, {"user": user_id}).first()
            return None if row is None else _mirror(row)

    # --- changing ---

    @retried
    def create(
        self, user_id: int, target: str, *, folder: str = "", settings: Mapping[str, Any] | None = None
    ) -> Mirror:
        """Make the mirror of a user's active book, stopped; raise NotFound, or Refused where there is one already."""
        with self._database.writing() as connection:
            book_id = connection.execute(select(user.c.book_id).where(user.c.id == user_id)).scalar()
            if book_id is None:
                raise NotFound(f"there is no user {user_id}")
            if connection.execute(_BY_USER, {"user": user_id}).first():
                raise Refused("there is a mirror already, and only one folder can be used at a time: change it")
            values = {"user_id": user_id, "book_id": book_id, "target": target, "folder": folder or None}
            values["settings"] = _json(settings or {})
            key = connection.execute(insert(mirror).returning(mirror.c.id), values).scalar_one()
            return _get(connection, key)

    @retried
    def configure(
        self,
        mirror_id: int,
        *,
        target: str | None = None,
        folder: str | None = None,
        settings: Mapping[str, Any] | None = None,
    ) -> Mirror:
        """Change what is given of target, folder and (as a whole) settings; raise NotFound."""
        said = {"target": target, "folder": folder, "settings": None if settings is None else _json(settings)}
        return self._change(mirror_id, {name: value for name, value in said.items() if value is not None})

    def set_state(self, mirror_id: int, state: State, reason: str = "") -> Mirror:
        """Say how a mirror stands, and why in one sentence; raise NotFound."""
        return self._change(mirror_id, {"state": state.value, "reason": reason or None})

    @retried
    def reached(self, lease: Lease, *, cursor: str | None, number: ChangeNumber | None, view: str) -> None:
        """Say up to where both sides are synchronised (``our_side.Since``); raise LeaseLost."""
        with self._database.writing() as connection:
            hold_lease(connection, lease)
            _update(connection, lease.mirror_id, {"cursor": cursor, "number": number, "view": view or None})

    @retried
    def start_over(self, mirror_id: int, *, book_id: int | None = None) -> Mirror:
        """Forget links, journal, failures and how far both sides are; in another book, if one is given.

        The items in the folder are left as they are: what was created there must be removed before, or stay.
        """
        with self._database.writing() as connection:
            for table in (link, journal, failure):
                connection.execute(delete(table).where(table.c.mirror_id == mirror_id))
            values = {"cursor": None, "number": None, "view": None}
            _update(connection, mirror_id, values | ({"book_id": book_id} if book_id is not None else {}))
            return _get(connection, mirror_id)

    @retried
    def remove(self, mirror_id: int) -> None:
        """Remove a mirror with its secrets; raise Refused while it has links, since its items would stay for ever."""
        with self._database.writing() as connection:
            if connection.execute(select(link.c.contact_id).where(link.c.mirror_id == mirror_id).limit(1)).first():
                raise Refused("the folder still holds what was mirrored: stop the mirror first")
            connection.execute(delete(mirror).where(mirror.c.id == mirror_id))

    @retried
    def _change(self, mirror_id: int, values: dict[str, Any]) -> Mirror:
        with self._database.writing() as connection:
            _update(connection, mirror_id, values)
            return _get(connection, mirror_id)

    # --- secrets ---

    @retried
    def secrets(self, mirror_id: int) -> dict[str, str]:
        """Read tokens and passwords; empty while there are none. Raises NotFound, VaultError."""
        with self._database.reading() as connection:
            row = connection.execute(_SECRETS, {"mirror": mirror_id}).first()
        if row is None:
            raise NotFound(f"there is no mirror {mirror_id}")
        return self._opened_vault.unlock(_owner(row.user_id), row.secrets) if row.secrets else {}

    @retried
    def keep_secrets(self, mirror_id: int, secrets: Mapping[str, str]) -> None:
        """Keep tokens and passwords, encrypted, in place of those before; raise NotFound."""
        with self._database.writing() as connection:
            locked = self._opened_vault.lock(_owner(_get(connection, mirror_id).user_id), secrets)
            _update(connection, mirror_id, {"secrets": locked if secrets else None})

    @property
    def _opened_vault(self) -> Vault:
        assert self._vault is not None, "secrets need the vault"
        return self._vault


def _owner(user_id: int) -> str:
    return f"user:{user_id}"


def _get(connection: Connection, mirror_id: int) -> Mirror:
    row = connection.execute(_BY_ID, {"mirror": mirror_id}).first()
    if row is None:
        raise NotFound(f"there is no mirror {mirror_id}")
    return _mirror(row)


def _update(connection: Connection, mirror_id: int, values: dict[str, Any]) -> None:
    if values and connection.execute(update(mirror).where(mirror.c.id == mirror_id).values(values)).rowcount == 0:
        raise NotFound(f"there is no mirror {mirror_id}")


def _json(settings: Mapping[str, Any]) -> str:
    return json.dumps(dict(settings), ensure_ascii=False, sort_keys=True)


def _mirror(row: Any) -> Mirror:
    return Mirror(
        id=row.id,
        user_id=row.user_id,
        user=row.user,
        book_id=row.book_id,
        target=row.target,
        folder=row.folder or "",
        state=State(row.state),
        reason=row.reason or "",
        cursor=row.cursor,
        number=row.number,
        view=row.view or "",
        leased_by=row.leased_by or "",
        leased_until=row.leased_until or "",
        installation_key=row.installation_key,
        book_key=row.book_key,
        settings=json.loads(row.settings or "{}"),
    )
