"""How much the tests try: `make quick` (which sets QUICK) tries less of what is tried again and again.

EXAMPLES=400 tries more of everything.
"""

import os

QUICK = "QUICK" in os.environ


def examples(usual: int) -> int:
    """Give how many examples of a law are tried where ``usual`` would be in ``make test``."""
    return int(os.environ.get("EXAMPLES", max(2, usual // 5) if QUICK else usual))


def seconds(usual: float) -> float:
    """Give for how long a crowd works at once."""
    return usual / 3 if QUICK else usual
