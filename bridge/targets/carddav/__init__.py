"""The target "another server's address book", over CardDAV (RFC 6352): any server, none of ours among them.

``client`` speaks HTTP and WebDAV, ``discovery`` finds the address book, ``mapping`` says which bodies go out and what
the answers mean, ``contacts`` is the target.
"""
