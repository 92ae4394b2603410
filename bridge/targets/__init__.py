"""The folders that an address book can be mirrored into; each target is one folder of this package.

``base`` is the port, ``shape`` says what a target can hold, ``memory`` is the reference. Targets know neither the
engine (``bridge.sync``) nor each other.
"""
