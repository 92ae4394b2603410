"""The inbox: what the visitor made on devices and nobody else sees yet, and its promotion (BCM-43 to BCM-46)."""

from __future__ import annotations

from urllib.parse import urlencode

from bridge.promoting import promote as promoted
from bridge.web.answers import Answer, Page, Redirect
from bridge.web.once import FIELD, ONCE
from bridge.web.routes import Route
from bridge.web.visit import Visit
from storage_plugin.database.browsing import Wanted
from storage_plugin.database.record_types import RecordTypes
from storage_plugin.database.viewing import Viewing
from storage_plugin.model.book import ContactId, Record, Refused
from storage_plugin.model.contact import display_name
from storage_plugin.model.record_type import BUSINESS_CONTACT


def index(visit: Visit) -> Answer:
    """List the visitor's own plain contacts."""
    words = visit.query.get("q")
    wanted = Wanted(words=words, plain=True, sort="changed", page=_number(visit.query.get("page")) or 1)
    found = Viewing(visit.database, visit.who).lines(wanted)
    return Page(
        "inbox.html",
        {
            "found": found,
            "words": words,
            "earlier": found.page > 1 and _address(words, found.page - 1),
            "later": found.has_later and _address(words, found.page + 1),
            "types": RecordTypes(visit.database, visit.who.book_id).list(),
            "usual": BUSINESS_CONTACT.name,
            "may_promote": not visit.who.view.read_only,
            "once": ONCE.word(),
        },
    )


def promote(visit: Visit) -> Answer:
    """Share the chosen contacts with the firm, as they are or as copies; say what became of each."""
    ids = [ContactId(key) for key in map(_number, visit.form.all("id")) if key]
    way, type_ = visit.form.get("way"), visit.form.get("type")
    if way not in ("move", "copy") or not type_:
        raise Refused(visit._("Choose what shall happen, and the record type."))
    if not ids:
        raise Refused(visit._("Choose the contacts that shall become business records."))
    if not ONCE.use(visit.form.get(FIELD)):
        return Redirect("/inbox", visit._("This form was sent already, or it is out of date: nothing was done now."))
    made, failed = promoted(Viewing(visit.database, visit.who), ids, visit.by, type=type_, copy=way == "copy")
    shows = {"made": [_told(each) for each in made], "failed": failed, "is_copy": way == "copy"}
    return Page("inbox_done.html", shows)


def _told(record: Record) -> dict[str, object]:
    name = display_name(record.contact)
    return {"id": record.id, "name": name, "type": record.type, "number": record.customer_number}


def _address(words: str, page: int) -> str:
    return "/inbox?" + urlencode({"q": words, "page": page})


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 16 else 0


ROUTES = [
    Route("GET", "/inbox", index),
    Route("POST", "/inbox/promote", promote),
]
