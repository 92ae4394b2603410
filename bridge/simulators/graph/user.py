"""The user of a mailbox, and the translation of ids (https://learn.microsoft.com/graph/outlook-immutable-id)."""

from __future__ import annotations

from typing import Any

from bridge.simulators.graph.messages import Answer, GraphError, Json, bad_request
from bridge.simulators.graph.routes import Call, Route

_MOST = 1000
_REST, _IMMUTABLE = "restId", "restImmutableEntryId"


def get_user(call: Call) -> Answer:
    """Describe the user."""
    mailbox = call.mailbox
    user: Json = {
        "@odata.context": f"{call.request.base}/$metadata#users/$entity",
        "id": mailbox.user,
        "displayName": mailbox.display_name,
        "mail": mailbox.address,
        "userPrincipalName": mailbox.address,
    }
    wanted = {name.strip() for name in call.request.query.get("$select", ",".join(user)).split(",")}
    return Answer(200, {name: value for name, value in user.items() if name in wanted or name == "@odata.context"})


def translate_ids(call: Call) -> Answer:
    """Translate up to 1000 ids between the classic and the immutable form; an unknown one gets its own error."""
    body, mailbox = call.request.json(), call.mailbox
    inputs: Any = body.get("inputIds")
    source, target = body.get("sourceIdType"), body.get("targetIdType")
    known = source in (_REST, _IMMUTABLE) and target in (_REST, _IMMUTABLE)
    if not known or not _are_texts(inputs) or len(inputs) > _MOST:
        raise bad_request("ErrorInvalidArgument", "Up to 1000 inputIds, from and to restId or restImmutableEntryId.")
    forms = {_REST: mailbox.classic_id, _IMMUTABLE: mailbox.immutable_id}
    value = []
    for each in inputs:
        try:
            item = mailbox.item(each)
        except GraphError as error:
            details = {"code": error.code, "message": error.message}
            value.append({"sourceId": each, "targetId": None, "errorDetails": details})
        else:
            value.append({"sourceId": each, "targetId": forms[str(target)](item)})
    context = f"{call.request.base}/$metadata#Collection(microsoft.graph.convertIdResult)"
    return Answer(200, {"@odata.context": context, "value": value})


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(each, str) for each in value)


def routes() -> list[Route]:
    """Give the paths."""
    return [
        Route.of("GET ", get_user, "User.Read"),
        Route.of("POST /translateExchangeIds", translate_ids, "User.Read"),
    ]
