"""One device among all: found by its number, and told to list everything anew."""

from __future__ import annotations

from sqlalchemy import select, update

from storage_plugin.database.engine import Database
from storage_plugin.database.faults import retried
from storage_plugin.database.schema import device, user
from storage_plugin.database.users import DeviceRow
from storage_plugin.model.book import NotFound


@retried
def find_device(database: Database, device_id: int) -> DeviceRow:
    """Find a device, shut out or not; raise NotFound."""
    times = (device.c.created_at, device.c.last_used_at, device.c.revoked_at)
    statement = select(device.c.id, user.c.name, device.c.name, *times).join_from(device, user)
    with database.reading() as connection:
        row = connection.execute(statement.where(device.c.id == device_id)).first()
    if row is None:
        raise NotFound(f"there is no device {device_id}")
    key, who, name, *when = row
    return DeviceRow(key, who, name, *(at or "" for at in when))


@retried
def list_anew(database: Database, device_id: int) -> None:
    """Make the device's sync tokens foreign, so that its next sync compares the whole list; raise NotFound.

    What it has is compared by ETag and kept; an edit that it has not sent yet is still merged onto the state that it
    presented before.
    """
    with database.writing() as connection:
        this = update(device).where(device.c.id == device_id).values(epoch=device.c.epoch + 1)
        if connection.execute(this).rowcount == 0:
            raise NotFound(f"there is no device {device_id}")


@retried
def revoke_device(database: Database, device_id: int, at: str) -> None:
    """Shut a device out at once, in every worker; one that is shut out already stays so since then."""
    with database.writing() as connection:
        live = update(device).where(device.c.id == device_id, device.c.revoked_at.is_(None))
        connection.execute(live.values(revoked_at=at))
