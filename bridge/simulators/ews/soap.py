"""XML of EWS: names, elements, response messages, SOAP faults ([MS-OXWSCDATA], SOAP 1.1)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from xml.etree.ElementTree import Element, register_namespace, tostring

S = "{http://schemas.xmlsoap.org/soap/envelope/}"
M = "{http://schemas.microsoft.com/exchange/services/2006/messages}"
T = "{http://schemas.microsoft.com/exchange/services/2006/types}"
E = "{http://schemas.microsoft.com/exchange/services/2006/errors}"

for _prefix, _name in (("s", S), ("m", M), ("t", T), ("e", E)):
    register_namespace(_prefix, _name[1:-1])

_UNWRITABLE = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class EwsError(Exception):
    """An error with EWS' response code, of one item of a request."""

    def __init__(self, code: str, text: str, back_off: int | None = None) -> None:
        super().__init__(f"{code}: {text}")
        self.code = code
        self.text = text
        self.back_off = back_off
        """Milliseconds to stay away."""


class Fault(EwsError):
    """An error of the whole request; ``status`` is that of HTTP."""

    def __init__(self, code: str, text: str, back_off: int | None = None, status: int = 500) -> None:
        super().__init__(code, text, back_off)
        self.status = status


def invalid(text: str) -> Fault:
    """Give the fault of a request that the schema refuses."""
    return Fault("ErrorSchemaValidation", f"The request failed schema validation: {text}")


def make(tag: str, *children: Element | str | None, **attributes: str) -> Element:
    """Make an element; a child that is text becomes its text, None is left out."""
    element = Element(tag, attributes)
    for child in children:
        if isinstance(child, str):
            element.text = _UNWRITABLE.sub("", child)
        elif child is not None:
            element.append(child)
    return element


def child(parent: Element, tag: str) -> Element:
    """Give a child that must be there."""
    found = parent.find(tag)
    if found is None:
        raise invalid(f"the element {tag.rpartition('}')[2]} is missing.")
    return found


def attribute(element: Element, name: str) -> str:
    """Give an attribute that must be there."""
    value = element.get(name)
    if value is None:
        raise invalid(f"the attribute {name} is missing.")
    return value


def local(element: Element) -> str:
    """Give the name without its namespace."""
    return element.tag.rpartition("}")[2]


def message(operation: str, *content: Element | None) -> Element:
    """Give the response message of what succeeded."""
    code = make(f"{M}ResponseCode", "NoError")
    return make(f"{M}{operation}ResponseMessage", code, *content, ResponseClass="Success")


def refusal(operation: str, error: EwsError, *content: Element | None) -> Element:
    """Give the response message of what did not."""
    said = (
        make(f"{M}MessageText", error.text),
        make(f"{M}ResponseCode", error.code),
        make(f"{M}DescriptiveLinkKey", "0"),
        None if error.back_off is None else make(f"{M}MessageXml", _back_off(error.back_off)),
    )
    return make(f"{M}{operation}ResponseMessage", *said, *content, ResponseClass="Error")


def response(operation: str, messages: Iterable[Element]) -> Element:
    """Give the answer to an operation."""
    return make(f"{M}{operation}Response", make(f"{M}ResponseMessages", *messages))


def fault(error: EwsError) -> Element:
    """Give a SOAP fault as Exchange writes it."""
    detail = make(
        "detail",
        make(f"{E}ResponseCode", error.code),
        make(f"{E}Message", error.text),
        None if error.back_off is None else make(f"{T}MessageXml", _back_off(error.back_off)),
    )
    return make(
        f"{S}Fault",
        make("faultcode", f"a:{error.code}"),
        make("faultstring", error.text),
        detail,
    )


def envelope(content: Element) -> bytes:
    """Wrap an answer; the version is that of Exchange Server Subscription Edition."""
    version = {"MajorVersion": "15", "MinorVersion": "2", "MajorBuildNumber": "2562", "MinorBuildNumber": "17"}
    header = make(f"{S}Header", make(f"{T}ServerVersionInfo", **version, Version="V2017_07_11"))
    written: bytes = tostring(make(f"{S}Envelope", header, make(f"{S}Body", content)), "utf-8", xml_declaration=True)
    return written


def _back_off(milliseconds: int) -> Element:
    return make(f"{T}Value", str(milliseconds), Name="BackOffMilliseconds")
