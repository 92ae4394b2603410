"""``contact-bridge backup`` and ``restore``: everything in one file, for any database."""

from __future__ import annotations

from pathlib import Path

import click

from bridge.cli.options import with_place
from bridge.place import Place


@click.command()
@click.argument("file", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--with-key", is_flag=True, help="Ask for a passphrase, and put the key of the mirrors' tokens in.")
@with_place
def backup(place: Place, file: Path, with_key: bool) -> None:
    """Write everything into FILE: contacts, history, deleted items, users, devices. While `serve` runs, too.

    It holds one state of the whole database and can be restored into another kind of database. Passwords are in it
    only as hashes, and tokens and passwords of mirrors encrypted: their key is in it only with --with-key, under a
    passphrase; without it, each mirror is signed in again after a restore. The settings file is not in it.

    \b
    Example:
      contact-bridge backup /srv/backup/contacts-$(date +%F).backup
    """

    from bridge.cli.progress import track
    from storage_plugin.database.backup import backup as write
    from storage_plugin.database.notes import keep_note
    from storage_plugin.database.writing import now

    with place.opened() as database:
        counts = write(database, file, sealed_key=_sealed(place) if with_key else None, watch=track)
        keep_note(database, "backed_up_at", now())
    click.echo(f"Wrote {counts['contact']} contacts, {counts['version']} versions, {counts['user']} users to {file}.")


@click.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@with_place
def restore(place: Place, file: Path) -> None:
    """Fill a new installation, or a new database, from a backup. Devices keep their passwords, and list anew.

    A backup made with --with-key asks for its passphrase. Mirrors stand still until they are started again.

    \b
    Examples:
      contact-bridge restore contacts.backup --data /srv/new
      contact-bridge restore contacts.backup --database postgresql://bridge@db/contacts
    """
    from bridge.cli.progress import track
    from bridge.setup import prepare
    from storage_plugin.database.restore import restore as fill
    from storage_plugin.database.restore import sealed_key

    if (sealed := sealed_key(file)) is not None:
        _bring_key(place, sealed)
    prepare(place)
    with place.opened() as database:
        counts = fill(database, file, watch=track)
    click.echo(f"Restored {counts['contact']} contacts, {counts['version']} versions, {counts['user']} users.")


def _sealed(place: Place) -> str:
    from storage_plugin.database.vault import Vault

    vault = Vault.open(place.folder)
    return vault.sealed(click.prompt("Passphrase for the key", hide_input=True, confirmation_prompt=True, err=True))


def _bring_key(place: Place, sealed: str) -> None:
    from storage_plugin.database.vault import Vault, unsealed

    key = unsealed(sealed, click.prompt("Passphrase of the key in the backup", hide_input=True, err=True))
    place.make()
    Vault.bring(place.folder, key)
