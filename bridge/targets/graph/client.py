"""A contacts folder of a mailbox in Graph's own words: its paths, its delta, its items, its category.

https://learn.microsoft.com/graph/api/resources/contactfolder, .../api/contact-delta, .../resources/outlookcategory.
"""

from __future__ import annotations

import logging
from base64 import b64decode
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any
from urllib.parse import quote, urlencode

from bridge.targets.base import Changed, FolderGone, Forbidden, Gone, TargetError
from bridge.targets.graph.mapping import EXTENDED_IDS, PICTURE_ID, SELECT, STAMP_ID, Payload, extended_of
from bridge.targets.graph_http import PREFER, GraphHttp, Request, Response, error_of
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
        path: str | None = f"{self.base}/contactFolders?$top=100"
        while path:
            page = await self.http.get(path)
            for each in page["value"]:
                if each.get("displayName") == self.folder.name:
                    return str(each["id"])
            path = page.get("@odata.nextLink")
        made = await self.http.one(Request("POST", f"{self.base}/contactFolders", {"displayName": self.folder.name}))
        return str(made["id"])

    async def _existing(self, id: str) -> str:
        try:
            return str((await self.http.get(f"{self.base}/contactFolders/{quote(id)}"))["id"])
        except Gone as error:
            raise FolderGone(f"The folder {self.folder.name or 'Contacts'} is no longer in the mailbox.") from error

    async def ensure_category(self, flag: Flag) -> None:
        """Make the master category with its colour, once; without the permission for it, mirror all the same."""
        if flag in self._categories:
            return
        self._categories.add(flag)
        path = f"{self.base}/outlook/masterCategories"
        try:
            known = {each["displayName"].casefold() for each in (await self.http.get(path))["value"]}
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
            for each in (await self.http.get(path))["value"]:
                if each["displayName"].casefold() == flag.name.casefold():
                    await self.http.one(Request("DELETE", f"{path}/{quote(each['id'])}"))
        except Forbidden as error:
            LOG.warning("the category %s stays: %s", flag.name, error)

    async def delta(self, cursor: str | None) -> tuple[dict[ItemId, str], set[ItemId], str]:
        """Follow the delta to its end: changed items with their versions, gone ones, the next cursor."""
        versions: dict[ItemId, str] = {}
        removed: set[ItemId] = set()
        path = cursor or f"{self.contents}/delta?$select=changeKey"
        while True:
            page = await self._page(path)
            for each in page["value"]:
                id = ItemId(each["id"])
                if "@removed" in each:
                    removed.add(id)
                    versions.pop(id, None)
                else:
                    removed.discard(id)
                    versions[id] = version_of(each)
            if "@odata.deltaLink" in page:
                return versions, removed, page["@odata.deltaLink"]
            path = page["@odata.nextLink"]

    async def _page(self, path: str) -> Any:
        answer = await self.http.send(Request("GET", path, headers={"Prefer": f"{PREFER}, odata.maxpagesize=200"}))
        if answer.succeeded:
            return answer.body
        raise _of_folder(answer)

    async def read_folder(self, ids: Iterable[ItemId]) -> list[Payload]:
        """Read items by paging through the folder; lists cut notes and strip line breaks: those are read singly."""
        wanted = set(ids)
        payloads: list[Payload] = []
        with_notes: list[ItemId] = []
        path: str | None = f"{self.contents}?$top=100&{_WHOLE}"
        while path:
            page = await self._page(path)
            for each in page["value"]:
                if each["id"] in wanted:
                    if each.get("personalNotes"):
                        with_notes.append(ItemId(each["id"]))
                    else:
                        payloads.append(each)
            path = page.get("@odata.nextLink")
        return payloads + await self.read(with_notes)

    async def read(self, ids: Sequence[ItemId]) -> list[Payload]:
        """Read items whole, in batches; what is not there is left out."""
        answers = await self.http.in_batches([Request("GET", f"{self.item(id)}?{_WHOLE}") for id in ids])
        return [payload for answer in answers if (payload := _found(answer)) is not None]

    async def stamped(self, stamps: Sequence[Stamp]) -> list[ItemId]:
        """Find items by stamp; such an answer tells neither the stamp nor all fields."""
        answers = await self.http.in_batches([Request("GET", self._by_stamp(stamp)) for stamp in stamps])
        ids: dict[ItemId, None] = {}
        for answer in answers:
            if not answer.succeeded:
                raise _of_folder(answer)
            ids |= dict.fromkeys(ItemId(each["id"]) for each in answer.body["value"])
        return list(ids)

    async def fingerprints(self, payloads: Sequence[Payload]) -> dict[str, str]:
        """Read the pictures of those items that have one; SHA-256 (hex) by id."""
        ids = [each["id"] for each in payloads if extended_of(each).get(PICTURE_ID, "").casefold() == "true"]
        paths = [f"{self.item(ItemId(id))}/photo/$value" for id in ids]
        answers = await self.http.in_batches([Request("GET", path) for path in paths])
        pictures = [picture_of(answer) for answer in answers]
        return {id: sha256(picture).hexdigest() for id, picture in zip(ids, pictures, strict=True) if picture}

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


def _found(answer: Response) -> Payload | None:
    if answer.succeeded:
        return dict(answer.body)
    error = error_of(answer)
    if isinstance(error, Gone):
        return None
    raise error


def picture_of(answer: Response) -> bytes | None:
    """Give the picture; None where there is none."""
    if answer.succeeded:
        # In a batch, a picture is base64 text; alone, it is bytes.
        return b64decode(answer.body) if isinstance(answer.body, str) else answer.body
    error = error_of(answer)
    if isinstance(error, Gone):
        return None
    raise error
