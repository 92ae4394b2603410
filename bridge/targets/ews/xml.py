"""Properties ⇄ XML of EWS: a Contact element, the changes of an UpdateItem, paths.

The order of a Contact's children is fixed by the schema (types.xsd: ItemType, ContactItemType). A SetItemField sets
exactly one property; a property is cleared by DeleteItemField, never by an empty text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from lxml.etree import Element

from bridge.targets import mapi
from bridge.targets.ews.mapping import Changes
from bridge.targets.ews.properties import ALL, Payload, Property, Value

M = "{http://schemas.microsoft.com/exchange/services/2006/messages}"
T = "{http://schemas.microsoft.com/exchange/services/2006/types}"

_ORDER = (
    *("Body", "Categories", "ExtendedProperty", "FileAs", "DisplayName", "GivenName", "MiddleName", "Nickname"),
    *("CompanyName", "EmailAddresses", "PhysicalAddresses", "PhoneNumbers", "AssistantName", "Birthday"),
    *("Children", "Department", "Generation", "ImAddresses", "JobTitle", "Manager"),
    *("OfficeLocation", "Profession", "SpouseName", "Surname", "WeddingAnniversary"),
)
_LISTS = {
    "contacts:EmailAddress": "EmailAddresses",
    "contacts:PhoneNumber": "PhoneNumbers",
    "contacts:ImAddress": "ImAddresses",
}
_PART = "contacts:PhysicalAddress:"
_PARTS = ("Street", "City", "State", "CountryOrRegion", "PostalCode")
_SETS = {"Address": mapi.ADDRESS_SET}
_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def make(tag: str, *children: Any, **attributes: str) -> Any:
    """Make an element; a child that is text becomes its text, without what XML cannot hold."""
    element = Element(tag, attributes)
    for child in children:
        if isinstance(child, str):
            element.text = _UNWRITABLE.sub("", child)
        elif child is not None:
            element.append(child)
    return element


def path(property: Property) -> Any:
    """Give the path to a property."""
    if property.extended:
        return make(f"{T}ExtendedFieldURI", **dict(property.extended))
    if property.index:
        return make(f"{T}IndexedFieldURI", FieldURI=property.uri, FieldIndex=property.index)
    return make(f"{T}FieldURI", FieldURI=property.uri)


def contact_element(payload: Mapping[Property, Value]) -> Any:
    """Write a Contact with these properties."""
    found = sorted(payload.items(), key=lambda each: _place(each[0]))
    contact = make(f"{T}Contact")
    for property, value in found:
        if property.uri in _LISTS:
            _child(contact, _LISTS[property.uri]).append(make(f"{T}Entry", str(value), Key=property.index))
        elif property.uri.startswith(_PART):
            _entry(contact, property.index).append(make(f"{T}{property.uri.removeprefix(_PART)}", str(value)))
        else:
            contact.append(_single(property, value))
    return contact


def change_elements(changes: Changes) -> list[Any]:
    """Write one SetItemField or DeleteItemField for each property."""
    return [
        make(f"{T}DeleteItemField", path(property))
        if value is None
        else make(f"{T}SetItemField", path(property), contact_element({property: value}))
        for property, value in changes.items()
    ]


def read_contact(contact: Any) -> Payload:
    """Read the properties of a Contact element that we know."""
    return {property: value for property, value in _read(contact) if value}


def _read(contact: Any) -> Iterator[tuple[Property, Value]]:
    for element in contact:
        name = _name(element)
        uri = f"{'item' if name in ('Body', 'Categories') else 'contacts'}:{name}"
        if name == "ExtendedProperty":
            found = _KNOWN.get(_extended_key(element.find(f"{T}ExtendedFieldURI").attrib))
            if found is not None:
                yield found, element.findtext(f"{T}Value") or ""
        elif name in _LISTS.values():
            indexed = next(uri for uri, list in _LISTS.items() if list == name)
            yield from ((Property(indexed, entry.get("Key")), entry.text or "") for entry in element)
        elif name == "PhysicalAddresses":
            for entry in element:
                yield from ((Property(f"{_PART}{_name(part)}", entry.get("Key")), part.text or "") for part in entry)
        elif Property(uri) in _FIELDS:
            is_list = name in ("Categories", "Children")
            yield Property(uri), tuple(each.text or "" for each in element) if is_list else element.text or ""


def _single(property: Property, value: Value) -> Any:
    if property.extended:
        return make(f"{T}ExtendedProperty", path(property), make(f"{T}Value", str(value)))
    name = property.uri.partition(":")[2]
    if name == "Body":
        return make(f"{T}Body", str(value), BodyType="Text")
    if isinstance(value, tuple):
        return make(f"{T}{name}", *(make(f"{T}String", each) for each in value))
    return make(f"{T}{name}", value)


def _place(property: Property) -> tuple[int, str, int]:
    """Give the place of a property in a Contact."""
    if property.extended:
        return _ORDER.index("ExtendedProperty"), "", 0
    if property.uri.startswith(_PART):
        part = _PARTS.index(property.uri.removeprefix(_PART))
        return _ORDER.index("PhysicalAddresses"), property.index, part
    return _ORDER.index(_LISTS.get(property.uri, property.uri.partition(":")[2])), property.index, 0


def _child(contact: Any, name: str) -> Any:
    if len(contact) == 0 or _name(contact[-1]) != name:
        contact.append(make(f"{T}{name}"))
    return contact[-1]


def _entry(contact: Any, key: str) -> Any:
    addresses = _child(contact, "PhysicalAddresses")
    if len(addresses) == 0 or addresses[-1].get("Key") != key:
        addresses.append(make(f"{T}Entry", Key=key))
    return addresses[-1]


def _name(element: Any) -> str:
    return str(element.tag).rpartition("}")[2]


def _extended_key(attributes: Mapping[str, str]) -> tuple[str, ...]:
    """Give what two spellings of one property have in common: a server may write tags and sets otherwise."""
    tag = attributes.get("PropertyTag")
    if tag is not None:
        return (str(int(tag, 0)),)
    named = attributes.get("PropertyName") or attributes.get("PropertyId", "")
    known = _SETS.get(attributes.get("DistinguishedPropertySetId", ""), "")
    return (attributes.get("PropertySetId", known).lower(), named)


def _extended(properties: Iterable[Property]) -> dict[tuple[str, ...], Property]:
    return {_extended_key(dict(each.extended)): each for each in properties if each.extended}


_KNOWN = _extended(ALL)
_FIELDS = frozenset(ALL)
