"""A filter as a form: a row for each condition (property, operator, value), and whether all or any must hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bridge.views import WITHOUT_VALUE, made
from bridge.web.visit import Form, Visit
from storage_plugin.model.book import Refused
from storage_plugin.model.record_type import RecordType
from storage_plugin.model.view import Condition, Filter, NewContacts, Operator, View

EMPTY_ROWS = 2
MOST = 50
"""Conditions of a filter."""

IS_COMPANY = "is_company"


@dataclass(frozen=True, slots=True)
class FilterForm:
    """What the template ``_filter_form.html`` shows; choices are pairs of what is sent and what is read."""

    conditions: tuple[Condition | None, ...]
    match: str
    properties: Sequence[tuple[str, str]]
    operators: Sequence[tuple[str, str]]


def filter_form(visit: Visit, present: Filter, types: Sequence[RecordType]) -> FilterForm:
    """Make the form of a filter, with rows for some more conditions."""
    properties = _properties(visit, types)
    known = {name for name, _ in properties}
    more = [(each.property, each.property) for each in present.conditions if each.property not in known]
    shown = (replace(each, value=_value_said(visit, each)) for each in present.conditions)
    rows = (*shown, *(None,) * EMPTY_ROWS)
    return FilterForm(rows, present.match, [*properties, *dict.fromkeys(more)], _operators(visit))


def view_said(visit: Visit, view: View) -> str:
    """Say in a line what a view shows and allows."""
    names, operators = dict(_properties(visit, ())), dict(_operators(visit))
    conditions = []
    for each in view.filter.conditions:
        name = names.get(each.property, each.property.removeprefix("custom."))
        conditions.append(" ".join(filter(None, [name, operators[each.operator.value], _value_said(visit, each)])))
    link = visit._("and") if view.filter.match == "all" else visit._("or")
    said = [f" {link} ".join(conditions) or visit._("all shared contacts")]
    said += [visit._("read-only")] if view.read_only else []
    said += [visit._("with accounts")] if view.show_accounts else []
    if view.new_contacts is not NewContacts.INBOX:
        is_refused = view.new_contacts is NewContacts.REFUSE
        said.append(visit._("new contacts are refused") if is_refused else visit._("new contacts are accepted"))
    return ", ".join(said)


def filter_in(visit: Visit, form: Form) -> Filter:
    """Read a filter; rows without a property count for nothing. Raises Refused with a sentence."""
    names, operators, values = (form.all(name) for name in ("property", "operator", "value"))
    rows = list(zip(names, operators, values, strict=False))
    if not len(names) == len(operators) == len(values) or len(rows) > MOST:
        raise Refused(visit._("The filter is not complete: load the page again."))
    conditions = tuple(_condition(visit, *row) for row in rows if row[0])
    return Filter(conditions, "any" if form.get("match") == "any" else "all")


def _condition(visit: Visit, name: str, operator: str, value: str) -> Condition:
    if operator not in set(Operator):
        raise Refused(visit._("The filter is not complete: load the page again."))
    if operator not in WITHOUT_VALUE and not value:
        raise Refused(visit._("A condition lacks its value: %(property)s.", property=name))
    if name == IS_COMPANY:
        value = {said: yes for yes, said in _yes_no(visit).items()}.get(value.casefold(), value)
    try:
        return made(name, Operator(operator), "" if operator in WITHOUT_VALUE else value)
    except ValueError:
        raise Refused(visit._("A contact has no property %(property)s.", property=name)) from None


def _value_said(visit: Visit, condition: Condition) -> str:
    """Give a value as people write it: true and false are words of the database."""
    words = _yes_no(visit) if condition.property == IS_COMPANY else {}
    return words.get(condition.value, condition.value)


def _yes_no(visit: Visit) -> dict[str, str]:
    return {"true": visit._("yes"), "false": visit._("no")}


def _properties(visit: Visit, types: Sequence[RecordType]) -> list[tuple[str, str]]:
    names = [
        ("formatted_name", visit._("Name")),
        ("family_name", visit._("Last name")),
        ("company", visit._("Company")),
        ("department", visit._("Department")),
        ("job_title", visit._("Job title")),
        ("categories", visit._("Category")),
        ("type", visit._("Record type")),
        ("customer_number", visit._("Customer number")),
        ("emails.address", visit._("E-mail address")),
        ("phones.number", visit._("Telephone number")),
        ("addresses.street", visit._("Street")),
        ("addresses.postal_code", visit._("Postal code")),
        ("addresses.city", visit._("City")),
        ("addresses.region", visit._("Region")),
        ("addresses.country", visit._("Country")),
        ("urls.address", visit._("Web page")),
        ("birthday", visit._("Birthday")),
        ("note", visit._("Note")),
        (IS_COMPANY, visit._("Stands for a company (yes, no)")),
    ]
    own = dict.fromkeys(field.name for each in types for field in each.fields)
    return names + [(f"custom.{name}", name) for name in own]


def _operators(visit: Visit) -> list[tuple[str, str]]:
    names = {
        Operator.IS: visit._("is"),
        Operator.IS_NOT: visit._("is not"),
        Operator.CONTAINS: visit._("contains"),
        Operator.CONTAINS_NOT: visit._("does not contain"),
        Operator.STARTS_WITH: visit._("starts with"),
        Operator.IS_EMPTY: visit._("is empty"),
        Operator.IS_NOT_EMPTY: visit._("is not empty"),
        Operator.LESS: visit._("is less than"),
        Operator.GREATER: visit._("is greater than"),
    }
    return [(operator.value, names[operator]) for operator in Operator]
