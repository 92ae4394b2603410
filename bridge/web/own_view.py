"""Where a visitor changes which contacts he or she sees."""

from __future__ import annotations

from bridge.web.visit import Visit
from storage_plugin.database.views import may_set_filter


def may_filter(visit: Visit) -> bool:
    """Tell whether the visitor may set the own filter; an administrator may set everybody's."""
    return visit.who.is_administrator or may_set_filter(visit.database, visit.who.user_id)


def filter_page(visit: Visit) -> str:
    """Give the address where the visitor sets the own filter; "" for one who may not."""
    if visit.who.is_administrator:
        return f"/users/{visit.who.user_id}"
    return "/view" if may_filter(visit) else ""
