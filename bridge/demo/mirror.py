"""The mirror of the demonstration: a simulated mailbox in a process of its own, in step with the address book."""

from __future__ import annotations

import socket

from bridge.demo.fill import USER
from bridge.demo.mailbox import ADDRESS, CLIENT, SECRET, TENANT
from bridge.listening import listen
from bridge.mirroring.places import GraphPlace
from bridge.mirroring.settings import SECRET as SECRET_NAME
from bridge.mirroring.settings import MirrorSettings
from bridge.place import Place
from bridge.settings import Settings
from bridge.supervisor import Part, python_module
from storage_plugin.database.engine import Database
from storage_plugin.database.mirrors import Mirrors, State
from storage_plugin.database.users import Users
from storage_plugin.database.vault import Vault

EVERY = 1.0
"""Minutes between two looks into the mailbox, beside what it notifies of."""

_EVERYWHERE = ("0.0.0.0", "::")


def mailbox(host: str) -> socket.socket:
    """Open the socket of the mailbox: reachable from elsewhere only where the address book is everywhere."""
    return listen("0.0.0.0" if host in _EVERYWHERE else "127.0.0.1", 0, 1)[0]


def notified(settings: Settings) -> Settings:
    """Have the bridge told of changes in the mailbox, on a free port."""
    with listen("127.0.0.1", 0, 1)[0] as free:
        here = f"127.0.0.1:{free.getsockname()[1]}"
    return settings.model_copy(update={"notifications": f"http://{here}/changed", "notifications_listen": here})


def page(listening: socket.socket) -> str:
    """Give the address of the mailbox's page."""
    host, port = listening.getsockname()[:2]
    return f"http://{host}:{port}/"


def part(listening: socket.socket) -> Part:
    """Give the process that is the mailbox."""
    command = python_module("bridge.demo.mailbox", "--listening", str(listening.fileno()))
    return Part("the mailbox", command, (listening.fileno(),))


def start(database: Database, place: Place, listening: socket.socket) -> None:
    """Set up the user's mirror; the bridge copies the contacts as soon as it runs."""
    address = f"http://127.0.0.1:{listening.getsockname()[1]}"
    mirrors = Mirrors(database, Vault.open(place.folder))
    where = GraphPlace(
        sign_in="app",
        client_id=CLIENT,
        tenant=TENANT,
        mailbox=ADDRESS,
        service=f"{address}/v1.0",
        authority=address,
    )
    mirror = mirrors.create(_user_id(database), where.kind)
    mirrors.configure(mirror.id, settings=MirrorSettings(place=where, every=EVERY).json_form)
    mirrors.keep_secrets(mirror.id, {SECRET_NAME: SECRET})
    mirrors.set_state(mirror.id, State.ON)


def stop(database: Database) -> None:
    """End the mirror: its mailbox is gone, and nothing is to be taken out of it."""
    mirrors = Mirrors(database)
    mirror = mirrors.of_user(_user_id(database))
    if mirror is not None:
        mirrors.start_over(mirror.id)
        mirrors.set_state(mirror.id, State.STOPPED)


def _user_id(database: Database) -> int:
    return next(user.id for user in Users(database).all() if user.name == USER)
