"""``contact-bridge book``: several books in one installation, and which one a user sees."""

from __future__ import annotations

import click

from bridge.cli.options import as_json, print_json, print_table, with_place
from bridge.place import Place


@click.group()
def book() -> None:
    """Make books, each with its own contacts and customer numbers; a user sees one of them at a time.

    \b
    Example:
      contact-bridge book create "Trade fair"
    """


@book.command("list")
@as_json
@with_place
def list_(place: Place, as_json: bool) -> None:
    """List the books, the first one first, and who sees each of them.

    \b
    Example:
      contact-bridge book list
    """
    from storage_plugin.database.books import Books

    with place.opened() as database:
        found = Books(database).all()
    rows = [{"name": each.name, "contacts": each.contacts, "users": list(each.users)} for each in found]
    if as_json:
        print_json(rows)
        return
    shown = [{**row, "users": ", ".join(each.users)} for row, each in zip(rows, found, strict=True)]
    print_table(shown, ("name", "contacts", "users"), empty="No books.")


@book.command()
@click.argument("name")
@with_place
def create(place: Place, name: str) -> None:
    """Make an empty book NAME. Commands on contacts take it as --book NAME.

    \b
    Example:
      contact-bridge book create "Trade fair"
    """
    from storage_plugin.database.books import Books

    with place.opened() as database:
        Books(database).create(name)
    click.echo(f"Made {name}. Next: `contact-bridge book switch USER {_quoted(name)}`.")


def _quoted(name: str) -> str:
    from shlex import quote

    return quote(name)
