"""What a person types about a contact ⇄ Graph's JSON; pure. Only what was changed is written."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from bridge.simulators.graph.messages import GraphError, Json

Form = dict[str, str]


@dataclass(frozen=True, slots=True)
class Field:
    """A line of the form; ``kind`` is the type of an HTML input, or ``textarea``."""

    name: str
    label: str
    kind: str = "text"


_EMAILS = ("primaryEmailAddress", "secondaryEmailAddress", "tertiaryEmailAddress")
_PHONES = {"businessPhones": 2, "homePhones": 2}
_ADDRESS = "businessAddress"
_PARTS = {"street": "Street", "postalCode": "Postal code", "city": "City", "countryOrRegion": "Country"}
_TEXTS = ("givenName", "surname", "companyName", "jobTitle", "department", "mobilePhone", "personalNotes")

FIELDS = (
    Field("givenName", "First name"),
    Field("surname", "Last name"),
    Field("companyName", "Company"),
    Field("jobTitle", "Job title"),
    Field("department", "Department"),
    Field("primaryEmailAddress", "E-mail", "email"),
    Field("secondaryEmailAddress", "E-mail 2", "email"),
    Field("tertiaryEmailAddress", "E-mail 3", "email"),
    Field("mobilePhone", "Mobile", "tel"),
    Field("businessPhones.0", "Business phone", "tel"),
    Field("businessPhones.1", "Business phone 2", "tel"),
    Field("homePhones.0", "Home phone", "tel"),
    Field("homePhones.1", "Home phone 2", "tel"),
    *(Field(f"{_ADDRESS}.{part}", label) for part, label in _PARTS.items()),
    Field("birthday", "Birthday", "date"),
    Field("personalNotes", "Notes", "textarea"),
)


def form_of(contact: Json) -> Form:
    """Give what the form shows of a contact."""
    form = {name: contact.get(name) or "" for name in _TEXTS}
    form |= {name: (contact.get(name) or {}).get("address") or "" for name in _EMAILS}
    for name, room in _PHONES.items():
        numbers = [*contact.get(name, []), *[""] * room]
        form |= {f"{name}.{index}": numbers[index] for index in range(room)}
    form |= {f"{_ADDRESS}.{part}": contact.get(_ADDRESS, {}).get(part) or "" for part in _PARTS}
    return form | {"birthday": _day(contact.get("birthday")), "personalNotes": _lines(form["personalNotes"])}


def typed(sent: Mapping[str, str]) -> Form:
    """Give what was typed, field by field; whatever else was sent is left out."""
    return {field.name: _lines(sent.get(field.name, "")).strip() for field in FIELDS}


def changes_of(contact: Json, form: Form) -> Json:
    """Give the body of a PATCH (of a POST, if there is no contact) with what differs; GraphError for a wrong day."""
    before = form_of(contact)
    changed = {name for name, value in form.items() if value != before[name].strip()}
    body: Json = {name: form[name] or None for name in _TEXTS if name in changed}
    body |= {name: {"address": form[name]} if form[name] else None for name in _EMAILS if name in changed}
    for name, room in _PHONES.items():
        names = [f"{name}.{index}" for index in range(room)]
        if not changed.isdisjoint(names):
            body[name] = [form[each] for each in names if form[each]]
    if not changed.isdisjoint(f"{_ADDRESS}.{part}" for part in _PARTS):
        body[_ADDRESS] = contact.get(_ADDRESS, {}) | {part: form[f"{_ADDRESS}.{part}"] or None for part in _PARTS}
    if "birthday" in changed:
        body["birthday"] = _noon(form["birthday"])
    return body


def name_of(contact: Json) -> str:
    """Give the name under which a contact is listed."""
    emails = [email.get("address") for email in contact.get("emailAddresses", [])]
    names = (contact.get("displayName"), contact.get("companyName"), *emails)
    return next((str(name) for name in names if name), "No name")


def _day(birthday: str | None) -> str:
    """Give the day of a birthday: midnight in any time zone, or noon."""
    if not birthday:
        return ""
    try:
        return (datetime.fromisoformat(birthday) + timedelta(hours=12)).date().isoformat()
    except OverflowError:
        return ""


def _noon(day: str) -> str | None:
    """Give Outlook's time for a day, 11:59 UTC."""
    if not day:
        return None
    try:
        return f"{date.fromisoformat(day).isoformat()}T11:59:00Z"
    except ValueError as error:
        raise GraphError(400, "ErrorInvalidProperty", f"{day} is not a day: write it as 1980-02-29.") from error


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n")
