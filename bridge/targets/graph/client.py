"""A contacts folder of a mailbox in Graph's own words: its paths, its delta, its items, its category.

https://learn.microsoft.com/graph/api/resources/contactfolder, .../api/contact-delta, .../resources/outlookcategory.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import quote, urlencode

from bridge.targets.base import Changed, FolderGone, Forbidden, Gone, TargetError
from bridge.targets.graph.mapping import EXTENDED_IDS, PICTURE_ID, SELECT, STAMP_ID, Payload, extended_of
from bridge.targets.graph_answers import Request, Response, error_of, refusals_of, rows_of, text_in, unreadable
from bridge.targets.graph_http import PREFER, GraphHttp
from storage_plugin.model.marking import N_
from storage_plugin.model.mirror import Flag, ItemId, Stamp

LOG = logging.getLogger(__name__)

WELL_KNOWN = "contacts"
"""The well-known name of a mailbox's default contacts folder."""

_ASKED = " or ".join(f"id eq '{id}'" for id in EXTENDED_IDS)
_EXPAND = f"singleValueExtendedProperties($filter={_ASKED})"
_WHOLE = urlencode({"$select": ",".join((*SELECT, "parentFolderId")), "$expand": _EXPAND}, quote_via=quote)


@dataclass(frozen=True, slots=True)
class GraphFolder:
    """Which folder: of ``user`` (``""`` = who signed in), by ``name`` (``""`` = the default folder Contacts)."""

    user: str = ""
    name: str = ""


@dataclass(frozen=True, slots=True)
class Delta:
    """What a delta tells: items that are not at the version that is known, others, those that are gone."""

    stale: list[ItemId]
    same: list[ItemId]
    removed: list[ItemId]
    cursor: str


@dataclass(frozen=True, slots=True)
class Read:
    """Items that were read, and why some that are there could not be."""

    payloads: list[Payload]
    failed: dict[ItemId, str]


