"""``contact-bridge type``: record types of the firm's own, with fields of their own."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from bridge.cli.book import opened
from bridge.cli.options import as_json, print_json, print_table, with_book
from bridge.place import Place

if TYPE_CHECKING:
    from storage_plugin.model.record_type import Field


@click.group("type")
def type_() -> None:
    """See, add and rename record types.

    \b
    Example:
      contact-bridge type list
    """


@type_.command("list")
@as_json
@with_book
def list_(place: Place, as_json: bool) -> None:
    """List the record types with their fields.

    \b
    Example:
      contact-bridge type list --json
    """
    from storage_plugin.database.record_types import RecordTypes

    with opened(place) as book:
        types = RecordTypes(book.database, book.id).list()
    if as_json:
        print_json([asdict(each) for each in types])
        return
    rows = [
        {"name": each.name, "base": each.base, "fields": ", ".join(_in_words(field) for field in each.fields)}
        for each in types
    ]
    print_table(rows, ("name", "base", "fields"), empty="No record types.")


@type_.command()
@click.argument("name")
@click.option(
    "--field", "fields", multiple=True, metavar="NAME:KIND", help="text, number, date or choice:A,B; repeat."
)
@click.option(
    "--base",
    type=click.Choice(["contact", "account"]),
    default="contact",
    show_default=True,
    help="Person or company.",
)
@with_book
def add(place: Place, name: str, fields: tuple[str, ...], base: str) -> None:
    """Add a record type NAME, or fields to one that is there.

    \b
    Examples:
      contact-bridge type add Supplier --field "Rating:choice:A,B,C" --field "Since:date"
      contact-bridge type add Supplier --field "Discount:number"
    """
    from storage_plugin.database.record_types import RecordTypes
    from storage_plugin.model.record_type import Base, RecordType

    wanted = tuple(_field(text) for text in fields)
    with opened(place) as book:
        types = RecordTypes(book.database, book.id)
        if wanted and any(each.name == name for each in types.list()):
            for field in wanted:
                types.add_field(name, field)
        else:
            types.add(RecordType(name, Base(base), wanted))
    click.echo(f"{name} is a record type with {len(wanted)} new fields.")


@type_.command()
@click.argument("old")
@click.argument("new")
@with_book
def rename(place: Place, old: str, new: str) -> None:
    """Rename the record type OLD; filters that ask for the type decide anew who sees its records.

    \b
    Example:
      contact-bridge type rename Supplier Vendor
    """
    from storage_plugin.database.record_types import RecordTypes

    with opened(place) as book:
        RecordTypes(book.database, book.id).rename(old, new)
    click.echo(f"{old} is called {new} now.")


def _field(text: str) -> Field:
    from storage_plugin.model.record_type import Field, FieldKind, choices_of

    name, _, rest = text.partition(":")
    kind, _, choices = rest.partition(":")
    try:
        return Field(name.strip(), FieldKind(kind or "text"), choices_of(choices))
    except ValueError as error:
        raise click.UsageError(f"{text!r} is not NAME:KIND with text, number, date or choice:A,B.") from error


def _in_words(field: Field) -> str:
    return f"{field.name} ({', '.join(field.choices) if field.choices else field.kind})"
