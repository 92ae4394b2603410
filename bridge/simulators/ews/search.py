"""FindItem with the restrictions that clients of contacts use ([MS-OXWSSRCH]).

At most 1000 rows a page, and 250 with a restriction; the body and the attachments are never in its answer.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from xml.etree.ElementTree import Element

from bridge.simulators.ews.calls import Call, Handler
from bridge.simulators.ews.contacts import ItemShape, render
from bridge.simulators.ews.properties import keys_of
from bridge.simulators.ews.soap import (
    EwsError,
    M,
    T,
    attribute,
    child,
    invalid,
    local,
    make,
    message,
    refusal,
    response,
)
from bridge.simulators.graph.items import Item

Test = Callable[[Item], bool]


def find_item(call: Call) -> Element:
    """Find the items of folders that pass a restriction."""
    shape = _without_body(ItemShape.read(child(call.request, f"{M}ItemShape")))
    restriction = call.request.find(f"{M}Restriction")
    test: Test = _everything if restriction is None else _test(next(iter(restriction)))
    most = call.behaviour.find_page if restriction is None else call.behaviour.find_page_restricted
    messages = []
    for id in child(call.request, f"{M}ParentFolderIds"):
        try:
            mailbox, folder = call.folder_of(id)
        except EwsError as error:
            messages.append(refusal(call.operation, error))
            continue
        found = [item for item in mailbox.contacts(folder) if test(item)]
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


def _everything(item: Item) -> bool:
    return True


def _test(said: Element) -> Test:
    kind = local(said)
    if kind in ("And", "Or"):
        tests = [_test(each) for each in said]
        combine = all if kind == "And" else any
        return lambda item: combine(test(item) for test in tests)
    if kind == "Not":
        inner = _test(next(iter(said)))
        return lambda item: not inner(item)
    keys = keys_of(next(iter(said)))
    if not keys:
        raise invalid("the restriction names a property that is not simulated.")
    key = keys[-1]
    if kind == "Exists":
        return lambda item: key in item.properties
    if kind == "IsEqualTo":
        constant = said.find(f"{T}FieldURIOrConstant/{T}Constant")
        wanted = "" if constant is None else attribute(constant, "Value")
        return lambda item: _folded(item.properties.get(key)) == wanted.casefold()
    if kind == "Contains":
        part = attribute(child(said, f"{T}Constant"), "Value").casefold()
        return lambda item: part in (_folded(item.properties.get(key)) or "")
    raise invalid(f"the restriction {kind} is not simulated.")


def _folded(value: str | list[str] | None) -> str | None:
    """Give a value as comparisons see it, which know no upper and lower case."""
    return None if value is None else "\n".join([value] if isinstance(value, str) else value).casefold()


OPERATIONS: dict[str, Handler] = {"FindItem": find_item}
