"""Contacts: list, read, create, change, delete (https://learn.microsoft.com/graph/api/resources/contact)."""

from __future__ import annotations

from datetime import datetime

from bridge.simulators.graph import query
from bridge.simulators.graph.fields import read_contact, write_contact
from bridge.simulators.graph.items import Folder, Item
from bridge.simulators.graph.mailbox import Mailbox
from bridge.simulators.graph.messages import Answer, GraphError, Json, not_found
from bridge.simulators.graph.routes import Call, Route

_CUT = 256
_MOST = 1000


def render(mailbox: Mailbox, item: Item, *, immutable: bool, stale: bool = False) -> Json:
    """Give a contact as an answer by id has it; ``stale`` as it was before its last write."""
    change, properties = item.before if stale and item.before else (item.change, item.properties)
    shown = Item(item.key, item.folder, properties, item.created, item.modified, change, item.moves)
    key = mailbox.change_key(shown)
    return {
        "@odata.etag": f'W/"{key}"',
        "id": mailbox.immutable_id(item) if immutable else mailbox.classic_id(item),
        "createdDateTime": _instant(item.created),
        "lastModifiedDateTime": _instant(item.modified),
        "changeKey": key,
        "parentFolderId": item.folder,
    } | read_contact(properties, mailbox.directory)


def in_list(contact: Json) -> Json:
    """Give a contact as lists and deltas have it.

    Notes that begin with a line break come without any and cut to 256 characters (docs#17598).
    """
    notes = contact.get("personalNotes")
    if notes and notes[0] in "\r\n":
        return contact | {"personalNotes": notes.replace("\r", "").replace("\n", "")[:_CUT]}
    return contact


