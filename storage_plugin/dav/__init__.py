"""Radicale's side: the address book in the words of CardDAV and WebDAV.

``application`` is the WSGI entry: ``signin`` says who asks, ``paths`` what is meant, and then

- ``propfind``, ``report``, ``items``, ``proppatch`` answer one method each: ``bodies`` reads what they are asked,
  ``properties`` and ``multistatus`` write what they answer, ``errors`` says refusals and faults in HTTP
- ``filters`` and ``match`` are CARDDAV:filter, ``address_data`` the versions and parts of a card, ``tokens`` the
  sync tokens
- ``core`` leads to Radicale's own methods; ``storage``, ``collection``, ``auth`` and ``rights`` are what Radicale
  finds the address book through, also without our entry
"""
