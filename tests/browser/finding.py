"""Which pages there are: the links are followed from the start, as a search engine does."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from html.parser import HTMLParser
from urllib.parse import urljoin, urlsplit

from bridge.web.routes import Route, all_routes
from tests.web.site import Browser

EACH = 2
"""Addresses of one route that are visited: with and without a query, of one contact and another."""

GET = [route for route in all_routes() if route.method == "GET"]
_ATTRIBUTES = {"href", "src", "hx-get"}


class _Links(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        self.found += [value for name, value in attrs if name in _ATTRIBUTES and value]
        if tag == "form" and said.get("method", "get") == "get":
            self.found.append(said.get("action") or "")


def route_of(address: str) -> Route | None:
    """Give the route that answers an address; None for one elsewhere."""
    if urlsplit(address).netloc:
        return None
    path = urlsplit(address).path
    exact = [route for route in GET if route.path == path]
    return next(iter(exact or [route for route in GET if _pattern(route).fullmatch(path)]), None)


def pages(browser: Browser) -> Mapping[str, Sequence[str]]:
    """Give for each route's path the addresses that links lead to, and that answer with a page of their own."""
    found: defaultdict[str, list[str]] = defaultdict(list)
    html: defaultdict[str, list[str]] = defaultdict(list)
    ahead = ["/", *(route.path for route in GET if "{" not in route.path)]
    while ahead:
        address = ahead.pop(0)
        route = route_of(address)
        if route is None or address in found[route.path] or len(found[route.path]) >= EACH or _never_ends(route):
            continue
        found[route.path].append(address)
        answer = browser.get(address, follow=False)
        assert answer.status < 500, address
        if "text/html" not in answer.headers.get("Content-Type", ""):
            ahead.append(urljoin(address, answer.location))
            continue
        if answer.status == 200 and answer.text.startswith("<!doctype html>"):  # not a part of a page
            html[route.path].append(address)
        links = _Links()
        links.feed(answer.text)
        ahead += [urljoin(address, link.partition("#")[0]) for link in links.found]
    return {route.path: html[route.path] for route in GET if found[route.path]}


def _never_ends(route: Route) -> bool:
    return route.path.endswith("/events")


def _pattern(route: Route) -> re.Pattern[str]:
    parts = re.split(r"\{\w+(?::([^}]*))?\}", route.path)
    return re.compile("".join((each or "[^/]+") if odd % 2 else re.escape(each) for odd, each in enumerate(parts)))
