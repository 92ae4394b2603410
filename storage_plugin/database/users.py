"""Users, their devices and their views; and the sign-in of a device, which is the first step of every request.

Revoking a device takes effect with its next request, in every worker.
"""

from __future__ import annotations

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import and_, bindparam, delete, exists, insert, select, update

from storage_plugin.database import drain
from storage_plugin.database.books import find_book
from storage_plugin.database.engine import Database
from storage_plugin.database.faults import MISSED, retried
from storage_plugin.database.mirror_schema import link, mirror
from storage_plugin.database.passwords import digest, hashed, is_right, new_app_password
from storage_plugin.database.schema import (
    alias,
    book,
    contact,
    device,
    device_sync,
    touched,
    user,
    view,
)
from storage_plugin.database.views import write_view
from storage_plugin.database.visibility import view_from
from storage_plugin.database.writing import now
from storage_plugin.model.book import ChangeNumber, NotFound, Refused, Viewer
from storage_plugin.model.view import View

_USER = (
    user.c.id,
    user.c.name,
    user.c.role,
    book.c.id.label("book_id"),
    book.c.key,
    book.c.number,
    view.c.filter,
    view.c.new_contacts,
    view.c.read_only,
    view.c.show_accounts,
    exists().where(alias.c.user_id == user.c.id).label("has_aliases"),
    exists().select_from(touched).label("is_touched"),
)
_BOOK = book.c.id == user.c.book_id
_VIEW = and_(view.c.user_id == user.c.id, view.c.book_id == user.c.book_id)
_PRESENTED = (
    select(device_sync.c.number)
    .where(device_sync.c.device_id == device.c.id, device_sync.c.book_id == book.c.id)
    .scalar_subquery()
)
_BY_SECRET = (
    select(
        device.c.id.label("device_id"),
        device.c.name.label("device"),
        device.c.writes_v4,
        device.c.epoch,
        device.c.last_used_at,
        _PRESENTED.label("presented"),
        *_USER,
    )
    .join_from(device, user, device.c.user_id == user.c.id)
    .join(book, _BOOK)
    .outerjoin(view, _VIEW)
    .where(
        device.c.secret_sha256 == bindparam("secret"),
        device.c.revoked_at.is_(None),
        user.c.name == bindparam("name"),
    )
)
_BY_NAME = select(*_USER).join_from(user, book, _BOOK).outerjoin(view, _VIEW).where(user.c.name == bindparam("name"))
_USED = update(device).where(device.c.id == bindparam("device")).values(last_used_at=bindparam("at"))
_MIRRORED = select(link.c.contact_id).join_from(link, mirror).where(mirror.c.user_id == bindparam("user")).limit(1)
_USED_EVERY = timedelta(hours=1)
_LONGEST_NAME = 200


@dataclass(frozen=True, slots=True)
class UserRow:
    """One user as listed; ``view`` is that of the active book."""

    id: int
    name: str
    role: str
    book: str
    view: View


@dataclass(frozen=True, slots=True)
class DeviceRow:
    """One device as listed; times as in the tables, "" for never."""

    id: int
    user: str
    name: str
    created_at: str
    last_used_at: str
    revoked_at: str


