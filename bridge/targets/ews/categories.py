"""The mailbox's list of categories with their colours: the configuration ``CategoryList`` of the calendar folder.

[MS-OXOCFG] 2.2.5.2; Outlook's colours are numbered as in Graph's ``preset``, -1 is none. An update replaces the whole
list, so that all that is in it goes back as it was.
"""

from __future__ import annotations

import logging
from base64 import b64decode, b64encode
from datetime import datetime
from typing import Any
from uuid import uuid4

from lxml.etree import XMLParser, XMLSyntaxError, fromstring, tostring

from bridge.targets.base import Forbidden, Gone, ItemError
from bridge.targets.ews.client import EwsClient
from bridge.targets.ews.xml import M, T, make
from storage_plugin.model.mirror import Flag

LOG = logging.getLogger(__name__)

_LIST = "{CategoryList.xsd}"
_EMPTY = b'<categories default="" lastSavedSession="1" xmlns="CategoryList.xsd"/>'


async def ensure_category(client: EwsClient, flag: Flag, now: datetime) -> None:
    """Put the flag with its colour on the list; where that cannot be done, mirror all the same."""
    try:
        await _ensure(client, flag, now)
    except (Forbidden, ItemError, XMLSyntaxError) as error:
        LOG.warning("the category %s stays without its colour: %s", flag.name, error)


async def remove_category(client: EwsClient, flag: Flag) -> None:
    """Take the flag off the list."""
    data = await _read(client)
    if data is not None and flag.name.casefold() in _names(data):
        root = _parsed(data)
        for each in root.findall(f"{_LIST}category"):
            if each.get("name", "").casefold() == flag.name.casefold():
                root.remove(each)
        await _write(client, "UpdateUserConfiguration", tostring(root, encoding="utf-8", xml_declaration=True))


async def _ensure(client: EwsClient, flag: Flag, now: datetime) -> None:
    data = await _read(client)
    if data is None:
        await _write(client, "CreateUserConfiguration", with_category(_EMPTY, flag, now))
    elif flag.name.casefold() not in _names(data):
        await _write(client, "UpdateUserConfiguration", with_category(data, flag, now))


async def _read(client: EwsClient) -> bytes | None:
    """Read the list; None where nobody has made it yet."""
    name = make(f"{M}UserConfigurationName", client.well_known("calendar"), Name="CategoryList")
    try:
        wanted = make(f"{M}UserConfigurationProperties", "XmlData")
        answer = await client.connection.one("GetUserConfiguration", name, wanted)
    except Gone:
        return None
    return b64decode(next(answer.iter(f"{T}XmlData")).text or "")


def _names(data: bytes) -> set[str]:
    return {each.get("name", "").casefold() for each in _parsed(data).iter(f"{_LIST}category")}


async def _write(client: EwsClient, operation: str, content: bytes) -> None:
    name = make(f"{T}UserConfigurationName", client.well_known("calendar"), Name="CategoryList")
    configuration = make(f"{M}UserConfiguration", name, make(f"{T}XmlData", b64encode(content).decode()))
    await client.connection.one(operation, configuration)


def with_category(data: bytes, flag: Flag, now: datetime) -> bytes:
    """Give a list of categories with one more at its end."""
    root = _parsed(data)
    colour = "-1" if flag.colour == "none" else flag.colour.removeprefix("preset")
    moment = now.strftime("%Y-%m-%dT%H:%M:%S.000")
    used = {f"lastTimeUsed{kind}": moment for kind in ("Notes", "Journal", "Contacts", "Tasks", "Calendar", "Mail")}
    said = {"name": flag.name, "color": colour, "keyboardShortcut": "0", "usageCount": "1"}
    said |= used | {"lastTimeUsed": moment, "lastSessionUsed": "0", "guid": f"{{{uuid4()}}}".upper()}
    root.append(root.makeelement(f"{_LIST}category", {**said, "renameOnFirstUse": "0"}))
    written: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return written


def _parsed(data: bytes) -> Any:
    return fromstring(data, XMLParser(resolve_entities=False, no_network=True))
