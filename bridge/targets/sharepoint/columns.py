"""The columns of a contacts list (template 105) and what each holds of a contact, as data.

Names are internal names ([MS-OUTSPS], Contact-Specific Schema). A fresh list has those of ``DEFAULT`` alone; others
are site columns that somebody may have added, so that what a list can hold (``shape_of``) is known only when its
columns have been read. ``OWN`` are the columns that Contact Bridge adds where they are missing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from bridge.targets.shape import Room, Shape

TEMPLATE = 105
"""The base template of contacts lists."""

LONGEST_TEXT = 255
LONGEST_NOTE = 63_999
"""Characters that a column of one line, and one of several lines, can hold."""


class Kind(StrEnum):
    """The types of columns, by the names of ``Field.TypeAsString``."""

    TEXT = "Text"
    NOTE = "Note"
    DAY = "DateTime"
    URL = "URL"
    CHOICES = "MultiChoice"


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a list; ``rich``: a note in HTML."""

    name: str
    kind: Kind = Kind.TEXT
    label: str = ""
    indexed: bool = False
    unique: bool = False
    rich: bool = False


Columns = Mapping[str, Column]

IDENTITY = Column("BizId", label="Contact Bridge", indexed=True, unique=True)
"""Holds the stamp of a mirrored row; indexed, so that it can be asked for however long the list is."""

CATEGORIES = Column("BizCategories", Kind.CHOICES, label="Categories")
"""Holds the categories, the flag among them; people can type in others."""

NUMBER = Column("CustomerID", label="Customer ID")
"""Holds the customer number; Outlook knows the column by this name."""

OWN = (IDENTITY, CATEGORIES, NUMBER)

LAST_NAME, FULL_NAME, NOTE = "Title", "FullName", "Comments"

FIELDS = {
    "formatted_name": FULL_NAME,
    "given_name": "FirstName",
    "middle_name": "MiddleName",
    "family_name": LAST_NAME,
    "suffix": "Suffix",
    "nickname": "Nickname",
    "phonetic_family_name": "LastNamePhonetic",
    "phonetic_company": "CompanyPhonetic",
    "company": "Company",
    "department": "ol_Department",
    "office": "Office",
    "job_title": "JobTitle",
    "profession": "Profession",
    "assistant": "AssistantsName",
    "manager": "ManagersName",
    "spouse": "SpouseName",
    "children": "ChildrensNames",
    "birthday": "Birthday",
    "anniversary": "Anniversary",
    "note": NOTE,
}
"""Single fields of a contact → columns. Title is the last name, and must not be empty."""

EMAILS = ("Email", "Email2", "Email3")

PHONES = {
    "work": ("WorkPhone", "Business2Number"),
    "home": ("HomePhone", "Home2Number"),
    "mobile": ("CellPhone",),
    "work_fax": ("WorkFax",),
    "home_fax": ("HomeFaxNumber",),
    "other_fax": ("OtherFaxNumber",),
    "main": ("CompanyNumber",),
    "pager": ("PagerNumber",),
    "car": ("CarNumber",),
    "assistant": ("AssistantNumber",),
    "callback": ("CallbackNumber",),
    "isdn": ("ISDNNumber",),
    "radio": ("RadioNumber",),
    "telex": ("TelexNumber",),
    "text": ("TTYTDDNumber",),
    "other": ("OtherNumber",),
}

ADDRESSES = {
    "work": {
        "street": "WorkAddress",
        "city": "WorkCity",
        "region": "WorkState",
        "postal_code": "WorkZip",
        "country": "WorkCountry",
    },
    "home": {
        "street": "HomeAddressStreet",
        "city": "HomeAddressCity",
        "region": "HomeAddressStateOrProvince",
        "postal_code": "HomeAddressPostalCode",
        "country": "HomeAddressCountry",
    },
    "other": {
        "street": "OtherAddressStreet",
        "city": "OtherAddressCity",
        "region": "OtherAddressStateOrProvince",
        "postal_code": "OtherAddressPostalCode",
        "country": "OtherAddressCountry",
    },
}
URLS = {"work": "WebPage", "home": "PersonalWebsite"}
MESSENGER = "IMAddress"

KNOWN = frozenset(
    (
        *FIELDS.values(),
        *EMAILS,
        *(name for names in PHONES.values() for name in names),
        *(name for parts in ADDRESSES.values() for name in parts.values()),
        *URLS.values(),
        MESSENGER,
        *(column.name for column in OWN),
    )
)
"""All columns that are read or written; a list has many more."""

DEFAULT: Columns = {
    name: Column(name, kind, rich=name == NOTE)
    for kind, names in {
        Kind.TEXT: (
            *(LAST_NAME, "FirstName", FULL_NAME, "Email", "Company", "JobTitle"),
            *("WorkPhone", "HomePhone", "CellPhone", "WorkFax"),
            *("WorkCity", "WorkState", "WorkZip", "WorkCountry"),
        ),
        Kind.NOTE: ("WorkAddress", NOTE),
        Kind.URL: ("WebPage",),
    }.items()
    for name in names
}
"""The columns of a fresh contacts list."""

_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def _whole_day(value: str) -> str:
    """Give ``value`` if it is a whole date that a column can hold (SharePoint's calendar begins with 1900)."""
    return value if _DAY.fullmatch(value) and value >= "1900-01-02" else ""


def _lines(value: str) -> str:
    return value.replace("\r\n", "\n").strip()


_SHOWS: Mapping[str, Callable[[str], str]] = {"birthday": _whole_day, "anniversary": _whole_day, "note": _lines}


def address_kinds(columns: Columns) -> dict[str, dict[str, str]]:
    """Give the postal addresses for which a list has all the columns."""
    return {kind: parts for kind, parts in ADDRESSES.items() if columns.keys() >= set(parts.values())}


def shape_of(columns: Columns) -> Shape:
    """Tell what a list with these columns holds."""
    fields = {name: column for name, column in FIELDS.items() if column in columns}
    longest = {name: _room(columns[column]) for name, column in fields.items()}
    addresses = address_kinds(columns)
    phones = {kind: _count(names, columns) for kind, names in PHONES.items() if _count(names, columns)}
    some = "other" if "other" in phones else "work"
    urls = {kind: 1 for kind, name in URLS.items() if name in columns}
    place = frozenset({"street", "city", "region", "postal_code", "country"})
    lists = {
        "emails": Room({"*": _count(EMAILS, columns)}, frozenset({"address"}), longest=LONGEST_TEXT),
        "phones": Room(
            phones, frozenset({"number", "kind"}), instead={"": some, "video": some}, longest=LONGEST_TEXT
        ),
        "addresses": Room(
            dict.fromkeys(addresses, 1),
            place | {"kind"},
            instead={"": "other" if "other" in addresses else "work"},
            longest=LONGEST_TEXT,
        ),
        "urls": Room(urls, frozenset({"address", "kind"}), instead={"": "work"}, longest=LONGEST_TEXT),
        "messengers": Room({"*": _count((MESSENGER,), columns)}, frozenset({"handle"}), longest=LONGEST_TEXT),
        "categories": Room({"*": None}, longest=LONGEST_TEXT),
    }
    return Shape(frozenset(fields), lists, photo=False, shows=_SHOWS, longest=longest)


def _room(column: Column) -> int:
    return LONGEST_NOTE if column.kind is Kind.NOTE else LONGEST_TEXT


def _count(names: tuple[str, ...], columns: Columns) -> int:
    return sum(name in columns for name in names)
