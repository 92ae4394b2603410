"""``contact-bridge serve``: answer phones until it is stopped."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bridge import logs
from bridge.cli.options import with_place
from bridge.place import Place

if TYPE_CHECKING:
    import socket

    from bridge.settings import Settings


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
    return with_place(_with_log(command))


def _with_log(command: Any) -> Any:
    return click.option(
        "--log",
        type=click.Choice(["text", "json"]),
        help="How to tell what goes on: for people, or for programs (text).",
    )(command)


def _with_page(command: Any) -> Any:
    command = click.option(
        "--web-port", type=click.IntRange(0, 65535), help="Port of the web page (5233); 0 takes a free one."
    )(command)
    return click.option("--web-host", metavar="ADDRESS", help="Address of the web page (127.0.0.1).")(command)


@click.group(invoke_without_command=True)
@_listening
@_with_page
@click.pass_context
def serve(ctx: click.Context, /, place: Place, **options: Any) -> None:
    """Serve the address book to phones and computers, and the web page, until Ctrl-C or SIGTERM.

    Brings the database up to date first. Runs the mirrors, too. Workers that die are started again. What is not given
    here is taken from contact-bridge.yaml in the data folder.

    \b
    Examples:
      contact-bridge serve
      contact-bridge serve --host 0.0.0.0 --cert fullchain.pem --key privkey.pem
    """
    if ctx.invoked_subcommand is None:
        from bridge.setup import prepare

        _log_as_told(place, options)
        prepare(place)
        _run(place, options, with_page=True)


@serve.command()
@_listening
def dav(place: Place, **options: Any) -> None:
    """Serve the address book alone, without touching the database's schema (for systemd, and for several hosts).

    \b
    Example:
      contact-bridge serve dav --database postgresql://bridge@db/contacts --workers 4
    """
    from storage_plugin.database.migrate import check_schema

    _log_as_told(place, options)
    with place.opened() as database:
        check_schema(database)
    _run(place, options)


@serve.command()
@_with_log
@with_place
def bridge(place: Place, **options: Any) -> None:
    """Run the mirrors alone (for systemd, and for several hosts: each mirror is run by one of them at a time).

    \b
    Example:
      contact-bridge serve bridge --database postgresql://bridge@db/contacts
    """
    from bridge import app
    from storage_plugin.database.migrate import check_schema

    _log_as_told(place, options)
    with place.opened() as database:
        check_schema(database)
    settings = _settings(place, options)
    app.serve_mirrors(place, settings, _say, lambda: logs.tell("Contact Bridge runs the mirrors."))


@serve.command()
@_with_page
@_with_log
@with_place
def web(place: Place, **options: Any) -> None:
    """Serve the web page alone (for systemd, and for several hosts).

    \b
    Example:
      contact-bridge serve web --web-port 8080
    """
    from bridge import app
    from storage_plugin.database.migrate import check_schema

    _log_as_told(place, options)
    with place.opened() as database:
        check_schema(database)
    app.serve_page(place, _settings(place, options), _say, lambda address: _say_page(place, address))


def _run(place: Place, options: dict[str, Any], *, with_page: bool = False) -> None:
    from bridge import app

    names = {"cert": "certificate", "key": "private_key"}
    given = {names.get(name, name): value for name, value in options.items() if value is not None}
    for name in ("certificate", "private_key"):
        if name in given:
            given[name] = str(Path(given[name]).absolute())
    settings = _settings(place, given)
    page = _page(settings, given) if with_page else None

    def on_ready(address: str) -> None:
        _say_ready(address)
        if page is not None:
            _say_page(place, app.page_address(page))

    app.serve(place, settings, _say, on_ready, page=page)


def _settings(place: Place, options: dict[str, Any]) -> Settings:
    """Give the settings with what was given on the command line."""
    given = {name: value for name, value in options.items() if value is not None}
    return place.settings().model_copy(update=given)


def _log_as_told(place: Place, options: dict[str, Any]) -> None:
    logs.configure(options["log"] or place.settings().log)


def _page(settings: Settings, given: dict[str, Any]) -> socket.socket | None:
    """Open the page's socket. Phones are not left without an answer because the usual port of the page is taken."""
    from bridge import app
    from bridge.listening import CannotListen

    if settings.port == 0 and "web_port" not in given:
        settings = settings.model_copy(update={"web_port": 0})
    try:
        return app.page_socket(settings)
    except CannotListen as error:
        if "web_port" in given or "web_host" in given:
            raise
        _say(f"The web page is not served: {error}")
        return None


def _say_page(place: Place, address: str) -> None:
    from bridge.first_run import first_run_code, is_first_run
    from storage_plugin.database.vault import Vault, VaultError

    logs.tell(f"The web page is at {address}")
    with place.opened() as database:
        if not is_first_run(database):
            return
    try:
        code = first_run_code(Vault.open(place.folder))
        logs.tell(f"Nobody can sign in yet: the first time, the page asks for the code {code}")
    except VaultError as error:
        _say(f"The web page cannot be used: {error}.")


def _say(line: str) -> None:
    logs.tell(line, is_trouble=True)


def _say_ready(address: str) -> None:
    logs.tell(f"Contact Bridge serves {address}  (Ctrl-C stops it)")
