"""Forged requests are refused: a form carries a mark that only pages of ours can know (OWASP, CSRF prevention).

The mark is made from the visitor's own cookie, so that nothing is to be stored. A browser also says where a request
comes from (Fetch Metadata), and what comes from another site changes nothing, whatever it carries.
"""

from __future__ import annotations

from hashlib import sha256
from hmac import compare_digest

FIELD = "csrf"
HEADER = "X-CSRF-Token"


def mark(token: str) -> str:
    """Give the mark that belongs to the cookie ``token``."""
    return sha256(f"form of {token}".encode()).hexdigest()[:40]


def is_forged(token: str, said: str, fetch_site: str | None) -> bool:
    """Tell whether a request that changes something did not come from a page of ours."""
    if fetch_site not in (None, "same-origin", "none"):
        return True
    return not token or not compare_digest(mark(token).encode(), said.encode())