def _instant(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds").replace("+00:00", "Z")


def _folder(call: Call) -> Folder:
    return call.mailbox.folder(call.args.get("folder", "contacts"))


def find(call: Call) -> Item:
    """Find the contact of the path, in the folder of the path where it names one; 404."""
    item = call.mailbox.item(call.args["contact"])
    if "folder" in call.args and item.folder != _folder(call).id:
        raise not_found()
    if item.is_list or (not call.behaviour.bin_readable and call.mailbox.is_binned(item)):
        raise not_found()
    return item


def _with_extended(contact: Json, item: Item, names: list[str]) -> Json:
    found = [{"id": name, "value": item.properties[name]} for name in names if name in item.properties]
    return contact | {"singleValueExtendedProperties": found} if found else contact


def _context(call: Call, kind: str = "contacts/$entity") -> Json:
    return {"@odata.context": f"{call.request.base}/$metadata#users('{call.mailbox.user}')/{kind}"}


def get_contact(call: Call) -> Answer:
    """Read one contact whole."""
    item = find(call)
    contact = render(call.mailbox, item, immutable=call.request.immutable, stale=call.request.stale)
    shown = query.selected(call.request, contact)
    return Answer(200, _context(call) | _with_extended(shown, item, query.expanded(call.request)))


def list_contacts(call: Call) -> Answer:
    """List a folder page by page; a contact list is counted, but not shown (docs-contrib#4041)."""
    request, mailbox = call.request, call.mailbox
    test, names = query.filtering(request), query.expanded(request)
    if set(request.query) & {"$search"}:
        raise GraphError(400, "ErrorInvalidUrlQuery", "$search is not supported by this simulator.")
    matching = [item for item in mailbox.contacts(_folder(call)) if test(item)]
    shown = [item for item in matching if not item.is_list]
    if "$orderby" in request.query:
        shown = _ordered(call, shown)
    top = query.number(request, "$top", request.page_size or call.behaviour.list_page, 1, _MOST)
    skip = query.number(request, "$skip", 0)
    body = _context(call, "contacts")
    if request.query.get("$count", "").lower() == "true":
        body["@odata.count"] = len(matching)
    body["value"] = [
        _with_extended(query.selected(request, in_list(_render(call, item))), item, names)
        for item in shown[skip : skip + top]
    ]
    if skip + top < len(shown):
        body["@odata.nextLink"] = request.link(request.query | {"$top": str(top), "$skip": str(skip + top)})
    return Answer(200, body)


def _render(call: Call, item: Item) -> Json:
    return render(call.mailbox, item, immutable=call.request.immutable)


def _ordered(call: Call, items: list[Item]) -> list[Item]:
    name, _, direction = call.request.query["$orderby"].partition(" ")
    if items and name not in _render(call, items[0]):
        raise GraphError(400, "BadRequest", f"Could not find a property named '{name}'.")
    return sorted(items, key=lambda item: str(_render(call, item)[name]), reverse=direction.strip() == "desc")


def create_contact(call: Call) -> Answer:
    """Create a contact; the answer has no extended properties, even when the request had."""
    folder = _folder(call)
    properties = {name: value for name, value in write_contact(call.request.json(), {}).items() if value is not None}
    _check_taken(call, properties)
    item = call.mailbox.add(properties, folder.id)
    contact = _render(call, item)
    return Answer(
        201, _context(call) | contact, {"Location": f"{call.request.base}{call.request.path}/{contact['id']}"}
    )


def change_contact(call: Call) -> Answer:
    """Change the named properties of a contact; others stay, or are made anew from these."""
    item = find(call)
    changes = write_contact(call.request.json(), item.properties)
    check_version(call, item)
    _check_taken(call, {key: value for key, value in (item.properties | changes).items() if value is not None})
    call.mailbox.put(item, changes)
    return Answer(200, _context(call) | _render(call, item))


def delete_contact(call: Call) -> Answer:
    """Move a contact to the deleted items."""
    item = find(call)
    check_version(call, item)
    call.mailbox.delete(item)
    return Answer(204)


def purge_contact(call: Call) -> Answer:
    """Delete a contact for good."""
    call.mailbox.purge(find(call))
    return Answer(204)


def check_version(call: Call, item: Item) -> None:
    """Hold ``If-Match`` against the version: 412, or 409, or not at all, as the behaviour says."""
    wanted = call.request.headers.get("if-match")
    if wanted in (None, "*") or call.behaviour.if_match == "ignored":
        return
    if wanted != f'W/"{call.mailbox.change_key(item)}"':
        raise GraphError(
            int(call.behaviour.if_match),
            "ErrorIrresolvableConflict",
            "The send or update operation could not be performed because the change key passed in the request does "
            "not match the current change key for the item.",
        )


def check_room(mailbox: Mailbox) -> None:
    """Refuse a write into a full mailbox."""
    if mailbox.full:
        raise GraphError(507, "ErrorQuotaExceeded", "The mailbox quota has been exceeded.")


def _check_taken(call: Call, properties: dict[str, str | list[str]]) -> None:
    check_room(call.mailbox)
    reason = call.mailbox.refuses(read_contact(properties, call.mailbox.directory))
    if reason:
        raise GraphError(400, "ErrorInvalidProperty", reason)


def routes() -> list[Route]:
    """Give the paths, in the default folder and in any."""
    found = []
    for place in ("/contacts", "/contactFolders/{folder}/contacts"):
        found += [
            Route.of(f"GET {place}", list_contacts, "Contacts.Read"),
            Route.of(f"POST {place}", create_contact, "Contacts.ReadWrite"),
            Route.of(f"GET {place}/{{contact}}", get_contact, "Contacts.Read"),
            Route.of(f"PATCH {place}/{{contact}}", change_contact, "Contacts.ReadWrite"),
            Route.of(f"DELETE {place}/{{contact}}", delete_contact, "Contacts.ReadWrite"),
            Route.of(f"POST {place}/{{contact}}/permanentDelete", purge_contact, "Contacts.ReadWrite"),
        ]
    return found
