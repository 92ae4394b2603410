"""What runs inside Evolution's data server's session: an address book as Evolution's own windows use it.

Run by Debian's Python, which has its bindings (python3-gi, gir1.2-ebook-1.2): ``evolution_agent.py HOST PORT USER
FD``, the password in the environment. Each line of standard input is a JSON object, ``{"do": …}``; each is answered
with one, in FD: what else runs in the session says what it likes.
"""

import json
import os
import sys
import threading
import time

import gi

gi.require_version("EDataServer", "1.2")
gi.require_version("EBook", "1.2")
gi.require_version("EBookContacts", "1.2")
from gi.repository import EBook, EBookContacts, EDataServer, GLib  # noqa: E402

EVERYBODY = '(contains "x-evolution-any-field" "")'
SECONDS = 60


class Book:
    """A CardDAV address book that Evolution keeps a copy of."""

    def __init__(self, host, port, user, password):
        registry = EDataServer.SourceRegistry.new_sync(None)
        registry.commit_source_sync(_source(host, port, user), None)
        self._source = registry.ref_source("contact-bridge")
        self._password = EDataServer.NamedParameters.new()
        self._password.set("username", user)
        self._password.set("password", password)
        self._source.connect("credentials-required", lambda *_: self._sign_in())
        self._client = EBook.BookClient.connect_sync(self._source, 1, None)
        self._sign_in()
        until = time.monotonic() + SECONDS
        while self._source.get_connection_status() != EDataServer.SourceConnectionStatus.CONNECTED:
            assert time.monotonic() < until, self._source.get_connection_status()
            time.sleep(0.1)

    def _sign_in(self):
        self._source.invoke_authenticate(self._password, None, None)

    def cards(self):
        """Give all cards as vCard 3.0, by UID; what is new on the server comes a moment after it was asked for."""
        self._client.refresh_sync(None)
        return {card.get_property("id"): _text(card) for card in self._all().values()}

    def add(self, card):
        return self._client.add_contact_sync(EBookContacts.Contact.new_from_vcard(card), 0, None)[1]

    def edit(self, uid, field, value):
        card = self._all()[uid]
        card.set_property(field, value)
        self._client.modify_contact_sync(card, 0, None)

    def delete(self, uid):
        self._client.remove_contact_by_uid_sync(uid, 0, None)

    def _all(self):
        return {card.get_property("id"): card for card in self._client.get_contacts_sync(EVERYBODY, None)[1]}


def _source(host, port, user):
    source = EDataServer.Source.new_with_uid("contact-bridge", None)
    source.set_display_name("Contacts")
    source.set_parent("carddav-stub")
    source.get_extension("Address Book").set_backend_name("carddav")
    signing_in = source.get_extension("Authentication")
    signing_in.set_host(host)
    signing_in.set_port(port)
    signing_in.set_method("plain/password")
    signing_in.set_user(user)
    source.get_extension("Security").set_secure(False)
    source.get_extension("WebDAV Backend").set_resource_path(f"/{user}/contacts/")
    source.get_extension("Offline").set_stay_synchronized(True)
    return source


def _text(card):
    return EBookContacts.VCard.to_string(card, EBookContacts.VCardFormat(1))


def main():
    host, port, user, answers = sys.argv[1:]
    told = os.fdopen(int(answers), "w", buffering=1)
    threading.Thread(target=GLib.MainLoop().run, daemon=True).start()
    book = Book(host, int(port), user, os.environ["PASSWORD"])
    print(json.dumps({"ready": True}), file=told)
    for line in sys.stdin:
        wanted = json.loads(line)
        try:
            answer = {"value": getattr(book, wanted.pop("do"))(**wanted)}
        except GLib.Error as error:
            answer = {"error": error.message}
        print(json.dumps(answer), file=told)
    os._exit(0)  # the main loop's thread does not end by itself


if __name__ == "__main__":
    main()
