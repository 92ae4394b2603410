"""Graph's contact as JSON ⇄ properties of the store: types, slots, what the service makes of a value by itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from bridge.simulators.graph.items import Value
from bridge.simulators.graph.messages import GraphError, Json, bad_request
from bridge.simulators.graph.properties import ADDRESSES, ARRAYS, BIRTHDAY, EMAILS, SLOTS, TEXTS, property_name

Changes = dict[str, Value | None]
Store = Mapping[str, Value]

ONE_EMAIL = {"primaryEmailAddress": 0, "secondaryEmailAddress": 1, "tertiaryEmailAddress": 2}
READ_ONLY = {"id", "changeKey", "createdDateTime", "lastModifiedDateTime", "parentFolderId"}
NAME_PARTS = ("title", "givenName", "middleName", "surname", "generation")
FIELDS = (*TEXTS, *SLOTS, *ARRAYS, *ADDRESSES, *ONE_EMAIL, "emailAddresses", "birthday")
"""All fields of a contact that can be written."""


def read_contact(store: Store, directory: Mapping[str, str]) -> Json:
    """Give a contact's own fields (without id and version) as an answer by id shows them."""
    contact: Json = {name: store.get(key) for name, key in TEXTS.items()}
    contact |= {name: [store[key] for key in keys if key in store] for name, keys in SLOTS.items()}
    contact |= {name: list(store.get(key, [])) for name, key in ARRAYS.items()}
    for name, parts in ADDRESSES.items():
        contact[name] = {part: store[key] for part, key in parts.items() if key in store}
    emails = [_email(store, slot, directory) for slot in EMAILS]
    contact["emailAddresses"] = [email for email in emails if email]
    contact |= {name: emails[number] for name, number in ONE_EMAIL.items()}
    contact["birthday"] = store.get(BIRTHDAY)
    return contact


def _email(store: Store, slot: tuple[str, str], directory: Mapping[str, str]) -> Json | None:
    """Give an address; a colleague's comes with the name of the directory, whatever was written (docs#19265)."""
    name, address = (store.get(key) for key in slot)
    if address is not None and str(address).lower() in directory:
        name = directory[str(address).lower()]
    shown = {part: value for part, value in (("name", name), ("address", address)) if value is not None}
    return shown or None


def write_contact(body: Json, store: Store) -> Changes:
    """Read a POST (``store`` empty) or a PATCH into changes of properties; 400 for what the service refuses.

    Regenerates displayName and fileAs when parts of the name change and they are not sent themselves.
    """
    changes: Changes = {}
    for name, value in body.items():
        if name.startswith("@odata.") or name in READ_ONLY:
            continue
        if name == "singleValueExtendedProperties":
            continue
        if name not in FIELDS:
            raise bad_request(
                "RequestBodyRead",
                f"The property '{name}' does not exist on type 'microsoft.graph.contact'. Make sure to only use "
                "property names that are defined by the type or mark the type as open type.",
            )
        changes |= _written(name, value)
    for name, number in ONE_EMAIL.items():
        if name in body:
            changes |= _email_changes(EMAILS[number], body[name])
    changes |= _extended(body.get("singleValueExtendedProperties", []))
    return changes | regenerated(changes, store)


def _written(name: str, value: Any) -> Changes:
    if name in TEXTS:
        return {TEXTS[name]: _text(name, value) or None}
    if name in SLOTS:
        texts = _texts(name, value)
        _check_room(name, texts, len(SLOTS[name]))
        return {key: texts[index] if index < len(texts) else None for index, key in enumerate(SLOTS[name])}
    if name in ARRAYS:
        return {ARRAYS[name]: _texts(name, value) or None}
    if name in ADDRESSES:
        return _address_changes(name, value)
    if name == "emailAddresses":
        return _emails_changes(value)
    return {BIRTHDAY: _time(value)} if name == "birthday" else {}


def _emails_changes(value: Any) -> Changes:
    if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
        raise _wrong("emailAddresses", value)
    _check_room("emailAddresses", value, len(EMAILS))
    changes: Changes = {}
    for index, slot in enumerate(EMAILS):
        changes |= _email_changes(slot, value[index] if index < len(value) else None)
    return changes


def _email_changes(slot: tuple[str, str], value: Any) -> Changes:
    """Write one address; without a name it names itself. One ending in a comma is lost, not its name (docs#2186)."""
    if value is None:
        return dict.fromkeys(slot)
    if not isinstance(value, dict) or set(value) - {"name", "address", "@odata.type"}:
        raise _wrong("emailAddress", value)
    name, address = _text("name", value.get("name")) or None, _text("address", value.get("address")) or None
    kept = None if address and address.endswith(",") else address
    return {slot[0]: name or address, slot[1]: kept}


def _address_changes(name: str, value: Any) -> Changes:
    if value is None:
        return dict.fromkeys(ADDRESSES[name].values())
    if not isinstance(value, dict) or set(value) - set(ADDRESSES[name]) - {"@odata.type"}:
        raise _wrong(name, value)
    return {key: _text(part, value.get(part)) or None for part, key in ADDRESSES[name].items()}


def _extended(value: Any) -> Changes:
    changes: Changes = {}
    if not isinstance(value, list):
        raise _wrong("singleValueExtendedProperties", value)
    for each in value:
        if not isinstance(each, dict) or not isinstance(each.get("id"), str):
            raise _wrong("singleValueExtendedProperties", each)
        changes[property_name(each["id"])] = _text("value", each.get("value"))
    return changes


def regenerated(changes: Changes, store: Store) -> Changes:
    """Make displayName and fileAs from the parts of the name where these change and they are not sent themselves."""
    if not any(key in changes and changes[key] != store.get(key) for key in map(TEXTS.__getitem__, NAME_PARTS)):
        return {}
    after = {name: changes.get(key, store.get(key)) for name, key in TEXTS.items()}
    made = {
        "displayName": " ".join(str(after[part]) for part in NAME_PARTS if after[part]),
        "fileAs": ", ".join(str(after[part]) for part in ("surname", "givenName") if after[part]),
    }
    return {TEXTS[name]: value or None for name, value in made.items() if TEXTS[name] not in changes}


def _check_room(name: str, value: list[Any], most: int) -> None:
    if len(value) > most:
        raise bad_request(
            "ErrorInvalidArgument",
            f"The multi value property {name[0].upper()}{name[1:]} has {len(value)} entries, that exceeds the max "
            f"allowed value of {most}",
        )


def _text(name: str, value: Any) -> str | None:
    if value is not None and not isinstance(value, str):
        raise _wrong(name, value)
    return value


def _texts(name: str, value: Any) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
        raise _wrong(name, value)
    return value


def _time(value: Any) -> str | None:
    """Read an Edm.DateTimeOffset; a date alone is none, although one sample of the documentation shows it."""
    if value is None:
        return None
    if not isinstance(value, str) or not re.fullmatch(
        r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d{1,7})?)?(Z|[+-]\d\d:\d\d)", value
    ):
        raise _wrong("birthday", value)
    try:
        moment = datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise _wrong("birthday", value) from error
    return moment.replace(tzinfo=None).isoformat(timespec="seconds") + "Z"


def _wrong(name: str, value: Any) -> GraphError:
    return bad_request("RequestBodyRead", f"Cannot convert the value '{value}' of '{name}' to the expected type.")
