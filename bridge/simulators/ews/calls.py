"""What an operation is given: the request, who asks, and what that person may reach."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from xml.etree.ElementTree import Element

from bridge.simulators.ews.soap import EwsError, T, attribute, child, local
from bridge.simulators.ews.streams import Stream
from bridge.simulators.graph.ids import rest_id
from bridge.simulators.graph.items import Folder, Item
from bridge.simulators.graph.mailbox import Mailbox
from bridge.simulators.graph.messages import GraphError

FURNITURE = {
    "calendar": ("Calendar", "IPF.Appointment"),
    "drafts": ("Drafts", "IPF.Note"),
    "inbox": ("Inbox", "IPF.Note"),
    "junkemail": ("Junk Email", "IPF.Note"),
    "outbox": ("Outbox", "IPF.Note"),
    "sentitems": ("Sent Items", "IPF.Note"),
    "tasks": ("Tasks", "IPF.Task"),
}
"""The well-known folders without contacts: their display names and classes. Clients ask for them as they sign in."""


@dataclass(slots=True)
class Behaviour:
    """What differs between servers, is not documented, or makes tests harder than an ordinary day.

    ``keeps_photos``: a second contact photo stands beside the first instead of in its place. ``find_page`` and
    ``find_page_restricted``: the most rows of a FindItem. ``concurrent``: EWSMaxConcurrency. ``hanging``: how many
    streaming connections one may have. ``minute``: the seconds of a minute of such a connection.
    """

    keeps_photos: bool = True
    find_page: int = 1000
    find_page_restricted: int = 250
    concurrent: int = 27
    hanging: int = 10
    minute: float = 60.0


@dataclass(slots=True)
class Call:
    """One operation: ``mailbox`` is that of who signed in, or is impersonated; ``reachable`` are all to be opened."""

    operation: str
    request: Element
    mailbox: Mailbox
    reachable: list[Mailbox]
    contacts_only: set[str]
    everybody: dict[str, Mailbox]
    read_only: set[str]
    behaviour: Behaviour
    stream: Stream | None = None
    """What an operation leaves open (GetStreamingEvents)."""

    def item(self, id: Element) -> tuple[Mailbox, Item]:
        """Find the item of an ItemId; an id is told apart by case, and another after a move."""
        key = attribute(id, "Id")
        for mailbox in self.reachable:
            with suppress(GraphError):
                return mailbox, mailbox.item(key)
        raise EwsError("ErrorItemNotFound", "The specified object was not found in the store.")

    def folder(self, parent: Element) -> tuple[Mailbox, Folder]:
        """Find the one folder that an element names."""
        return self.folder_of(next(iter(parent)))

    def folder_of(self, named: Element) -> tuple[Mailbox, Folder]:
        """Find the folder of a FolderId or DistinguishedFolderId."""
        if local(named) == "DistinguishedFolderId":
            mailbox = self._owner(named.findtext(f"{T}Mailbox/{T}EmailAddress"))
            own = {"contacts": mailbox.default, "deleteditems": mailbox.bin}
            places = own | {"msgfolderroot": mailbox.root, "root": mailbox.root} | mailbox.furniture
            name = attribute(named, "Id")
            if name not in places:
                raise _no_folder()
            if name != "contacts" and mailbox.address.lower() in self.contacts_only:
                raise EwsError("ErrorAccessDenied", "Access is denied. Check credentials and try again.")
            return mailbox, mailbox.folders[places[name]]
        for mailbox in self.reachable:
            folder = mailbox.folders.get(rest_id(attribute(named, "Id")))
            if folder is not None and not folder.purged:
                return mailbox, folder
        raise _no_folder()

    def may_write(self, mailbox: Mailbox) -> None:
        """Refuse a write into a mailbox that was shared for reading."""
        if mailbox.address.lower() in self.read_only:
            raise EwsError("ErrorAccessDenied", "Access is denied. Check credentials and try again.")

    def _owner(self, address: str | None) -> Mailbox:
        if address is None:
            return self.mailbox
        found = self.everybody.get(address.lower())
        if found is None:
            raise EwsError("ErrorNonExistentMailbox", "The SMTP address has no mailbox associated with it.")
        if found not in self.reachable:
            raise EwsError("ErrorAccessDenied", "Access is denied. Check credentials and try again.")
        return found


Handler = Callable[[Call], Element]
"""Gives the content of the SOAP body."""


def check_room(mailbox: Mailbox) -> None:
    """Refuse what needs room in a full mailbox."""
    if mailbox.full:
        raise EwsError("ErrorQuotaExceeded", "The mailbox has exceeded its maximum size.")


def ids_of(call: Call, tag: str) -> list[Element]:
    """Give the ids in a list of the request."""
    return list(child(call.request, tag))


def _no_folder() -> EwsError:
    return EwsError("ErrorFolderNotFound", "The specified folder could not be found in the store.")
