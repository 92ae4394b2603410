"""Views in the words of the command line: ``company contains Contoso`` ⇄ Condition."""

from __future__ import annotations

import re
from dataclasses import fields

from storage_plugin.model.contact import ENTRIES, PARTS, Contact
from storage_plugin.model.view import Condition, NewContacts, Operator, View

_OPERATORS = "|".join(sorted((operator.value for operator in Operator), key=len, reverse=True))
_CONDITION = re.compile(rf"(?P<property>\S.*?)\s+(?P<operator>{_OPERATORS})(?:\s+(?P<value>.*))?", re.S)
WITHOUT_VALUE = (Operator.IS_EMPTY, Operator.IS_NOT_EMPTY)
"""The operators that compare with nothing."""


def condition(text: str) -> Condition:
    """Read a condition; raise ValueError with a sentence for the one who wrote it."""
    found = _CONDITION.fullmatch(text.strip())
    if found is None:
        known = ", ".join(operator.value for operator in Operator)
        raise ValueError(f"{text!r} is not PROPERTY OPERATOR VALUE with one of the operators {known}.")
    return made(found["property"], Operator(found["operator"]), (found["value"] or "").strip())


def made(name: str, operator: Operator, value: str) -> Condition:
    """Make a condition; raise ValueError with a sentence for an unknown property, or a value out of place."""
    if not _is_property(name):
        raise ValueError(f"{name!r} is no property of a contact; company, emails.address and categories are.")
    if bool(value) == (operator in WITHOUT_VALUE):
        raise ValueError(f"{operator.value!r} takes {'no' if value else 'a'} value.")
    return Condition(name, operator, value)


def described(view: View) -> str:
    """Say in a line what a view shows and allows."""
    conditions = [" ".join(filter(None, [c.property, c.operator.value, c.value])) for c in view.filter.conditions]
    parts = [(" and " if view.filter.match == "all" else " or ").join(conditions) or "everything"]
    if view.read_only:
        parts.append("read-only")
    if view.new_contacts is not NewContacts.INBOX:
        parts.append(f"new contacts: {view.new_contacts.value}")
    if view.show_accounts:
        parts.append("with accounts")
    return ", ".join(parts)


def _is_property(name: str) -> bool:
    head, _, tail = name.partition(".")
    if head == "custom":
        return bool(tail)
    if not tail:
        singles = {field.name for field in fields(Contact)} - set(ENTRIES)
        return name in singles or name in ("type", "customer_number")
    return tail in PARTS.get(head, ())
