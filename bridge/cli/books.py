"""``contact-bridge book``: several books in one installation, and which one a user sees."""

from __future__ import annotations

import click

from bridge.cli.mirror_telling import finished, print_report
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


@book.command()
@click.argument("user")
@click.argument("name", metavar="BOOK")
@click.option("--keep", "choice", flag_value="keep", help="What is mirrored stays in the folder, as it is.")
@click.option("--delete", "choice", flag_value="delete", help="What the mirror put into the folder is removed there.")
@click.option("--import", "choice", flag_value="import", help="What is mirrored becomes business contacts of BOOK.")
@click.option("--dry-run", "--preview", is_flag=True, help="Print what would be done, and do nothing.")
@as_json
@with_place
def switch(place: Place, user: str, name: str, choice: str | None, dry_run: bool, as_json: bool) -> None:
    """Let USER see another BOOK: devices show it at their next sync, and the mirror goes on with it.

    Where contacts are mirrored, say what becomes of them. --keep: they stay in the folder, still marked, and come
    into BOOK as plain contacts; `cleanup leftovers` removes them later. --delete: they leave the folder. --import:
    they stay there and become business contacts of BOOK. The former book keeps all its contacts in each case.

    
    Examples:
      contact-bridge book switch anna "Trade fair" --delete --dry-run
      contact-bridge book switch anna "Trade fair" --delete
    """
    from bridge.mirroring.books import mirrored, plan_switch, switch_book
    from bridge.mirroring.setting_up import opened
    from bridge.sync.run import Report
    from bridge.views import described
    from storage_plugin.database.runs import Outcome
    from storage_plugin.database.users import Users

    with opened(place) as office:
        if choice is None and (count := mirrored(office, user)):
            raise click.UsageError(
                f"Contacts of {user} are mirrored ({count}): say what becomes of them, --keep, --delete or --import."
            )
        wanted = choice or "keep"
        if dry_run:
            plan = finished(plan_switch(office, user, name, wanted))
            print_report(Report(Outcome.DONE, {}, plan=plan), as_json=as_json, is_plan=True)
            return
        reports = finished(switch_book(office, user, name, wanted))
        view = next(each.view for each in Users(office.database).all() if each.name == user)
    if len(reports) > 1 and not as_json:
        print_report(reports[0], as_json=False)
    if not as_json and all(each.outcome is Outcome.DONE for each in reports[:1]):
        click.echo(f"{user} is in {name} now and sees: {described(view)}.")
    if reports or as_json:
        print_report(reports[-1] if reports else Report(Outcome.DONE, {}), as_json=as_json)


def _quoted(name: str) -> str:
    from shlex import quote

    return quote(name)
