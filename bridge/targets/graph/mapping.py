"""Contact ⇄ Microsoft Graph's contact resource.

https://learn.microsoft.com/graph/api/resources/contact. What the resource has no field for goes into MAPI properties
(``singleValueExtendedProperties``); what neither can hold stays in the database (``SHAPE`` in outlook.py says so).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from bridge.targets import mapi
from bridge.targets.outlook import children, day_of, made_of_name, moment
from storage_plugin.model.contact import NAME_PARTS, Contact, Email, Messenger, Phone, PostalAddress, Url
from storage_plugin.model.mirror import Flag, Item, ItemId, Stamp

Payload = dict[str, Any]
"""The JSON object of a contact, whole or (in a PATCH) of the properties to change."""

_TEXTS = {
    "formatted_name": "displayName",
    "prefix": "title",
    "given_name": "givenName",
    "middle_name": "middleName",
    "family_name": "surname",
    "suffix": "generation",
    "nickname": "nickName",
    "phonetic_given_name": "yomiGivenName",
    "phonetic_family_name": "yomiSurname",
    "phonetic_company": "yomiCompanyName",
    "file_as": "fileAs",
    "company": "companyName",
    "department": "department",
    "office": "officeLocation",
    "job_title": "jobTitle",
    "profession": "profession",
    "assistant": "assistantName",
    "manager": "manager",
    "spouse": "spouseName",
    "note": "personalNotes",
}
_ADDRESSES = {"work": "businessAddress", "home": "homeAddress", "other": "otherAddress"}
_ADDRESS_PARTS = {
    "street": "street",
    "city": "city",
    "region": "state",
    "postal_code": "postalCode",
    "country": "countryOrRegion",
}
_PHONE_LISTS = {"work": "businessPhones", "home": "homePhones"}


def _tag(kind: str, tag: int) -> str:
    return f"{kind} 0x{tag:04X}"


STAMP_ID = f"String {{{mapi.IDENTITY_SET}}} Name {mapi.IDENTITY_NAME}"
NUMBER_ID = _tag("String", mapi.CUSTOMER_ID)
_PHONE_IDS = {_tag("String", tag): kind for kind, tag in mapi.PHONES.items()}
_HOME_PAGE_ID = _tag("String", mapi.HOME_PAGE)
_ANNIVERSARY_ID = _tag("SystemTime", mapi.WEDDING_ANNIVERSARY)
PICTURE_ID = "Boolean {00062004-0000-0000-C000-000000000046} Id 0x8015"
"""PidLidHasPicture: whether asking for the picture is worth a request."""

EXTENDED_IDS = (STAMP_ID, NUMBER_ID, *_PHONE_IDS, _HOME_PAGE_ID, _ANNIVERSARY_ID, PICTURE_ID)
"""The extended properties that a contact is read with (``$expand``); Graph returns none that is not asked for."""

SELECT = (
    *("id", "changeKey", "lastModifiedDateTime", "categories", "emailAddresses", "mobilePhone", "imAddresses"),
    *("businessHomePage", "children", "birthday", *_TEXTS.values(), *_PHONE_LISTS.values(), *_ADDRESSES.values()),
)


def contact_to_graph(view: Contact) -> Payload:
    """Write a view as a whole contact resource; extended properties that are empty are left out."""
    payload: Payload = {name: getattr(view, field) for field, name in _TEXTS.items() if getattr(view, field)}
    payload |= {name: value for name, value in _structures(view).items() if value and value != _NO_ADDRESS}
    extended = [{"id": id, "value": value} for id, value in _extended(view).items() if value is not None]
    return payload | ({"singleValueExtendedProperties": extended} if extended else {})


def changes_to_graph(known: Contact, view: Contact) -> Payload:
    """Write what a PATCH must say to bring a contact from ``known`` to ``view``; empty when there is nothing.

    A changed part of the name takes ``displayName`` along, which Graph would make anew otherwise, and a ``fileAs``
    that somebody chose; one that was made of the name is left to be made anew.
    """
    payload: Payload = {
        name: getattr(view, field) or None
        for field, name in _TEXTS.items()
        if getattr(view, field) != getattr(known, field)
    }
    if any(getattr(view, part) != getattr(known, part) for part in NAME_PARTS):
        payload["displayName"] = view.formatted_name or None
        if view.file_as not in made_of_name(known):
            payload["fileAs"] = view.file_as
    before, after = _structures(known), _structures(view)
    payload |= {name: value for name, value in after.items() if value != before[name]}
    had, has = _extended(known), _extended(view)
    extended = [{"id": id, "value": value} for id, value in has.items() if value != had[id]]
    return payload | ({"singleValueExtendedProperties": extended} if extended else {})


def contact_from_graph(payload: Mapping[str, Any], flag: Flag | None) -> Contact:
    """Read a contact resource with its extended properties; the flag category is left out."""
    said: dict[str, Any] = {field: _text(payload.get(name)) for field, name in _TEXTS.items()}
    extended = extended_of(payload)
    flag_name = flag.name if flag else None
    return Contact(
        **said,
        children=", ".join(payload.get("children") or ()),
        birthday=day_of(payload.get("birthday")),
        anniversary=day_of(extended.get(_ANNIVERSARY_ID)),
        emails=tuple(Email(each["address"]) for each in payload.get("emailAddresses") or () if each.get("address")),
        phones=_phones(payload, extended),
        addresses=_postal_addresses(payload),
        urls=_urls(payload, extended),
        messengers=tuple(Messenger(handle) for handle in payload.get("imAddresses") or () if handle),
        categories=tuple(name for name in payload.get("categories") or () if name != flag_name),
    )


def item_from_graph(payload: Mapping[str, Any], flag: Flag | None, photo: str | None) -> Item:
    """Read a contact resource as an item of the folder."""
    extended = extended_of(payload)
    return Item(
        id=ItemId(payload["id"]),
        version=payload.get("changeKey") or "",
        view=contact_from_graph(payload, flag),
        stamp=Stamp.read(extended.get(STAMP_ID) or ""),
        customer_number=extended.get(NUMBER_ID) or "",
        flagged=flag is not None and flag.name in (payload.get("categories") or ()),
        photo=photo,
        modified_at=payload.get("lastModifiedDateTime") or "",
    )


def extended_of(payload: Mapping[str, Any]) -> dict[str, str]:
    """Give the extended properties by their id as we write it; the service may answer in another case."""
    ours = {id.casefold(): id for id in EXTENDED_IDS}
    found = payload.get("singleValueExtendedProperties") or ()
    return {ours[each["id"].casefold()]: each["value"] for each in found if each["id"].casefold() in ours}


def identity(stamp: Stamp | None, customer_number: str) -> list[dict[str, str | None]]:
    """Write stamp and customer number; None clears them."""
    return [
        {"id": STAMP_ID, "value": str(stamp) if stamp else None},
        {"id": NUMBER_ID, "value": customer_number or None},
    ]


def _structures(view: Contact) -> Payload:
    by_kind = {address.kind: address for address in view.addresses}
    numbers = {kind: [phone.number for phone in view.phones if phone.kind == kind] for kind in ("work", "home")}
    mobile = next((phone.number for phone in view.phones if phone.kind == "mobile"), None)
    name = view.formatted_name
    return {
        "children": children(view.children),
        "birthday": moment(view.birthday),
        "emailAddresses": [{"address": email.address, "name": name or email.address} for email in view.emails],
        "businessPhones": numbers["work"],
        "homePhones": numbers["home"],
        "mobilePhone": mobile,
        "businessHomePage": _url(view, "work"),
        "imAddresses": [messenger.handle for messenger in view.messengers],
        **{theirs: _address(by_kind.get(kind)) for kind, theirs in _ADDRESSES.items()},
    }


def _postal_addresses(payload: Mapping[str, Any]) -> tuple[PostalAddress, ...]:
    found = []
    for kind, name in _ADDRESSES.items():
        said = payload.get(name) or {}
        parts: dict[str, Any] = {ours: _text(said.get(theirs)) for ours, theirs in _ADDRESS_PARTS.items()}
        if any(parts.values()):
            found.append(PostalAddress(kind=kind, **parts))
    return tuple(found)


_NO_ADDRESS = dict.fromkeys(_ADDRESS_PARTS.values())


def _address(address: PostalAddress | None) -> Payload:
    return {theirs: getattr(address, ours) or None if address else None for ours, theirs in _ADDRESS_PARTS.items()}


def _extended(view: Contact) -> dict[str, str | None]:
    numbers = {phone.kind: phone.number for phone in reversed(view.phones)}
    values: dict[str, str | None] = {id: numbers.get(kind) for id, kind in _PHONE_IDS.items()}
    return values | {_HOME_PAGE_ID: _url(view, "home"), _ANNIVERSARY_ID: moment(view.anniversary)}


def _url(view: Contact, kind: str) -> str | None:
    return next((url.address for url in view.urls if url.kind == kind), None)


def _phones(payload: Mapping[str, Any], extended: Mapping[str, str]) -> tuple[Phone, ...]:
    numbers = [(kind, number) for kind, name in _PHONE_LISTS.items() for number in payload.get(name) or ()]
    numbers.append(("mobile", payload.get("mobilePhone")))
    numbers += [(kind, extended.get(id)) for id, kind in _PHONE_IDS.items()]
    return tuple(Phone(number, kind) for kind, number in numbers if number)


def _urls(payload: Mapping[str, Any], extended: Mapping[str, str]) -> tuple[Url, ...]:
    found = (("work", payload.get("businessHomePage")), ("home", extended.get(_HOME_PAGE_ID)))
    return tuple(Url(address, kind) for kind, address in found if address)


def _text(value: str | None) -> str:
    return (value or "").replace("\r\n", "\n")
