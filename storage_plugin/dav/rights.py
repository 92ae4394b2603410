"""Radicale's rights: everyone may do everything at home, look at the root, and knows of nobody else.

Asked once per listed item, so answered from memory. What a user may do with a contact is decided by the book.
"""

from __future__ import annotations

from radicale import pathutils
from radicale.rights import BaseRights


class Rights(BaseRights):
    """``[rights] type = storage_plugin``."""

    def authorization(self, user: str, user_groups: set[str], path: str) -> str:
        """Give the rights of ``user`` at ``path``: homes are there to be read, books stay whole (``do``)."""
        if not user:
            return ""
        owner, _, rest = str(pathutils.strip_path(path)).partition("/")
        if not owner:
            return "R"
        if owner != user:
            return ""
        return "rwdo" if rest else "R"
