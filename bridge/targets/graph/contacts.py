"""The target ``graph``: one contacts folder of an Exchange Online or outlook.com mailbox.

https://learn.microsoft.com/graph/api/resources/contact. Microsoft documents nothing of If-Match on contacts, so that
each change and deletion is preceded by a look at the item's changeKey. Verified against a simulator alone.
"""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Mapping, Sequence

from bridge.targets.base import (
    Answer,
    Changed,
    Create,
    Delete,
    Feed,
    Gone,
    ItemError,
    Operation,
    Rejected,
    SignInNeeded,
    Step,
    TargetError,
    Unreadable,
    Unsure,
    Update,
)
from bridge.targets.graph.client import GraphClient, Read, picture_of, version_of
from bridge.targets.graph.mapping import (
    changes_to_graph,
    contact_to_graph,
    identity,
    item_from_graph,
)
from bridge.targets.graph_answers import Request, Response, refusals_of, text_in
from bridge.targets.graph_http import BATCH
from bridge.targets.outlook import SHAPE, categories
from storage_plugin.model.marking import N_
from storage_plugin.model.mirror import Flag, Item, ItemId, Stamp

LOG = logging.getLogger(__name__)

WHOLE_READING, SMALL_PART = 200, 0.25
"""Items beyond this number, and this part of those known, are read by paging through the folder, not one by one."""


