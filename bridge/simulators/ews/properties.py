"""EWS' names of properties ⇄ those of the one store that Graph and EWS show.

``contacts:GivenName``, the entry ``BusinessPhone`` of ``contacts:PhoneNumber`` and the extended property with the tag
0x3A06 are each one value of the store (``bridge.simulators.graph.properties``).
"""

from __future__ import annotations

from xml.etree.ElementTree import Element

from bridge.simulators.ews.soap import T, attribute, invalid, local
from bridge.simulators.graph.messages import GraphError
from bridge.simulators.graph.properties import ADDRESSES, ARRAYS, BIRTHDAY, EMAILS, SLOTS, TEXTS, property_name

PROPERTY_SETS = {
    "Address": "00062004-0000-0000-c000-000000000046",
    "PublicStrings": "00020329-0000-0000-c000-000000000046",
    "Common": "00062008-0000-0000-c000-000000000046",
}

COMPANIES = "StringArray {00062008-0000-0000-c000-000000000046} Id 0x8539"

FIELDS = {
    "FileAs": TEXTS["fileAs"],
    "DisplayName": TEXTS["displayName"],
    "GivenName": TEXTS["givenName"],
    "Initials": TEXTS["initials"],
    "MiddleName": TEXTS["middleName"],
    "Nickname": TEXTS["nickName"],
    "CompanyName": TEXTS["companyName"],
    "AssistantName": TEXTS["assistantName"],
    "BusinessHomePage": TEXTS["businessHomePage"],
    "Department": TEXTS["department"],
    "Generation": TEXTS["generation"],
    "JobTitle": TEXTS["jobTitle"],
    "Manager": TEXTS["manager"],
    "Mileage": "String 0x3a4c",
    "OfficeLocation": TEXTS["officeLocation"],
    "Profession": TEXTS["profession"],
    "SpouseName": TEXTS["spouseName"],
    "Surname": TEXTS["surname"],
}
"""Elements of text."""

LISTS = {"Categories": ARRAYS["categories"], "Children": ARRAYS["children"], "Companies": COMPANIES}
"""Elements of several texts."""

MOMENTS = {"Birthday": BIRTHDAY, "WeddingAnniversary": "SystemTime 0x3a41"}
"""Elements that are points in time."""

BODY = TEXTS["personalNotes"]

PHONES = {
    "AssistantPhone": "String 0x3a2e",
    "BusinessFax": "String 0x3a24",
    "BusinessPhone": SLOTS["businessPhones"][0],
    "BusinessPhone2": SLOTS["businessPhones"][1],
    "Callback": "String 0x3a02",
    "CarPhone": "String 0x3a1e",
    "CompanyMainPhone": "String 0x3a57",
    "HomeFax": "String 0x3a25",
    "HomePhone": SLOTS["homePhones"][0],
    "HomePhone2": SLOTS["homePhones"][1],
    "Isdn": "String 0x3a2d",
    "MobilePhone": TEXTS["mobilePhone"],
    "OtherFax": "String 0x3a23",
    "OtherTelephone": "String 0x3a1f",
    "Pager": "String 0x3a21",
    "PrimaryPhone": "String 0x3a1a",
    "RadioPhone": "String 0x3a1d",
    "Telex": "String 0x3a2c",
    "TtyTddPhone": "String 0x3a4b",
}
"""Keys of PhoneNumbers, told apart by upper and lower case (ews-managed-api#160)."""

IM_ADDRESSES = {f"ImAddress{number + 1}": key for number, key in enumerate(SLOTS["imAddresses"])}
EMAIL_ADDRESSES = {f"EmailAddress{number + 1}": keys for number, keys in enumerate(EMAILS)}
"""Key → name and address."""

PARTS = {
    "Street": "street",
    "City": "city",
    "State": "state",
    "CountryOrRegion": "countryOrRegion",
    "PostalCode": "postalCode",
}
"""Parts of a postal address in the order of the schema."""

PLACES = {
    key: {part: ADDRESSES[name][graph] for part, graph in PARTS.items()}
    for key, name in (("Home", "homeAddress"), ("Business", "businessAddress"), ("Other", "otherAddress"))
}

READ_ONLY = {"contacts:Notes", "contacts:Photo", "contacts:HasPicture", "contacts:CompleteName"}
"""What may not be written: the note is item:Body, the photo an attachment."""


def extended_name(element: Element) -> str:
    """Give the store's name of an ExtendedFieldURI."""
    kind = attribute(element, "PropertyType")
    tag, guid = element.get("PropertyTag"), element.get("PropertySetId")
    known = element.get("DistinguishedPropertySetId")
    if known is not None:
        guid = PROPERTY_SETS.get(known)
        if guid is None:
            raise invalid(f"the property set {known} is not simulated.")
    name, number = element.get("PropertyName"), element.get("PropertyId")
    try:
        if tag is not None:
            return _named(kind, f"0x{int(tag, 0):04x}")
        if number is not None:
            return _named(kind, f"{{{guid}}} Id 0x{int(number):04x}")
    except ValueError as error:
        raise invalid("a property's tag or number is no number.") from error
    return _named(kind, f"{{{guid}}} Name {name}")


def _named(kind: str, rest: str) -> str:
    if kind.endswith("Array"):
        return f"{kind} {rest}"
    try:
        return property_name(f"{kind} {rest}")
    except GraphError as error:
        raise invalid(error.message) from error


def path_name(path: Element) -> str:
    """Give one name for a path: ``contacts:Surname``, ``contacts:PhoneNumber/Pager``, or the store's own."""
    kind = local(path)
    if kind == "FieldURI":
        return attribute(path, "FieldURI")
    if kind == "IndexedFieldURI":
        return f"{attribute(path, 'FieldURI')}/{attribute(path, 'FieldIndex')}"
    if kind == "ExtendedFieldURI":
        return extended_name(path)
    raise invalid(f"{kind} is no path to a property.")


def keys_of(path: Element) -> tuple[str, ...]:
    """Give the store's names that a path stands for; none for what the store does not hold."""
    uri, _, index = path_name(path).partition("/")
    if local(path) == "ExtendedFieldURI":
        return (path_name(path),)
    space, _, name = uri.partition(":")
    if index:
        found: dict[str, tuple[str, ...]] = {
            **{f"contacts:PhoneNumber/{key}": (value,) for key, value in PHONES.items()},
            **{f"contacts:ImAddress/{key}": (value,) for key, value in IM_ADDRESSES.items()},
            **{f"contacts:EmailAddress/{key}": value for key, value in EMAIL_ADDRESSES.items()},
            **{
                f"contacts:PhysicalAddress:{part}/{key}": (value,)
                for key, parts in PLACES.items()
                for part, value in parts.items()
            },
        }
        if f"{uri}/{index}" not in found:
            raise invalid(f"{uri} has no index {index}.")
        return found[f"{uri}/{index}"]
    if (space, name) == ("item", "Body"):
        return (BODY,)
    single = FIELDS.get(name) or LISTS.get(name) or MOMENTS.get(name)
    return (single,) if single else ()


def type_of(name: str) -> str:
    """Give the MAPI type at the head of a store's name."""
    return name.partition(" ")[0]


def value_of(element: Element) -> str | list[str]:
    """Read the value of an ExtendedProperty."""
    values = element.find(f"{T}Values")
    if values is not None:
        return [each.text or "" for each in values]
    single = element.find(f"{T}Value")
    return "" if single is None else single.text or ""
