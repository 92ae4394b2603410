"""``contact-bridge device``: phones and computers, each with a password of its own."""

from __future__ import annotations

from dataclasses import asdict

import click

from bridge.cli.options import as_json, print_json, print_table, with_place
from bridge.place import Place


@click.group()
def device() -> None:
    """Give a phone its password, list the devices, shut one out.

    \b
    Example:
      contact-bridge device add anna iPhone
    """


@device.command()
@click.argument("user")
@click.argument("name")
@click.option("--quiet", is_flag=True, help="Print the password and nothing else, for a script.")
@with_place
def add(place: Place, user: str, name: str, quiet: bool) -> None:
    """Make a password for the device NAME of USER. It is printed once and cannot be shown again.

    \b
    Examples:
      contact-bridge device add anna "Anna's iPhone"
      SECRET=$(contact-bridge device add anna laptop --quiet)
    """
    from storage_plugin.database.users import Users
    from storage_plugin.model.book import Refused

    with place.opened() as database:
        users = Users(database)
        if any(each.name == name and not each.revoked_at for each in users.devices(user)):
            raise Refused(f"{user} has a device {name} already: revoke that one, or choose another name")
        secret = users.add_device(user, name)
    if quiet:
        click.echo(secret)
        return
    settings = place.settings()
    click.echo(f"Password for {name}, shown only now:\n\n    {secret}\n")
    click.echo(f"On the device, add a CardDAV account with the user name {user}, this password, and as server the")
    click.echo(f"address of this machine, port {settings.port}. The README says where to tap.")


@device.command("list")
@click.argument("user", required=False)
@as_json
@with_place
def list_(place: Place, user: str | None, as_json: bool) -> None:
    """List the devices of all users, or of one.

    \b
    Example:
      contact-bridge device list anna
    """
    from storage_plugin.database.users import Users

    with place.opened() as database:
        rows = [asdict(each) for each in Users(database).devices(user)]
    if as_json:
        print_json(rows)
    else:
        columns = ("user", "name", "created_at", "last_used_at", "revoked_at")
        print_table(rows, columns, empty="No devices yet: `contact-bridge device add USER NAME`.")


@device.command()
@click.argument("user")
@click.argument("name")
@with_place
def resync(place: Place, user: str, name: str) -> None:
    """Have a device compare the whole list at its next sync, when contacts are missing on it. Nothing is deleted.

    \b
    Example:
      contact-bridge device resync anna iPhone
    """
    from storage_plugin.database.devices import list_anew
    from storage_plugin.database.users import Users
    from storage_plugin.model.book import NotFound

    with place.opened() as database:
        found = [each for each in Users(database).devices(user) if each.name == name and not each.revoked_at]
        if not found:
            raise NotFound(f"{user} has no device {name}")
        for each in found:
            list_anew(database, each.id)
    click.echo(f"{name} of {user} compares the whole list at its next sync.")


@device.command()
@click.argument("user")
@click.argument("name")
@with_place
def revoke(place: Place, user: str, name: str) -> None:
    """Shut a lost device out at once. What it holds stays on it; it gets nothing more.

    \b
    Example:
      contact-bridge device revoke anna iPhone
    """
    from storage_plugin.database.users import Users

    with place.opened() as database:
        Users(database).revoke(user, name)
    click.echo(f"{name} of {user} is shut out.")
