"""What a record says after a file about the same person: what the file fills wins, what it leaves empty stays.

A file seldom says all there is to say of somebody, and nobody knows what it said before: so nothing is ever taken
away. An entry of a list that is new takes the place of one of its kind that the file does not name (a changed
number), and stands at the end where there is none.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import fields, replace
from typing import Any

from storage_plugin.model.contact import NAME_PARTS, TEXTS, Contact, PostalAddress, display_name

_ENTRIES = {"emails": "address", "phones": "number", "urls": "address", "messengers": "handle", "dates": "value"}
_MANNER = ("kind", "label", "preferred")
_PLACE = tuple(field.name for field in fields(PostalAddress) if field.name not in _MANNER)


def updated(old: Contact, said: Contact, *, is_row: bool) -> Contact:
    """Give ``old`` with what a file says; a row of a table has no full name of its own, nor tells firm from person.

    The photo stays: its bytes are not in a Contact (see ``vcard.filling``).
    """
    changes: dict[str, Any] = {name: getattr(said, name) or getattr(old, name) for name in TEXTS}
    for name, value in _ENTRIES.items():
        changes[name] = _entries(getattr(old, name), getattr(said, name), value)
    changes["addresses"] = _addresses(old.addresses, said.addresses)
    changes["categories"] = (
        *old.categories,
        *dict.fromkeys(each for each in said.categories if each not in old.categories),
    )
    new = replace(old, **changes)
    if not is_row:
        return replace(new, is_company=old.is_company or said.is_company)
    if old.is_company and old.formatted_name == old.company:
        return replace(new, formatted_name=new.company)
    if all(getattr(new, part) == getattr(old, part) for part in NAME_PARTS):
        is_named = any(getattr(said, part) for part in NAME_PARTS) or said.formatted_name in _substitutes(said)
        return replace(new, formatted_name=old.formatted_name) if is_named else new
    return replace(new, formatted_name=display_name(replace(new, formatted_name="")))


def _substitutes(said: Contact) -> tuple[str, ...]:
    """Give what a row without a name goes by."""
    return (
        said.company,
        said.nickname,
        *(email.address for email in said.emails),
        *(phone.number for phone in said.phones),
    )


def _entries(old: Sequence[Any], said: Sequence[Any], value: str) -> tuple[Any, ...]:
    def key(entry: Any) -> Hashable:
        return "".join(str(getattr(entry, value)).split()).casefold()

    result, named, known = list(old), {key(entry) for entry in said}, {key(entry) for entry in old}
    free = [at for at, entry in enumerate(old) if key(entry) not in named]
    for entry in said:
        if key(entry) in known:
            continue
        known.add(key(entry))
        at = next((at for at in free if _are_alike(old[at], entry)), None)
        if at is None:
            result.append(entry)
        else:
            free.remove(at)
            result[at] = replace(old[at], **{value: getattr(entry, value)})
    return tuple(result)


def _are_alike(old: Any, new: Any) -> bool:
    """Tell whether one entry can stand for the other: of one kind and label, or of none that is named."""
    is_of_kind = getattr(new, "kind", "") in ("", getattr(old, "kind", ""))
    return is_of_kind and getattr(new, "label", "") in ("", getattr(old, "label", ""))


def _addresses(old: Sequence[PostalAddress], said: Sequence[PostalAddress]) -> tuple[PostalAddress, ...]:
    result, free = list(old), list(range(len(old)))
    rest = []
    for address in said:
        at = next((at for at in free if _says_already(old[at], address)), None)
        if at is None:
            rest.append(address)
        else:
            free.remove(at)
    for address in rest:
        at = next((at for at in free if _are_alike(old[at], address)), None)
        if at is None:
            result.append(address)
        else:
            free.remove(at)
            filled: dict[str, Any] = {part: getattr(address, part) or getattr(old[at], part) for part in _PLACE}
            result[at] = replace(old[at], **filled)
    return tuple(result)


def _says_already(old: PostalAddress, new: PostalAddress) -> bool:
    return all(getattr(new, part) in ("", getattr(old, part)) for part in _PLACE)
