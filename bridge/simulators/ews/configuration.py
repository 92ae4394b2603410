"""GetUserConfiguration, CreateUserConfiguration, UpdateUserConfiguration for the list of categories.

The master categories with their colours are the XmlData of the configuration ``CategoryList`` of the calendar folder
([MS-OXOCFG] 2.2.5.2); Graph shows the same list as masterCategories. An update replaces the whole list.
"""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode
from uuid import uuid4
from xml.etree.ElementTree import Element, ParseError, SubElement, tostring

from defusedxml.common import DefusedXmlException
from defusedxml.ElementTree import fromstring

from bridge.simulators.ews.calls import Call, Handler
from bridge.simulators.ews.soap import EwsError, M, T, attribute, child, make, message, refusal, response
from bridge.simulators.graph.items import Category
from bridge.simulators.graph.mailbox import Mailbox

_NAMES = "{CategoryList.xsd}"


def get_user_configuration(call: Call) -> Element:
    """Read the list of categories."""
    try:
        mailbox, name = _found(call, child(call.request, f"{M}UserConfigurationName"))
    except EwsError as error:
        return response(call.operation, [refusal(call.operation, error)])
    content = make(f"{T}XmlData", b64encode(_written(mailbox)).decode())
    return response(call.operation, [message(call.operation, make(f"{M}UserConfiguration", name, content))])


def update_user_configuration(call: Call) -> Element:
    """Replace the list of categories."""
    said = child(call.request, f"{M}UserConfiguration")
    try:
        mailbox, _ = _found(call, child(said, f"{T}UserConfigurationName"), making=True)
        call.may_write(mailbox)
        mailbox.categories = _read(said.findtext(f"{T}XmlData", ""))
        mailbox.has_category_list = True
    except EwsError as error:
        return response(call.operation, [refusal(call.operation, error)])
    return response(call.operation, [message(call.operation)])


def _found(call: Call, name: Element, *, making: bool = False) -> tuple[Mailbox, Element]:
    mailbox, _ = call.folder(name)
    if attribute(name, "Name") != "CategoryList" or not (making or mailbox.has_category_list):
        raise EwsError("ErrorItemNotFound", "The specified object was not found in the store.")
    return mailbox, make(f"{T}UserConfigurationName", next(iter(name)), Name="CategoryList")


def _written(mailbox: Mailbox) -> bytes:
    root = Element(f"{_NAMES}categories", {"default": "Red Category", "lastSavedSession": "5"})
    for each in mailbox.categories:
        color = "-1" if each.color == "none" else each.color.removeprefix("preset")
        said = {"name": each.name, "color": color, "keyboardShortcut": "0", "guid": f"{{{each.id.upper()}}}"}
        SubElement(root, f"{_NAMES}category", said)
    written: bytes = tostring(root, "utf-8", xml_declaration=True)
    return written


def _read(data: str) -> list[Category]:
    try:
        root = fromstring(b64decode(data))
    except (binascii.Error, ParseError, DefusedXmlException) as error:
        raise EwsError("ErrorPropertyValidationFailure", "The list of categories cannot be read.") from error
    found = []
    for each in root.iter(f"{_NAMES}category"):
        color, id = each.get("color", "-1"), each.get("guid", "").strip("{}").lower()
        color = f"preset{color}" if color != "-1" else "none"
        found.append(Category(id or str(uuid4()), each.get("name", ""), color))
    return found


OPERATIONS: dict[str, Handler] = {
    "GetUserConfiguration": get_user_configuration,
    "UpdateUserConfiguration": update_user_configuration,
    "CreateUserConfiguration": update_user_configuration,
}
