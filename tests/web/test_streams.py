"""A stream of events ends with the right to see what it tells: it is asked for anew at each look."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from http.client import HTTPConnection, HTTPResponse
from threading import Event
from urllib.parse import urlsplit

import pytest
from sqlalchemy import update

from bridge.mirroring.work import Work
from storage_plugin.database.books import Books
from storage_plugin.database.roles import set_role
from storage_plugin.database.schema import user
from storage_plugin.database.sessions import Sessions
from storage_plugin.database.users import Users
from tests.web.mirroring import user_id
from tests.web.site import Browser, Site

USER = "anna"


@pytest.fixture
def stream(site: Site) -> Iterator[HTTPResponse]:
    """An administrator's stream, whose first event has come; what it is about goes on."""
    site.users.add(USER, role="administrator")
    browser = site.browser(USER)

    is_over = Event()

    async def go_on(_: Work) -> None:
        while not is_over.is_set():
            await asyncio.sleep(0.01)

    assert site.house.background.begin(user_id(site, USER), Work("run"), go_on)
    connection, response = listening(browser)
    assert response.readline() == b"event: message\n"
    yield response
    connection.close()
    is_over.set()


def listening(browser: Browser) -> tuple[HTTPConnection, HTTPResponse]:
    parts = urlsplit(browser.address)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=30)
    connection.request("GET", "/mirror/live", headers={"Cookie": "; ".join(map("=".join, browser.cookies.items()))})
    return connection, connection.getresponse()


def revoke(site: Site) -> None:
    Sessions(site.house.database).end_all(USER)


def remove(site: Site) -> None:
    Users(site.house.database).remove(USER)


def demote(site: Site) -> None:
    set_role(site.house.database, USER, "coworker")


def move(site: Site) -> None:
    other = Books(site.house.database).create("Other")
    with site.house.database.writing() as connection:
        connection.execute(update(user).where(user.c.name == USER).values(book_id=other))


@pytest.mark.parametrize("end", [revoke, remove, demote, move])
def test_a_stream_ends_when_who_listens_is_not_any_more_who_began_it(
    site: Site, stream: HTTPResponse, end: Callable[[Site], None]
):
    end(site)
    assert b"event: over\n" in stream.read()
