"""Subscribe, GetStreamingEvents, Unsubscribe for streaming subscriptions ([MS-OXWSNTIF]).

Events wait for the connection that asks for them. A move to the deleted items is a MovedEvent, and DeletedEvent tells
of what is gone for good; what the client wrote itself is told, too.
"""

from __future__ import annotations

from datetime import UTC
from uuid import uuid4
from xml.etree.ElementTree import Element

from bridge.simulators.ews.calls import Call, Handler
from bridge.simulators.ews.contacts import folder_key, item_id
from bridge.simulators.ews.soap import EwsError, M, T, child, invalid, make, message, refusal, response
from bridge.simulators.ews.streams import OPERATION, Stream, Subscription, status, told
from bridge.simulators.graph.ids import ews_id
from bridge.simulators.graph.items import Item
from bridge.simulators.graph.mailbox import Mailbox


class Subscriptions:
    """The subscriptions of a server. ``open`` are its streaming connections."""

    def __init__(self) -> None:
        self.known: dict[str, Subscription] = {}
        self.open: list[Stream] = []

    def end(self, *, in_order: bool) -> None:
        """Close all connections, as after their time, or (not ``in_order``) break them off."""
        for stream in self.open:
            stream.queue.put_nowait(in_order)

    def note(self, mailbox: Mailbox, item: Item, kind: str) -> None:
        """Take in what happened to an item (a listener of its mailbox)."""
        for each in self.known.values():
            entry = mailbox.folders[each.folder].log.get(item.key)
            if each.mailbox is mailbox and entry is not None and entry.change == mailbox.change:
                event = _event(mailbox, item, kind, each.folder)
                if event.tag.removeprefix(T) not in each.kinds:
                    continue
                if each.stream is None:
                    each.waiting.append(event)
                else:
                    each.stream.queue.put_nowait(event)

    def subscribe(self, call: Call) -> Element:
        """Make a subscription."""
        asked = call.request.find(f"{M}StreamingSubscriptionRequest")
        if asked is None:
            raise invalid("only streaming subscriptions are simulated.")
        try:
            mailbox, folder = call.folder(child(asked, f"{T}FolderIds"))
        except EwsError as error:
            return response(call.operation, [refusal(call.operation, error)])
        kinds = frozenset(each.text or "" for each in child(asked, f"{T}EventTypes"))
        made = Subscription(str(uuid4()), mailbox, folder.id, kinds)
        self.known[made.id] = made
        return response(call.operation, [message(call.operation, make(f"{M}SubscriptionId", made.id))])

    def unsubscribe(self, call: Call) -> Element:
        """End a subscription, and its connection."""
        found = self.known.pop(call.request.findtext(f"{M}SubscriptionId", ""), None)
        if found is None:
            return response(call.operation, [refusal(call.operation, _not_found())])
        if found.stream is not None:
            found.stream.queue.put_nowait(True)
        return response(call.operation, [message(call.operation)])

    def get_streaming_events(self, call: Call) -> Element:
        """Open a connection; the rest of the answer is what its stream says."""
        (id,) = (each.text or "" for each in child(call.request, f"{M}SubscriptionIds"))
        found = self.known.get(id)
        if found is None:
            ids = make(f"{M}ErrorSubscriptionIds", make(f"{T}SubscriptionId", id))
            return response(OPERATION, [refusal(OPERATION, _not_found(), ids, status("Closed"))])
        if sum(each.login is call.mailbox for each in self.open) >= call.behaviour.hanging:
            text = "You have exceeded the available concurrent connections for your account."
            return response(OPERATION, [refusal(OPERATION, EwsError("ErrorExceededConnectionCount", text))])
        minutes = int(call.request.findtext(f"{M}ConnectionTimeout", "1"))
        call.stream = found.stream = Stream(found, call.mailbox, minutes * call.behaviour.minute)
        for event in found.waiting:
            found.stream.queue.put_nowait(event)
        found.waiting.clear()
        return told(status("OK"))


def _event(mailbox: Mailbox, item: Item, kind: str, folder: str) -> Element:
    entry = mailbox.folders[folder].log[item.key]
    at = make(f"{T}TimeStamp", mailbox.clock().astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"))
    before = ews_id(entry.classic)
    parent = make(f"{T}ParentFolderId", **folder_key(item.folder))
    if entry.removed and item.key in mailbox.items:
        now = item_id(mailbox, item)
        old = make(f"{T}OldItemId", Id=before), make(f"{T}OldParentFolderId", **folder_key(folder))
        return make(f"{T}MovedEvent", at, now, parent, *old)
    name = "DeletedEvent" if entry.removed else "CreatedEvent" if kind == "created" else "ModifiedEvent"
    return make(f"{T}{name}", at, make(f"{T}ItemId", Id=before, ChangeKey=mailbox.change_key(item)), parent)


def _not_found() -> EwsError:
    return EwsError("ErrorSubscriptionNotFound", "Subscription is not found.")


def operations(subscriptions: Subscriptions) -> dict[str, Handler]:
    """Give the operations over one set of subscriptions."""
    return {
        "Subscribe": subscriptions.subscribe,
        "Unsubscribe": subscriptions.unsubscribe,
        OPERATION: subscriptions.get_streaming_events,
    }
