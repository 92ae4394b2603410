"""``contact-bridge trash``: the deleted items."""

from __future__ import annotations

import click

from bridge.cli.book import opened, print_record, record_argument
from bridge.cli.options import as_json, print_json, print_table, with_book
from bridge.place import Place


@click.group()
def trash() -> None:
    """See, restore and empty the deleted items.

    \b
    Example:
      contact-bridge trash list
    """


@trash.command("list")
@as_json
@with_book
def list_(place: Place, as_json: bool) -> None:
    """List the deleted items: who deleted them, on which device, when.

    \b
    Example:
      contact-bridge trash list
    """
    from storage_plugin.database.deleted_items import deleted_items
    from storage_plugin.model.contact import display_name

    with opened(place) as book:
        rows = [
            {
                "id": item.id,
                "number": item.customer_number,
                "name": display_name(item.contact),
                "owner": book.owners.get(item.owner_id or 0, ""),
                "deleted_at": item.deleted_at,
                "by": " on ".join(filter(None, [item.author.user, item.author.device])) or item.author.source,
            }
            for item in deleted_items(book.database, book.id)
        ]
    if as_json:
        print_json(rows)
    else:
        print_table(rows, ("id", "number", "name", "owner", "deleted_at", "by"), empty="Nothing is deleted.")


@trash.command()
@record_argument
@as_json
@with_book
def restore(place: Place, record: str, as_json: bool) -> None:
    """Bring a contact back under its id and customer number.

    \b
    Example:
      contact-bridge trash restore 17
    """
    with opened(place) as book:
        print_record(book, book.contacts.restore(book.key(record), book.by), as_json=as_json)


@trash.command()
@click.argument("records", metavar="ID...", nargs=-1)
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_book
def empty(place: Place, records: tuple[str, ...], yes: bool) -> None:
    """Remove all deleted items for good, or those named.

    \b
    Examples:
      contact-bridge trash empty --yes
      contact-bridge trash empty 17
    """
    from storage_plugin.database.deleted_items import empty as empty_items

    with opened(place) as book:
        keys = [book.key(each) for each in records] or None
        if not yes:
            click.confirm(f"Remove {len(keys) if keys else 'all'} deleted items for good?", abort=True)
        count = empty_items(book.database, book.id, keys)
    click.echo(f"Removed {count} for good.")
