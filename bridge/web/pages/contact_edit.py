"""Making and editing a contact. What somebody else changed meanwhile is shown, and never overwritten unseen."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from bridge.web.answers import Answer, Page, Redirect
from bridge.web.contact_form import NotADate, entries, lists, read
from bridge.web.field_names import fields, kinds, named, parts
from bridge.web.pages.contact import asked
from bridge.web.pages.contacts import PLAIN, number
from bridge.web.photo_form import FIELD as PHOTO
from bridge.web.photo_form import LARGEST_FORM, WITHOUT, NotTaken, photo_in
from bridge.web.routes import Route
from bridge.web.value_words import worded
from bridge.web.visit import Form, Visit
from storage_plugin.database.differences import FieldChange, told
from storage_plugin.database.record_types import RecordTypes
from storage_plugin.database.viewing import Viewing
from storage_plugin.model.book import NotFound, Precondition, Record, Refused
from storage_plugin.model.contact import FIELDS, LISTS, TEXTS, Contact, display_name
from storage_plugin.model.record_type import BUSINESS_CONTACT, RecordType
from storage_plugin.model.view import NewContacts
from storage_plugin.vcard.mapping import contact_from_vcard

CUSTOM = "custom-"


def new(visit: Visit) -> Answer:
    """Ask for a new contact."""
    _refuse_new(visit)
    return _form(visit, Contact(), {}, None)


def add(visit: Visit) -> Answer:
    """Make a contact: a record of the firm, or one's own."""
    _refuse_new(visit)
    type_ = visit.form.get("type") or _usual(visit)
    is_plain = type_ == PLAIN
    custom = {} if is_plain else _custom(visit.form, {}, _type(visit, type_))
    try:
        who = read(visit.form, Contact())
    except NotADate as error:
        return _form(visit, Contact(), custom, None, problem=_no_date(visit, error))
    if not display_name(who):
        return _form(visit, who, custom, None, problem=visit._("Give a name, a company, an e-mail or a number."))
    try:
        photo = photo_in(visit)
    except NotTaken as error:
        return _form(visit, who, custom, None, problem=str(error))
    own: dict[str, Any] = {"owner_id": visit.who.user_id if is_plain else None, "custom": custom or None}
    try:
        named_type = BUSINESS_CONTACT.name if is_plain else type_
        made = visit.contacts.save(who, visit.by, type=named_type, photo=photo, **own)
    except Refused as refused:
        return _form(visit, who, custom, None, problem=visit.sentence(refused.reason, alone=True))
    return Redirect(f"/contacts/{made.id}", visit._("%(name)s is made.", name=display_name(who)))


def edit(visit: Visit) -> Answer:
    """Show all fields to be changed."""
    record = Viewing(visit.database, visit.who).changeable(asked(visit))
    return _form(visit, record.contact, dict(record.custom), record)


def save(visit: Visit) -> Answer:
    """Change the fields that were touched, and no others."""
    viewing = Viewing(visit.database, visit.who)
    record = viewing.changeable(asked(visit))
    base = _base(viewing, record, number(visit.form.get("revision")))
    custom = _custom(visit.form, base.custom, _type(visit, record.type)) if record.type else {}
    try:
        who = read(visit.form, base.contact)
    except NotADate as error:
        return _form(visit, base.contact, dict(base.custom), base, problem=_no_date(visit, error))
    try:
        photo = photo_in(visit)
    except NotTaken as error:
        return _form(visit, who, {**base.custom, **custom}, base, problem=str(error))
    if record.revision == base.revision:
        known: dict[str, Any] = {"contact_id": record.id, "revision": record.revision}
        try:
            visit.contacts.save(who, visit.by, **known, custom=custom or None, photo=photo)
            return Redirect(f"/contacts/{record.id}", visit._("%(name)s is saved.", name=display_name(who)))
        except Precondition:
            record = viewing.changeable(record.id)
        except Refused as refused:
            return _form(
                visit, who, {**base.custom, **custom}, base, problem=visit.sentence(refused.reason, alone=True)
            )
    mine = _changes(base.contact, who, base.custom, {**base.custom, **custom})
    if photo is not None:
        mine["photo"] = told("photo", base.contact.photo, photo)
    theirs = _changes(base.contact, record.contact, base.custom, record.custom)
    fields_of_mine = [name for name in mine if name in (*FIELDS, *LISTS) and name != "photo"]
    shown: dict[str, Any] = {name: getattr(who, name) for name in fields_of_mine}
    together = _replaced(record.contact, shown)
    return _form(visit, together, {**record.custom, **custom}, record, mine=mine, theirs=theirs, status=409)


