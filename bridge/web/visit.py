"""What a page is told about the request: who asks for what, in which language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from bridge.web.house import House
from bridge.web.languages import Language
from bridge.web.sentences import sentences
from storage_plugin.database.contacts import SqlContacts
from storage_plugin.database.engine import Database
from storage_plugin.model.book import Origin, Viewer


@dataclass(frozen=True, slots=True)
class Upload:
    """A file that came with a form."""

    name: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Form:
    """The fields of a form or of a query, each perhaps several times."""

    fields: Mapping[str, Sequence[str]] = field(default_factory=dict)
    uploads: Mapping[str, Upload] = field(default_factory=dict)

    def get(self, name: str, default: str = "") -> str:
        """Give the first value of a field, without blanks around it."""
        values = self.fields.get(name)
        return values[0].strip() if values else default

    def all(self, name: str) -> list[str]:
        """Give every value of a field."""
        return [value.strip() for value in self.fields.get(name, ())]

    def has(self, name: str) -> bool:
        """Tell whether a box is checked."""
        return name in self.fields


@dataclass(frozen=True, slots=True)
class Visit:
    """One request. ``parts`` are the words in the path; ``origin`` is ``https://host`` as the browser sees it.

    ``browser`` is what only this browser sends (a digest of its cookie), "" for one without our cookie.
    """

    house: House
    language: Language
    path: str
    origin: str
    address: str
    parts: Mapping[str, str] = field(default_factory=dict)
    query: Form = field(default_factory=Form)
    form: Form = field(default_factory=Form)
    viewer: Viewer | None = None
    session_id: int | None = None
    browser: str = ""
    is_fragment: bool = False

    @property
    def database(self) -> Database:
        """Give the database."""
        return self.house.database

    @property
    def who(self) -> Viewer:
        """Give who is signed in; a route for everybody has nobody."""
        assert self.viewer is not None, "a page for everybody asks who is there"
        return self.viewer

    @property
    def by(self) -> Origin:
        """Give the author of what this visit changes."""
        return Origin("web", self.who.user_id)

    @property
    def contacts(self) -> SqlContacts:
        """Open the book that the visitor sees now."""
        return self.house.contacts(self.who.book_id)

    def _(self, text: str, **values: object) -> str:
        """Say ``text`` in the visitor's language, with ``%(name)s`` filled in."""
        return self.language.said(text, **values)

    def sentence(self, text: str, *, alone: bool = False) -> str:
        """Say in the visitor's language what the code below says; ``alone``: with a capital and a full stop."""
        said = sentences(self.language)
        return said.alone(text) if alone else said(text)
