"""A mailbox's contacts in a browser, as in Outlook on the web: to see, search, create, change and delete them.

It does to the mailbox what Outlook's own requests do; whoever opens the page is taken for the mailbox's owner.
"""

from __future__ import annotations

from collections.abc import Iterable

from aiohttp import web
from yarl import URL

from bridge.simulators.graph import outlook_html as html
from bridge.simulators.graph.fields import read_contact, write_contact
from bridge.simulators.graph.items import Item
from bridge.simulators.graph.mailbox import Mailbox
from bridge.simulators.graph.messages import GraphError, Json
from bridge.simulators.graph.outlook_form import changes_of, form_of, name_of, typed
from bridge.simulators.graph.outlook_html import ROOT, Row
from bridge.simulators.graph.photo import kind_of

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; "
    "base-uri 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cache-Control": "no-store",
}
_VERSION = "version"


class Outlook:
    """The pages of one mailbox."""

    def __init__(self, mailbox: Mailbox) -> None:
        self.mailbox = mailbox

    async def answer(self, request: web.Request) -> web.Response:
        """Answer a request for a page."""
        try:
            return await self._answer(request)
        except GraphError as error:
            return _page(html.refusal(self.mailbox.address, error.message), error.status)

    async def _answer(self, request: web.Request) -> web.Response:
        if request.method == "POST" and not _is_ours(request):
            raise GraphError(403, "Forbidden", "This form came from another site.")
        match request.method, request.path.removeprefix(ROOT).strip("/").split("/"):
            case "GET", [""]:
                return self._list(request.query.get("q", "").strip())
            case "GET", ["style.css"]:
                return web.Response(text=html.STYLE, content_type="text/css", headers=_HEADERS)
            case "GET", ["deleted"]:
                return _page(html.deleted(self.mailbox.address, self._rows(self.mailbox.binned())))
            case "GET", ["new"]:
                return _page(html.editing(self.mailbox.address, "New contact", {}, {}))
            case "POST", ["new"]:
                return await self._create(request)
            case "GET", ["contacts", key]:
                item = self._find(key)
                return self._form(item, form_of(self._contact(item)))
            case "POST", ["contacts", key]:
                return await self._change(request, self._find(key))
            case "GET", ["contacts", key, "photo"]:
                return self._photo(self._find(key, binned=True))
        raise GraphError(404, "NotFound", "There is no such page.")

    def _list(self, wanted: str) -> web.Response:
        rows = self._rows(self.mailbox.contacts(self.mailbox.folder("contacts")))
        shown = [row for row in rows if wanted.casefold() in " ".join((row.name, *row.details)).casefold()]
        return _page(html.listing(self.mailbox.address, shown, wanted))

    def _rows(self, items: Iterable[Item]) -> list[Row]:
        rows = [_row(item, self._contact(item)) for item in items if not item.is_list]
        return sorted(rows, key=lambda row: (row.name.casefold(), row.key))

    async def _create(self, request: web.Request) -> web.Response:
        form = typed({name: str(value) for name, value in (await request.post()).items()})
        if not any(form.values()):
            said = "Type a name, at least."
            return _page(html.editing(self.mailbox.address, "New contact", form, {}, said), 400)
        try:
            written = write_contact(changes_of({}, form), {})
        except GraphError as error:
            return _page(html.editing(self.mailbox.address, "New contact", form, {}, error.message), error.status)
        self.mailbox.add({name: value for name, value in written.items() if value is not None})
        raise web.HTTPSeeOther(f"{ROOT}/")

    async def _change(self, request: web.Request, item: Item) -> web.Response:
        sent = {name: str(value) for name, value in (await request.post()).items()}
        if sent.get(_VERSION) != self.mailbox.change_key(item):
            said = "The contact was changed meanwhile: this is how it stands now. Nothing was saved."
            return self._form(item, form_of(self._contact(item)), said, 409)
        if "delete" in sent:
            self.mailbox.delete(item)
            raise web.HTTPSeeOther(f"{ROOT}/")
        form = typed(sent)
        try:
            written = write_contact(changes_of(self._contact(item), form), item.properties)
        except GraphError as error:
            return self._form(item, form, error.message, error.status)
        if written:
            self.mailbox.put(item, written)
        raise web.HTTPSeeOther(f"{ROOT}/")

    def _form(self, item: Item, form: dict[str, str], said: str = "", status: int = 200) -> web.Response:
        hidden = {_VERSION: self.mailbox.change_key(item)}
        title = name_of(self._contact(item))
        return _page(html.editing(self.mailbox.address, title, form, hidden, said, item.key), status)

    def _photo(self, item: Item) -> web.Response:
        if item.photo is None:
            raise GraphError(404, "NotFound", "The contact has no picture.")
        return web.Response(body=item.photo, content_type=kind_of(item.photo), headers=_HEADERS)

    def _find(self, key: str, *, binned: bool = False) -> Item:
        item = self.mailbox.items.get(int(key)) if key.isascii() and key.isdigit() else None
        if item is None or (self.mailbox.is_binned(item) and not binned):
            raise GraphError(404, "NotFound", "The contact is not here any more.")
        return item

    def _contact(self, item: Item) -> Json:
        return read_contact(item.properties, self.mailbox.directory)


def _row(item: Item, contact: Json) -> Row:
    emails = [email.get("address") for email in contact["emailAddresses"]]
    numbers = [contact["mobilePhone"], *contact["businessPhones"], *contact["homePhones"]]
    found = (contact["companyName"], contact["jobTitle"], *emails[:1], *filter(None, numbers))
    details = tuple(str(each) for each in found[:4] if each)
    return Row(item.key, name_of(contact), details, tuple(contact["categories"]), item.photo is not None)


def _is_ours(request: web.Request) -> bool:
    """Tell whether a form was sent from these pages: a browser says where it comes from."""
    origin = request.headers.get("Origin")
    return origin is None or (origin != "null" and URL(origin).authority == request.host)


def _page(text: str, status: int = 200) -> web.Response:
    return web.Response(text=text, content_type="text/html", status=status, headers=_HEADERS)
