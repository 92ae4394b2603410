"""A contact of the store as EWS' Contact element, and back; order and types are those of types.xsd."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from xml.etree.ElementTree import Element

from bridge.simulators.ews.computed import SUBJECT, instant, of_item
from bridge.simulators.ews.properties import (
    BODY,
    EMAIL_ADDRESSES,
    FIELDS,
    IM_ADDRESSES,
    LISTS,
    MOMENTS,
    PARTS,
    PHONES,
    PLACES,
    extended_name,
    path_name,
    type_of,
    value_of,
)
from bridge.simulators.ews.soap import T, attribute, invalid, local, make
from bridge.simulators.graph.ids import ews_id
from bridge.simulators.graph.items import Item, Value
from bridge.simulators.graph.mailbox import Mailbox
from bridge.simulators.graph.properties import HAS_PICTURE

Changes = dict[str, Value | None]

_ORDER = (
    *("FileAs", "DisplayName", "GivenName", "Initials", "MiddleName", "Nickname", "CompanyName", "EmailAddresses"),
    *("PhysicalAddresses", "PhoneNumbers", "AssistantName", "Birthday", "BusinessHomePage", "Children", "Companies"),
    *("Department", "Generation", "ImAddresses", "JobTitle", "Manager", "Mileage", "OfficeLocation", "Profession"),
    *("SpouseName", "Surname", "WeddingAnniversary", "HasPicture"),
)
"""The elements that a contact has beyond an item, in the order of the schema."""

_INDEXED = {"EmailAddresses": "EmailAddress", "PhoneNumbers": "PhoneNumber", "ImAddresses": "ImAddress"}
_KEYS = {
    "EmailAddresses": set(EMAIL_ADDRESSES),
    "PhoneNumbers": set(PHONES),
    "ImAddresses": set(IM_ADDRESSES),
    "PhysicalAddresses": set(PLACES),
}


@dataclass(frozen=True, slots=True)
class ItemShape:
    """What of an item is asked for: ``paths`` name properties; ``extended`` are those paths as they were sent."""

    everything: bool
    paths: frozenset[str]
    extended: tuple[Element, ...] = ()

    @classmethod
    def read(cls, element: Element) -> ItemShape:
        """Read an ItemShape."""
        base = element.findtext(f"{T}BaseShape", "")
        more = element.findall(f"{T}AdditionalProperties/*")
        paths = frozenset(path_name(each) for each in more)
        extended = tuple(each for each in more if local(each) == "ExtendedFieldURI")
        return cls(base in ("Default", "AllProperties"), paths, extended)

    def has(self, path: str) -> bool:
        """Tell whether a property is asked for."""
        return self.everything or path in self.paths


def item_id(mailbox: Mailbox, item: Item) -> Element:
    """Give the ItemId with its change key."""
    return make(f"{T}ItemId", Id=ews_id(mailbox.classic_id(item)), ChangeKey=mailbox.change_key(item))


def folder_key(id: str) -> dict[str, str]:
    """Give the attributes of a FolderId; folders do not change here but by their content."""
    return {"Id": ews_id(id), "ChangeKey": "AQAAABYAAAA="}


def render(mailbox: Mailbox, item: Item, shape: ItemShape, attachments: Element | None) -> Element:
    """Give a contact, or a contact list, as far as the shape asks for it."""
    if item.is_list:
        return make(f"{T}DistributionList", item_id(mailbox, item))
    contact = make(f"{T}Contact", item_id(mailbox, item), *_of_any_item(mailbox, item, shape, attachments))
    for name in _ORDER:
        element = _rendered(mailbox, item, shape, name)
        if element is not None:
            contact.append(element)
    return contact


def _of_any_item(
    mailbox: Mailbox, item: Item, shape: ItemShape, attachments: Element | None
) -> Iterator[Element | None]:
    store = item.properties
    if shape.has("item:ParentFolderId"):
        yield make(f"{T}ParentFolderId", **folder_key(item.folder))
    if shape.has("item:ItemClass"):
        yield make(f"{T}ItemClass", "IPM.Contact")
    if shape.has("item:Subject"):
        yield make(f"{T}Subject", str(of_item(item, SUBJECT) or ""))
    if shape.has("item:Body") and BODY in store:
        yield make(f"{T}Body", str(store[BODY]), BodyType="Text")
    if shape.has("item:Attachments"):
        yield attachments
    if shape.has("item:Categories") and store.get(LISTS["Categories"]):
        yield _strings("Categories", store[LISTS["Categories"]])
    if shape.has("item:DateTimeCreated"):
        yield make(f"{T}DateTimeCreated", instant(item.created))
    if shape.has("item:HasAttachments"):
        yield make(f"{T}HasAttachments", "false" if attachments is None else "true")
    for path in shape.extended:
        name = extended_name(path)
        value = of_item(item, name)
        if value is not None:
            yield extended(path, value)
    if shape.has("item:LastModifiedTime"):
        yield make(f"{T}LastModifiedTime", instant(item.modified))


def _rendered(mailbox: Mailbox, item: Item, shape: ItemShape, name: str) -> Element | None:
    store = item.properties
    if name in _INDEXED or name == "PhysicalAddresses":
        entries = list(_entries(mailbox, item, shape, name))
        return make(f"{T}{name}", *entries) if entries else None
    if not shape.has(f"contacts:{name}"):
        return None
    if name == "HasPicture":
        return make(f"{T}HasPicture", "true" if HAS_PICTURE in store else "false")
    key = FIELDS.get(name) or LISTS.get(name) or MOMENTS[name]
    if key not in store:
        return None
    return _strings(name, store[key]) if name in LISTS else make(f"{T}{name}", str(store[key]))


def _entries(mailbox: Mailbox, item: Item, shape: ItemShape, name: str) -> Iterator[Element]:
    store = item.properties
    if name == "PhysicalAddresses":
        for place, parts in PLACES.items():
            found = [
                make(f"{T}{part}", str(store[key]))
                for part, key in parts.items()
                if key in store and shape.has(f"contacts:PhysicalAddress:{part}/{place}")
            ]
            if found:
                yield make(f"{T}Entry", *found, Key=place)
    elif name == "EmailAddresses":
        for key, (shown, address) in EMAIL_ADDRESSES.items():
            if address in store and shape.has(f"contacts:EmailAddress/{key}"):
                said = mailbox.directory.get(str(store[address]).lower(), str(store.get(shown, "")))
                yield make(f"{T}Entry", str(store[address]), Key=key, **({"Name": said} if said else {}))
    else:
        table = PHONES if name == "PhoneNumbers" else IM_ADDRESSES
        for key, value in table.items():
            if value in store and shape.has(f"contacts:{_INDEXED[name]}/{key}"):
                yield make(f"{T}Entry", str(store[value]), Key=key)


def _strings(name: str, values: Value) -> Element:
    return make(f"{T}{name}", *(make(f"{T}String", value) for value in values))


def extended(path: Element, value: Value) -> Element:
    """Give an extended property that was asked for by this path."""
    if isinstance(value, list):
        return make(f"{T}ExtendedProperty", path, make(f"{T}Values", *(make(f"{T}Value", each) for each in value)))
    return make(f"{T}ExtendedProperty", path, make(f"{T}Value", value))


def read(contact: Element) -> Changes:
    """Read a Contact element into properties of the store; a fault for what the schema refuses."""
    changes: Changes = {}
    for element in contact:
        changes |= _read(element)
    return changes


def _read(element: Element) -> Changes:
    name = local(element)
    text = element.text or ""
    if name in FIELDS:
        return {FIELDS[name]: text}
    if name in LISTS:
        return {LISTS[name]: [each.text or "" for each in element]}
    if name in MOMENTS:
        return {MOMENTS[name]: _moment(text)}
    if name == "Body":
        return {BODY: text}
    if name == "ExtendedProperty":
        return _read_extended(element)
    if name in _INDEXED or name == "PhysicalAddresses":
        changes: Changes = {}
        for entry in element:
            changes |= _read_entry(name, entry)
        return changes
    return {}  # Culture, Importance, FileAsMapping …: taken and not kept


def _read_entry(name: str, entry: Element) -> Changes:
    key, text = attribute(entry, "Key"), entry.text or ""
    if key not in _KEYS[name]:
        raise invalid(f"the enumeration of keys of {name} has no {key}.")
    if name == "PhysicalAddresses":
        return {PLACES[key][local(part)]: part.text or "" for part in entry if local(part) in PARTS}
    if name == "EmailAddresses":
        shown, address = EMAIL_ADDRESSES[key]
        return {address: text, shown: entry.get("Name") or text}
    return {(PHONES if name == "PhoneNumbers" else IM_ADDRESSES)[key]: text}


def _read_extended(element: Element) -> Changes:
    path = element.find(f"{T}ExtendedFieldURI")
    if path is None:
        raise invalid("an ExtendedProperty has no ExtendedFieldURI.")
    name, value = extended_name(path), value_of(element)
    if type_of(name) == "SystemTime" and isinstance(value, str):
        value = _moment(value)
    return {name: value}


def _moment(text: str) -> str:
    """Read xs:dateTime; a date alone is refused."""
    try:
        if "T" not in text:
            raise ValueError
        at = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError as error:
        raise invalid(f"'{text}' is not a valid dateTime value.") from error
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return at.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="seconds") + "Z"
