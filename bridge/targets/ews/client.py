"""A contacts folder of a mailbox in EWS' own words: finding it, its sync, its items, their pictures.

https://learn.microsoft.com/exchange/client-developer/web-service-reference/ews-operations-in-exchange;
[MS-OXWSFOLD], [MS-OXWSSYNC], [MS-OXWSCORE], [MS-OXWSATT].
"""

from __future__ import annotations

from base64 import b64decode, b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bridge.targets.base import FolderGone, Forbidden, Gone, Rejected, TargetError, Unreachable
from bridge.targets.ews.connection import EwsConnection
from bridge.targets.ews.errors import NoMailbox
from bridge.targets.ews.mapping import Changes
from bridge.targets.ews.properties import ALL, STAMP, Payload, Property
from bridge.targets.ews.xml import M, T, change_elements, contact_element, make, path, read_contact
from storage_plugin.model.mirror import ItemId, Stamp

PAGE = 512
"""Changes that one SyncFolderItems may give."""

READ = 50
"""Items that are read in one request; a batch may take a server a minute at most."""

FOUND = 250
"""Rows that a FindItem with a restriction gives at most."""

_ABOUT = tuple(Property(uri) for uri in ("item:ParentFolderId", "item:LastModifiedTime", "item:Attachments"))


@dataclass(frozen=True, slots=True)
class Held:
    """An item as the mailbox holds it; ``pictures`` are the ids of its contact photos, the newest last."""

    id: ItemId
    version: str
    folder: str
    payload: Payload
    modified_at: str
    pictures: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Written:
    """What an operation that writes tells: id and version now."""

    id: ItemId
    version: str


