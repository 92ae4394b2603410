"""The process that runs the mirrors: ``python -m bridge.mirroring``, started by ``bridge.supervisor`` alone.

It reads the database's URL from CONTACT_BRIDGE_DATABASE, tells by a byte on the *lifeline* that it is ready (see
``bridge.worker``), and stops in order on SIGTERM, or when the supervisor is gone.
"""

from __future__ import annotations

import argparse
import asyncio
import logging
import os
import signal
import socket
import sys
from contextlib import AsyncExitStack
from pathlib import Path

from bridge import logs
from bridge.mirroring.connecting import Connector
from bridge.mirroring.notifications import Notifications
from bridge.mirroring.running import LEASE_SECONDS, Runner, holder
from bridge.mirroring.service import Service
from bridge.mirroring.streams import Streams
from bridge.place import Place
from bridge.telling import keep_telling
from storage_plugin.database.engine import Database
from storage_plugin.database.mirrors import Mirrors
from storage_plugin.database.vault import Vault, VaultError


def main() -> None:
    """Run mirrors until SIGTERM, or until the supervisor is gone."""
    options = _arguments().parse_args()
    logs.configure(os.environ.get(logs.VARIABLE, ""))
    database = Database.open(os.environ["CONTACT_BRIDGE_DATABASE"])
    try:
        vault = Vault.open(options.data)
        with socket.socket(fileno=options.lifeline) as lifeline:
            asyncio.run(_serve(database, vault, lifeline, options))
    except (VaultError, OSError) as error:
        sys.exit(f"The mirrors cannot be run: {error}.")
    finally:
        database.close()


async def _serve(database: Database, vault: Vault, lifeline: socket.socket, options: argparse.Namespace) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    loop.add_reader(lifeline, stop.set)  # the supervisor writes nothing: it has gone
    runner = Runner(database, Connector(Mirrors(database, vault)), holder(), lease_seconds=options.lease)
    service = Service(runner)
    async with AsyncExitStack() as stack:
        runner.watches.append(stack.enter_context(Streams(service.wake)).watch)
        if options.notifications:
            await _listen(stack, runner, service, vault, options)
        place = Place(options.data)
        telling = loop.create_task(keep_telling(database, place.folder, place.settings()))
        stack.callback(telling.cancel)
        await service.run(stop, lambda: lifeline.sendall(b"r"))
    loop.remove_reader(lifeline)


async def _listen(
    stack: AsyncExitStack, runner: Runner, service: Service, vault: Vault, options: argparse.Namespace
) -> None:
    """Listen for notifications; where the port is taken (a second bridge on this host), the schedule will do."""
    notifications = Notifications(options.notifications, vault, service.wake, runner.clock)
    host, _, port = options.notifications_listen.rpartition(":")
    try:
        await stack.enter_async_context(notifications.listening(host.strip("[]"), int(port)))
    except OSError as error:
        logging.getLogger(__name__).warning("no notifications: %s", error)
        return
    runner.watches.append(notifications.watch)


def _arguments() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="bridge.mirroring")
    parser.add_argument("--data", type=Path, required=True, help="data folder, for the key of the secrets")
    parser.add_argument("--lifeline", type=int, required=True)
    parser.add_argument("--notifications", default="", help="public address at which mailboxes tell of changes")
    parser.add_argument("--notifications-listen", default="127.0.0.1:0", help="host and port to listen on for them")
    parser.add_argument("--lease", type=float, default=LEASE_SECONDS, help="seconds after which it is taken for dead")
    return parser


if __name__ == "__main__":
    main()
