"""``contact-bridge undo``: take back what a device did."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING

import click

from bridge.cli.book import Book, opened
from bridge.cli.options import as_json, print_json, with_book
from bridge.place import Place

if TYPE_CHECKING:
    from storage_plugin.database.users import DeviceRow


@click.command()
@click.option("--device", required=True, metavar="NAME", help="The device, as `device list` names it.")
@click.option("--user", metavar="USER", help="Whose device, where several have one of that name.")
@click.option("--since", required=True, metavar="TIME", help="2026-11-21 14:00 (your time), or 2h, 30m, 3d ago.")
@as_json
@with_book
def undo(place: Place, device: str, user: str | None, since: str, as_json: bool) -> None:
    """Undo all that a device did since a time: for a lost phone, a child, a program that ran wild.

    What it made goes to the deleted items, what it deleted comes back, what it changed is as before; what others
    did since stays.

    \b
    Examples:
      contact-bridge undo --device iPhone --since 2h
      contact-bridge undo --device iPhone --user anna --since "2026-11-21 14:00"
    """
    from bridge.times import point_in_time
    from storage_plugin.database.books import Books
    from storage_plugin.database.undo import undo as undo_changes

    try:
        start = point_in_time(since, datetime.now().astimezone())
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    with opened(place) as book:
        found = _device(book, device, user)
        key = book.id if place.book else Books(book.database).find(user=found.user)
        report = undo_changes(book.database, key, found.id, start, book.by)
    if as_json:
        print_json(asdict(report))
        return
    for record in report.records:
        click.echo(f"{record.id:>6}  {record.name}: {record.what}{': ' + record.reason if record.reason else ''}")
    for name in report.groups_left:
        click.echo(f"        the group {name} is left as it is")
    click.echo(f"{sum(record.what != 'left' for record in report.records)} undone.")


def _device(book: Book, name: str, user: str | None) -> DeviceRow:
    from storage_plugin.database.users import Users
    from storage_plugin.model.book import NotFound

    found = [each for each in Users(book.database).devices(user) if each.name == name]
    if not found:
        raise NotFound(f"there is no device {name}: see `contact-bridge device list`")
    if len({each.user for each in found}) > 1:
        owners = ", ".join(sorted({each.user for each in found}))
        raise click.UsageError(f"{owners} each have a device {name}: say whose with --user.")
    return found[-1]
