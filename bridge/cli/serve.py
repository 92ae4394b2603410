"""``contact-bridge serve``: answer phones until it is stopped."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from bridge.cli.options import with_place
from bridge.place import Place


def _listening(command: Any) -> Any:
    for option in reversed(
        [
            click.option("--host", metavar="ADDRESS", help="Address to listen on; 0.0.0.0 for the whole network."),
            click.option(
                "--port", type=click.IntRange(0, 65535), help="Port to listen on (5232); 0 takes a free one."
            ),
            click.option("--workers", type=click.IntRange(1, 64), help="Processes that answer (2)."),
            click.option("--cert", metavar="FILE", type=click.Path(), help="Certificate chain for https, PEM."),
            click.option("--key", metavar="FILE", type=click.Path(), help="Private key of the certificate, PEM."),
        ]
    ):
        command = option(command)
    return with_place(command)


@click.group(invoke_without_command=True)
@_listening
@click.pass_context
def serve(ctx: click.Context, /, place: Place, **options: Any) -> None:
    """Serve the address book to phones and computers until Ctrl-C or SIGTERM.

    Brings the database up to date first. Runs the mirrors, too. Workers that die are started again. What is not given
    here is taken from contact-bridge.yaml in the data folder.

    \b
    Examples:
      contact-bridge serve
      contact-bridge serve --host 0.0.0.0 --cert fullchain.pem --key privkey.pem
    """
    if ctx.invoked_subcommand is None:
        from bridge.setup import prepare

        prepare(place)
        _run(place, options)


@serve.command()
@_listening
def dav(place: Place, **options: Any) -> None:
    """Serve the address book alone, without touching the database's schema (for systemd, and for several hosts).

    \b
    Example:
      contact-bridge serve dav --database postgresql://bridge@db/contacts --workers 4
    """
    from storage_plugin.database.migrate import check_schema

    with place.opened() as database:
        check_schema(database)
    _run(place, options)


@serve.command()
@with_place
def bridge(place: Place) -> None:
    """Run the mirrors alone (for systemd, and for several hosts: each mirror is run by one of them at a time).

    \b
    Example:
      contact-bridge serve bridge --database postgresql://bridge@db/contacts
    """
    from bridge import app
    from storage_plugin.database.migrate import check_schema

    with place.opened() as database:
        check_schema(database)
    app.serve_mirrors(place, place.settings(), _say, lambda: click.echo("Contact Bridge runs the mirrors."))


def _run(place: Place, options: dict[str, Any]) -> None:
    from bridge import app

    settings = place.settings()
    names = {"cert": "certificate", "key": "private_key"}
    given = {names.get(name, name): value for name, value in options.items() if value is not None}
    for name in ("certificate", "private_key"):
        if name in given:
            given[name] = str(Path(given[name]).absolute())
    app.serve(place, settings.model_copy(update=given), _say, _say_ready)


def _say(line: str) -> None:
    click.echo(line, err=True)


def _say_ready(address: str) -> None:
    click.echo(f"Contact Bridge serves {address}  (Ctrl-C stops it)")
