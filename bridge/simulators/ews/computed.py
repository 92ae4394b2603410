"""Properties that the server keeps by itself, which clients ask for by their tags ([MS-OXPROPS]).

PidTagInternetArticleNumber is a number that rises with each item put into a folder; clients page by it.
"""

from __future__ import annotations

from datetime import UTC, datetime

from bridge.simulators.ews.properties import FIELDS
from bridge.simulators.graph.items import Folder, Item, Value
from bridge.simulators.graph.mailbox import Mailbox

SUBJECT = "String 0x0037"


def instant(moment: datetime) -> str:
    """Write a point in time."""
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def of_item(item: Item, name: str) -> Value | None:
    """Give a property of an item by its name in the store, stored or kept by the server; None where there is none."""
    if name in item.properties:
        return item.properties[name]
    match name:
        case "String 0x001a":  # PidTagMessageClass
            return "IPM.DistList" if item.is_list else "IPM.Contact"
        case "String 0x0037":  # PidTagSubject, of a contact its display name unless somebody wrote another
            return item.properties.get(FIELDS["DisplayName"])
        case "SystemTime 0x3007":  # PidTagCreationTime
            return instant(item.created)
        case "SystemTime 0x3008":  # PidTagLastModificationTime
            return instant(item.modified)
        case "Integer 0x0e23":  # PidTagInternetArticleNumber
            return str(item.key)
    return None


def of_folder(mailbox: Mailbox, folder: Folder, name: str) -> Value | None:
    """Give a property of a folder; None where there is none."""
    held = mailbox.contacts(folder)
    match name:
        case "folder:DisplayName" | "String 0x3001":
            return folder.name
        case "folder:FolderClass" | "String 0x3613":  # PidTagContainerClass
            return folder.kind
        case "Integer 0x3602":  # PidTagContentCount
            return str(len(held))
        case "Integer 0x3603":  # PidTagContentUnreadCount
            return "0"
        case "Boolean 0x360a":  # PidTagSubfolders
            return "true" if any(each.parent == folder.id for each in mailbox.folders.values()) else "false"
        case "SystemTime 0x670a":  # PidTagLocalCommitTimeMax
            return instant(max((item.modified for item in held), default=mailbox.opened))
    return None
