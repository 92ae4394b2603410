"""What an Outlook contact holds, by whichever way it is reached (Graph, EWS), and the rules that go with it.

https://learn.microsoft.com/graph/api/resources/contact, .../exchange/client-developer/web-service-reference/contact.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

from bridge.targets import mapi
from bridge.targets.shape import Room, Shape
from storage_plugin.model.contact import Contact
from storage_plugin.model.mirror import Flag

PLACES = ("work", "home", "other")
"""Kinds of postal addresses, each of which a contact has once."""

ADDRESS_PARTS = ("street", "city", "region", "postal_code", "country")

_TEXTS = frozenset(
    {"formatted_name", "prefix", "given_name", "middle_name", "family_name", "suffix", "nickname", "file_as"}
    | {"phonetic_given_name", "phonetic_family_name", "phonetic_company", "company", "department", "office"}
    | {"job_title", "profession", "assistant", "manager", "spouse", "note"}
)
_DAY = re.compile(r"\d{4}-\d\d-\d\d")


def whole_day(value: str) -> str:
    """Give ``value`` if it is a whole date that Outlook can show (its calendar begins with 1601)."""
    return value if _DAY.fullmatch(value) and value >= "1601-01-02" else ""


def children(value: str) -> list[str]:
    """Give the names of a list with commas."""
    return [name for part in value.split(",") if (name := part.strip())]


SHAPE = Shape(
    fields=_TEXTS | {"children", "birthday", "anniversary"},
    lists={
        "emails": Room({"*": 3}, frozenset({"address"})),
        "phones": Room(
            {"work": 2, "home": 2, "mobile": 1} | dict.fromkeys(mapi.PHONES, 1),
            frozenset({"number", "kind"}),
            instead={"": "other", "video": "other"},
        ),
        "addresses": Room(dict.fromkeys(PLACES, 1), frozenset({*ADDRESS_PARTS, "kind"}), instead={"": "other"}),
        "urls": Room({"work": 1, "home": 1}, frozenset({"address", "kind"}), instead={"": "work", "other": "work"}),
        "messengers": Room({"*": 3}, frozenset({"handle"})),
        "categories": Room({"*": None}),
    },
    shows={
        "birthday": whole_day,
        "anniversary": whole_day,
        "children": lambda value: ", ".join(children(value)),
        "note": lambda value: value.replace("\r\n", "\n"),
    },
)
"""What an Outlook contact holds: 2 business phones, 2 home phones, 3 e-mails … (Graph refuses more)."""


def categories(view: Contact, flag: Flag | None, *, flagged: bool) -> list[str]:
    """List an item's categories, the flag last where it is to be there, and nowhere else."""
    if flag is None:
        return list(view.categories)
    return [name for name in view.categories if name != flag.name] + ([flag.name] if flagged else [])


def made_of_name(contact: Contact) -> set[str]:
    """Give what Exchange or Outlook may have made of the name as "file as"."""
    first, last = contact.given_name, contact.family_name
    return {"", f"{last}, {first}", f"{first} {last}", f"{last} {first}", first, last, contact.formatted_name}


def moment(day: str) -> str | None:
    """Write a day as a point in time, as Outlook on the web does: noon but a minute, so that no zone shifts it."""
    return f"{day}T11:59:00Z" if day else None


def day_of(moment: str | None) -> str:
    """Read the day of a point in time that was written at 11:59Z, at 0:00Z, or at midnight of the writer's zone."""
    if not moment:
        return ""
    at = datetime.fromisoformat(re.sub(r"(\.\d{1,6})\d*", r"\1", moment).replace("Z", "+00:00"))
    at = at.replace(tzinfo=UTC) if at.tzinfo is None else at.astimezone(UTC)
    try:
        return (at + timedelta(hours=12)).date().isoformat()
    except OverflowError:
        return date.max.isoformat()
