"""One contact: everything that is known of it, its photo, and deleting it."""

from __future__ import annotations

from bridge.records import in_words
from bridge.web.answers import Answer, File, Page, Redirect
from bridge.web.field_names import fields, kinds
from bridge.web.pages.contacts import number
from bridge.web.routes import Route
from bridge.web.visit import Visit
from storage_plugin.database.browsing import Wanted
from storage_plugin.database.record_types import RecordTypes
from storage_plugin.database.viewing import Viewing
from storage_plugin.model.book import ContactId, NotFound, Record
from storage_plugin.model.contact import LISTS, Contact, display_name
from storage_plugin.model.record_type import Base
from storage_plugin.vcard.photo import photo_from

PICTURES = ("image/jpeg", "image/png", "image/gif", "image/webp", "image/bmp")
"""Pictures that a browser shows and that can hold no script."""


def show(visit: Visit) -> Answer:
    """Show all fields of a contact."""
    viewing = Viewing(visit.database, visit.who)
    record = viewing.get(asked(visit))
    account = viewing.get(record.account_id) if record.account_id else None
    return Page(
        "contact.html",
        {
            "record": record,
            "name": display_name(record.contact) or visit._("without a name"),
            "account": account and (account.id, display_name(account.contact)),
            "rows": _rows(visit, record.contact),
            "linked": viewing.lines(Wanted(account=record.id, language=visit.language.code)),
            "may_change": not visit.who.view.read_only,
            "may_be_linked": not is_account(visit, record),
        },
    )


def photo(visit: Visit) -> Answer:
    """Send the photo of a contact, now or at a version; one that is kept elsewhere on the net is never fetched."""
    viewing, revision = Viewing(visit.database, visit.who), number(visit.query.get("revision"))
    octets = viewing.photo_then(asked(visit), revision) if revision else viewing.photo(asked(visit))
    picture = photo_from(octets or b"")
    if picture is None or picture.media_type not in PICTURES:
        raise NotFound(visit._("This contact has no photo that can be shown."))
    return File(picture.data, picture.media_type)


def delete(visit: Visit) -> Answer:
    """Move a contact to the deleted items."""
    record = Viewing(visit.database, visit.who).changeable(asked(visit))
    visit.contacts.delete(record.id, visit.by)
    name = display_name(record.contact)
    return Redirect("/contacts", visit._("%(name)s is in the deleted items now.", name=name))


def asked(visit: Visit) -> ContactId:
    """Give the id in the path; raise NotFound for what cannot be one."""
    key = number(visit.parts["id"])
    if not key:
        raise NotFound(visit._("There is no such contact."))
    return ContactId(key)


def is_account(visit: Visit, record: Record) -> bool:
    """Tell whether a record is an account itself, which is linked to none."""
    types = RecordTypes(visit.database, visit.who.book_id).list()
    return any(each.name == record.type and each.base is Base.ACCOUNT for each in types)


def _rows(visit: Visit, contact: Contact) -> list[tuple[str, list[tuple[str, str]]]]:
    """Give each field that is filled with its values, each with an address to click on, or ""."""
    kind_names = kinds(visit.language)
    rows = []
    for field, label in fields(visit.language).items():
        value = getattr(contact, field, "")
        if field in ("photo", "is_company", "formatted_name") or not value:
            continue
        if field in ("birthday", "anniversary"):
            rows.append((label, [(visit.language.day(value), "")]))
        elif field not in LISTS:
            rows.append((label, [(value, "")]))
        else:
            rows.append((label, [(_said(visit, item, kind_names), _link(field, item)) for item in value]))
    return rows


def _said(visit: Visit, item: object, kind_names: dict[str, str]) -> str:
    if isinstance(item, str):
        return item
    said = {name: getattr(item, name) for name in item.__dataclass_fields__ if getattr(item, name)}  # type: ignore[attr-defined]
    if said.get("kind"):
        said["kind"] = kind_names.get(said["kind"], said["kind"])
    if said.pop("preferred", False):
        said["service"] = ", ".join(filter(None, [said.get("service"), visit._("preferred")]))
    if said.keys() >= {"value"}:
        said["value"] = visit.language.day(said["value"])
    return in_words(said)


def _link(field: str, item: object) -> str:
    """Give what a click on an entry opens; web pages only over http."""
    if field == "emails":
        address = str(getattr(item, "address", ""))
        return f"mailto:{address}" if "@" in address and " " not in address else ""
    if field == "phones":
        digits = "".join(sign for sign in str(getattr(item, "number", "")) if sign in "+0123456789*#,;")
        return f"tel:{digits}" if digits else ""
    address = str(getattr(item, "address", "")) if field == "urls" else ""
    return address if address.startswith(("https://", "http://")) else ""


ROUTES = [
    Route("GET", "/contacts/{id:[0-9]+}", show),
    Route("GET", "/contacts/{id:[0-9]+}/photo", photo),
    Route("POST", "/contacts/{id:[0-9]+}/delete", delete),
]
