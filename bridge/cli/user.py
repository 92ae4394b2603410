"""``contact-bridge user``: the people who see the address book."""

from __future__ import annotations

import sys

import click

from bridge.cli.options import as_json, print_json, print_table, with_book, with_place
from bridge.place import Place

password_stdin = click.option("--password-stdin", is_flag=True, help="Read the web password from standard input.")


@click.group()
def user() -> None:
    """Add, list and remove users.

    \b
    Example:
      contact-bridge user add anna
    """


@user.command()
@click.argument("name")
@click.option(
    "--role",
    type=click.Choice(["coworker", "administrator"]),
    default="coworker",
    show_default=True,
    help="What for.",
)
@password_stdin
@with_book
def add(place: Place, name: str, role: str, password_stdin: bool) -> None:
    """Add a user. Phones do not use the user's password: give each one its own with `device add`.

    \b
    Examples:
      contact-bridge user add anna
      echo "$SECRET" | contact-bridge user add boss --role administrator --password-stdin
    """
    from storage_plugin.database.users import Users

    password = _from_stdin() if password_stdin else None
    with place.opened() as database:
        Users(database).add(name, password, role=role, book=place.book)
    click.echo(f"Added {name}. Next: `contact-bridge device add {name} iPhone`.")


@user.command("list")
@as_json
@with_place
def list_(place: Place, as_json: bool) -> None:
    """List the users, with what they see.

    \b
    Example:
      contact-bridge user list --json
    """
    from bridge.views import described
    from storage_plugin.database.users import Users

    with place.opened() as database:
        users = Users(database).all()
    rows = [{"name": each.name, "role": each.role, "book": each.book, "sees": described(each.view)} for each in users]
    if as_json:
        print_json(rows)
    else:
        print_table(rows, ("name", "role", "book", "sees"), empty="No users yet: `contact-bridge user add NAME`.")


@user.command()
@click.argument("name")
@with_place
def remove(place: Place, name: str) -> None:
    """Remove a user with all devices; refused while the user has contacts of his or her own.

    \b
    Example:
      contact-bridge user remove anna
    """
    from storage_plugin.database.users import Users

    with place.opened() as database:
        Users(database).remove(name)
    click.echo(f"Removed {name}.")


@user.command()
@click.argument("name")
@password_stdin
@with_place
def password(place: Place, name: str, password_stdin: bool) -> None:
    """Set a user's web password (not those of the phones, see `device`); who is signed in with the old one is out.

    \b
    Example:
      contact-bridge user password anna
    """
    from storage_plugin.database.sessions import Sessions
    from storage_plugin.database.users import Users

    secret = _from_stdin() if password_stdin else click.prompt("Password", hide_input=True, confirmation_prompt=True)
    with place.opened() as database:
        Users(database).set_password(name, secret)
        Sessions(database).end_all(name)
    click.echo(f"Changed the password of {name}.")


def _from_stdin() -> str:
    secret = sys.stdin.readline().rstrip("\r\n")
    if not secret:
        raise click.UsageError("The first line of standard input is empty; it must be the password.")
    return secret
