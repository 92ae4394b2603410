"""CARDDAV:filter applied to a card (RFC 6352 10.5), and what a database may look for to find candidates.

A property that occurs several times matches if one occurrence does, all conditions of a prop-filter with
test="allof" on that same occurrence; ``negate-condition`` turns the outcome for each occurrence. So "an EMAIL that
does not contain x" is true of a card with two addresses of which one contains x.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from storage_plugin.dav.filters import Filter, ParamFilter, PropFilter, TextMatch
from storage_plugin.model.book import EXACT_NEEDLES, Needle
from storage_plugin.model.view import folded
from storage_plugin.vcard.lines import Card, parse
from storage_plugin.vcard.search import PropertyValue, values_of

_ASCII = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}
_FOLD: dict[str, Callable[[str], str]] = {
    "i;ascii-casemap": lambda text: text.translate(_ASCII),
    "i;octet": lambda text: text,
    "i;unicode-casemap": folded,
}
_COMPARE: dict[str, Callable[[str, str], bool]] = {
    "equals": lambda value, text: value == text,
    "contains": lambda value, text: text in value,
    "starts-with": str.startswith,
    "ends-with": str.endswith,
}
_LISTS = frozenset({"CATEGORIES", "NICKNAME", "N", "ADR", "ORG"})


def matches(filter: Filter, text: str) -> bool:
    """Tell whether the card ``text`` passes."""
    if not filter.props:
        return True
    card = parse(text)
    join = all if filter.every else any
    return join(_prop_matches(prop, card) for prop in filter.props)


def is_exact(filter: Filter) -> bool:
    """Tell whether ``needles`` says all: one value of FN or EMAIL that contains a text, in any case of letters."""
    if len(filter.props) != 1 or len(filter.props[0].texts) != 1:
        return False
    (prop,) = filter.props
    (text,) = prop.texts
    is_plain = (text.collation, text.match_type, text.negate) == ("i;unicode-casemap", "contains", False)
    is_whole = prop.name.upper() in EXACT_NEEDLES and not (prop.params or prop.is_not_defined)
    return is_plain and is_whole and "\n" not in text.text and bool(text.text)


def needles(filter: Filter) -> tuple[tuple[Needle, ...], bool]:
    """Give folded texts of which a matching card contains any (False) or every one (True); none: look at all."""
    groups = [_needles(prop) for prop in filter.props]
    if filter.every:
        single = tuple(dict.fromkeys(group[0] for group in groups if len(group) == 1))
        if single:
            return single, True
        return next((group for group in groups if group), ()), False
    if not all(groups):
        return (), False
    return tuple(dict.fromkeys(needle for group in groups for needle in group)), False


def _needles(prop: PropFilter) -> tuple[Needle, ...]:
    """Give the texts of which a card that passes ``prop`` contains at least one; ``()`` if there are none such."""
    if prop.is_not_defined:
        return ()
    found = [_needle(text) for text in prop.texts]
    bare = prop.name.rpartition(".")[2].upper()
    if prop.every:
        best = max(found, key=len, default="")
        return (Needle(best, bare),) if best else ()
    return tuple(Needle(text, bare) for text in found) if found and all(found) and not prop.params else ()


def _needle(match: TextMatch) -> str:
    """Give what the folded value surely contains; the last letter may compose with what follows it in the card."""
    if match.negate:
        return ""
    if match.collation == "i;unicode-casemap":
        return folded(match.text)
    return match.text[:-1].lower() if match.text.isascii() else ""


def _prop_matches(prop: PropFilter, card: Card) -> bool:
    values = values_of(card, prop.name)
    if prop.is_not_defined:
        return not values
    if not (prop.texts or prop.params):
        return bool(values)
    join = all if prop.every else any
    bare = prop.name.rpartition(".")[2].upper()
    return any(join(_conditions(prop, bare, value)) for value in values)


def _conditions(prop: PropFilter, bare: str, value: PropertyValue) -> Iterable[bool]:
    yield from (_text_matches(match, _alternatives(bare, value.text)) for match in prop.texts)
    yield from (_param_matches(param, value) for param in prop.params)


def _alternatives(bare: str, text: str) -> tuple[str, ...]:
    """Give the whole value and, where it is a list or structured, each of its parts."""
    if bare not in _LISTS:
        return (text,)
    sign = "," if bare in ("CATEGORIES", "NICKNAME") else ";"
    return (text, *(part.strip() for part in text.split(sign))) if sign in text else (text,)


def _param_matches(param: ParamFilter, value: PropertyValue) -> bool:
    found = [text for name, texts in value.params if name == param.name for text in texts]
    is_there = any(name == param.name for name, _ in value.params)
    if param.is_not_defined:
        return not is_there
    if param.text is None:
        return is_there
    return is_there and _text_matches(param.text, found)


def _text_matches(match: TextMatch, values: Iterable[str]) -> bool:
    fold, compare = _FOLD[match.collation], _COMPARE[match.match_type]
    wanted = fold(match.text)
    return any(compare(fold(value), wanted) for value in values) != match.negate
