"""``contact history``, ``restore`` and ``erase``: what a contact was, bringing that back, and forgetting a person."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from bridge.cli.book import opened, print_record, record_argument
from bridge.cli.options import as_json, print_json, with_book
from bridge.place import Place

if TYPE_CHECKING:
    from storage_plugin.database.past import Event


@click.command()
@record_argument
@as_json
@with_book
def history(place: Place, record: str, as_json: bool) -> None:
    """Tell what happened to a contact: per field old and new, who, by which device, when. Deleted ones, too.

    \b
    Example:
      contact-bridge contact history 17
    """
    from storage_plugin.database import past

    with opened(place) as book:
        events = past.history(book.database, book.id, book.key(record))
    if as_json:
        print_json([asdict(event) for event in events])
        return
    for event in events:
        _print(event)


@click.command()
@record_argument
@click.option("--version", "version", type=int, help="The version to go back to, as `contact history` names it.")
@click.option("--field", help="Only this field: company, emails, custom.NAME …")
@as_json
@with_book
def restore(place: Place, record: str, version: int | None, field: str | None, as_json: bool) -> None:
    """Bring a contact back from the deleted items; with --version, make it say again what it said then.

    \b
    Examples:
      contact-bridge contact restore 17
      contact-bridge contact restore 17 --version 3
      contact-bridge contact restore 17 --version 3 --field phones
    """
    from storage_plugin.database.past import restore_version

    if field and version is None:
        raise click.UsageError("--field needs --version.")
    with opened(place) as book:
        key = book.key(record)
        if version is None:
            restored = book.contacts.restore(key, book.by)
        else:
            restored = restore_version(book.database, book.id, key, version, book.by, field=field)
        print_record(book, restored, as_json=as_json)


@click.command()
@click.argument("records", metavar="ID...", nargs=-1)
@click.option("--find", "words", help="Only list where these words stand: in the book, deleted items and history.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@with_book
def erase(place: Place, records: tuple[str, ...], words: str | None, yes: bool) -> None:
    """Erase a person everywhere: contact, history, deleted items, conflicts, photos. There is no way back.

    \b
    Examples:
      contact-bridge contact erase --find "anna müller"
      contact-bridge contact erase 17 --yes
    """
    from storage_plugin.database import erasure

    if bool(words) == bool(records):
        raise click.UsageError("Give either IDs, or --find WORDS to see which ones.")
    with opened(place) as book:
        if words:
            for trace in erasure.traces(book.database, book.id, words):
                click.echo(f"{trace.id:>6}  {trace.name}  (in the {trace.where})")
            return
        keys = [book.key(each) for each in records]
        if not yes:
            click.confirm(f"Erase {len(keys)} for good?", abort=True)
        erased = erasure.erase(book.database, book.id, keys, book.by)
    click.echo(f"Erased {', '.join(str(key) for key in erased.ids)}.")
    if erased.seen_by:
        click.echo(f"Seen by: {', '.join(erased.seen_by)}.")
    click.echo("What this cannot reach:")
    for sentence in erased.out_of_reach:
        click.echo(f"- {sentence}")


def _print(event: Event) -> None:
    author = event.author
    who = " on ".join(filter(None, [author.user, author.device])) or "the firm"
    version = f", version {event.revision}" if event.revision else ""
    click.echo(f"{author.at}  {event.what} by {who} ({author.source or 'unknown'}){version}")
    for change in event.changes:
        old, new = (" | ".join(text.splitlines()) or "(nothing)" for text in (change.old, change.new))
        click.echo(f"    {change.field}: {old} → {new}")
