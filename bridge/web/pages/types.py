"""Record types of the firm's own, with fields of their own (BCM-39, BCM-41)."""

from __future__ import annotations

from bridge.web.answers import Answer, Page, Redirect
from bridge.web.routes import Access, Route
from bridge.web.visit import Visit
from storage_plugin.database.record_types import BUILT_IN, RecordTypes
from storage_plugin.model.book import Refused
from storage_plugin.model.record_type import Base, Field, FieldKind, RecordType, choices_of

ROWS = 4
"""Fields that a new type can be given at once; more can be added to it."""


def index(visit: Visit) -> Answer:
    """List the types with their fields."""
    kinds = {
        FieldKind.TEXT: visit._("Text"),
        FieldKind.NUMBER: visit._("Number"),
        FieldKind.DATE: visit._("Date"),
        FieldKind.CHOICE: visit._("Choice"),
    }
    return Page("types.html", {"types": _types(visit).list(), "kinds": kinds, "built_in": BUILT_IN, "rows": ROWS})


def add(visit: Visit) -> Answer:
    """Add a type with the fields whose rows are filled."""
    name, base = visit.form.get("name"), visit.form.get("base")
    if base not in list(Base):
        raise Refused(visit._("Say whether it is a person or a company."))
    rows = zip(visit.form.all("field"), visit.form.all("kind"), visit.form.all("choices"), strict=False)
    fields = tuple(_field(visit, *row) for row in rows if row[0])
    _types(visit).add(RecordType(name, Base(base), fields))
    return Redirect("/types", visit._("%(name)s is a record type now.", name=name))


def rename(visit: Visit) -> Answer:
    """Give a type another name."""
    old, new = visit.form.get("old"), visit.form.get("new")
    _types(visit).rename(old, new)
    return Redirect("/types", visit._("%(old)s is called %(new)s now.", old=old, new=new))


def add_field(visit: Visit) -> Answer:
    """Give a type one field more."""
    type_, name = visit.form.get("type"), visit.form.get("field")
    _types(visit).add_field(type_, _field(visit, name, visit.form.get("kind"), visit.form.get("choices")))
    return Redirect("/types", visit._("%(type)s has the field %(name)s now.", type=type_, name=name))


def _field(visit: Visit, name: str, kind: str, choices: str) -> Field:
    if kind not in list(FieldKind):
        raise Refused(visit._("Say what the field %(name)s may hold.", name=name))
    return Field(name, FieldKind(kind), choices_of(choices))


def _types(visit: Visit) -> RecordTypes:
    return RecordTypes(visit.database, visit.who.book_id)


ROUTES = [
    Route("GET", "/types", index, Access.ADMINISTRATOR),
    Route("POST", "/types/add", add, Access.ADMINISTRATOR),
    Route("POST", "/types/rename", rename, Access.ADMINISTRATOR),
    Route("POST", "/types/add-field", add_field, Access.ADMINISTRATOR),
]
