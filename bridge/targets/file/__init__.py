"""The target "file": a folder of vCards, one file for each contact.

``client`` reads and writes the disk, ``contacts`` is the target; what a card says is in ``bridge.targets.cards``. An
Outlook data file (.pst) is named in ``contacts`` and refused there until it is supported.
"""