class GraphTarget:
    """``bridge.targets.base.Target`` over Microsoft Graph."""

    shape = SHAPE
    batch = BATCH

    def __init__(self, client: GraphClient) -> None:
        self.client = client
        self.http = client.http
        self.flag: Flag | None = None

    @property
    def folder(self) -> str:
        """Give the folder's id."""
        return self.client.folder_id

    @folder.setter
    def folder(self, id: str) -> None:
        self.client.folder_id = id

    async def check(self) -> AsyncIterator[Step]:
        """Check sign-in, mailbox and permission; change nothing."""
        base = self.client.base
        steps = {
            N_("signed in"): ("", N_("Sign in anew.")),
            N_("mailbox"): (
                f"{base}/contactFolders?$top=1",
                N_("The account needs a mailbox and the app Contacts.ReadWrite."),
            ),
            N_("contacts"): (
                f"{base}/contacts?$top=1&$select=id",
                N_("Grant the permission Contacts.ReadWrite to the app."),
            ),
        }
        for name, (path, cure) in steps.items():
            try:
                await (self.http.get(path) if path else self.http.tokens.token())
            except TargetError as error:
                yield Step(name, False, str(error) if isinstance(error, SignInNeeded) else f"{error} {cure}")
                return
            yield Step(name, True)

    async def open(self, flag: Flag | None) -> None:
        """Find or make folder and category. Of a known folder, ``changes`` tells whether it is still there."""
        self.flag = flag
        if self.client.folder_id:
            return
        await self.client.find_folder()
        if flag is not None:
            await self.client.ensure_category(flag)

    async def changes(self, cursor: str | None, known: Mapping[ItemId, str]) -> Feed:
        """Follow the delta; items that are not at their known version are read whole."""
        told = await self.client.delta(cursor, known)
        many = len(told.stale) > max(WHOLE_READING, SMALL_PART * len(known))
        read = self.client.read_folder if many else self.client.read
        items, unread = await self._as_items(await read(told.stale))
        gone = {*told.removed, *told.stale} - items.keys() - unread.keys()
        full = cursor is None
        return Feed(list(items.values()), [] if full else sorted(gone), told.cursor, full, told.same, unread)

    async def items(self, ids: Sequence[ItemId]) -> dict[ItemId, Item]:
        """Read items whole, pictures' fingerprints included; what is in another folder is not there."""
        items, unread = await self._as_items(await self.client.read(ids))
        if unread:
            raise Unreadable(unread)
        return items

    async def stamped(self, stamps: Sequence[Stamp]) -> list[Item]:
        """Find items by stamp."""
        return list((await self.items(await self.client.stamped(stamps))).values())

    async def photo(self, id: ItemId) -> bytes | None:
        """Read an item's picture; None if it has none."""
        return picture_of(await self.http.send(Request("GET", f"{self.client.item(id)}/photo/$value")))

    async def apply(self, operations: Sequence[Operation]) -> list[Answer]:
        """Look whether the items are as expected, write, then write pictures."""
        if self.flag is not None and any(isinstance(each, Create) and each.flagged for each in operations):
            await self.client.ensure_category(self.flag)
        answers = await self._refused(operations)
        doing = [index for index in range(len(operations)) if index not in answers]
        responses = await self.http.batch([self._request(operations[index]) for index in doing]) if doing else []
        for index, response, refusal in zip(doing, responses, refusals_of(responses), strict=True):
            answers[index] = refusal or self._answer(operations[index], response)
        await self._write_photos(operations, answers)
        return [answers[index] for index in range(len(operations))]

    async def dispose(self, flag: Flag) -> None:
        """Remove the folder and the master category; never the default folder."""
        await self.client.remove_folder()
        await self.client.remove_category(flag)

    async def close(self) -> None:
        """Give back the connection."""
        await self.http.session.close()

    async def _as_items(self, read: Read) -> tuple[dict[ItemId, Item], dict[ItemId, str]]:
        """Give the items of this folder, and why some cannot be read: one without its picture is not read."""
        here = [each for each in read.payloads if each.get("parentFolderId") == self.client.folder_id]
        photos, failed = await self.client.fingerprints(here)
        items = {ItemId(each["id"]): item_from_graph(each, self.flag, photos[each["id"]]) for each in here}
        return {id: item for id, item in items.items() if id not in failed}, read.failed | failed

    async def _refused(self, operations: Sequence[Operation]) -> dict[int, Answer]:
        """Give the answers of those operations whose item is not as expected."""
        looks = {index: each for index, each in enumerate(operations) if not isinstance(each, Create)}
        if not looks:
            return {}
        paths = [f"{self.client.item(each.id)}?$select=changeKey,parentFolderId" for each in looks.values()]
        found = await self.http.batch([Request("GET", path) for path in paths])
        seen = {
            index: Rejected(str(refusal)) if isinstance(refusal, Unsure) else refusal or self._unlike(each, response)
            for (index, each), response, refusal in zip(looks.items(), found, refusals_of(found), strict=True)
        }
        return {index: error for index, error in seen.items() if error is not None}

    def _unlike(self, operation: Update | Delete, found: Response) -> ItemError | None:
        if found.body.get("parentFolderId") != self.client.folder_id:
            return Gone("The contact was moved to another folder.")
        if version_of(found.body) != operation.version:
            return Changed("The contact was changed in the mailbox meanwhile.")
        return None

    def _request(self, operation: Operation) -> Request:
        if isinstance(operation, Delete):
            return Request("DELETE", self.client.item(operation.id), headers=_if_match(operation.version))
        stamped = identity(operation.stamp, operation.customer_number)
        if isinstance(operation, Create):
            payload = contact_to_graph(operation.view)
            stamped = [each for each in stamped if each["value"]]
        else:
            payload = changes_to_graph(operation.known, operation.view)
        payload["singleValueExtendedProperties"] = [*payload.get("singleValueExtendedProperties", ()), *stamped]
        payload["categories"] = categories(operation.view, self.flag, flagged=operation.flagged)
        if isinstance(operation, Create):
            return Request("POST", self.client.contents, payload)
        return Request("PATCH", self.client.item(operation.id), payload, _if_match(operation.version))

    def _answer(self, operation: Operation, response: Response) -> Answer:
        if isinstance(operation, Delete):
            return None
        text_in(response.body, "id")
        # The answer to a write holds no extended properties; they are as they were sent.
        sent = contact_to_graph(operation.view).get("singleValueExtendedProperties", [])
        extended = [each for each in sent + identity(operation.stamp, operation.customer_number) if each["value"]]
        return item_from_graph(response.body | {"singleValueExtendedProperties": extended}, self.flag, None)

    async def _write_photos(self, operations: Sequence[Operation], answers: dict[int, Answer]) -> None:
        """Write the pictures, and read their items again: a picture is a new version, and may not be taken."""
        writing: dict[int, tuple[Item, bytes]] = {}
        for index, operation in enumerate(operations):
            answer = answers[index]
            if isinstance(operation, Create | Update) and operation.photo is not None and isinstance(answer, Item):
                writing[index] = (answer, operation.photo)
        if not writing:
            return
        responses = await self.http.together([self._photo_request(*each) for each in writing.values()])
        for (_, picture), response in zip(writing.values(), responses, strict=True):
            if not response.succeeded and (picture or response.status not in (404, 405)):
                LOG.warning("the picture of a contact was refused: %s", response.message)
        read, _ = await self._as_items(await self.client.read([item.id for item, _ in writing.values()]))
        for index, (item, _) in writing.items():
            answers[index] = read.get(item.id, item)

    def _photo_request(self, item: Item, picture: bytes) -> Request:
        path = f"{self.client.item(item.id)}/photo"
        if picture:
            return Request("PUT", f"{path}/$value", picture, {"Content-Type": "image/jpeg"})
        return Request("DELETE", path)


def _if_match(version: str) -> dict[str, str]:
    """Have a change between the look and the write refused, where the service honours this on contacts."""
    return {"If-Match": f'W/"{version}"'}
