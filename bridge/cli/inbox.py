"""``contact-bridge inbox``: contacts from devices that wait for promotion."""

from __future__ import annotations

import click

from bridge.cli.book import opened, print_records
from bridge.cli.options import as_json, with_book
from bridge.place import Place


@click.group()
def inbox() -> None:
    """See what people made on their devices, and nobody else sees yet.

    \b
    Example:
      contact-bridge inbox list
    """


@inbox.command("list")
@click.option("--user", metavar="USER", help="Of this user alone.")
@as_json
@with_book
def list_(place: Place, user: str | None, as_json: bool) -> None:
    """List the plain contacts; `contact promote ID` shares one with the firm.

    \b
    Example:
      contact-bridge inbox list --user anna
    """
    with opened(place, user) as book:
        records = book.contacts.inbox(book.owner_id(user))
        print_records(book, records, as_json=as_json, empty="The inbox is empty.")
