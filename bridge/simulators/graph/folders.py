"""Contacts folders (https://learn.microsoft.com/graph/api/resources/contactfolder).

The default folder is in no list; it goes by the well-known name ``contacts`` or by the ``parentFolderId`` of a folder
below it. Folders have no immutable ids; theirs are constant.
"""

from __future__ import annotations

from typing import Any

from bridge.simulators.graph import query
from bridge.simulators.graph.contacts import check_room
from bridge.simulators.graph.items import Folder
from bridge.simulators.graph.messages import Answer, Json, bad_request
from bridge.simulators.graph.routes import Call, Route


def render(folder: Folder) -> Json:
    """Give a folder as an answer shows it."""
    return {"id": folder.id, "displayName": folder.name, "parentFolderId": folder.parent}


def _context(call: Call, kind: str) -> Json:
    return {"@odata.context": f"{call.request.base}/$metadata#users('{call.mailbox.user}')/{kind}"}


def list_folders(call: Call) -> Answer:
    """List the folders below the default one, or below the folder of the path; page by page."""
    parent = call.mailbox.folder(call.args.get("folder", "contacts"))
    found = [folder for folder in call.mailbox.children(parent.id) if folder.listed]
    name = _named(call)
    if name is not None:
        found = [folder for folder in found if folder.name.lower() == name]
    top = query.number(call.request, "$top", call.behaviour.list_page, 1, 1000)
    skip = query.number(call.request, "$skip", 0)
    body = _context(call, "contactFolders") | {"value": [render(folder) for folder in found[skip : skip + top]]}
    if skip + top < len(found):
        body["@odata.nextLink"] = call.request.link(call.request.query | {"$skip": str(skip + top)})
    return Answer(200, body)


def _named(call: Call) -> str | None:
    """Read ``$filter=displayName eq '…'``, the only filter of folders here."""
    text = call.request.query.get("$filter")
    if text is None:
        return None
    head, tail = "displayName eq '", "'"
    if not (text.startswith(head) and text.endswith(tail)):
        raise bad_request("BadRequest", f"Invalid filter clause: '{text}'")
    return text[len(head) : -len(tail)].replace("''", "'").lower()


def create_folder(call: Call) -> Answer:
    """Make a folder below the default one, or below the folder of the path."""
    check_room(call.mailbox)
    name = _name(call.request.json().get("displayName"))
    folder = call.mailbox.add_folder(name, call.args.get("folder", "contacts"))
    return Answer(201, _context(call, "contactFolders/$entity") | render(folder))


def get_folder(call: Call) -> Answer:
    """Read a folder."""
    folder = call.mailbox.folder(call.args.get("child", call.args["folder"]))
    return Answer(200, _context(call, "contactFolders/$entity") | render(folder))


def change_folder(call: Call) -> Answer:
    """Rename a folder; nothing else of it can be changed."""
    folder = call.mailbox.folder(call.args.get("child", call.args["folder"]))
    body = call.request.json()
    if "displayName" in body:
        call.mailbox.rename_folder(folder, _name(body["displayName"]))
    return Answer(200, _context(call, "contactFolders/$entity") | render(folder))


def delete_folder(call: Call) -> Answer:
    """Move a folder and what is in it to the deleted items."""
    call.mailbox.remove_folder(call.mailbox.folder(call.args.get("child", call.args["folder"])))
    return Answer(204)


def _name(value: Any) -> str:
    if not isinstance(value, str) or not value.strip():
        raise bad_request("ErrorInvalidProperty", "A folder needs a displayName.")
    return value


def routes() -> list[Route]:
    """Give the paths."""
    found = [
        Route.of("GET /contactFolders", list_folders, "Contacts.Read"),
        Route.of("POST /contactFolders", create_folder, "Contacts.ReadWrite"),
        Route.of("GET /contactFolders/{folder}/childFolders", list_folders, "Contacts.Read"),
        Route.of("POST /contactFolders/{folder}/childFolders", create_folder, "Contacts.ReadWrite"),
    ]
    for place in ("/contactFolders/{folder}", "/contactFolders/{folder}/childFolders/{child}"):
        found += [
            Route.of(f"GET {place}", get_folder, "Contacts.Read"),
            Route.of(f"PATCH {place}", change_folder, "Contacts.ReadWrite"),
            Route.of(f"DELETE {place}", delete_folder, "Contacts.ReadWrite"),
        ]
    return found
