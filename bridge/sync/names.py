"""The written-out name (FN) under a merge: where it follows from the parts of the name, it follows the merged parts.

Exchange makes its display name anew from the parts with every change, phones write theirs out themselves. A name that
somebody has written freely ("Nick (garage)") follows no style and is a field like any other.
"""

from __future__ import annotations

from collections.abc import Callable

from storage_plugin.model.contact import NAME_PARTS, Contact
from storage_plugin.model.mirror import Side

Style = Callable[[Contact], str]

Two = tuple[Contact, Contact]
"""A contact on our side and on theirs."""


def _words(*names: str) -> Style:
    return lambda contact: " ".join(part for name in names if (part := getattr(contact, name)))


def _family_first(contact: Contact) -> str:
    given = " ".join(part for part in (contact.given_name, contact.middle_name) if part)
    return ", ".join(part for part in (contact.family_name, given) if part)


STYLES: tuple[Style, ...] = (
    _words("given_name", "family_name"),
    _words("given_name", "middle_name", "family_name"),
    _words("given_name", "middle_name", "family_name", "suffix"),
    _words(*NAME_PARTS),
    _words("prefix", "given_name", "family_name"),
    _words("family_name", "given_name"),
    _family_first,
)
"""The ways in which programs write a name out, the plainest first."""


def style_of(contact: Contact) -> Style | None:
    """Give the style in which the formatted name follows from the parts; None for a name written freely."""
    name = contact.formatted_name
    return next((style for style in STYLES if style(contact) == name), None) if name else None


def rejoined(
    bases: tuple[Contact, Contact],
    sides: tuple[Contact, Contact],
    merged: tuple[Contact, Contact],
    winner: Side | None,
) -> tuple[str, str] | None:
    """Give the formatted names of the two merged contacts where they follow from merged parts; else None.

    That is so where each side changed parts of the name, and where a side writes all
    names out in a style of its own.
    """
    changed = [side for side in (0, 1) if sides[side].formatted_name != bases[side].formatted_name]
    edited = [side for side in (0, 1) if _parts(sides[side]) != _parts(bases[side])]
    styles = [style_of(contact) for contact in sides]
    if not changed or any(styles[side] is None for side in changed):
        return None
    if len(edited) == 2 and _parts(sides[0]) != _parts(sides[1]):
        leading = changed[0] if len(changed) == 1 else 1 if winner is Side.THEIRS else 0
        style = styles[leading]
        assert style is not None
        return style(merged[0]), style(merged[1])
    if len(changed) == 1 and bases[0].formatted_name != bases[1].formatted_name:
        own, other = styles
        if own is not None and other is not None and style_of(bases[changed[0]]) is not None:
            return own(merged[0]), other(merged[1])
    return None


def _parts(contact: Contact) -> tuple[str, ...]:
    return tuple(getattr(contact, name) for name in NAME_PARTS)
