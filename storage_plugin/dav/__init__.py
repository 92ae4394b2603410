"""Radicale's side: the address book in the words of CardDAV and WebDAV."""
