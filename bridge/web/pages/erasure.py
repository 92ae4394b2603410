"""What is kept for how long, and erasing a person everywhere: for the administrator."""

from __future__ import annotations

from bridge.web.answers import Answer, Page, Redirect
from bridge.web.routes import Access, Route
from bridge.web.visit import Visit
from storage_plugin.database import erasure
from storage_plugin.database.erasure_preview import reach
from storage_plugin.database.retention import LONGEST, SHORTEST, Retention, retention, set_retention
from storage_plugin.model.book import ContactId, Refused
from storage_plugin.model.view import folded

MOST = 500
"""Records that one form may name."""


def show(visit: Visit) -> Answer:
    """Show how long things are kept, and look for a person."""
    words = visit.query.get("q")
    shows = {
        "kept": retention(visit.database),
        "shortest": SHORTEST,
        "longest": LONGEST,
        "words": words,
        "traces": erasure.traces(visit.database, visit.who.book_id, words, most=MOST) if words else [],
    }
    return Page("erasure.html", shows)


def keep(visit: Visit) -> Answer:
    """Set how long things are kept."""
    wanted = Retention(_days(visit, "history_days"), _days(visit, "deleted_days"))
    for days in (wanted.history_days, wanted.deleted_days or SHORTEST):
        if not SHORTEST <= days <= LONGEST:
            raise Refused(visit._("Keep it for %(least)s to %(most)s days.", least=SHORTEST, most=LONGEST))
    set_retention(visit.database, wanted)
    return Redirect("/erasure", visit._("That is kept so from now on; what is older goes within a day."))


def ask(visit: Visit) -> Answer:
    """Tell what erasing the chosen records would reach, and ask for the words once more."""
    words, ids = _chosen(visit)
    found = reach(visit.database, visit.who.book_id, ids)
    return Page("erasure_ask.html", {"words": words, "found": found, "problem": ""})


def erase(visit: Visit) -> Answer:
    """Erase, if the words were typed again."""
    words, ids = _chosen(visit)
    if folded(visit.form.get("typed")).split() != folded(words).split():
        found = reach(visit.database, visit.who.book_id, ids)
        problem = visit._("That is not what was to be typed: nothing was erased.")
        return Page("erasure_ask.html", {"words": words, "found": found, "problem": problem}, 409)
    erased = erasure.erase(visit.database, visit.who.book_id, ids, visit.by)
    return Page("erasure_done.html", {"erased": erased})


def _chosen(visit: Visit) -> tuple[str, list[ContactId]]:
    words, said = visit.form.get("q"), visit.form.all("id")
    if not words or not said or len(said) > MOST or not all(each.isascii() and each.isdigit() for each in said):
        raise Refused(visit._("Choose what is to be erased."))
    return words, [ContactId(int(each[:18])) for each in said]


def _days(visit: Visit, name: str) -> int:
    said = visit.form.get(name)
    if not (said.isascii() and said.isdigit() and len(said) < 6):
        raise Refused(visit._("Write a number of days."))
    return int(said)


ROUTES = [
    Route("GET", "/erasure", show, Access.ADMINISTRATOR),
    Route("POST", "/erasure/keep", keep, Access.ADMINISTRATOR),
    Route("POST", "/erasure/ask", ask, Access.ADMINISTRATOR),
    Route("POST", "/erasure/erase", erase, Access.ADMINISTRATOR),
]
