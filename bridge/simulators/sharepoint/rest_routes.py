"""The paths of REST's face. Upper and lower case do not matter, nor ``()`` after a function without arguments."""

from __future__ import annotations

import re

from bridge.simulators.graph.messages import GraphError
from bridge.simulators.sharepoint import rest_attachments as attachments
from bridge.simulators.sharepoint import rest_changes as changes
from bridge.simulators.sharepoint import rest_columns as columns
from bridge.simulators.sharepoint import rest_lists as lists
from bridge.simulators.sharepoint import rest_rows as rows
from bridge.simulators.sharepoint.rest_calls import Handler

_WEB = "/_api/web"
_TEXT = r"(?:[^']|'')+"
_LIST = rf"{_WEB}/lists(?:(?:/getbyid)?\((?:guid)?'(?P<list>[0-9a-f-]+)'\)|/getbytitle\('(?P<title>{_TEXT})'\))"
_FIELD = rf"{_LIST}/fields/(?:getbyinternalnameortitle|getbytitle)\('(?P<column>{_TEXT})'\)"
_ROW = rf"{_LIST}/(?:items(?:/getbyid)?|getitembyid)\((?P<row>\d+)\)"
_FILES = f"{_ROW}/attachmentfiles"
_FILE = rf"{_FILES}(?:/getbyfilename)?\('(?P<file>{_TEXT})'\)"

_ROUTES: tuple[tuple[str, str, Handler, str], ...] = (
    ("GET", _WEB, lists.get_web, "read"),
    ("GET", f"{_WEB}/lists", lists.get_lists, "read"),
    ("POST", f"{_WEB}/lists", lists.add_list, "manage"),
    ("GET", _LIST, lists.get_list, "read"),
    ("POST", f"{_LIST}/recycle", lists.recycle_list, "manage"),
    ("GET", f"{_LIST}/fields", columns.get_columns, "read"),
    ("POST", f"{_LIST}/fields/createfieldasxml", columns.add_schema, "manage"),
    ("POST", f"{_LIST}/fields/addfield", columns.add_field, "manage"),
    ("GET", _FIELD, columns.get_column, "read"),
    ("MERGE", _FIELD, columns.change_column, "manage"),
    ("DELETE", _FIELD, columns.delete_column, "manage"),
    ("POST", f"{_LIST}/getchanges", changes.get_changes, "read"),
    ("GET", f"{_LIST}/items", rows.list_rows, "read"),
    ("POST", f"{_LIST}/items", rows.add_row, "write"),
    ("GET", _ROW, rows.get_row, "read"),
    ("MERGE", _ROW, rows.change_row, "write"),
    ("DELETE", _ROW, rows.delete_row, "write"),
    ("POST", f"{_ROW}/recycle", rows.recycle_row, "write"),
    ("GET", f"{_ROW}/parentlist", lists.get_parent, "read"),
    ("GET", _FILES, attachments.list_files, "read"),
    ("POST", rf"{_FILES}/add\(filename='(?P<file>{_TEXT})'\)", attachments.add_file, "write"),
    ("GET", _FILE, attachments.get_file, "read"),
    ("GET", rf"{_FILE}/\$value", attachments.get_content, "read"),
    ("DELETE", _FILE, attachments.delete_file, "write"),
)
_TABLE = [
    (verb, re.compile(rf"{pattern}(?:\(\))?", re.IGNORECASE), handler, needed)
    for verb, pattern, handler, needed in _ROUTES
]


def find_route(method: str, verb: str, path: str) -> tuple[Handler, dict[str, str], str]:
    """Find the handler of a request, the parts of its path, and what its sender must be allowed.

    ``verb`` is what X-HTTP-Method says, "" without.
    """
    wanted = (verb or method).upper()
    for named, pattern, handler, needed in _TABLE:
        found = pattern.fullmatch(path)
        if found is not None and named == ("MERGE" if wanted == "PATCH" else wanted):
            args = {name: text.replace("''", "'") for name, text in found.groupdict().items() if text is not None}
            return handler, args, needed
    raise GraphError(404, "-1, Microsoft.SharePoint.Client.ResourceNotFoundException", f"Cannot find {path}.")
