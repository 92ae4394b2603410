"""The open property store below a contact: MAPI properties, of which Graph's named fields are a view.

``businessPhones[0]`` and ``String 0x3a08`` are one value. A property is named as in
``singleValueExtendedProperties`` (https://learn.microsoft.com/graph/api/resources/extended-properties-overview):
``{type} {proptag}``, ``{type} {guid} Id {number}``, ``{type} {guid} Name {name}``. The type belongs to the name: who
asks with another type finds nothing. The tags are those of DavMail's field map and MS-OXPROPS.
"""

from __future__ import annotations

import re

from bridge.simulators.graph.messages import bad_request

ADDRESS_SET = "{00062004-0000-0000-c000-000000000046}"
PUBLIC_STRINGS = "{00020329-0000-0000-c000-000000000046}"

TYPES = {
    name.lower(): name
    for name in (
        *("String", "Integer", "Long", "Short", "Boolean", "Double", "Float", "Currency", "Binary", "CLSID"),
        *("SystemTime", "ApplicationTime"),
    )
}
_TYPE_CODES = {"001f": "String", "001e": "String", "0003": "Integer", "000b": "Boolean", "0040": "SystemTime"}
_NAME = re.compile(
    r"(?P<type>[A-Za-z]+) (?:(?P<tag>0x[0-9a-f]{4,8})"
    r"|(?P<guid>\{[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}\}) (?:Id (?P<id>0x[0-9a-f]{1,8})|Name (?P<name>.+)))",
    re.IGNORECASE,
)


def property_name(text: str) -> str:
    """Give the one spelling of a property's name, as the service answers it; ``Name`` keeps its case.

    Raises the 400 ErrorInvalidProperty of the service for what is none.
    """
    found = _NAME.fullmatch(text)
    kind = TYPES.get(found["type"].lower()) if found else None
    if found is None or kind is None:
        raise bad_request(
            "ErrorInvalidProperty",
            "PropertyId values may only be in one of the following formats: 'MapiPropertyType namespaceGuid Name "
            "propertyName', 'MapiPropertyType namespaceGuid Id propertyId' or 'MapiPropertyType propertyTag'.",
        )
    if found["tag"]:
        return f"{kind} {_tag(found['tag'].lower(), kind)}"
    guid = found["guid"].lower()
    return f"{kind} {guid} Id {found['id'].lower()}" if found["id"] else f"{kind} {guid} Name {found['name']}"


def _tag(tag: str, kind: str) -> str:
    if len(tag) == 10 and _TYPE_CODES.get(tag[6:]) == kind:
        return tag[:6]
    if len(tag) != 6:
        raise bad_request("ErrorInvalidProperty", f"The property tag {tag} is not valid for the type {kind}.")
    return tag


def _tags(**tags: int) -> dict[str, str]:
    return {field: f"String 0x{tag:04x}" for field, tag in tags.items()}


def address_property(number: int) -> str:
    """Name a text property of the set of addresses (PSETID_Address)."""
    return f"String {ADDRESS_SET} Id 0x{number:04x}"


TEXTS = _tags(
    assistantName=0x3A30,
    businessHomePage=0x3A51,
    companyName=0x3A16,
    department=0x3A18,
    displayName=0x3001,
    generation=0x3A05,
    givenName=0x3A06,
    initials=0x3A0A,
    jobTitle=0x3A17,
    manager=0x3A4E,
    middleName=0x3A44,
    mobilePhone=0x3A1C,
    nickName=0x3A4F,
    officeLocation=0x3A19,
    personalNotes=0x1000,
    profession=0x3A46,
    spouseName=0x3A48,
    surname=0x3A11,
    title=0x3A45,
) | {
    "fileAs": address_property(0x8005),
    "yomiGivenName": address_property(0x802C),
    "yomiSurname": address_property(0x802D),
    "yomiCompanyName": address_property(0x802E),
}
"""Graph's text fields, each one property."""

SLOTS: dict[str, tuple[str, ...]] = {
    "businessPhones": ("String 0x3a08", "String 0x3a1b"),
    "homePhones": ("String 0x3a09", "String 0x3a2f"),
    "imAddresses": (
        address_property(0x8062),
        f"String {ADDRESS_SET} Name IMAddress2",
        f"String {ADDRESS_SET} Name IMAddress3",
    ),
}
"""Graph's lists of texts that are a number of properties, and hold no more than these."""

ARRAYS = {"categories": f"StringArray {PUBLIC_STRINGS} Name Keywords", "children": "StringArray 0x3a58"}
"""Graph's lists of texts that are one property of many values."""

EMAILS = tuple((address_property(number - 3), address_property(number)) for number in (0x8083, 0x8093, 0x80A3))
"""Name and address of e-mail 1, 2, 3."""

ADDRESSES = {
    "businessAddress": {
        part: address_property(0x8045 + index)
        for index, part in enumerate(("street", "city", "state", "postalCode", "countryOrRegion"))
    },
    "homeAddress": _tags(street=0x3A5D, city=0x3A59, state=0x3A5C, postalCode=0x3A5B, countryOrRegion=0x3A5A),
    "otherAddress": _tags(street=0x3A63, city=0x3A5F, state=0x3A62, postalCode=0x3A61, countryOrRegion=0x3A60),
}

BIRTHDAY = "SystemTime 0x3a42"
HAS_PICTURE = f"Boolean {ADDRESS_SET} Id 0x8015"
