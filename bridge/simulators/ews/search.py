"""FindItem with the restrictions and orders that clients of contacts use ([MS-OXWSSRCH]).

At most 1000 rows a page, and 250 with a restriction; the body and the attachments are never in its answer.
"""

from __future__ import annotations

from dataclasses import replace
from xml.etree.ElementTree import Element

from bridge.simulators.ews import restriction as restrictions
from bridge.simulators.ews.calls import Call, Handler
from bridge.simulators.ews.computed import of_item
from bridge.simulators.ews.contacts import ItemShape, render
from bridge.simulators.ews.properties import keys_of
from bridge.simulators.ews.restriction import Read
from bridge.simulators.ews.soap import (
    EwsError,
    M,
    T,
    child,
    invalid,
    make,
    message,
    refusal,
    response,
)
from bridge.simulators.graph.items import Item


def find_item(call: Call) -> Element:
    """Find the items of folders that pass a restriction."""
    shape = _without_body(ItemShape.read(child(call.request, f"{M}ItemShape")))
    restriction = call.request.find(f"{M}Restriction")
    test = restrictions.read(restriction, _reader)
    most = call.behaviour.find_page if restriction is None else call.behaviour.find_page_restricted
    messages = []
    for id in child(call.request, f"{M}ParentFolderIds"):
        try:
            mailbox, folder = call.folder_of(id)
        except EwsError as error:
            messages.append(refusal(call.operation, error))
            continue
        found = [item for item in mailbox.contacts(folder) if test(item)]
        found = restrictions.ordered(found, call.request.find(f"{M}SortOrder"), _reader)
        view = call.request.find(f"{M}IndexedPageItemView")
        start = 0 if view is None else int(view.get("Offset", "0"))
        asked = most if view is None else int(view.get("MaxEntriesReturned", str(most)))
        page = found[start : start + min(asked, most)]
        end = start + len(page)
        said = {"IndexedPagingOffset": str(end), "TotalItemsInView": str(len(found))}
        last = "true" if end >= len(found) else "false"
        items = make(f"{T}Items", *(render(mailbox, item, shape, None) for item in page))
        root = make(f"{M}RootFolder", items, **said, IncludesLastItemInRange=last)
        messages.append(message(call.operation, root))
    return response(call.operation, messages)


def _without_body(shape: ItemShape) -> ItemShape:
    if not shape.everything:
        return replace(shape, paths=shape.paths - {"item:Body", "item:Attachments"})
    return shape


def _reader(path: Element) -> Read[Item]:
    keys = keys_of(path)
    if not keys:
        raise invalid("the restriction names a property that is not simulated.")
    return lambda item: of_item(item, keys[-1])


OPERATIONS: dict[str, Handler] = {"FindItem": find_item}
