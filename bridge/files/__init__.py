"""Files that people bring and take: vCards, Outlook CSV, Google CSV, JSON. Pure: bytes and rows ⇄ contacts."""
