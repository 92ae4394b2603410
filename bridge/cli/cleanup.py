"""``contact-bridge cleanup``: the three clean-ups, each with a preview of what it then does (BCM-64)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from bridge.cli.book import opened
from bridge.cli.mirror_telling import finished, print_report
from bridge.cli.options import as_json, print_json, with_book, with_place
from bridge.place import Place

if TYPE_CHECKING:
    from bridge.sync.run import Report

preview_option = click.option("--preview", is_flag=True, help="Say what would be done, and do nothing.")


@click.group()
def cleanup() -> None:
    """Clear away what switches of books and deletions in mirrored folders have left.

    \b
    Example:
      contact-bridge cleanup leftovers --preview
    """


@cleanup.command()
@click.argument("user", required=False)
@preview_option
@as_json
@with_place
def leftovers(place: Place, user: str | None, preview: bool, as_json: bool) -> None:
    """Take out of the folders, of all users or of USER, what `book switch --keep` left there.

    What the mirror had put there is removed, what was there before is given back as it was. What people edited since
    stays, without the mark; so does what was promoted in the book that the user sees now.

    \b
    Examples:
      contact-bridge cleanup leftovers --preview
      contact-bridge cleanup leftovers anna
    """
    from bridge.mirroring.cleaning import clean_up, plan_clean_up, with_leftovers
    from bridge.mirroring.setting_up import opened as opened_office
    from bridge.sync.run import Report
    from storage_plugin.database.runs import Outcome

    reports = []
    with opened_office(place) as office:
        for mirror in with_leftovers(office, user):
            if preview:
                lines = [f"{mirror.user}: {line}" for line in finished(plan_clean_up(office, mirror))]
                reports.append(Report(Outcome.DONE, {}, plan=lines))
            else:
                reports.append(finished(clean_up(office, mirror)))
    if preview:
        plan = [line for report in reports for line in report.plan]
        print_report(Report(Outcome.DONE, {}, plan=plan), as_json=as_json, is_plan=True)
        return
    print_report(_together(reports), as_json=as_json)


@cleanup.command()
@preview_option
@as_json
@with_book
def imported(place: Place, preview: bool, as_json: bool) -> None:
    """Move the contacts that `book switch --import` brought into the book to the deleted items.

    Those that somebody edited since stay. The folders that mirror them follow with their next run.

    \b
    Examples:
      contact-bridge cleanup imported --book "Trade fair" --preview
      contact-bridge cleanup imported --book "Trade fair"
    """
    from storage_plugin.database.clean_ups import discard_imported, imported_records

    with opened(place) as book:
        found = imported_records(book.database, book.id)
        lines = [f"{each.name}: move to the deleted items" for each in found if not each.is_edited]
        staying = [f"{each.name}: edited since it was imported, stays" for each in found if each.is_edited]
        if not preview:
            wanted = [each for each in found if not each.is_edited]
            done = [each for each in wanted if discard_imported(book.database, book.id, each.id, book.by)]
    _print(lines, staying, None if preview else len(done), "moved to the deleted items", as_json=as_json)


@cleanup.command("remote-deleted")
@preview_option
@as_json
@with_book
def remote_deleted(place: Place, preview: bool, as_json: bool) -> None:
    """Remove the contacts for good that people deleted in a mirrored folder, and that lie in the deleted items.

    \b
    Examples:
      contact-bridge cleanup remote-deleted --preview
      contact-bridge cleanup remote-deleted
    """
    from storage_plugin.database.clean_ups import deleted_there
    from storage_plugin.database.deleted_items import empty
    from storage_plugin.model.contact import display_name

    with opened(place) as book:
        found = deleted_there(book.database, book.id)
        lines = [f"{display_name(each.contact)}: remove for good, deleted {each.deleted_at}" for each in found]
        if not preview and found:
            empty(book.database, book.id, [each.id for each in found])
    _print(lines, [], None if preview else len(found), "removed for good", as_json=as_json)


def _print(lines: list[str], staying: list[str], done: int | None, deed: str, *, as_json: bool) -> None:
    """Print a plan, or (``done`` is a number) that it was carried out."""
    if as_json:
        print_json({"plan": lines, "staying": staying, "done": done or 0})
        return
    for line in [*lines, *staying]:
        click.echo(line)
    click.echo(f"{len(lines)} to do; nothing was done." if done is None else f"{done} {deed}.")


def _together(reports: list[Report]) -> Report:
    """Join the reports on several folders; the first that did not end well tells why."""
    from collections import Counter

    from bridge.sync.run import Report
    from storage_plugin.database.runs import Outcome

    counts: Counter[str] = sum((Counter(each.counts) for each in reports), Counter())
    bad = next((each for each in reports if each.outcome is not Outcome.DONE), Report(Outcome.DONE, {}))
    return Report(bad.outcome, counts, bad.reason, retry_after=bad.retry_after)
