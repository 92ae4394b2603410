"""GetFolder, FindFolder, CreateFolder, DeleteFolder ([MS-OXWSFOLD])."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from xml.etree.ElementTree import Element

from bridge.simulators.ews import restriction
from bridge.simulators.ews.calls import Call, Handler, check_room, ids_of
from bridge.simulators.ews.computed import of_folder
from bridge.simulators.ews.contacts import extended, folder_key
from bridge.simulators.ews.properties import extended_name, path_name
from bridge.simulators.ews.restriction import Read
from bridge.simulators.ews.soap import EwsError, M, T, attribute, child, local, make, message, refusal, response
from bridge.simulators.graph.items import Folder
from bridge.simulators.graph.mailbox import Mailbox
from bridge.simulators.graph.messages import GraphError

_ELEMENTS = {"IPF.Contact": "ContactsFolder", "IPF.Appointment": "CalendarFolder", "IPF.Task": "TasksFolder"}


def render(call: Call, mailbox: Mailbox, folder: Folder) -> Element:
    """Give a folder with all that is known of it, and the extended properties that are asked for."""
    element = _ELEMENTS.get(folder.kind, "Folder")
    may = "false" if mailbox.address.lower() in call.read_only else "true"
    rights = [make(f"{T}{name}", may) for name in ("CreateAssociated", "CreateContents", "CreateHierarchy", "Delete")]
    rights += [make(f"{T}Modify", may), make(f"{T}Read", "true")]
    return make(
        f"{T}{element}",
        make(f"{T}FolderId", **folder_key(folder.id)),
        make(f"{T}ParentFolderId", **folder_key(_parent(mailbox, folder))) if folder.parent else None,
        make(f"{T}FolderClass", folder.kind),
        make(f"{T}DisplayName", folder.name),
        make(f"{T}TotalCount", str(len(mailbox.contacts(folder)))),
        make(f"{T}ChildFolderCount", str(len(list(_below(mailbox, folder.id, deep=False))))),
        *_extended(call, mailbox, folder),
        make(f"{T}EffectiveRights", *rights),
    )


def _extended(call: Call, mailbox: Mailbox, folder: Folder) -> Iterator[Element]:
    for path in call.request.findall(f"{M}FolderShape/{T}AdditionalProperties/{T}ExtendedFieldURI"):
        value = of_folder(mailbox, folder, extended_name(path))
        if value is not None:
            yield extended(path, value)


def _parent(mailbox: Mailbox, folder: Folder) -> str:
    """Give the id of the folder above: the deleted items for what was deleted by itself."""
    above = mailbox.folders.get(folder.parent)
    return mailbox.bin if folder.deleted and above is not None and not above.deleted else folder.parent


def get_folder(call: Call) -> Element:
    """Read folders."""

    def one(id: Element) -> Element:
        return make(f"{M}Folders", render(call, *call.folder_of(id)))

    return _each(call, ids_of(call, f"{M}FolderIds"), one)


def find_folder(call: Call) -> Element:
    """List the folders below another: all of them under ``Deep``, those in the deleted items as well."""
    deep = call.request.get("Traversal") == "Deep"

    def one(id: Element) -> Element:
        mailbox, folder = call.folder_of(id)
        test = restriction.read(call.request.find(f"{M}Restriction"), lambda path: _reader(mailbox, path))
        found = [each for each in _below(mailbox, folder.id, deep=deep) if test(each)]
        view = call.request.find(f"{M}IndexedPageFolderView")
        start = 0 if view is None else int(view.get("Offset", "0"))
        most = int(view.get("MaxEntriesReturned", "1000")) if view is not None else 1000
        page = found[start : start + most]
        end = start + len(page)
        said = {"IndexedPagingOffset": str(end), "TotalItemsInView": str(len(found))}
        last = "true" if end >= len(found) else "false"
        folders = make(f"{T}Folders", *(render(call, mailbox, each) for each in page))
        return make(f"{M}RootFolder", folders, **said, IncludesLastItemInRange=last)

    return _each(call, ids_of(call, f"{M}ParentFolderIds"), one)


def create_folder(call: Call) -> Element:
    """Make folders; they are contacts folders here."""
    mailbox, parent = call.folder(child(call.request, f"{M}ParentFolderId"))

    def one(folder: Element) -> Element:
        call.may_write(mailbox)
        check_room(mailbox)
        if local(folder) != "ContactsFolder":
            raise EwsError("ErrorNotSupportedFolder", "Only contacts folders are simulated.")
        above = mailbox.default if parent.id == mailbox.root else parent.id
        try:
            made = mailbox.add_folder(folder.findtext(f"{T}DisplayName", ""), above)
        except GraphError as error:
            raise EwsError(error.code, error.message) from error
        return make(f"{M}Folders", make(f"{T}ContactsFolder", make(f"{T}FolderId", **folder_key(made.id))))

    return _each(call, ids_of(call, f"{M}Folders"), one)


def delete_folder(call: Call) -> Element:
    """Delete folders with what is in them, for good or to the deleted items."""
    for_good = attribute(call.request, "DeleteType") != "MoveToDeletedItems"

    def one(id: Element) -> None:
        mailbox, folder = call.folder_of(id)
        call.may_write(mailbox)
        try:
            mailbox.remove_folder(folder)
        except GraphError as error:
            raise EwsError(error.code, error.message) from error
        if for_good:
            for item in mailbox.contacts(folder):
                mailbox.purge(item)
            folder.purged = True
            folder.name = f"{folder.name} (gone for good, {folder.id})"

    return _each(call, ids_of(call, f"{M}FolderIds"), one)


def _below(mailbox: Mailbox, parent: str, *, deep: bool) -> Iterator[Folder]:
    for folder in mailbox.folders.values():
        if _parent(mailbox, folder) == parent and not folder.purged:
            yield folder
            if deep:
                yield from _below(mailbox, folder.id, deep=True)


def _reader(mailbox: Mailbox, path: Element) -> Read[Folder]:
    name = path_name(path)
    return lambda folder: of_folder(mailbox, folder, name)


def _each(call: Call, elements: list[Element], do: Callable[[Element], Element | None]) -> Element:
    messages = []
    for element in elements:
        try:
            messages.append(message(call.operation, do(element)))
        except EwsError as error:
            messages.append(refusal(call.operation, error))
    return response(call.operation, messages)


OPERATIONS: dict[str, Handler] = {
    "GetFolder": get_folder,
    "FindFolder": find_folder,
    "CreateFolder": create_folder,
    "DeleteFolder": delete_folder,
}
