"""ConvertId and ResolveNames: what clients ask to learn a server's version, and nothing more."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from bridge.simulators.ews.calls import Call, Handler, ids_of
from bridge.simulators.ews.soap import EwsError, M, make, message, refusal, response


def convert_id(call: Call) -> Element:
    """Give ids back as they are: this server has one form of them."""
    messages = []
    for id in ids_of(call, f"{M}SourceIds"):
        said = {name: id.get(name, "") for name in ("Id", "Mailbox")}
        answer = make(f"{M}AlternateId", Format=call.request.get("DestinationFormat", "EwsId"), **said)
        answer.set("{http://www.w3.org/2001/XMLSchema-instance}type", "t:AlternateIdType")
        messages.append(message(call.operation, answer))
    return response(call.operation, messages)


def resolve_names(call: Call) -> Element:
    """Find nobody: there is no directory."""
    error = EwsError("ErrorNameResolutionNoResults", "No results were found.")
    return response(call.operation, [refusal(call.operation, error)])


OPERATIONS: dict[str, Handler] = {"ConvertId": convert_id, "ResolveNames": resolve_names}
