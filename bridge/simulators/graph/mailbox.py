"""A mailbox: folders, contacts, deleted items, and what changed in each folder.

What an Outlook user does behind the back of a client is done with the methods here (``put``, ``move``, ``delete``,
``copy``, ``remove_folder``); the HTTP side calls the same ones.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from bridge.simulators.graph import ids
from bridge.simulators.graph.items import Category, Entry, Folder, Item, Value
from bridge.simulators.graph.messages import GraphError, Json, not_found
from bridge.simulators.graph.properties import HAS_PICTURE

Clock = Callable[[], datetime]
Listener = Callable[["Mailbox", "Item", str], None]


class Mailbox:
    """The mailbox of one user.

    ``directory`` maps the addresses (lower case) of the organisation's own people to their names.
    ``has_category_list`` False: nobody has opened the mailbox in Outlook yet (seen by EWS alone). Faults that last:
    ``full`` refuses what needs room; ``reachable`` False: the mailbox is not one for REST; ``refuses`` gives a
    sentence for a contact (as JSON) that is not taken, or "".
    """

    def __init__(self, user: str, address: str, clock: Clock, *, consumer: bool = False) -> None:
        self.user = user
        self.address = address
        self.consumer = consumer
        self.display_name = address.partition("@")[0].title()
        self.clock = clock
        self.items: dict[int, Item] = {}
        self.folders: dict[str, Folder] = {}
        self.folder_log: dict[str, Entry] = {}
        self.categories: list[Category] = []
        self.directory: dict[str, str] = {}
        self.has_category_list = True
        self.full = False
        self.reachable = True
        self.refuses: Callable[[Json], str] = lambda contact: ""
        self.listeners: list[Listener] = []
        self.change = 0
        self._keys = 0
        self._ids: dict[str, int] = {}
        self.opened = clock()
        self.furniture: dict[str, str] = {}
        self.root = self._folder("Top of Information Store", "", "IPF.Note").id
        self.bin = self._folder("Deleted Items", self.root, "IPF.Note").id
        self.default = self._folder("Contacts", self.root).id
        for number, name in enumerate(("Red", "Orange", "Yellow", "Green", "Blue", "Purple")):
            color = f"preset{(0, 1, 3, 4, 7, 8)[number]}"
            self.categories.append(Category(f"00000000-0000-4000-8000-{number:012x}", f"{name} category", color))

    # Folders

    def folder(self, id: str) -> Folder:
        """Find a contacts folder by id or by the well-known name ``contacts``; 404 where it is not there."""
        folder = self.folders.get(self.default if id.lower() == "contacts" else ids.rest_id(id))
        if folder is None or folder.deleted or folder.kind != "IPF.Contact":
            raise not_found()
        return folder

    def children(self, parent: str) -> list[Folder]:
        """List the folders directly below another."""
        return [folder for folder in self.folders.values() if folder.parent == parent and not folder.deleted]

    def furnish(self, folders: Mapping[str, tuple[str, str]]) -> None:
        """Add the well-known folders that hold no contacts: name → display name and class."""
        for known, (name, kind) in folders.items():
            self.furniture[known] = self._folder(name, self.root, kind).id

    def add_folder(self, name: str, parent: str = "contacts") -> Folder:
        """Make a contacts folder; 409 ErrorFolderExists where its parent has one of this name."""
        above = self.folder(parent)
        self._check_name(above.id, name)
        folder = self._folder(name, above.id)
        self._log_folder(folder)
        return folder

    def rename_folder(self, folder: Folder, name: str) -> None:
        """Give a folder another name."""
        if folder.name.lower() != name.lower():
            self._check_name(folder.parent, name)
        folder.name = name
        self._log_folder(folder)

    def remove_folder(self, folder: Folder) -> None:
        """Move a folder with all that is in it to the deleted items.

        It fails while a folder of the same name is there already (msgraph-sdk-powershell#2743).
        """
        if folder.id == self.default:
            raise GraphError(400, "ErrorDeleteDistinguishedFolder", "Distinguished folders cannot be deleted.")
        if any(each.deleted and each.name.lower() == folder.name.lower() for each in self.folders.values()):
            raise GraphError(409, "ErrorFolderExists", "A folder with the specified name already exists.")
        for child in self.children(folder.id):
            child.deleted = True
        folder.deleted = True
        self._log_folder(folder)

    # Contacts

    def item(self, id: str) -> Item:
        """Find a contact anywhere in the mailbox by either form of its id, told apart by case; 404."""
        key = self._ids.get(ids.rest_id(id))
        if key is None:
            raise not_found()
        return self.items[key]

    def contacts(self, folder: Folder) -> list[Item]:
        """List what is in a folder, contact lists included."""
        return [item for item in self.items.values() if item.folder == folder.id]

    def immutable_id(self, item: Item) -> str:
        """Give the id that survives moves."""
        return ids.immutable_id(self.user, item.key)

    def classic_id(self, item: Item) -> str:
        """Give the id that a move changes."""
        return ids.classic_id(self.user, item.key, item.moves)

    def change_key(self, item: Item) -> str:
        """Give the version."""
        return ids.change_key(self.user, item.key, item.change)

    def add(self, properties: dict[str, Value], folder: str = "contacts", *, is_list: bool = False) -> Item:
        """Put a new item into a folder."""
        home = self.folder(folder)
        self._keys += 1
        now = self.clock()
        self.change += 1
        item = Item(self._keys, home.id, dict(properties), now, now, self.change, is_list=is_list)
        item.changed = dict.fromkeys(properties, self.change)
        self.items[item.key] = item
        self._ids[self.immutable_id(item)] = self._ids[self.classic_id(item)] = item.key
        self._log(item)
        self._tell(item, "created", "updated")
        return item

    def put(self, item: Item, properties: dict[str, Value | None]) -> None:
        """Write properties, None clears; each write is a new version, even one that changes nothing."""
        item.before = (item.change, dict(item.properties))
        self.change += 1
        for name, value in properties.items():
            if item.properties.get(name) != value:
                item.changed[name] = self.change
            if value is None:
                item.properties.pop(name, None)
            else:
                item.properties[name] = value
        item.change = self.change
        item.modified = self.clock()
        self._log(item)
        self._tell(item, "updated")

    def put_photo(self, item: Item, photo: bytes | None) -> None:
        """Change the picture; neither the version nor the delta tells of it."""
        item.photo = photo
        if photo is None:
            item.properties.pop(HAS_PICTURE, None)
        else:
            item.properties[HAS_PICTURE] = "true"

    def move(self, item: Item, folder: str) -> None:
        """Move a contact as a person does in Outlook: gone from the old folder, by another classic id in the new."""
        self._move(item, self.folder(folder).id, "changed")
        self._tell(item, "updated")

    def copy(self, item: Item, folder: str = "contacts") -> Item:
        """Copy a contact as a person does in Outlook: a new item with all properties, hidden ones too."""
        twin = self.add(item.properties, folder, is_list=item.is_list)
        twin.photo = item.photo
        return twin

    def delete(self, item: Item) -> None:
        """Move a contact to the deleted items; what is there already goes for good."""
        if item.folder == self.bin:
            self.purge(item)
        else:
            self._move(item, self.bin, "deleted")
            self._tell(item, "deleted")

    def purge(self, item: Item) -> None:
        """Delete a contact for good (``permanentDelete``)."""
        self.change += 1
        self._log(item, "deleted")
        del self.items[item.key]
        del self._ids[self.immutable_id(item)], self._ids[self.classic_id(item)]
        self._tell(item, "deleted")

    def is_binned(self, item: Item) -> bool:
        """Tell whether an item is in the deleted items, by itself or with its folder."""
        return item.folder == self.bin or self.folders[item.folder].deleted

    def binned(self) -> list[Item]:
        """List the deleted items."""
        return [item for item in self.items.values() if self.is_binned(item)]

    def _move(self, item: Item, folder: str, reason: str) -> None:
        self.change += 1
        self._log(item, reason)
        del self._ids[self.classic_id(item)]
        item.folder = folder
        item.moves += 1
        item.change = self.change
        self._ids[self.classic_id(item)] = item.key
        self._log(item)

    def _log(self, item: Item, removed: str | None = None) -> None:
        if item.is_list:
            return
        entry = Entry(self.change, removed, self.immutable_id(item), self.classic_id(item))
        self.folders[item.folder].log[item.key] = entry

    def _tell(self, item: Item, *kinds: str) -> None:
        for kind in kinds:
            for listener in self.listeners:
                listener(self, item, kind)

    def _folder(self, name: str, parent: str, kind: str = "IPF.Contact") -> Folder:
        folder = Folder(ids.folder_id(self.user, len(self.folders)), name, parent, kind=kind)
        self.folders[folder.id] = folder
        return folder

    def _log_folder(self, folder: Folder) -> None:
        self.change += 1
        removed = "deleted" if folder.deleted else None
        self.folder_log[folder.id] = Entry(self.change, removed, folder.id, folder.id)

    def _check_name(self, parent: str, name: str) -> None:
        if any(each.name.lower() == name.lower() for each in self.children(parent)):
            raise GraphError(409, "ErrorFolderExists", "A folder with the specified name already exists.")
