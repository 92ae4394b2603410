"""When a device was last seen is noted once an hour at most: each request would wait for a write otherwise."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, update

from storage_plugin.database.schema import device
from tests.dav.client import Client
from tests.dav.conftest import Server


@pytest.mark.parametrize(("ago", "is_noted"), [(55, False), (65, True)])
def test_a_use_is_noted_when_the_last_one_is_an_hour_ago(
    server: Server, phone: Client, ago: int, is_noted: bool
) -> None:
    now = datetime.now(UTC)
    before = (now - timedelta(minutes=ago)).isoformat(timespec="milliseconds")
    with server.database.writing() as connection:
        connection.execute(update(device).values(last_used_at=before))
    phone.sync()
    with server.database.reading() as connection:
        (used,) = set(connection.execute(select(device.c.last_used_at)).scalars())
    assert (used != before) is is_noted
