"""``contact-bridge contact``: read and change business contacts."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import click

from bridge.cli import contact_past
from bridge.cli.book import opened, print_record, print_records, record_argument
from bridge.cli.options import as_json, with_book
from bridge.place import Place

T = TypeVar("T")

set_option = click.option("--set", "sets", multiple=True, metavar="FIELD=VALUE", help="Fill a field; repeat.")
add_option = click.option("--add", "adds", multiple=True, metavar="LIST=[KIND:]VALUE", help="Add to a list; repeat.")
account_option = click.option("--account", metavar="ID", help="Link to this account.")


@click.group()
def contact() -> None:
    """List, show, add, edit, delete and restore contacts. ID is an id as listed, or customer:NUMBER.

    \b
    Example:
      contact-bridge contact search müller
    """


@contact.command("list")
@click.option(
    "--where", "conditions", multiple=True, metavar="CONDITION", help='As "PROPERTY OPERATOR VALUE"; repeat.'
)
@as_json
@with_book
def list_(place: Place, conditions: tuple[str, ...], as_json: bool) -> None:
    """List all contacts, or those that fulfil all conditions (as in `view set`).

    \b
    Examples:
      contact-bridge contact list
      contact-bridge contact list --where "addresses.city is Berlin" --json
    """
    from bridge.views import condition
    from storage_plugin.model.view import Filter, Subject

    wanted = Filter(tuple(_read(condition, text) for text in conditions))
    with opened(place) as book:
        records = [
            each
            for each in book.contacts.list()
            if wanted.lets_through(Subject(each.contact, each.type, each.customer_number, each.custom))
        ]
        print_records(book, records, as_json=as_json, empty="No contacts.")


@contact.command()
@click.argument("words", nargs=-1, required=True)
@as_json
@with_book
def search(place: Place, words: tuple[str, ...], as_json: bool) -> None:
    """Find contacts in which all WORDS stand, in any script and case, or that have the customer number.

    \b
    Example:
      contact-bridge contact search contoso berlin
    """
    with opened(place) as book:
        print_records(book, book.contacts.search(" ".join(words)), as_json=as_json, empty="Nothing found.")


@contact.command()
@record_argument
@as_json
@with_book
def show(place: Place, record: str, as_json: bool) -> None:
    """Show all of a contact.

    \b
    Examples:
      contact-bridge contact show 17
      contact-bridge contact show customer:10017 --json
    """
    with opened(place) as book:
        print_record(book, book.get(record), as_json=as_json)


@contact.command()
@click.argument("name")
@set_option
@add_option
@click.option("--type", "type_", default="Business Contact", show_default=True, help="Record type.")
@click.option("--owner", metavar="USER", help="Make a plain contact of this user instead of a shared one.")
@account_option
@as_json
@with_book
def add(
    place: Place,
    name: str,
    sets: tuple[str, ...],
    adds: tuple[str, ...],
    type_: str,
    owner: str | None,
    account: str | None,
    as_json: bool,
) -> None:
    """Add a contact called NAME ("Anna Müller" or "Müller, Anna").

    \b
    Examples:
      contact-bridge contact add "Anna Müller" --set company=Contoso --add emails=work:anna@contoso.example
      contact-bridge contact add "Li, Wei" --add "addresses=work:Main St. 1;10115;Berlin" --set custom.Region=North
    """
    from bridge.records import assigned, named, with_items

    who, custom = _read(lambda each: assigned(named(name), each), sets)
    who = _read(lambda each: with_items(who, each), adds)
    with opened(place, owner) as book:
        added = book.contacts.save(
            who,
            book.by,
            type=type_,
            owner_id=book.owner_id(owner),
            account_id=book.key(account) if account else None,
            custom=custom or None,
        )
        print_record(book, added, as_json=as_json)


@contact.command()
@record_argument
@set_option
@add_option
@click.option("--remove", "removes", multiple=True, metavar="LIST=VALUE", help="Take out of a list; repeat.")
@account_option
@as_json
@with_book
def edit(
    place: Place,
    record: str,
    sets: tuple[str, ...],
    adds: tuple[str, ...],
    removes: tuple[str, ...],
    account: str | None,
    as_json: bool,
) -> None:
    """Change fields of a contact; only the lines of these fields change on the card that devices see.

    \b
    Examples:
      contact-bridge contact edit 17 --set job_title=Prokurist --add phones=mobile:+49170111 --remove phones=+493011
      contact-bridge contact edit 17 --set custom.Region= --account 4
    """
    from bridge.records import assigned, renamed, with_items, without_items

    if not (sets or adds or removes or account):
        raise click.UsageError("Nothing to change: give --set, --add, --remove or --account.")
    with opened(place) as book:
        old = book.get(record)
        who, custom = _read(lambda each: assigned(old.contact, each), sets)
        who = _read(lambda each: without_items(renamed(old.contact, who), each), removes)
        who = _read(lambda each: with_items(who, each), adds)
        changed = book.contacts.save(
            who,
            book.by,
            contact_id=old.id,
            revision=old.revision,
            account_id=book.key(account) if account else None,
            custom=custom or None,
        )
        print_record(book, changed, as_json=as_json)


@contact.command()
@click.argument("records", metavar="ID...", nargs=-1, required=True)
@with_book
def delete(place: Place, records: tuple[str, ...]) -> None:
    """Move contacts to the deleted items, from where they can be restored; they vanish from all devices.

    \b
    Example:
      contact-bridge contact delete 17 18
    """
    with opened(place) as book:
        for each in records:
            book.contacts.delete(book.key(each), book.by)
            click.echo(f"Deleted {each}; `contact-bridge trash restore {each}` brings it back.")


@contact.command()
@record_argument
@click.option("--as", "--type", "type_", default="Business Contact", show_default=True, help="Record type to become.")
@click.option("--move", "way", flag_value="move", default="move", help="The contact itself becomes one (default).")
@click.option("--copy", "way", flag_value="copy", help="A copy becomes one; the plain contact stays as it is.")
@with_book
def promote(place: Place, record: str, type_: str, way: str) -> None:
    """Make a plain contact a shared business contact with a customer number.

    Of a contact that came from a mirrored folder, --move makes the item there its mirror; --copy leaves the item
    alone, and the mirror puts the new contact beside it.

    \b
    Examples:
      contact-bridge contact promote 17
      contact-bridge contact promote 17 --copy --as Lead
    """
    with opened(place) as book:
        make = book.contacts.copy if way == "copy" else book.contacts.promote
        promoted = make(book.key(record), book.by, type=type_)
    click.echo(f"{promoted.id} is a {promoted.type} now, customer number {promoted.customer_number}.")


for past in (contact_past.history, contact_past.restore, contact_past.erase):
    contact.add_command(past)


def _read(parse: Callable[..., T], *given: object) -> T:
    """Parse what the user wrote; what cannot be read is wrong use."""
    try:
        return parse(*given)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