class EwsClient:
    """The calls that the target makes; ``name`` ``""`` is the default folder Contacts.

    ``folder_id`` is the folder's id once it was found or made, now or by an earlier run: then it is not made again.
    """

    def __init__(self, connection: EwsConnection, name: str = "") -> None:
        self.connection = connection
        self.name = name
        self.folder_id = ""

    # The folder

    async def find_folder(self) -> None:
        """Find the folder, or make it; raise FolderGone when one that was known is not there."""
        if self.folder_id:
            await self._check_known()
        elif not self.name:
            self.folder_id = _folder_id(await self.folder(self.well_known("contacts")))
        else:
            self.folder_id = await self.named_folder() or await self._made_folder()

    async def _check_known(self) -> None:
        """Raise FolderGone where the known folder is not there, or is in the deleted items, as Outlook deletes it."""
        ids = make(f"{M}FolderIds", by_id(self.folder_id), self.well_known("deleteditems"))
        shape = _shape("FolderShape", [Property("folder:ParentFolderId")])
        known, deleted = await self.connection.ask("GetFolder", shape, ids)
        for each in (known, deleted):
            if isinstance(each, NoMailbox):
                raise each
        if isinstance(known, FolderGone | Gone):
            raise self._gone() from known
        if isinstance(known, TargetError):
            raise known
        if isinstance(deleted, TargetError):
            return  # who may open the contacts of somebody need not be let into the deleted items
        if next(known.iter(f"{T}ParentFolderId")).get("Id") == next(deleted.iter(f"{T}FolderId")).get("Id"):
            raise self._gone()

    def _gone(self) -> FolderGone:
        return FolderGone(f"The folder {self.name or 'Contacts'} is no longer in the mailbox.")

    async def folder(self, id: Any) -> Any:
        """Read a folder: its class, its name, what may be done in it; raise FolderGone."""
        asked = ("folder:FolderClass", "folder:DisplayName", "folder:ParentFolderId", "folder:EffectiveRights")
        shape = _shape("FolderShape", [Property(uri) for uri in asked])
        try:
            answer = await self.connection.one("GetFolder", shape, make(f"{M}FolderIds", id))
        except Gone as error:
            raise self._gone() from error
        return answer.find(f"{M}Folders")[0]

    async def named_folder(self) -> str:
        """Find the folder by its name, below Contacts or beside it; ``""`` where there is none."""
        if found := self._named(await self._below("contacts", "Deep")):
            return found
        try:
            return self._named(await self._below("msgfolderroot", "Shallow"))
        except (Forbidden, FolderGone):
            return ""  # who may open the contacts of somebody need not be let into the rest of the mailbox

    def _named(self, folders: Sequence[Any]) -> str:
        for folder in folders:
            kind = folder.findtext(f"{T}FolderClass") or ""
            if kind.startswith("IPF.Contact") and folder.findtext(f"{T}DisplayName") == self.name:
                return _folder_id(folder)
        return ""

    async def _below(self, parent: str, traversal: str) -> list[Any]:
        shape = _shape("FolderShape", [Property("folder:FolderClass"), Property("folder:DisplayName")])
        parents = make(f"{M}ParentFolderIds", self.well_known(parent))
        found: list[Any] = []
        while True:
            view = make(
                f"{M}IndexedPageFolderView", MaxEntriesReturned="500", Offset=str(len(found)), BasePoint="Beginning"
            )
            answer = await self.connection.one("FindFolder", shape, view, parents, Traversal=traversal)
            page = answer.findall(f"{M}RootFolder/{T}Folders/*")
            found += page
            if not page or answer.find(f"{M}RootFolder").get("IncludesLastItemInRange") != "false":
                return found

    async def _made_folder(self) -> str:
        folder = make(
            f"{T}ContactsFolder", make(f"{T}FolderClass", "IPF.Contact"), make(f"{T}DisplayName", self.name)
        )
        parent = make(f"{M}ParentFolderId", self.well_known("contacts"))
        answer = await self.connection.one("CreateFolder", parent, make(f"{M}Folders", folder))
        return _folder_id(answer.find(f"{M}Folders")[0])

    async def remove_folder(self) -> None:
        """Remove the folder for good; never the default one."""
        if self.name:
            await self.connection.one(
                "DeleteFolder", make(f"{M}FolderIds", by_id(self.folder_id)), DeleteType="HardDelete"
            )

    def well_known(self, name: str) -> Any:
        """Give the id of one of the mailbox's own folders."""
        owner = make(f"{T}Mailbox", make(f"{T}EmailAddress", self.connection.mailbox))
        return make(f"{T}DistinguishedFolderId", owner, Id=name)

    # Items

    async def sync(self, state: str | None) -> tuple[dict[ItemId, str], set[ItemId], str]:
        """Follow SyncFolderItems to its end: changed items with their versions, gone ones, the next state."""
        versions: dict[ItemId, str] = {}
        removed: set[ItemId] = set()
        seen: set[str] = set()
        while True:
            if state in seen:
                raise Unreachable("The Exchange server tells the same changes again and again.")
            seen |= {state} if state else set()
            answer = await self.connection.one(
                "SyncFolderItems",
                _shape("ItemShape", ()),
                make(f"{M}SyncFolderId", by_id(self.folder_id)),
                make(f"{M}SyncState", state) if state else None,
                make(f"{M}MaxChangesReturned", str(PAGE)),
            )
            for change in answer.findall(f"{M}Changes/*"):
                id = next(change.iter(f"{T}ItemId"))
                if change.tag == f"{T}Delete":
                    removed.add(ItemId(id.get("Id")))
                    versions.pop(ItemId(id.get("Id")), None)
                elif change[0].tag == f"{T}Contact":
                    removed.discard(ItemId(id.get("Id")))
                    versions[ItemId(id.get("Id"))] = id.get("ChangeKey")
            state = answer.findtext(f"{M}SyncState") or ""
            if answer.findtext(f"{M}IncludesLastItemInRange") != "false":
                return versions, removed, state

    async def read(self, ids: Sequence[ItemId]) -> tuple[dict[ItemId, Held], dict[ItemId, str]]:
        """Read items whole, and tell why some cannot be; what is not there, or is elsewhere, is left out."""
        found: dict[ItemId, Held] = {}
        failed: dict[ItemId, str] = {}
        for start in range(0, len(ids), READ):
            some = ids[start : start + READ]
            wanted = make(f"{M}ItemIds", *(make(f"{T}ItemId", Id=id) for id in some))
            answers = await self.connection.ask("GetItem", _shape("ItemShape", (*_ABOUT, *ALL)), wanted)
            for id, answer in zip(some, all_of(answers, some), strict=True):
                if isinstance(answer, Rejected):
                    failed[id] = str(answer)
                elif isinstance(answer, TargetError):
                    if not isinstance(answer, Gone):
                        raise answer
                else:
                    found |= {held.id: held for held in map(_held, answer.iter(f"{T}Contact"))}
        return {id: held for id, held in found.items() if held.folder == self.folder_id}, failed

    async def stamped(self, stamps: Sequence[Stamp]) -> list[ItemId]:
        """Find items by stamp."""
        ids: dict[ItemId, None] = {}
        for start in range(0, len(stamps), READ):
            ids |= dict.fromkeys(await self._stamped(stamps[start : start + READ]))
        return list(ids)

    async def _stamped(self, stamps: Sequence[Stamp]) -> list[ItemId]:
        equal = [
            make(f"{T}IsEqualTo", path(STAMP), make(f"{T}FieldURIOrConstant", make(f"{T}Constant", Value=str(stamp))))
            for stamp in stamps
        ]
        restriction = make(f"{M}Restriction", equal[0] if len(equal) == 1 else make(f"{T}Or", *equal))
        parents = make(f"{M}ParentFolderIds", by_id(self.folder_id))
        found: list[ItemId] = []
        while True:
            view = make(
                f"{M}IndexedPageItemView",
                MaxEntriesReturned=str(FOUND),
                Offset=str(len(found)),
                BasePoint="Beginning",
            )
            answer = await self.connection.one(
                "FindItem", _shape("ItemShape", ()), view, restriction, parents, Traversal="Shallow"
            )
            page = [ItemId(id.get("Id")) for id in answer.iter(f"{T}ItemId")]
            found += page
            if not page or answer.find(f"{M}RootFolder").get("IncludesLastItemInRange") != "false":
                return found

    async def create(self, payloads: Sequence[Payload]) -> list[Written | TargetError]:
        """Make items."""
        folder = make(f"{M}SavedItemFolderId", by_id(self.folder_id))
        items = make(f"{M}Items", *(contact_element(payload) for payload in payloads))
        answers = await self.connection.ask("CreateItem", folder, items, MessageDisposition="SaveOnly")
        return _written(all_of(answers, payloads))

    async def update(self, changes: Sequence[tuple[Written, Changes]]) -> list[Written | TargetError]:
        """Change items that are still at their versions."""
        wanted = [
            make(f"{T}ItemChange", _item_id(at), make(f"{T}Updates", *change_elements(change)))
            for at, change in changes
        ]
        how = {"ConflictResolution": "NeverOverwrite", "MessageDisposition": "SaveOnly"}
        return _written(
            all_of(await self.connection.ask("UpdateItem", make(f"{M}ItemChanges", *wanted), **how), wanted)
        )

    async def delete(self, ids: Sequence[ItemId]) -> list[TargetError | None]:
        """Move items to the deleted items of the mailbox."""
        wanted = make(f"{M}ItemIds", *(make(f"{T}ItemId", Id=id) for id in ids))
        answers = all_of(await self.connection.ask("DeleteItem", wanted, DeleteType="MoveToDeletedItems"), ids)
        return [answer if isinstance(answer, TargetError) else None for answer in answers]

    # Pictures

    async def pictures(self, ids: Sequence[str]) -> dict[str, bytes | TargetError]:
        """Read attachments, or tell why one cannot be read; what is not there is left out."""
        found: dict[str, bytes | TargetError] = {}
        for start in range(0, len(ids), READ):
            some = ids[start : start + READ]
            wanted = make(f"{M}AttachmentIds", *(make(f"{T}AttachmentId", Id=id) for id in some))
            answers = await self.connection.ask("GetAttachment", wanted)
            for id, answer in zip(some, all_of(answers, some), strict=True):
                if not isinstance(answer, Gone):
                    found[id] = answer if isinstance(answer, TargetError) else _content(answer)
        return found

    async def add_picture(self, at: Written, picture: bytes) -> str:
        """Give an item a contact photo beside those that it has; give the item's version now."""
        content = make(f"{T}Content", b64encode(picture).decode())
        kind = "image/png" if picture.startswith(b"\x89PNG") else "image/jpeg"
        file = make(
            f"{T}FileAttachment",
            make(f"{T}Name", "ContactPicture.jpg"),
            make(f"{T}ContentType", kind),
            make(f"{T}IsContactPhoto", "true"),
            content,
        )
        parent = make(f"{M}ParentItemId", Id=at.id, ChangeKey=at.version)
        answer = await self.connection.one("CreateAttachment", parent, make(f"{M}Attachments", file))
        return str(next(answer.iter(f"{T}AttachmentId")).get("RootItemChangeKey"))

    async def remove_pictures(self, ids: Sequence[str]) -> None:
        """Take attachments away; one that is not there is no error."""
        wanted = make(f"{M}AttachmentIds", *(make(f"{T}AttachmentId", Id=id) for id in ids))
        for answer in await self.connection.ask("DeleteAttachment", wanted):
            if isinstance(answer, TargetError) and not isinstance(answer, Gone):
                raise answer


