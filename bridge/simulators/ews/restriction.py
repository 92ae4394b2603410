"""Restrictions of FindItem and FindFolder, and the order of FindItem ([MS-OXWSSRCH]).

A reader gives, for a path, how the value of that property is read from what is searched.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar
from xml.etree.ElementTree import Element

from bridge.simulators.ews.soap import T, attribute, child, invalid, local
from bridge.simulators.graph.items import Value

X = TypeVar("X")
Read = Callable[[X], Value | None]
Reader = Callable[[Element], Read[X]]


def read(restriction: Element | None, reader: Reader[X]) -> Callable[[X], bool]:
    """Read a Restriction; without one everything passes."""
    return _everything if restriction is None else _test(next(iter(restriction)), reader)


def _everything(one: object) -> bool:
    return True


def ordered(found: list[X], order: Element | None, reader: Reader[X]) -> list[X]:
    """Sort as a SortOrder says, the first field above the others; what has no value comes first."""
    for field in reversed(() if order is None else list(order)):
        rank = _ranked(reader(next(iter(field))))
        found = sorted(found, key=rank, reverse=field.get("Order") == "Descending")
    return found


def _ranked(value: Read[X]) -> Callable[[X], tuple[int, int, str]]:
    return lambda one: _rank(value(one))


def _rank(value: Value | None) -> tuple[int, int, str]:
    said = _folded(value)
    if said is None:
        return (0, 0, "")
    return (1, int(said), "") if said.isdecimal() else (2, 0, said)


def _test(said: Element, reader: Reader[X]) -> Callable[[X], bool]:
    kind = local(said)
    if kind in ("And", "Or"):
        tests = [_test(each, reader) for each in said]
        combine = all if kind == "And" else any
        return lambda one: combine(test(one) for test in tests)
    if kind == "Not":
        inner = _test(next(iter(said)), reader)
        return lambda one: not inner(one)
    value = reader(next(iter(said)))
    if kind == "Exists":
        return lambda one: value(one) is not None
    if kind == "IsEqualTo":
        constant = said.find(f"{T}FieldURIOrConstant/{T}Constant")
        wanted = "" if constant is None else attribute(constant, "Value").casefold()
        return lambda one: _folded(value(one)) == wanted
    if kind == "Contains":
        part = attribute(child(said, f"{T}Constant"), "Value").casefold()
        return lambda one: part in (_folded(value(one)) or "")
    raise invalid(f"the restriction {kind} is not simulated.")


def _folded(value: Value | None) -> str | None:
    """Give a value as comparisons see it, which know no upper and lower case."""
    return None if value is None else "\n".join([value] if isinstance(value, str) else value).casefold()
