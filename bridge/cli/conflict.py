"""``contact-bridge conflict``: where two sides changed one field differently, and whose version is to hold."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from bridge.cli.book import Book, opened, print_record
from bridge.cli.options import as_json, print_json, print_table, with_book
from bridge.place import Place

if TYPE_CHECKING:
    from storage_plugin.database.disagreements import Conflict

conflict_argument = click.argument("conflict", metavar="ID", type=int)


@click.group()
def conflict() -> None:
    """List, show and settle conflicts; nothing of either version is lost.

    \b
    Example:
      contact-bridge conflict list
    """


@conflict.command("list")
@click.option("--all", "everything", is_flag=True, help="Those that are settled, too.")
@as_json
@with_book
def list_(place: Place, everything: bool, as_json: bool) -> None:
    """List the open conflicts, oldest first.

    \b
    Example:
      contact-bridge conflict list --json
    """
    from storage_plugin.database.disagreements import conflicts

    with opened(place) as book:
        rows = [_row(book, each) for each in conflicts(book.database, book.id, resolved=everything)]
    if as_json:
        print_json(rows)
        return
    for row in rows:
        row["fields"] = ", ".join(each["field"] for each in row["fields"]) or "the whole card"
    print_table(rows, ("id", "contact", "name", "kind", "user", "at", "fields"), empty="No conflicts.")


@conflict.command()
@conflict_argument
@as_json
@with_book
def show(place: Place, conflict: int, as_json: bool) -> None:
    """Show both versions side by side.

    \b
    Example:
      contact-bridge conflict show 3
    """
    with opened(place) as book:
        row = _row(book, _found(book, conflict))
    if as_json:
        print_json(row)
        return
    click.echo(f"{row['name']} ({row['kind']}, {row['at']})")
    fields = row["fields"] or [{"field": "whole card", "ours": row["ours"], "theirs": row["theirs"]}]
    print_table(fields, ("field", "ours", "theirs"), empty="")


@conflict.command()
@conflict_argument
@click.option("--ours", "choice", flag_value="ours", help="What the book said holds.")
@click.option("--theirs", "choice", flag_value="theirs", help="What the device or the folder said holds.")
@click.option("--present", "choice", flag_value="present", help="What the contact says now holds.")
@as_json
@with_book
def resolve(place: Place, conflict: int, choice: str | None, as_json: bool) -> None:
    """Settle a conflict: say whose version of the disputed fields is to hold, everywhere.

    \b
    Examples:
      contact-bridge conflict resolve 3 --ours
      contact-bridge conflict resolve 3 --theirs
    """
    from storage_plugin.database import disagreements

    if choice is None:
        raise click.UsageError("Say whose version holds: --ours, --theirs or --present.")
    with opened(place) as book:
        record = disagreements.resolve(book.database, book.id, conflict, choice, book.by)  # type: ignore[arg-type]
        if record is not None:
            print_record(book, record, as_json=as_json)


def _found(book: Book, key: int) -> Conflict:
    from storage_plugin.database.disagreements import conflicts
    from storage_plugin.model.book import NotFound

    found = next((each for each in conflicts(book.database, book.id, resolved=True) if each.id == key), None)
    if found is None:
        raise NotFound(f"there is no conflict {key}")
    return found


def _row(book: Book, each: Conflict) -> dict[str, Any]:
    from storage_plugin.model.contact import display_name

    ours, theirs = (display_name(side) if side else "" for side in (each.ours, each.theirs))
    return {
        "id": each.id,
        "contact": each.contact_id,
        "name": ours or theirs,
        "kind": each.kind,
        "user": book.owners.get(each.user_id or 0, ""),
        "at": each.at,
        "resolved_at": each.resolved_at,
        "fields": [
            {"field": field.field, "ours": field.server_value, "theirs": field.client_value} for field in each.fields
        ],
        "ours": ours,
        "theirs": theirs,
    }
