"""ConvertId, ResolveNames and GetUserPhoto: who a mailbox belongs to, and what the directory knows of people."""

from __future__ import annotations

from xml.etree.ElementTree import Element

from bridge.simulators.ews.calls import Call, Handler, ids_of
from bridge.simulators.ews.soap import EwsError, M, make, message, refusal, response


def convert_id(call: Call) -> Element:
    """Give ids back as they are, for this server has one form of them, with the address of the mailbox."""
    messages = []
    for id in ids_of(call, f"{M}SourceIds"):
        said = {"Format": call.request.get("DestinationFormat", "EwsId"), "Id": id.get("Id", "")}
        answer = make(f"{M}AlternateId", **said, Mailbox=call.mailbox.address)
        answer.set("{http://www.w3.org/2001/XMLSchema-instance}type", "t:AlternateIdType")
        messages.append(message(call.operation, answer))
    return response(call.operation, messages)


def resolve_names(call: Call) -> Element:
    """Find nobody: there is no directory."""
    error = EwsError("ErrorNameResolutionNoResults", "No results were found.")
    return response(call.operation, [refusal(call.operation, error)])


def get_user_photo(call: Call) -> Element:
    """Find no photo: there is no directory. The answer is one message, without a list ([MS-OXWSCDATA])."""
    error = EwsError("ErrorItemNotFound", "The specified object was not found in the store.")
    answer = refusal(call.operation, error, make(f"{M}HasChanged", "false"))
    answer.tag = f"{M}{call.operation}Response"
    return answer


OPERATIONS: dict[str, Handler] = {
    "ConvertId": convert_id,
    "ResolveNames": resolve_names,
    "GetUserPhoto": get_user_photo,
}
