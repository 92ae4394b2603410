"""``contact-bridge import`` and ``export``: files in and out."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bridge.cli.book import Book, opened
from bridge.cli.options import as_json, print_json, with_book
from bridge.place import Place

if TYPE_CHECKING:
    from bridge.importing import Importer, Report
    from storage_plugin.model.book import Viewer


@click.command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--preview", is_flag=True, help="Say what would happen, and change nothing.")
@click.option("--no-update", is_flag=True, help="Add what is new, and leave known records as they are.")
@click.option("--type", "type_", default="Business Contact", show_default=True, help="Record type to become.")
@click.option("--owner", metavar="USER", help="Make plain contacts of this user instead of shared ones.")
@as_json
@with_book
def import_(
    place: Place,
    files: tuple[Path, ...],
    preview: bool,
    no_update: bool,
    type_: str,
    owner: str | None,
    as_json: bool,
) -> None:
    """Add the contacts of vCard files, and of CSV files of Outlook or Google.

    The kind of a file is told by its content. What cannot be taken is listed with its line and the reason; the rest
    is stored, 500 at a time.

    A record is known by its customer number, else by the UID, else by an e-mail address together with the name where
    only one record has both. It then takes what the file says: what is filled in the file wins, what is empty or
    missing there stays. Of lists, a new entry takes the place of one of its kind that the file does not name. The
    same file twice changes nothing, and what was before is in the history of the record. With --no-update known
    records stay as they are.

    \b
    Examples:
      contact-bridge import --preview contacts.csv
      contact-bridge import old-phone.vcf newsletter.csv
    """
    from bridge.importing import Importer

    with opened(place, owner) as book:
        importer = Importer(book.database, book.id, book.by, type_, book.owner_id(owner), changes=not no_update)
        reports = {str(file): _import(file, importer, preview) for file in files}
    if as_json:
        print_json([_as_row(name, report) for name, report in reports.items()])
    else:
        for name, report in reports.items():
            _print(name, report, preview=preview)
    if all(report.is_fruitless for report in reports.values()):
        raise SystemExit(1)


@click.command()
@click.argument("file", required=False, type=click.Path(dir_okay=False, path_type=Path))
@click.option(
    "--format", "format_", type=click.Choice(["vcf", "csv", "json"]), help="Told by the file's name, else vcf."
)
@click.option(
    "--user", metavar="USER", help="What this user sees, own contacts included, instead of all shared ones."
)
@with_book
def export(place: Place, file: Path | None, format_: str | None, user: str | None) -> None:
    """Write the shared contacts and accounts to FILE, or to standard output.

    vcf: the cards to the byte. csv: under Outlook's column names, for Outlook and for `import`. json: all of it.

    \b
    Examples:
      contact-bridge export contacts.vcf
      contact-bridge export --format csv > for-outlook.csv
      contact-bridge export --user anna --format json anna.json
    """
    from bridge import exporting
    from bridge.cli.progress import track

    suffix = file.suffix.removeprefix(".").lower() if file else ""
    format_ = format_ or (suffix if suffix in exporting.FORMATS else "vcf")
    with opened(place, user) as book:
        content, count = exporting.export(book.database, _viewer(book, user), format_, book.owners, track)
    if file is None:
        click.echo(content, nl=False)
    else:
        file.write_bytes(content)
        click.echo(f"Wrote {count} contacts to {file}.")


def _import(file: Path, importer: Importer, preview: bool) -> Report:
    from bridge.cli.progress import track
    from bridge.files.found import Refusal, UnknownFile
    from bridge.files.reading import read
    from bridge.importing import Report

    try:
        return importer.run(track(read(file.read_bytes()), f"Reading {file.name}"), preview=preview)
    except UnknownFile as error:
        return Report(refused=[Refusal(1, f"{error}.")])


def _as_row(name: str, report: Report) -> dict[str, Any]:
    refused = [{"line": each.line, "reason": each.reason} for each in report.refused]
    remarks = [{"line": each.line, "reason": each.reason} for each in report.remarks]
    counts = {what: report.counts[what] for what in ("new", "changed", "restored", "unchanged", "left")}
    changes = [{"line": each.line, "id": each.id, "name": each.name} for each in report.changed]
    return {"file": name, **counts, "changes": changes, "refused": refused, "remarks": remarks}


def _print(name: str, report: Report, *, preview: bool) -> None:
    counts = report.counts
    parts = [f"{counts['new']} new", f"{counts['changed']} changed", f"{counts['unchanged']} unchanged"]
    if counts["restored"]:
        parts.append(f"{counts['restored']} restored from the deleted items")
    if counts["left"]:
        parts.append(f"{counts['left']} left as they are")
    click.echo(f"{name}: {'would be ' if preview else ''}{', '.join(parts)}, {len(report.refused)} refused.")
    for change in report.changed if preview else ():
        click.echo(f"  line {change.line}: {change.name} would change")
    for each in report.refused:
        click.echo(f"  line {each.line}: {each.reason}")
    for each in report.remarks:
        click.echo(f"  line {each.line}: {each.reason} (the rest was taken)")


def _viewer(book: Book, user: str | None) -> Viewer:
    """Find who looks: everything that is shared, or what a user sees."""
    from bridge.exporting import everything_shared
    from storage_plugin.database.users import Users
    from storage_plugin.model.book import NotFound, Refused

    if user is None:
        return everything_shared(book.id)
    viewer = Users(book.database).viewer(user)
    if viewer is None:
        raise NotFound(f"there is no user {user}")
    if viewer.book_id != book.id:
        raise Refused(f"{user} sees another book: `contact-bridge book list`")
    return viewer
