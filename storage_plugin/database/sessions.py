"""Who is signed in on the web page: sessions in the database, so that each can be ended at once, everywhere.

A session's token has 256 random bits and lives in a cookie; only its SHA-256 is stored. A session ends fourteen days
after its last use, and ninety days after it began.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from sqlalchemy import ColumnElement, delete, func, insert, or_, select, update

from storage_plugin.database.engine import Database
from storage_plugin.database.faults import retried
from storage_plugin.database.schema import user
from storage_plugin.database.web_schema import web_session
from storage_plugin.database.writing import now
from storage_plugin.model.book import NotFound

IDLE = timedelta(days=14)
LONGEST = timedelta(days=90)
_NOTED_EVERY = timedelta(minutes=5)


@dataclass(frozen=True, slots=True)
class Session:
    """A session as found by its token: whose it is, and in which language he or she reads ("" for the browser's)."""

    id: int
    user: str
    language: str
    said: str


@dataclass(frozen=True, slots=True)
class SessionRow:
    """A session as listed; times in UTC, ISO 8601."""

    id: int
    created_at: str
    used_at: str
    address: str
    agent: str


class Sessions:
    """The sessions of an installation."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @retried
    def start(self, user_name: str, address: str, agent: str, language: str = "") -> str:
        """Begin a session and give its token, which cannot be read again; raise NotFound.

        ``language`` is that of the browser: its user is written to in it, unless another one is chosen.
        """
        token = secrets.token_urlsafe(32)
        at = now()
        with self._database.writing() as connection:
            key = connection.execute(select(user.c.id).where(user.c.name == user_name)).scalar()
            if key is None:
                raise NotFound(f"there is no user {user_name}")
            connection.execute(delete(web_session).where(_is_over()))
            values = {"user_id": key, "token_sha256": _digest(token), "created_at": at, "used_at": at}
            connection.execute(insert(web_session), values | {"address": address, "agent": agent[:200]})
            if language:
                connection.execute(update(user).where(user.c.id == key).values(browser_language=language))
        return token

    @retried
    def find(self, token: str) -> Session | None:
        """Find the session of a token; None when there is none any more."""
        columns = (web_session.c.id, user.c.name, user.c.language, web_session.c.said, web_session.c.used_at)
        statement = select(*columns).join_from(web_session, user).where(web_session.c.token_sha256 == _digest(token))
        with self._database.reading() as connection:
            row = connection.execute(statement.where(~_is_over())).first()
        if row is None:
            return None
        if datetime.now(UTC) - datetime.fromisoformat(row.used_at) > _NOTED_EVERY:
            self._change(row.id, used_at=now())
        return Session(row.id, row.name, row.language or "", row.said or "")

    def say(self, session_id: int, *sentences: str) -> None:
        """Keep what the next page is to tell."""
        self._change(session_id, said=json.dumps(sentences, ensure_ascii=False))

    def was_told(self, session_id: int) -> None:
        """Forget what was told."""
        self._change(session_id, said=None)

    @retried
    def of(self, user_name: str) -> list[SessionRow]:
        """List the sessions of a user, the last used first."""
        columns = ("id", "created_at", "used_at", "address", "agent")
        statement = select(*(web_session.c[name] for name in columns)).join_from(web_session, user)
        statement = statement.where(user.c.name == user_name, ~_is_over()).order_by(web_session.c.used_at.desc())
        with self._database.reading() as connection:
            return [SessionRow(*row) for row in connection.execute(statement)]

    @retried
    def end(self, session_id: int) -> None:
        """End a session; one that has ended already is fine."""
        with self._database.writing() as connection:
            connection.execute(delete(web_session).where(web_session.c.id == session_id))

    @retried
    def end_all(self, user_name: str, but: int | None = None) -> None:
        """End all sessions of a user, but one."""
        whose = select(user.c.id).where(user.c.name == user_name).scalar_subquery()
        statement = delete(web_session).where(web_session.c.user_id == whose)
        with self._database.writing() as connection:
            connection.execute(statement if but is None else statement.where(web_session.c.id != but))

    @retried
    def language(self, user_name: str) -> str:
        """Give the code of the language that a user has chosen, "" for the browser's."""
        with self._database.reading() as connection:
            return connection.execute(select(user.c.language).where(user.c.name == user_name)).scalar() or ""

    @retried
    def set_language(self, user_name: str, code: str) -> None:
        """Choose the language of a user's pages, "" for the browser's."""
        with self._database.writing() as connection:
            connection.execute(update(user).where(user.c.name == user_name).values(language=code or None))

    @retried
    def languages_of(self, addresses: Sequence[str]) -> list[str]:
        """Name the languages in which to write to some e-mail addresses, each once; [] where none is known.

        An address is a user's who goes by it, else that of the administrators.
        """
        code = func.coalesce(user.c.language, user.c.browser_language).label("code")
        with self._database.reading() as connection:
            rows = connection.execute(select(user.c.name, user.c.role, code).order_by(user.c.id)).all()
        named = {row.name.casefold(): row.code for row in rows}
        administrators = [row.code for row in rows if row.role == "administrator"]
        found = [[named[key]] if (key := each.casefold()) in named else administrators for each in addresses]
        return list(dict.fromkeys(code for codes in found for code in codes if code))

    @retried
    def _change(self, session_id: int, **values: str | None) -> None:
        with self._database.writing() as connection:
            connection.execute(update(web_session).where(web_session.c.id == session_id).values(values))


def _is_over() -> ColumnElement[bool]:
    at = datetime.now(UTC)
    return or_(web_session.c.used_at < _text(at - IDLE), web_session.c.created_at < _text(at - LONGEST))


def _text(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()
