"""What the demonstration prints: where it is, and what to try."""

from __future__ import annotations

import shlex
import shutil
import socket
import sys
from pathlib import Path
from typing import NamedTuple
from urllib.parse import urlsplit

from bridge.demo.fill import Secrets
from bridge.place import Place

_TOUR = """
Contact Bridge serves 200 fictional business contacts, and keeps a simulated Outlook mailbox in step with them.

    address    {address}
    user       {user}
    password   {secret}
    web page   {page}   (sign in as {user} with the password {password})
    mailbox    {mailbox}   (open it in a browser)

What to try (in another terminal):

  The mirror: create a contact on the mailbox's page; a few seconds later it is on the phone, as a contact of this
  user alone. Change or delete one on the page or on the phone: the other side follows.
    {program} inbox list --data {folder}
    {program} mirror log {user} --data {folder}

  The first cards, as a phone fetches them:
    curl -s -u {user}:{secret} {address}{user}/contacts/ | head -40

  Thunderbird: address book > New > Add CardDAV Address Book
    User name {user}, location {address}; then the password above.

  iPhone: {reach}
    Settings > Apps > Contacts > Contacts Accounts > Add Account > Other > Add CardDAV Account
    Server {server}, user name {user}, the password above; at the question about SSL: Continue.

  The command line:
    {program} contact search söhne --data {folder}
    {program} account list --data {folder}
    {program} --help

Ctrl-C stops it{end}.
"""


class Addresses(NamedTuple):
    """Where a browser finds the simulated mailbox, and the page of Contact Bridge."""

    mailbox: str
    page: str


def tour(address: str, pages: Addresses, user: str, secrets: Secrets, place: Place) -> str:
    """Write the text for this demonstration."""
    program, parts = _program(), urlsplit(address)
    loopback = parts.hostname in ("127.0.0.1", "::1", "localhost")
    host = _own_address() if parts.hostname in ("0.0.0.0", "::") else parts.hostname
    shown = urlsplit(pages.mailbox)
    return _TOUR.format(
        page=pages.page,
        password=secrets.page,
        mailbox=f"http://{host if shown.hostname == '0.0.0.0' else shown.hostname}:{shown.port}/",
        address=f"{parts.scheme}://{host}:{parts.port}/",
        user=user,
        secret=secrets.device,
        program=program,
        reach=f"needs to reach this machine: start with `{program} demo --host 0.0.0.0`." if loopback else "",
        server=f"{'THIS-MACHINE' if loopback else host}:{parts.port}",
        folder=shlex.quote(str(place.folder)),
        end=", and removes everything" if "contact-bridge-demo-" in place.folder.name else "",
    ).rstrip()


def _program() -> str:
    """Write the command as another terminal finds it: `make run` puts it where no shell looks."""
    called = Path(sys.argv[0])
    if shutil.which(called.name):
        return called.name
    return (
        shlex.quote(str(called.absolute())) if called.suffix != ".py" else f"{shlex.quote(sys.executable)} -m bridge"
    )


def _own_address() -> str:
    """Give the address by which the network reaches this machine; nothing is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))
            return str(probe.getsockname()[0])
        except OSError:
            return socket.gethostname()
