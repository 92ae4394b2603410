"""Files attached to a row, as REST shows them (``AttachmentFiles``).

https://learn.microsoft.com/sharepoint/dev/sp-add-ins/working-with-lists-and-list-items-with-rest.
"""

from __future__ import annotations

from urllib.parse import quote, urlsplit

from bridge.simulators.graph.messages import Answer, Json
from bridge.simulators.sharepoint.columns import Refusal
from bridge.simulators.sharepoint.rest_calls import Call, described, given, listed, selected


def list_files(call: Call) -> Answer:
    """List a row's files."""
    return listed(selected(call, _shown(call, name)) for name in call.row.files)


def add_file(call: Call) -> Answer:
    """Attach a file: the body as it is."""
    name = call.args["file"]
    call.list.attach(call.row, name, call.request.body)
    return given(_shown(call, name))


def get_file(call: Call) -> Answer:
    """Describe a file."""
    return given(selected(call, _shown(call, _name(call))))


def get_content(call: Call) -> Answer:
    """Give what is in a file."""
    return Answer(200, call.row.files[_name(call)], {"Content-Type": "application/octet-stream"})


def delete_file(call: Call) -> Answer:
    """Delete a file."""
    call.list.detach(call.row, _name(call))
    return Answer(200)


def _name(call: Call) -> str:
    """Find the file of the path, in whatever case it is written."""
    for name in call.row.files:
        if name.casefold() == call.args["file"].casefold():
            return name
    raise Refusal("gone", f"The file {call.args['file']} does not exist.")


def _shown(call: Call, name: str) -> Json:
    path = f"{urlsplit(call.site.address).path}/Lists/{call.list.title}/Attachments/{call.row.id}/{name}"
    properties = {
        "FileName": name,
        "FileNameAsPath": {"__metadata": {"type": "SP.ResourcePath"}, "DecodedUrl": name},
        "ServerRelativePath": {"__metadata": {"type": "SP.ResourcePath"}, "DecodedUrl": path},
        "ServerRelativeUrl": path,
    }
    uri = f"{call.row_uri}/AttachmentFiles('{quote(name)}')"
    return described({"uri": uri, "type": "SP.Attachment"}, properties)