class Users:
    """The people of an installation and what they hold in their hands."""

    def __init__(self, database: Database) -> None:
        self._database = database

    # --- signing in ---

    @retried
    def sign_in(self, name: str, secret: str) -> Viewer | None:
        """Find the device of an app password; None when there is none. Raises Unavailable.

        Changes that were made with plain SQL are brought into the book first, so that ``Viewer.number`` counts them.
        """
        wanted = {"secret": digest(secret), "name": name}
        row = self._database.glance(_BY_SECRET, wanted)
        if row is not None and row.is_touched:
            drain.drain(self._database)
            row = self._database.glance(_BY_SECRET, wanted)
        if row is None:
            return None
        self._note_use(row)
        known = {"writes_v4": bool(row.writes_v4), "epoch": row.epoch, "presented": row.presented}
        return _viewer(row, device_id=row.device_id, device=row.device, **known)

    @retried
    def viewer(self, name: str) -> Viewer | None:
        """Look at the active book of a user who has proved his or her name elsewhere (LDAP …); None if unknown."""
        row = self._database.glance(_BY_NAME, {"name": name})
        if row is not None and row.is_touched:
            drain.drain(self._database)
            row = self._database.glance(_BY_NAME, {"name": name})
        return None if row is None else _viewer(row)

    def _note_use(self, row: Any) -> None:
        used = row.last_used_at
        if used is None or datetime.now(UTC) - datetime.fromisoformat(used) > _USED_EVERY:
            with suppress(*MISSED), self._database.noting() as connection:  # the next use notes it
                connection.execute(_USED, {"device": row.device_id, "at": now()})

    # --- users ---

    @retried
    def add(self, name: str, password: str | None = None, *, role: str = "coworker", book: str | None = None) -> int:
        """Add a user of a book, the first one unless named; raise NotFound, Refused for a name that cannot be one."""
        if not _is_name(name):
            raise Refused(f"{name[:80]!r} cannot be a user's name: use letters, digits, '.', '-', '_' or '@'")
        with self._database.writing() as connection:
            if connection.execute(select(user.c.id).where(user.c.name == name)).first():
                raise Refused(f"there is a user {name} already")
            key = find_book(connection, book)
            hash_ = hashed(password) if password else None
            values = {"name": name, "password_hash": hash_, "role": role, "book_id": key, "created_at": now()}
            user_id: int = connection.execute(insert(user).returning(user.c.id), values).scalar_one()
            return user_id

    @retried
    def all(self) -> list[UserRow]:
        """List all users by name."""
        columns = (user.c.id, user.c.name, user.c.role, book.c.name.label("book"))
        filters = (view.c.filter, view.c.new_contacts, view.c.read_only, view.c.show_accounts)
        statement = select(*columns, *filters).join_from(user, book, _BOOK).outerjoin(view, _VIEW)
        with self._database.reading() as connection:
            rows = connection.execute(statement.order_by(user.c.name)).all()
        return [UserRow(key, name, role, book_, view_from(*said)) for key, name, role, book_, *said in rows]

    @retried
    def remove(self, name: str) -> None:
        """Remove a user with devices, view and mirror; raise NotFound.

        Refused while he or she owns plain contacts, or the mirrored folder still holds business contacts.
        """
        with self._database.writing() as connection:
            key = self._id(connection, name)
            if connection.execute(select(contact.c.id).where(contact.c.owner_id == key).limit(1)).first():
                raise Refused(f"{name} has plain contacts: promote or delete them first")
            if connection.execute(_MIRRORED, {"user": key}).first():
                raise Refused(f"the folder of {name}'s mirror holds business contacts: stop the mirror first")
            connection.execute(delete(user).where(user.c.id == key))

    @retried
    def set_password(self, name: str, password: str) -> None:
        """Set the web password; raise NotFound."""
        with self._database.writing() as connection:
            key = self._id(connection, name)
            values = {"password_hash": hashed(password)}
            connection.execute(update(user).where(user.c.id == key).values(values))

    @retried
    def verify_password(self, name: str, password: str) -> bool:
        """Check the web password. It takes as long for a name that nobody has, so as not to tell which there are."""
        with self._database.reading() as connection:
            known = connection.execute(select(user.c.password_hash).where(user.c.name == name)).scalar()
        return is_right(password, known)

    # --- devices ---

    @retried
    def add_device(self, user_name: str, name: str) -> str:
        """Make a device and give its app password, which is not kept and cannot be shown again; raise NotFound."""
        secret = new_app_password()
        with self._database.writing() as connection:
            key = self._id(connection, user_name)
            values = {"user_id": key, "name": name, "secret_sha256": digest(secret), "created_at": now()}
            connection.execute(insert(device), values)
        return secret

    @retried
    def devices(self, user_name: str | None = None) -> list[DeviceRow]:
        """List the devices of one user, or of all."""
        times = (device.c.created_at, device.c.last_used_at, device.c.revoked_at)
        statement = select(device.c.id, user.c.name, device.c.name, *times).join_from(device, user)
        if user_name is not None:
            statement = statement.where(user.c.name == user_name)
        with self._database.reading() as connection:
            rows = connection.execute(statement.order_by(user.c.name, device.c.id)).all()
        return [DeviceRow(key, who, name, *(at or "" for at in times)) for key, who, name, *times in rows]

    @retried
    def revoke(self, user_name: str, name: str) -> None:
        """Shut a device out at once, in every worker; raise NotFound."""
        with self._database.writing() as connection:
            mine = and_(device.c.user_id == self._id(connection, user_name), device.c.name == name)
            live = and_(mine, device.c.revoked_at.is_(None))
            if connection.execute(update(device).where(live).values(revoked_at=now())).rowcount == 0:
                raise NotFound(f"{user_name} has no device {name}")

    # --- views ---

    @retried
    def set_view(self, user_name: str, wanted: View) -> None:
        """Set what a user sees and may do in the active book; devices list everything anew. Raise NotFound."""
        with self._database.writing() as connection:
            key = self._id(connection, user_name)
            book_id = connection.execute(select(user.c.book_id).where(user.c.id == key)).scalar_one()
            write_view(connection, key, book_id, wanted)

    def _id(self, connection: Any, name: str) -> int:
        key = connection.execute(select(user.c.id).where(user.c.name == name)).scalar()
        if key is None:
            raise NotFound(f"there is no user {name}")
        return int(key)


def _viewer(row: Any, **device: Any) -> Viewer:
    return Viewer(
        user_id=row.id,
        user=row.name,
        book_id=row.book_id,
        book_key=row.key,
        view=view_from(row.filter, row.new_contacts, row.read_only, row.show_accounts),
        number=ChangeNumber(row.number),
        has_aliases=bool(row.has_aliases),
        is_administrator=row.role == "administrator",
        **device,
    )


def _is_name(name: str) -> bool:
    """Tell whether a name can stand in a path and in a log-in (RFC 7617: no colon, no control character)."""
    is_fit = 0 < len(name) <= _LONGEST_NAME and name.isprintable() and name == name.strip()
    return is_fit and "/" not in name and ":" not in name and not name.startswith(".")
