"""``contact-bridge backup`` and ``restore``: everything in one file, for any database."""

from __future__ import annotations

from pathlib import Path

import click

from bridge.cli.options import with_place
from bridge.place import Place


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@with_place
def backup(place: Place, file: Path) -> None:
    """Write everything into FILE: contacts, history, deleted items, users, devices. While `serve` runs, too.

    It holds one state of the whole database and can be restored into another kind of database. Passwords are in it
    only as hashes. The settings file is not in it.

    \b
    Example:
      contact-bridge backup /srv/backup/contacts-$(date +%F).backup
    """

    from storage_plugin.database.backup import backup as write

    with place.opened() as database:
        counts = write(database, file)
    click.echo(f"Wrote {counts['contact']} contacts, {counts['version']} versions, {counts['user']} users to {file}.")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@with_place
def restore(place: Place, file: Path) -> None:
    """Fill a new installation, or a new database, from a backup. Devices keep their passwords, and list anew.

    \b
    Examples:
      contact-bridge restore contacts.backup --data /srv/new
      contact-bridge restore contacts.backup --database postgresql://bridge@db/contacts
    """
    from bridge.setup import prepare
    from storage_plugin.database.restore import restore as fill

    prepare(place)
    with place.opened() as database:
        counts = fill(database, file)
    click.echo(f"Restored {counts['contact']} contacts, {counts['version']} versions, {counts['user']} users.")
