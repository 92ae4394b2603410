"""``contact-bridge demo``: try everything, with contacts that nobody will miss."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click

from bridge.cli.options import with_place
from bridge.place import Place


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="0.0.0.0 lets a phone on your network try it.")
@click.option(
    "--port", type=click.IntRange(0, 65535), help="Port to listen on (5232, or a free one if that is in use)."
)
@with_place
@click.pass_context
def demo(ctx: click.Context, /, place: Place, host: str, port: int | None) -> None:
    """Serve a throw-away address book of 200 fictional contacts until Ctrl-C, mirrored with a simulated mailbox.

    It is kept in a temporary folder and removed at the end. With --data it is made there and stays; the mailbox goes.

    \b
    Examples:
      contact-bridge demo
      contact-bridge demo --host 0.0.0.0
    """
    stays = ctx.get_parameter_source("folder") is not click.core.ParameterSource.DEFAULT
    with _throw_away(place, stays=stays) as place:
        _demonstrate(place, host, port)


@contextmanager
def _throw_away(place: Place, *, stays: bool) -> Iterator[Place]:
    if stays:
        yield place
        return
    folder = Path(tempfile.mkdtemp(prefix="contact-bridge-demo-"))
    try:
        yield Place(folder, place.database)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _demonstrate(place: Place, host: str, port: int | None) -> None:
    from bridge import app
    from bridge.cli.book import opened
    from bridge.demo.fill import USER, fill
    from bridge.demo.mirror import mailbox, notified, part, start, stop
    from bridge.demo.mirror import page as mailbox_page
    from bridge.demo.tour import Addresses, tour
    from bridge.listening import is_free
    from bridge.setup import prepare

    prepare(place)
    click.echo("Making 200 fictional contacts …")
    listening = mailbox(host)
    with opened(place) as book:
        secrets = fill(book.database, book.id)
        start(book.database, place, listening)
    if port is None:
        port = 5232 if is_free(host, 5232) else 0
    web_port = 5233 if is_free("127.0.0.1", 5233) else 0
    settings = place.settings().model_copy(update={"host": host, "port": port, "web_port": web_port})
    settings = notified(settings)
    page = app.page_socket(settings)
    addresses = Addresses(mailbox_page(listening), app.page_address(page))
    try:
        app.serve(
            place,
            settings,
            lambda line: click.echo(line, err=True),
            lambda address: click.echo(tour(address, addresses, USER, secrets, place)),
            [part(listening)],
            page,
        )
    finally:
        with opened(place) as book:
            stop(book.database)
