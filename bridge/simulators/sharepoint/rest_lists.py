"""The site and its lists, as REST shows them."""

from __future__ import annotations

from urllib.parse import urlsplit

from bridge.simulators.graph.messages import Answer, Json
from bridge.simulators.sharepoint.rest_calls import (
    Call,
    check_type,
    described,
    entity,
    given,
    listed,
    matching,
    selected,
)
from bridge.simulators.sharepoint.rest_changes import token
from bridge.simulators.sharepoint.store import ContactsList


def get_web(call: Call) -> Answer:
    """Describe the site."""
    path = urlsplit(call.site.address).path
    properties = {
        "Id": call.site.web,
        "ServerRelativeUrl": path,
        "Title": path.rpartition("/")[2],
        "Url": call.site.address,
    }
    uri = f"{call.site.address}/_api/Web"
    return given(selected(call, described({"uri": uri, "type": "SP.Web"}, properties, ("Lists", "CurrentUser"))))


def get_lists(call: Call) -> Answer:
    """List the lists."""
    shown = [_shown(call, one) for one in call.site.lists.values()]
    return listed(selected(call, each) for each in matching(call, shown))


def get_list(call: Call) -> Answer:
    """Describe a list."""
    return given(selected(call, _shown(call, call.list)))


def get_parent(call: Call) -> Answer:
    """Describe the list of a row that is there."""
    call.list.row(int(call.args["row"]))
    return get_list(call)


def add_list(call: Call) -> Answer:
    """Make a list."""
    wanted = call.json()
    check_type(wanted, "SP.List")
    made = call.site.add_list(str(wanted.get("Title", "")), int(wanted.get("BaseTemplate", 100)))
    return Answer(201, {"d": _shown(call, made)})


def recycle_list(call: Call) -> Answer:
    """Move a list into the recycle bin."""
    call.site.remove_list(call.list)
    return given({"Recycle": call.site.web})


def _shown(call: Call, one: ContactsList) -> Json:
    uri = f"{call.site.address}/_api/Web/Lists(guid'{one.id}')"
    properties = {
        "BaseTemplate": one.template,
        "CurrentChangeToken": {
            "__metadata": {"type": "SP.ChangeToken"},
            "StringValue": token(one, call.site.clock(), one.last_change),
        },
        "Description": "",
        "EnableAttachments": True,
        "EntityTypeName": entity(one).removeprefix("SP.Data.").removesuffix("Item"),
        "Hidden": False,
        "Id": one.id,
        "ItemCount": len(one.rows),
        "ListItemEntityTypeFullName": entity(one),
        "ParentWebUrl": urlsplit(call.site.address).path,
        "Title": one.title,
    }
    metadata = {"uri": uri, "type": "SP.List", "etag": '"1"'}
    return described(metadata, properties, ("ContentTypes", "Fields", "Items", "ParentWeb", "RootFolder", "Views"))