def _form(
    visit: Visit,
    who: Contact,
    custom: Mapping[str, str],
    record: Record | None,
    *,
    problem: str = "",
    mine: Mapping[str, FieldChange] | None = None,
    theirs: Mapping[str, FieldChange] | None = None,
    status: int = 200,
) -> Page:
    def in_words(change: FieldChange | None) -> FieldChange | None:
        return worded(visit.language, change) if change else None

    own = _type(visit, record.type) if record and record.type else None
    if record is None and (chosen := visit.form.get("type") or visit.query.get("type")) not in ("", PLAIN):
        own = _type(visit, chosen)
    both = [
        (named(visit.language, name), *(in_words(each.get(name)) for each in (mine or {}, theirs or {})))
        for name in dict.fromkeys([*(mine or ()), *(theirs or ())])
    ]
    shows = {
        "record": record,
        "name": display_name(who),
        "who": who,
        "problem": problem,
        "photo_chosen": PHOTO in visit.form.uploads,
        "photo_removed": visit.form.has(WITHOUT),
        "both": both,
        "texts": [name for name in fields(visit.language) if name in TEXTS and name != "note"],
        "lists": [(name, entries(who, name)) for name in lists()],
        "labels": fields(visit.language),
        "parts": parts(visit.language),
        "kinds": kinds(visit.language),
        "own_fields": own.fields if own else (),
        "custom": custom,
        "types": [each.name for each in RecordTypes(visit.database, visit.who.book_id).list()],
        "chosen": own.name if own else visit.form.get("type") or _usual(visit),
        "plain": PLAIN,
    }
    return Page("contact_edit.html", shows, 409 if problem else status)


def _base(viewing: Viewing, record: Record, revision: int) -> Record:
    """Give the record as the form showed it; as it is now, of another revision, when that is not known any more."""
    if revision == record.revision:
        return record
    try:
        state = viewing.state(record.id, revision)
    except NotFound:
        return replace(record, revision=0)
    own = json.loads(state.record).get("custom", {}) if state.record else {}
    return replace(record, contact=contact_from_vcard(state.text), custom=own, revision=revision)


def _changes(
    old: Contact, new: Contact, old_own: Mapping[str, str], new_own: Mapping[str, str]
) -> dict[str, FieldChange]:
    found = {
        name: told(name, getattr(old, name), getattr(new, name))
        for name in (*FIELDS, *LISTS)
        if getattr(old, name) != getattr(new, name)
    }
    for name in sorted({*old_own, *new_own}):
        was, is_ = old_own.get(name, ""), new_own.get(name, "")
        if was != is_:
            found[f"custom.{name}"] = FieldChange(f"custom.{name}", was, is_)
    return found


def _replaced(who: Contact, changes: dict[str, Any]) -> Contact:
    return replace(who, **changes)


def _custom(form: Form, present: Mapping[str, str], type_: RecordType) -> dict[str, str]:
    """Give the values of own fields that differ from those ``present``."""
    return {
        field.name: form.get(f"{CUSTOM}{field.name}")
        for field in type_.fields
        if form.has(f"{CUSTOM}{field.name}") and form.get(f"{CUSTOM}{field.name}") != present.get(field.name, "")
    }


def _type(visit: Visit, name: str) -> RecordType:
    types = RecordTypes(visit.database, visit.who.book_id).list()
    found = next((each for each in types if each.name == name), None)
    if found is None:
        raise NotFound(visit._("There is no such record type."))
    return found


def _usual(visit: Visit) -> str:
    """Choose as the visitor's devices would: one's own contact, where new ones wait in the inbox."""
    policy, is_administrator = visit.who.view.new_contacts, visit.who.is_administrator
    return PLAIN if policy is NewContacts.INBOX and not is_administrator else BUSINESS_CONTACT.name


def _refuse_new(visit: Visit) -> None:
    Viewing(visit.database, visit.who).refuse_readers()
    if visit.who.view.new_contacts is NewContacts.REFUSE and not visit.who.is_administrator:
        raise Refused(visit._("You may not make new contacts."))


def _no_date(visit: Visit, error: NotADate) -> str:
    return visit._(
        "%(date)s is no date: write it as 1996-04-15, or as --04-15 when the year is not known.", date=str(error)
    )


ROUTES = [
    Route("GET", "/contacts/new", new),
    Route("POST", "/contacts/new", add, largest=LARGEST_FORM),
    Route("GET", "/contacts/{id:[0-9]+}/edit", edit),
    Route("POST", "/contacts/{id:[0-9]+}/edit", save, largest=LARGEST_FORM),
]
