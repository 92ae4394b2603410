"""The master list of categories (https://learn.microsoft.com/graph/api/resources/outlookcategory).

A category's name is unique and never changes, its colour may. Items hold the names alone: removing a category from
the list leaves them as they are.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import uuid4

from bridge.simulators.graph.items import Category
from bridge.simulators.graph.messages import Answer, GraphError, Json, bad_request, not_found
from bridge.simulators.graph.routes import Call, Route

_COLORS = {"none", *(f"preset{number}" for number in range(25))}


def _render(category: Category) -> Json:
    return {"id": category.id, "displayName": category.name, "color": category.color}


def _context(call: Call, kind: str = "") -> Json:
    return {
        "@odata.context": f"{call.request.base}/$metadata#users('{call.mailbox.user}')/outlook/masterCategories{kind}"
    }


def _find(call: Call) -> Category:
    for category in call.mailbox.categories:
        if category.id == call.args["category"]:
            return category
    raise not_found()


def _color(value: Any) -> str:
    if not isinstance(value, str) or value not in _COLORS:
        raise bad_request(
            "RequestBodyRead", f"The value '{value}' is not a member of 'microsoft.graph.categoryColor'."
        )
    return value


def list_categories(call: Call) -> Answer:
    """Give the whole list."""
    return Answer(200, _context(call) | {"value": [_render(each) for each in call.mailbox.categories]})


def get_category(call: Call) -> Answer:
    """Give one."""
    return Answer(200, _context(call, "/$entity") | _render(_find(call)))


def create_category(call: Call) -> Answer:
    """Add a category; 409 where the name is taken, in upper or lower case."""
    body = call.request.json()
    name = body.get("displayName")
    if not isinstance(name, str) or not name.strip():
        raise bad_request("ErrorInvalidArgument", "A category needs a displayName.")
    color = _color(body.get("color", "none"))
    if any(each.name.lower() == name.lower() for each in call.mailbox.categories):
        raise GraphError(409, "CategoryNameDuplicate", "A category with the specified name already exists.")
    category = Category(str(uuid4()), name, color)
    call.mailbox.categories.append(category)
    return Answer(201, _context(call, "/$entity") | _render(category))


def change_category(call: Call) -> Answer:
    """Change the colour."""
    old, body = _find(call), call.request.json()
    if body.get("displayName", old.name) != old.name:
        raise bad_request("ErrorInvalidArgument", "The displayName of a category cannot be changed.")
    new = replace(old, color=_color(body.get("color", old.color)))
    call.mailbox.categories[call.mailbox.categories.index(old)] = new
    return Answer(200, _context(call, "/$entity") | _render(new))


def delete_category(call: Call) -> Answer:
    """Take a category off the list."""
    call.mailbox.categories.remove(_find(call))
    return Answer(204)


def routes() -> list[Route]:
    """Give the paths."""
    place, read, write = "/outlook/masterCategories", "MailboxSettings.Read", "MailboxSettings.ReadWrite"
    return [
        Route.of(f"GET {place}", list_categories, read),
        Route.of(f"POST {place}", create_category, write),
        Route.of(f"GET {place}/{{category}}", get_category, read),
        Route.of(f"PATCH {place}/{{category}}", change_category, write),
        Route.of(f"DELETE {place}/{{category}}", delete_category, write),
    ]
