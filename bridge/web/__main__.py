"""The process that serves the page: ``python -m bridge.web``, started by ``bridge.supervisor`` alone.

It reads the database's URL from CONTACT_BRIDGE_DATABASE, inherits the listening socket, tells by a byte on the
*lifeline* that it is ready (see ``bridge.worker``), and stops in order on SIGTERM, or when the supervisor is gone.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import socket
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Any

from aiohttp import web

from bridge import logs
from bridge.place import Place
from bridge.telling import keep_telling
from bridge.web.application import application
from bridge.web.house import House
from bridge.web.housekeeping import keep_tidy
from storage_plugin.database.engine import Database
from storage_plugin.database.vault import Vault, VaultError

STOP_WITHIN = 4.0
"""Seconds that requests under way get to finish."""


def main() -> None:
    """Serve until SIGTERM, or until the supervisor is gone."""
    options = _arguments().parse_args()
    logs.configure(os.environ.get(logs.VARIABLE, ""))
    url = os.environ["CONTACT_BRIDGE_DATABASE"]
    place = Place(options.data, url)
    database = Database.open(url)
    try:
        served = {"port": options.port, "certificate": options.certificate}
        given = {name: value for name, value in served.items() if value is not None}
        settings = place.settings().model_copy(update=given)
        house = House(place, settings, database, Vault.open(options.data))
        with (
            socket.socket(fileno=options.lifeline) as lifeline,
            socket.socket(fileno=options.listening) as listening,
        ):
            telling = keep_telling(database, place.folder, house.settings)
            asyncio.run(_serve(application(house), database, telling, listening, lifeline))
    except (VaultError, OSError) as error:
        sys.exit(f"The page cannot be served: {error}.")
    finally:
        database.close()


async def _serve(
    pages: web.Application,
    database: Database,
    telling: Coroutine[Any, Any, None],
    listening: socket.socket,
    lifeline: socket.socket,
) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    loop.add_reader(lifeline, stop.set)  # the supervisor writes nothing: it has gone
    runner = web.AppRunner(pages, access_log=None, shutdown_timeout=STOP_WITHIN)
    await runner.setup()
    work = [loop.create_task(keep_tidy(database)), loop.create_task(telling)]
    try:
        await web.SockSite(runner, listening).start()
        lifeline.sendall(b"r")
        await stop.wait()
    finally:
        for each in work:
            each.cancel()
        loop.remove_reader(lifeline)
        await runner.cleanup()


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bridge.web")
    parser.add_argument("--data", type=Path, required=True, help="data folder, for settings and key")
    parser.add_argument("--port", type=int, help="port that phones use, where it is not the one of the settings")
    parser.add_argument("--certificate", help="certificate that is served to them; empty: none")
    parser.add_argument("--listening", type=int, required=True)
    parser.add_argument("--lifeline", type=int, required=True)
    return parser


if __name__ == "__main__":
    main()
