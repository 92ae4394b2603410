"""``contact-bridge account``: the companies that contacts belong to."""

from __future__ import annotations

import click

from bridge.cli.book import COLUMNS, opened, print_record, print_records, record_argument
from bridge.cli.options import as_json, print_json, print_table, with_book
from bridge.place import Place


@click.group()
def account() -> None:
    """See the companies, and who works there. A company is added by `contact add NAME --type Account`.

    \b
    Example:
      contact-bridge account list
    """


@account.command("list")
@as_json
@with_book
def list_(place: Place, as_json: bool) -> None:
    """List the accounts.

    \b
    Example:
      contact-bridge account list --json
    """
    with opened(place) as book:
        print_records(book, book.contacts.accounts(), as_json=as_json, empty="No accounts.")


@account.command()
@record_argument
@as_json
@with_book
def show(place: Place, record: str, as_json: bool) -> None:
    """Show an account, and the contacts that are linked to it.

    \b
    Example:
      contact-bridge account show 4
    """
    from bridge.records import as_line, as_row

    with opened(place) as book:
        company = book.get(record)
        people = book.contacts.contacts_of(company.id)
        if as_json:
            print_json(as_row(company, book.owners) | {"contacts": [as_row(each, book.owners) for each in people]})
            return
        print_record(book, company, as_json=False)
        click.echo()
        print_table([as_line(each) for each in people], COLUMNS, empty="Nobody is linked to it.")
