"""The mailbox of the demonstration, in a process that the supervisor starts (``python -m bridge.demo.mailbox``).

The simulator of Microsoft Graph with one mailbox, its contacts to be seen and changed in a browser. All is in memory.
"""

from __future__ import annotations

import argparse
import asyncio
import signal
import socket

from bridge.simulators.graph import Mailbox, Simulator
from bridge.simulators.graph.fields import write_contact
from bridge.simulators.graph.sign_in import Application

ADDRESS, TENANT = "demo@contoso.example", "contoso.example"
CLIENT, SECRET = "contact-bridge-demo", "of no use elsewhere"

PRIVATE = (
    {"givenName": "Grandma", "surname": "", "homePhones": ["+49 30 5550100"], "birthday": "1941-05-09T11:59:00Z"},
    {"givenName": "Dr. Emil", "surname": "Zahn", "jobTitle": "Dentist", "businessPhones": ["+49 30 5550101"]},
)
"""What the owner of the mailbox had there before: nobody else's business."""


def main() -> None:
    """Be the mailbox until SIGTERM, or until the supervisor is gone."""
    parser = argparse.ArgumentParser(prog="bridge.demo.mailbox")
    parser.add_argument("--listening", type=int, required=True)
    parser.add_argument("--lifeline", type=int, required=True)
    options = parser.parse_args()
    with socket.socket(fileno=options.listening) as listening, socket.socket(fileno=options.lifeline) as lifeline:
        asyncio.run(_serve(listening, lifeline))


def fill(mailbox: Mailbox) -> None:
    """Put some private contacts into a mailbox."""
    for contact in PRIVATE:
        written = write_contact(contact, {})
        mailbox.add({name: value for name, value in written.items() if value is not None})


async def _serve(listening: socket.socket, lifeline: socket.socket) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    loop.add_reader(lifeline, stop.set)  # the supervisor writes nothing: it has gone
    async with Simulator(listening=listening) as graph:
        graph.sign_in.applications[CLIENT] = Application(CLIENT, SECRET)
        graph.shown = graph.mailbox(ADDRESS)
        fill(graph.shown)
        lifeline.sendall(b"r")
        await stop.wait()
    loop.remove_reader(lifeline)


if __name__ == "__main__":
    main()
