"""The list of contacts: found as one types, narrowed, sorted, a page at a time (BCM-47)."""

from __future__ import annotations

from typing import get_args
from urllib.parse import urlencode

from bridge.web.answers import Answer, Page
from bridge.web.routes import Route
from bridge.web.visit import Visit
from storage_plugin.database.browsing import Sort, Wanted
from storage_plugin.database.record_types import RecordTypes
from storage_plugin.database.viewing import Viewing

PLAIN = "-"
"""Asks for one's own plain contacts, where a record type is named."""


def index(visit: Visit) -> Answer:
    """List contacts; htmx asks for the table alone."""
    viewing, query = Viewing(visit.database, visit.who), visit.query
    sort: Sort = next((each for each in get_args(Sort) if each == query.get("sort")), "name")
    type_, words, category = query.get("type"), query.get("q"), query.get("category")
    wanted = Wanted(
        words=words,
        type="" if type_ == PLAIN else type_,
        plain=type_ == PLAIN,
        category=category,
        sort=sort,
        language=visit.language.code,
        page=number(query.get("page")) or 1,
    )
    found = viewing.lines(wanted)

    def address(page: int) -> str:
        asked = {"q": words, "type": type_, "category": category, "sort": sort, "page": page}
        return "/contacts?" + urlencode({name: value for name, value in asked.items() if value})

    shows = {
        "found": found,
        "words": words,
        "chosen": {"type": type_, "category": category, "sort": sort},
        "earlier": found.page > 1 and address(found.page - 1),
        "later": found.has_later and address(found.page + 1),
    }
    if visit.is_fragment:
        return Page("_contacts.html", shows)
    types = [each.name for each in RecordTypes(visit.database, visit.who.book_id).list()]
    more = {"types": types, "plain": PLAIN, "categories": viewing.categories()}
    return Page("contacts.html", shows | more | {"may_change": not visit.who.view.read_only})


def number(text: str) -> int:
    """Read a small number; 0 for anything else."""
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


ROUTES = [Route("GET", "/contacts", index)]
