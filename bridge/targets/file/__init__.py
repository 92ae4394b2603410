"""The target "file": a folder of vCards, or a CSV file as Outlook writes it.

``client`` reads and writes the disk, ``contacts`` is the folder of cards (their text is in ``bridge.targets.cards``),
``csv_contacts`` the file of rows, with ``table`` and ``mapping``. ``kinds`` tells which of them a path is.
"""
