"""The properties of a contact as EWS names them, and which of them hold which attribute of our Contact.

One property is one path in a request ([MS-OXWSCDATA] PathToElement): a field (``contacts:GivenName``), an entry of an
indexed field (``contacts:PhoneNumber`` / ``Pager``), or a MAPI property. ``contacts:Notes`` and ``contacts:Photo``
cannot be written: the note is ``item:Body``, the picture is an attachment.
"""

from __future__ import annotations

from dataclasses import dataclass

from bridge.targets import mapi


@dataclass(frozen=True, slots=True)
class Property:
    """One property; ``extended`` are the attributes of an ExtendedFieldURI, sorted."""

    uri: str = ""
    index: str = ""
    extended: tuple[tuple[str, str], ...] = ()


Value = str | tuple[str, ...]
Payload = dict[Property, Value]
"""A contact as EWS holds it: what is empty is not there."""


def tagged(tag: int) -> Property:
    """Give the text property with a MAPI tag."""
    return Property(extended=(("PropertyTag", f"0x{tag:04x}"), ("PropertyType", "String")))


def _numbered(id: int) -> Property:
    return Property(
        extended=(("PropertyId", str(id)), ("PropertySetId", mapi.ADDRESS_SET), ("PropertyType", "String"))
    )


STAMP = Property(
    extended=(
        ("PropertyName", mapi.IDENTITY_NAME),
        ("PropertySetId", mapi.IDENTITY_SET),
        ("PropertyType", "String"),
    )
)
CUSTOMER_NUMBER = tagged(mapi.CUSTOMER_ID)

TEXTS = {
    "formatted_name": Property("contacts:DisplayName"),
    "prefix": tagged(mapi.DISPLAY_NAME_PREFIX),
    "given_name": Property("contacts:GivenName"),
    "middle_name": Property("contacts:MiddleName"),
    "family_name": Property("contacts:Surname"),
    "suffix": Property("contacts:Generation"),
    "nickname": Property("contacts:Nickname"),
    "phonetic_given_name": _numbered(mapi.YOMI_FIRST_NAME),
    "phonetic_family_name": _numbered(mapi.YOMI_LAST_NAME),
    "phonetic_company": _numbered(mapi.YOMI_COMPANY),
    "file_as": Property("contacts:FileAs"),
    "company": Property("contacts:CompanyName"),
    "department": Property("contacts:Department"),
    "office": Property("contacts:OfficeLocation"),
    "job_title": Property("contacts:JobTitle"),
    "profession": Property("contacts:Profession"),
    "assistant": Property("contacts:AssistantName"),
    "manager": Property("contacts:Manager"),
    "spouse": Property("contacts:SpouseName"),
    "note": Property("item:Body"),
}
"""Attribute of Contact → the property that holds it."""

DAYS = {"birthday": Property("contacts:Birthday"), "anniversary": Property("contacts:WeddingAnniversary")}
CHILDREN = Property("contacts:Children")
CATEGORIES = Property("item:Categories")
HOME_PAGES = {"work": tagged(mapi.BUSINESS_HOME_PAGE), "home": tagged(mapi.HOME_PAGE)}
"""As texts: the field contacts:BusinessHomePage takes well-formed addresses alone (xs:anyURI)."""

_PHONE_KEYS = {
    "work": ("BusinessPhone", "BusinessPhone2"),
    "home": ("HomePhone", "HomePhone2"),
    "mobile": ("MobilePhone",),
    "callback": ("Callback",),
    "other": ("OtherTelephone",),
    "radio": ("RadioPhone",),
    "car": ("CarPhone",),
    "pager": ("Pager",),
    "other_fax": ("OtherFax",),
    "work_fax": ("BusinessFax",),
    "home_fax": ("HomeFax",),
    "telex": ("Telex",),
    "isdn": ("Isdn",),
    "assistant": ("AssistantPhone",),
    "text": ("TtyTddPhone",),
    "main": ("CompanyMainPhone",),
}
PHONES = {kind: tuple(Property("contacts:PhoneNumber", key) for key in keys) for kind, keys in _PHONE_KEYS.items()}
"""Kind of phone → its slots. PrimaryPhone is nobody's: it is neither read nor written."""

EMAILS = tuple(Property("contacts:EmailAddress", f"EmailAddress{number}") for number in (1, 2, 3))
MESSENGERS = tuple(Property("contacts:ImAddress", f"ImAddress{number}") for number in (1, 2, 3))

_PARTS = {
    "street": "Street",
    "city": "City",
    "region": "State",
    "country": "CountryOrRegion",
    "postal_code": "PostalCode",
}
ADDRESSES = {
    kind: {part: Property(f"contacts:PhysicalAddress:{name}", key) for part, name in _PARTS.items()}
    for kind, key in (("work", "Business"), ("home", "Home"), ("other", "Other"))
}

HELD: dict[str, tuple[Property, ...]] = {
    **{name: (property,) for name, property in {**TEXTS, **DAYS}.items()},
    "children": (CHILDREN,),
    "categories": (CATEGORIES,),
    "urls": tuple(HOME_PAGES.values()),
    "emails": EMAILS,
    "messengers": MESSENGERS,
    "phones": tuple(slot for slots in PHONES.values() for slot in slots),
    "addresses": tuple(property for parts in ADDRESSES.values() for property in parts.values()),
}
"""Attribute of Contact → the properties that hold it."""

ALL = (*(property for held in HELD.values() for property in held), STAMP, CUSTOMER_NUMBER)
"""Every property that a contact is read with."""