class GraphClient:
    """The calls that the target makes; ids are Graph's immutable ids.

    ``folder_id`` is the folder's id once it was found or made, now or by an earlier run: then it is not made again.
    """

    def __init__(self, http: GraphHttp, folder: GraphFolder) -> None:
        self.http = http
        self.folder = folder
        self.base = f"/users/{quote(folder.user)}" if folder.user else "/me"
        self.folder_id = ""
        self._categories: set[Flag] = set()

    async def find_folder(self) -> None:
        """Find the folder, or make it."""
        self.folder_id = await self._find_folder()

    async def _find_folder(self) -> str:
        if not self.folder.name:
            return await self._existing(WELL_KNOWN)
        async for page in self.http.pages(f"{self.base}/contactFolders?$top=100"):
            for each in rows_of(page):
                if each.get("displayName") == self.folder.name:
                    return text_in(each, "id")
        made = await self.http.one(Request("POST", f"{self.base}/contactFolders", {"displayName": self.folder.name}))
        return text_in(made, "id")

    async def _existing(self, id: str) -> str:
        try:
            return text_in(await self.http.get(f"{self.base}/contactFolders/{quote(id)}"), "id")
        except Gone as error:
            raise FolderGone(f"The folder {self.folder.name or 'Contacts'} is no longer in the mailbox.") from error

    async def ensure_category(self, flag: Flag) -> None:
        """Make the master category with its colour, once; without the permission for it, mirror all the same."""
        if flag in self._categories:
            return
        self._categories.add(flag)
        path = f"{self.base}/outlook/masterCategories"
        try:
            rows = rows_of(await self.http.get(path))
            known = {text_in(each, "displayName").casefold() for each in rows}
            if flag.name.casefold() not in known:
                await self.http.one(Request("POST", path, {"displayName": flag.name, "color": flag.colour}))
        except Changed:
            LOG.debug("the category %s was made by somebody else meanwhile", flag.name)
        except Forbidden as error:
            LOG.warning("the category %s stays without its colour: %s", flag.name, error)

    async def remove_folder(self) -> None:
        """Remove the folder that was opened, if it was opened by its name."""
        if not self.folder.name:
            raise Forbidden("The default folder is never removed.")
        await self.http.one(Request("DELETE", f"{self.base}/contactFolders/{quote(self.folder_id)}"))

    async def remove_category(self, flag: Flag) -> None:
        """Remove a master category, if it is there and may be."""
        path = f"{self.base}/outlook/masterCategories"
        try:
            for each in rows_of(await self.http.get(path)):
                if text_in(each, "displayName").casefold() == flag.name.casefold():
                    await self.http.one(Request("DELETE", f"{path}/{quote(text_in(each, 'id'))}"))
        except Forbidden as error:
            LOG.warning("the category %s stays: %s", flag.name, error)

    async def delta(self, cursor: str | None, known: Mapping[ItemId, str]) -> Delta:
        """Follow the delta to its end; of an item that comes twice, what is not as ``known`` counts."""
        stale: dict[ItemId, None] = {}
        same: dict[ItemId, None] = {}
        removed: dict[ItemId, None] = {}
        async for page in self._pages(cursor or f"{self.contents}/delta?$select=changeKey", "200"):
            for each in rows_of(page):
                id = ItemId(text_in(each, "id"))
                for told in (stale, same, removed) if "@removed" in each else (same, removed):
                    told.pop(id, None)
                where = removed if "@removed" in each else same if known.get(id) == version_of(each) else stale
                if where is not same or id not in stale:
                    where[id] = None
            if "@odata.deltaLink" in page:
                return Delta(list(stale), list(same), list(removed), text_in(page, "@odata.deltaLink"))
        raise unreadable()

    async def _pages(self, path: str, size: str) -> AsyncIterator[Mapping[str, Any]]:
        try:
            async for page in self.http.pages(path, {"Prefer": f"{PREFER}, odata.maxpagesize={size}"}):
                yield page
        except Gone as error:
            raise FolderGone("The folder is no longer in the mailbox.") from error

    async def read_folder(self, ids: Iterable[ItemId]) -> Read:
        """Read items by paging through the folder; lists cut notes and strip line breaks: those are read singly."""
        wanted = set(ids)
        payloads: list[Payload] = []
        with_notes: list[ItemId] = []
        async for page in self._pages(f"{self.contents}?$top=100&{_WHOLE}", "200"):
            for each in rows_of(page):
                if (id := ItemId(text_in(each, "id"))) in wanted:
                    wanted.remove(id)
                    if each.get("personalNotes"):
                        with_notes.append(id)
                    else:
                        payloads.append(dict(each))
        read = await self.read(with_notes)
        return Read(payloads + read.payloads, read.failed)

    async def read(self, ids: Sequence[ItemId]) -> Read:
        """Read items whole, in batches; what is not there is left out."""
        answers = await self.http.in_batches([Request("GET", f"{self.item(id)}?{_WHOLE}") for id in ids])
        read = Read([], {})
        for id, answer, refusal in zip(ids, answers, refusals_of(answers), strict=True):
            if refusal is None:
                if answer.body.get("id") != id or not answer.body.get("parentFolderId"):
                    raise unreadable()
                read.payloads.append(dict(answer.body))
            elif not isinstance(refusal, Gone):
                read.failed[id] = str(refusal)
        return read

    async def stamped(self, stamps: Sequence[Stamp]) -> list[ItemId]:
        """Find items by stamp; such an answer tells neither the stamp nor all fields."""
        answers = await self.http.in_batches([Request("GET", self._by_stamp(stamp)) for stamp in stamps])
        ids: dict[ItemId, None] = {}
        for answer in answers:
            if not answer.succeeded:
                raise _of_folder(answer)
            ids |= dict.fromkeys(ItemId(text_in(each, "id")) for each in rows_of(answer.body))
        return list(ids)

    async def fingerprints(self, payloads: Sequence[Payload]) -> tuple[dict[ItemId, str], dict[ItemId, str]]:
        """Read the pictures of those items that have one: SHA-256 (hex) by id, and why some cannot be read."""
        ids = [ItemId(each["id"]) for each in payloads if extended_of(each).get(PICTURE_ID, "").casefold() == "true"]
        paths = [f"{self.item(id)}/photo/$value" for id in ids]
        answers = await self.http.in_batches([Request("GET", path) for path in paths])
        prints: dict[ItemId, str] = {ItemId(each["id"]): "" for each in payloads}
        failed: dict[ItemId, str] = {}
        for id, answer, refusal in zip(ids, answers, refusals_of(answers), strict=True):
            if refusal is None and isinstance(answer.body, bytes):
                prints[id] = sha256(answer.body).hexdigest()
            elif not isinstance(refusal, Gone):
                words = str(refusal or unreadable())
                failed[id] = N_(f"The picture cannot be read: {words}")
        return prints, failed

    @property
    def contents(self) -> str:
        """Give the path of the folder's contacts."""
        return f"{self.base}/contactFolders/{quote(self.folder_id)}/contacts"

    def item(self, id: ItemId) -> str:
        """Give the path of one contact."""
        return f"{self.base}/contacts/{quote(id, safe='')}"

    def _by_stamp(self, stamp: Stamp) -> str:
        found = f"singleValueExtendedProperties/Any(ep: ep/id eq '{STAMP_ID}' and ep/value eq '{stamp}')"
        return f"{self.contents}?{urlencode({'$filter': found, '$select': 'id'}, quote_via=quote)}"


def version_of(payload: Mapping[str, Any]) -> str:
    """Give the changeKey; a delta may say it in the ETag alone."""
    return str(payload.get("changeKey") or "") or str(payload.get("@odata.etag", "")).removeprefix(
        'W/"'
    ).removesuffix('"')


def _of_folder(answer: Response) -> TargetError:
    error = error_of(answer)
    return FolderGone("The folder is no longer in the mailbox.") if isinstance(error, Gone) else error


def picture_of(answer: Response) -> bytes | None:
    """Give the picture; None where there is none."""
    if answer.succeeded:
        if not isinstance(answer.body, bytes):
            raise unreadable()
        return answer.body
    error = error_of(answer)
    if isinstance(error, Gone):
        return None
    raise error
