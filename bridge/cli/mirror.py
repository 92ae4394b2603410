"""``contact-bridge mirror``: a user's contacts in a contacts folder elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from bridge.cli.mirror_setting import change, check, start
from bridge.cli.mirror_telling import finished, print_report
from bridge.cli.options import as_json, filter_said, print_json, print_table, with_place
from bridge.place import Place

if TYPE_CHECKING:
    from bridge.mirroring.setting_up import Office
    from storage_plugin.database.mirrors import Mirror


@click.group()
def mirror() -> None:
    """Mirror a user's contacts into a contacts folder elsewhere, both ways.

    \b
    Example:
      contact-bridge mirror start anna --to file --path /srv/contacts
    """


for command in (check, start, change):
    mirror.add_command(command)


@mirror.command()
@as_json
@with_place
def targets(place: Place, as_json: bool) -> None:
    """List what can be mirrored into.

    \b
    Example:
      contact-bridge mirror targets
    """
    from bridge.mirroring.places import KINDS

    rows = [{"kind": kind, "what": what} for kind, what in KINDS.items()]
    if as_json:
        print_json(rows)
    else:
        print_table(rows, ("kind", "what"), empty="")


@mirror.command()
@click.argument("user", required=False)
@as_json
@with_place
def status(place: Place, user: str | None, as_json: bool) -> None:
    """Tell how the mirrors of all users stand, or of one: since when, up to date or not, and what is to be done.

    \b
    Examples:
      contact-bridge mirror status
      contact-bridge mirror status anna --json
    """
    with _office(place) as office:
        mirrors = office.mirrors.all() if user is None else [office.of(user)]
        rows = [_row(office, each) for each in mirrors]
    if as_json:
        print_json(rows)
    else:
        columns = ("user", "target", "state", "contacts", "last_run", "outcome", "reason")
        print_table(rows, columns, empty="No mirrors yet: `contact-bridge mirror start USER --to KIND`.")


@mirror.command()
@click.argument("user")
@click.option("--full", is_flag=True, help="Read everything again on both sides, not only what changed.")
@click.option("--dry-run", is_flag=True, help="Print what would be done, a line for each contact, and do nothing.")
@click.option("--yes", is_flag=True, help="Delete, however many contacts it is that are to be deleted.")
@click.option(
    "--where", "conditions", multiple=True, metavar="CONDITION", help="First set the user's filter, as in `view set`."
)
@click.option("--preview", is_flag=True, help="With --where: only say how many contacts pass; nothing is done.")
@as_json
@with_place
def run(
    place: Place,
    user: str,
    full: bool,
    dry_run: bool,
    yes: bool,
    conditions: tuple[str, ...],
    preview: bool,
    as_json: bool,
) -> None:
    """Synchronise USER's mirror now. `serve` does it by itself, after each change and every few minutes.

    \b
    Examples:
      contact-bridge mirror run anna
      contact-bridge mirror run anna --dry-run
      contact-bridge mirror run anna --where "categories is Customer" --preview
      contact-bridge mirror run anna --where "categories is Customer"
    """
    from bridge.mirroring.setting_up import PATIENCE
    from bridge.sync.run import Mode

    if dry_run and conditions:
        raise click.UsageError("--dry-run changes nothing: set the filter with `view set` first.")
    if preview and not conditions:
        raise click.UsageError("--preview counts what passes a filter: give it with --where.")
    with _office(place) as office:
        found = _runnable(office, user)
        if conditions:
            said = _filter(office, user, conditions, is_preview=preview)
            click.echo(said, err=not preview)
        if preview:
            return
        runner = office.runner
        if dry_run:
            report = finished(runner.plan(found.id, full=full, patience=PATIENCE))
        else:
            report = finished(runner.run(found.id, Mode(full=full, allowed=yes), patience=PATIENCE))
    print_report(report, as_json=as_json, is_plan=dry_run)


@mirror.command()
@click.argument("user")
@as_json
@with_place
def stop(place: Place, user: str, as_json: bool) -> None:
    """Stop USER's mirror. What it put into the folder is removed there; what was there before stays.

    \b
    Example:
      contact-bridge mirror stop anna
    """
    with _office(place) as office:
        report = finished(office.stop(user))
    print_report(report, as_json=as_json)


@mirror.command()
@click.argument("user")
@click.argument("run", type=int)
@click.option("--dry-run", is_flag=True, help="Print what would be taken back, a line for each contact; do nothing.")
@as_json
@with_place
def undo(place: Place, user: str, run: int, dry_run: bool, as_json: bool) -> None:
    """Take back what one run of USER's mirror did, in the book and in the folder; `mirror log USER` lists the runs.

    What somebody changed since, on either side, is left as it is, and named. The next run does not do the same again:
    a contact that was taken back rests until it is changed.

    \b
    Examples:
      contact-bridge mirror undo anna 12 --dry-run
      contact-bridge mirror undo anna 12
    """
    with _office(place) as office:
        report = finished(office.undo(user, run, dry_run=dry_run))
    if not dry_run and not as_json:
        for line in report.plan:
            click.echo(line)
    print_report(report, as_json=as_json, is_plan=dry_run)


@mirror.command()
@click.argument("user")
@click.argument("run", required=False, type=int)
@as_json
@with_place
def log(place: Place, user: str, run: int | None, as_json: bool) -> None:
    """List the last runs of USER's mirror; with RUN, what that run did to whom.

    \b
    Examples:
      contact-bridge mirror log anna
      contact-bridge mirror log anna 12
    """
    from storage_plugin.database.runs import Runs
    from storage_plugin.model.book import NotFound

    with _office(place) as office:
        runs = Runs(office.database)
        known = runs.of_user(office.user_id(user))
        if run is None:
            rows: list[dict[str, Any]] = [
                {
                    "run": each.id,
                    "kind": each.kind,
                    "started_at": each.started_at,
                    "ended_at": each.ended_at,
                    "outcome": each.outcome.value if each.outcome else "",
                    "counts": dict(each.counts),
                    "reason": each.reason,
                }
                for each in known
            ]
        elif run not in {each.id for each in known}:
            raise NotFound(f"there is no run {run} of {user}")
        else:
            rows = [
                {"contact": each.contact, "name": each.name, "action": each.action, "detail": each.detail}
                for each in runs.entries(run)
            ]
    if as_json:
        print_json(rows)
        return
    for row in rows if run is None else ():
        row["counts"] = ", ".join(f"{count} {name}" for name, count in sorted(row["counts"].items()))
    columns = ("run", "kind", "started_at", "outcome", "counts", "reason")
    empty = "No runs yet." if run is None else "This run had nothing to do."
    print_table(rows, columns if run is None else ("contact", "name", "action", "detail"), empty=empty)


@contextmanager
def _office(place: Place) -> Iterator[Office]:
    from bridge.mirroring.setting_up import opened

    with opened(place) as office:
        yield office


def _row(office: Office, mirror: Mirror) -> dict[str, Any]:
    from storage_plugin.database.links import Links
    from storage_plugin.database.runs import Runs

    last = Runs(office.database).last(mirror.id)
    return {
        "user": mirror.user,
        "target": mirror.target,
        "state": mirror.state.value,
        "reason": mirror.reason or (last.reason if last else ""),
        "contacts": len(Links(office.database, mirror.id).versions()),
        "last_run": last.started_at if last else "",
        "outcome": (last.outcome.value if last.outcome else "running") if last else "",
        "settings": dict(mirror.settings),
    }


def _runnable(office: Office, user: str) -> Mirror:
    """Give the mirror of a user; raise NotFound, or Refused while it is not to be run."""
    from bridge.mirroring.setting_up import settled
    from storage_plugin.database.mirrors import State
    from storage_plugin.model.book import Refused

    found = office.of(user)
    if found.state is State.STOPPED:
        raise Refused(f"the mirror of {user} is stopped: `contact-bridge mirror start {user} --to KIND`")
    if found.state is State.STOPPING:
        raise Refused(f"the mirror of {user} is being stopped: `contact-bridge mirror stop {user}`")
    if found.state is State.UNDOING:
        raise Refused(found.reason)
    settled(found)
    return found


def _filter(office: Office, user: str, conditions: tuple[str, ...], *, is_preview: bool) -> str:
    """Set a user's filter, or only count; say how many contacts pass."""
    from dataclasses import replace

    from storage_plugin.database.previews import preview
    from storage_plugin.database.users import Users

    users = Users(office.database)
    present = next(each.view for each in users.all() if each.name == user)
    wanted = replace(present, filter=filter_said(conditions))
    count = preview(office.database, user, wanted)
    if not is_preview:
        users.set_view(user, wanted)
    return str(count)
