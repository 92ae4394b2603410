"""A streaming subscription: the server tells of a folder's changes over a connection that stays open.

[MS-OXWSNTIF]; https://learn.microsoft.com/exchange/client-developer/exchange-web-services/how-to-stream-notifications-about-mailbox-events-by-using-ews-in-exchange.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from contextlib import suppress
from threading import Lock
from typing import Any

from exchangelib.services import GetStreamingEvents

from bridge.targets.base import TargetError
from bridge.targets.ews.connection import EwsAccount, EwsConnection
from bridge.targets.ews.errors import error_of
from bridge.targets.ews.xml import M, T, make

MINUTES = 30
"""The longest that Exchange leaves the connection open."""

QUIET = 150.0
"""Seconds without a word after which the connection is dead; Exchange says every 45 seconds that it is there."""

_KINDS = ("CopiedEvent", "CreatedEvent", "DeletedEvent", "ModifiedEvent", "MovedEvent")


class EwsStream:
    """One subscription to one folder, over one connection of its own."""

    def __init__(self, account: EwsAccount, folder: str) -> None:
        self.place: Hashable = (account, folder)
        self.login: Hashable = (account.url, account.login)
        self._account = account
        self._folder = folder
        self._lock = Lock()
        self._events: _Events | None = None
        self._is_stopped = False

    def listen(self, heard: Callable[[], None]) -> None:
        """Call ``heard`` once it listens, and at each change, until the server or ``stop`` ends it.

        It belongs into a thread of its own. Raises TargetError.
        """
        connection = EwsConnection(self._account)
        try:
            subscription = _subscribed(connection, self._folder)
            try:
                self._hear(connection, subscription, heard)
            finally:
                with suppress(TargetError):  # it ends by itself, too
                    connection.at_once("Unsubscribe", make(f"{M}SubscriptionId", subscription))
        finally:
            connection.account.protocol.close()

    def stop(self) -> None:
        """End ``listen`` soon."""
        with self._lock:
            self._is_stopped = True
            if self._events is not None:
                self._events.shut()

    def _hear(self, connection: EwsConnection, subscription: str, heard: Callable[[], None]) -> None:
        with connection.translated():
            events = _Events(account=connection.account)
            with self._lock:
                if self._is_stopped:
                    return
                self._events = events
            try:
                for each in events.told(subscription, lambda: self._opened(events, heard)):
                    if isinstance(each, Exception):
                        raise error_of(each)
                    heard()
            finally:
                events.stop_streaming()

    def _opened(self, events: _Events, heard: Callable[[], None]) -> None:
        with self._lock:
            if self._is_stopped:
                events.shut()
        heard()


class _Events(GetStreamingEvents):  # type: ignore[misc]
    """exchangelib's reader of the open connection."""

    def told(self, subscription: str, on_open: Callable[[], None]) -> Any:
        """Give the notifications as they come; ``on_open`` is called when the connection is there."""
        self.timeout = QUIET
        self._on_open = on_open
        return self._response_generator(payload=self.get_payload([subscription], MINUTES))

    def shut(self) -> None:
        """Wake up whoever reads."""
        if self._streaming_response is not None:
            with suppress(ValueError, RuntimeError, OSError):  # it has ended by itself
                self._streaming_response.raw.shutdown()

    def _get_response(self, payload: Any, api_version: str) -> Any:
        response = super()._get_response(payload, api_version)
        self._on_open()
        return response

    def _api_versions_to_try(self) -> tuple[str, ...]:
        return (self._version_hint.api_version,)


def _subscribed(connection: EwsConnection, folder: str) -> str:
    folders = make(f"{T}FolderIds", make(f"{T}FolderId", Id=folder))
    kinds = make(f"{T}EventTypes", *(make(f"{T}EventType", kind) for kind in _KINDS))
    answer = connection.at_once("Subscribe", make(f"{M}StreamingSubscriptionRequest", folders, kinds))
    return str(answer.findtext(f"{M}SubscriptionId"))
