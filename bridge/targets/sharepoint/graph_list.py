"""A contacts list through Microsoft Graph (SharePoint Online).

https://learn.microsoft.com/graph/api/resources/list, .../listitem, .../listitem-delta. Graph reads columns of
hyperlinks and refuses to write them (microsoft-graph-docs#1965), so that these are not mirrored this way.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

from bridge.targets.base import (
    Changed,
    FolderGone,
    Gone,
    ItemError,
    Rejected,
    SignInNeeded,
    Step,
    TargetError,
    Unreachable,
)
from bridge.targets.graph_answers import Request, Response, error_of, refusals_of, rows_of, text_in, unreadable
from bridge.targets.graph_http import BATCH, GraphHttp
from bridge.targets.sharepoint.columns import CATEGORIES, Column, Columns
from bridge.targets.sharepoint.graph_columns import column_from_graph, column_to_graph
from bridge.targets.sharepoint.lists import (
    Change,
    Done,
    Insert,
    Read,
    Recycle,
    Told,
    Write,
    no_contacts,
    no_list,
)
from bridge.targets.sharepoint.mapping import Row, Values
from storage_plugin.model.marking import N_
from storage_plugin.model.mirror import ItemId

PAGE = 200
REQUESTS, WINDOW = 600, 60.0
"""Requests that SharePoint takes of an app in so many seconds: 1,250 units, of which most requests cost two."""

_CONTACT = "0x0106"
"""How the ids of content types of contacts begin; a list may also hold folders."""


@dataclass(frozen=True, slots=True)
class Where:
    """Which list: the address of its site (``https://contoso.sharepoint.com/sites/office``) and its name."""

    site: str
    name: str


class GraphList:
    """``ContactsList`` over Graph; ``folder`` is the ids of site and list, with a blank between."""

    batch = BATCH

    def __init__(self, http: GraphHttp, where: Where) -> None:
        self.http = http
        self.where_to = where
        self.folder = ""

    async def steps(self) -> AsyncIterator[Step]:
        """Check sign-in, site and list."""
        cure = N_("Check the site's address, and grant the permission Sites.Manage.All to the app.")
        try:
            await self.http.tokens.token()
            yield Step("signed in", True)
            site = await self._site()
        except TargetError as error:
            is_sign_in = isinstance(error, SignInNeeded)
            yield Step("signed in" if is_sign_in else "site", False, str(error) if is_sign_in else f"{error} {cure}")
            return
        yield Step("site", True)
        try:
            await self._named(site)
        except TargetError as error:
            yield Step("list", False, str(error))
            return
        yield Step("list", True)

    async def find(self) -> Columns:
        """Find the list by its id, or else by its name; make it if it has none yet."""
        if not self.folder:
            site = await self._site()
            self.folder = f"{site} {await self._named(site) or await self._made(site)}"
        try:
            found = await self.http.get(f"{self._list}?$expand=columns")
        except Gone as error:
            raise no_list(self.where_to.name) from error
        defined = rows_of({"value": found.get("columns")})
        return {column.name: column for each in defined if (column := column_from_graph(each))}

    async def add(self, column: Column) -> None:
        """Add a column."""
        await self.http.one(Request("POST", f"{self._list}/columns", column_to_graph(column)))

    async def index(self, column: Column) -> None:
        """Index a column."""
        await self.http.one(Request("PATCH", f"{self._list}/columns/{column.name}", {"indexed": True}))

    async def changes(self, cursor: str | None) -> Told:
        """Follow the delta to its end; what comes last of a row counts."""
        rows: dict[ItemId, Mapping[str, Any]] = {}
        removed: set[ItemId] = set()
        link = cursor or f"{self._items}/delta?$expand=fields&$top={PAGE}"
        async for page in self._pages(link):
            for each in rows_of(page):
                id = ItemId(text_in(each, "id"))
                rows.pop(id, None)
                removed.discard(id)
                if "deleted" in each:
                    removed.add(id)
                elif _is_contact(each):
                    rows[id] = each
        if not isinstance(page.get("@odata.deltaLink"), str):
            raise unreadable()
        bare = [id for id, each in rows.items() if "fields" not in each]
        read = await self.read(bare) if bare else Read([])
        there = {row.id: row for row in read.rows}
        removed |= set(bare) - there.keys() - read.unread.keys()
        found = there | {id: _row(each) for id, each in rows.items() if "fields" in each}
        full = cursor is None
        gone = [] if full else sorted(removed)
        return Told(list(found.values()), gone, page["@odata.deltaLink"], full, read.unread)

    async def read(self, ids: Sequence[ItemId]) -> Read:
        """Read rows in batches; where some are missing, make sure that it is not the list that is."""
        answers = await self.http.in_batches([Request("GET", f"{self._item(id)}?$expand=fields") for id in ids])
        found = dict(zip(ids, map(_found, answers), strict=True))
        if None in found.values():
            await self._still_there()
        rows = [row for row in found.values() if isinstance(row, Row)]
        return Read(rows, {id: str(each) for id, each in found.items() if isinstance(each, Unreachable)})

    async def where(self, column: Column, texts: Sequence[str]) -> Read:
        """Find rows by a text, in batches."""
        answers = await self.http.in_batches([Request("GET", self._filter(column.name, text)) for text in texts])
        rows = []
        for answer in answers:
            if not answer.succeeded:
                raise self._of_list(error_of(answer))
            rows += [_row(each) for each in rows_of(answer.body)]
        return Read(rows)

    async def write(self, writes: Sequence[Write]) -> list[Done]:
        """Write in one batch."""
        answers = await self.http.batch([self._request(each) for each in writes])
        told = zip(writes, answers, refusals_of(answers), strict=True)
        return [self._refusal(each, error) if error else self._done(each, answer) for each, answer, error in told]

    async def remove(self) -> None:
        """Remove the list."""
        await self.http.one(Request("DELETE", self._list))

    async def close(self) -> None:
        """Give back the connection."""
        await self.http.session.close()

    @property
    def _list(self) -> str:
        site, _, id = self.folder.partition(" ")
        return f"/sites/{quote(site, safe=',')}/lists/{quote(id)}"

    @property
    def _items(self) -> str:
        return f"{self._list}/items"

    def _item(self, id: ItemId) -> str:
        return f"{self._items}/{quote(id, safe='')}"

    def _filter(self, column: str, text: str) -> str:
        literal = text.replace("'", "''")
        asked = {"$filter": f"fields/{column} eq '{literal}'", "$expand": "fields"}
        return f"{self._items}?{urlencode(asked, quote_via=quote)}"

    async def _site(self) -> str:
        address = urlsplit(self.where_to.site)
        path = address.path.rstrip("/")
        named = f"{address.hostname}:{quote(path)}" if path else str(address.hostname)
        try:
            return text_in(await self.http.get(f"/sites/{named}"), "id")
        except Gone as error:
            raise FolderGone(f"There is no site {self.where_to.site}.") from error

    async def _named(self, site: str) -> str:
        """Give the id of the list of this name, ``""`` if there is none."""
        async for page in self.http.pages(f"/sites/{site}/lists?$select=id,displayName,list&$top={PAGE}"):
            for each in rows_of(page):
                if text_in(each, "displayName").casefold() == self.where_to.name.casefold():
                    if (each.get("list") or {}).get("template") != "contacts":
                        raise no_contacts(self.where_to.name)
                    return text_in(each, "id")
        return ""

    async def _made(self, site: str) -> str:
        wanted = {"displayName": self.where_to.name, "list": {"template": "contacts"}}
        return text_in(await self.http.one(Request("POST", f"/sites/{site}/lists", wanted)), "id")

    async def _pages(self, link: str) -> AsyncIterator[Mapping[str, Any]]:
        try:
            async for page in self.http.pages(link):
                yield page
        except Gone as error:
            raise no_list(self.where_to.name) from error

    async def _still_there(self) -> None:
        try:
            await self.http.get(f"{self._list}?$select=id")
        except Gone as error:
            raise no_list(self.where_to.name) from error

    def _request(self, write: Write) -> Request:
        match write:
            case Insert(values):
                return Request("POST", self._items, {"fields": _sent(values)})
            case Change(id, version, values):
                return Request("PATCH", f"{self._item(id)}/fields", _sent(values), {"If-Match": version})
            case Recycle(id, version):
                return Request("DELETE", self._item(id), headers={"If-Match": version})

    def _done(self, write: Write, answer: Response) -> Done:
        match write:
            case Insert():
                return _row(answer.body)
            case Change(id=id):
                told = answer.body or {}
                return Row(
                    id,
                    told.get("@odata.etag", "unknown"),
                    told if "Title" in told else None,
                    told.get("Modified", ""),
                )
            case Recycle():
                return None

    def _refusal(self, write: Write, error: ItemError) -> ItemError:
        if isinstance(write, Insert):
            if isinstance(error, Gone):
                raise no_list(self.where_to.name) from error
            if isinstance(error, Changed):
                return Rejected(f"The list refuses the contact: {error}")
        return error

    def _of_list(self, error: TargetError) -> TargetError:
        return no_list(self.where_to.name) if isinstance(error, Gone) else error


def _row(payload: Mapping[str, Any]) -> Row:
    version = payload.get("eTag") or payload.get("@odata.etag") or ""
    modified = payload.get("lastModifiedDateTime") or ""
    return Row(ItemId(text_in(payload, "id")), version, payload.get("fields"), modified)


def _found(answer: Response) -> Row | Unreachable | None:
    """Read a row of a batch: it, None where there is none, or why the service fails over it."""
    if answer.succeeded:
        return _row(answer.body)
    error = error_of(answer)
    if isinstance(error, Gone):
        return None
    if answer.status == 500 and isinstance(error, Unreachable):
        return error
    raise error


def _is_contact(payload: Mapping[str, Any]) -> bool:
    said = (payload.get("contentType") or {}).get("id")
    return said is None or str(said).startswith(_CONTACT)


def _sent(values: Values) -> dict[str, Any]:
    if CATEGORIES.name not in values:
        return values
    return {f"{CATEGORIES.name}@odata.type": "Collection(Edm.String)", **values}