def all_of(answers: Sequence[Any], asked: Sequence[Any]) -> Sequence[Any]:
    """Give the answers if there is one for each that was asked; raise Unreachable."""
    if len(answers) != len(asked):
        raise Unreachable("The Exchange server's answer cannot be read.")
    return answers


def _content(answer: Any) -> bytes | TargetError:
    for file in answer.iter(f"{T}FileAttachment"):
        try:
            if content := b64decode(file.findtext(f"{T}Content") or "", validate=False):
                return content
        except ValueError:
            break
    return Rejected("It is empty.")


def _shape(tag: str, properties: Sequence[Property]) -> Any:
    more = make(f"{T}AdditionalProperties", *(path(each) for each in properties)) if properties else None
    text = make(f"{T}BodyType", "Text") if tag == "ItemShape" and properties else None
    return make(f"{M}{tag}", make(f"{T}BaseShape", "IdOnly"), text, more)


def by_id(id: str) -> Any:
    """Give a FolderId."""
    return make(f"{T}FolderId", Id=id)


def _item_id(at: Written) -> Any:
    return make(f"{T}ItemId", Id=at.id, ChangeKey=at.version)


def _folder_id(folder: Any) -> str:
    return str(folder.find(f"{T}FolderId").get("Id"))


def _held(contact: Any) -> Held:
    id, home = contact.find(f"{T}ItemId"), contact.find(f"{T}ParentFolderId")
    return Held(
        id=ItemId(id.get("Id")),
        version=id.get("ChangeKey"),
        folder=home.get("Id") if home is not None else "",
        payload=read_contact(contact),
        modified_at=contact.findtext(f"{T}LastModifiedTime") or "",
        pictures=tuple(_picture_ids(contact)),
    )


def _picture_ids(contact: Any) -> Iterator[str]:
    for file in contact.findall(f"{T}Attachments/{T}FileAttachment"):
        if file.findtext(f"{T}IsContactPhoto") in ("true", "1"):
            yield file.find(f"{T}AttachmentId").get("Id")


def _written(answers: Sequence[Any]) -> list[Written | TargetError]:
    return [answer if isinstance(answer, TargetError) else _now_at(answer) for answer in answers]


def _now_at(answer: Any) -> Written:
    id: Mapping[str, str] = next(answer.iter(f"{T}ItemId")).attrib
    return Written(ItemId(id["Id"]), id["ChangeKey"])
