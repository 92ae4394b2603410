"""Find the sentences below the page that a person may read on it: what is raised, and what ``N_`` marks.

Their code writes them in English, as f-strings: ``raise Refused(f"there is no user {name}")``. Here that becomes the
text "there is no user %(name)s" for the catalogues (``locale/nl/LC_MESSAGES/sentences.po``). A value is named by the
last word of its expression; where the code chooses between two texts, there are two. ``sentences`` says them.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import product
from pathlib import Path

ROOT = Path(__file__).parents[2]
UNHEARD = (
    "bridge/cli/",
    "bridge/demo/",
    "bridge/simulators/",
    "bridge/app.py",
    "bridge/mirroring/manual.py",
    "bridge/mirroring/self_test.py",
    "bridge/openid.py",
    "bridge/pictures.py",
    "bridge/place.py",
    "bridge/records.py",
    "bridge/supervisor.py",
    "bridge/targets/graph/loopback.py",
    "bridge/targets/memory",
    "bridge/times.py",
    "bridge/views.py",
    "storage_plugin/dav/",
    "storage_plugin/database/backup.py",
    "storage_plugin/database/card_writer.py",
    "storage_plugin/database/group_cards.py",
    "storage_plugin/database/group_commit.py",
    "storage_plugin/database/memory.py",
    "storage_plugin/database/properties.py",
    "storage_plugin/database/restore.py",
    "storage_plugin/vcard/conversion.py",
    "storage_plugin/vcard/photo.py",
)
"""What raises nothing for a reader of the page: it speaks to the command line, devices or programs."""

UNTOLD = frozenset(
    {
        "AttributeError",
        "CursorExpired",
        "InvalidToken",
        "KeyError",
        "NotImplementedError",
        "RuntimeError",
        "TypeError",
    }
)
"""Errors that never reach a reader: they are handled, or the page says that something went wrong."""

SPEAKERS = frozenset(
    {"Changed", "Finding", "FolderGone", "Forbidden", "Full", "Gone", "NotFound", "Refusal", "Refused", "Rejected"}
    | {"SignInNeeded", "Step", "StorageFull", "Throttled", "Unavailable", "Unreachable", "__init__"}
)
"""Classes that are given sentences, also where nothing is raised; ``__init__``: errors that know their own."""


_VALUE = re.compile(r"%\((\w+)\)s")


def sentences() -> Iterator[str]:
    """Give each text once; two that differ in the names of their values alone are one."""
    seen = set()
    for file in files():
        is_heard = not file.relative_to(ROOT).as_posix().startswith(UNHEARD)
        for text in sentences_in(file.read_text("utf-8"), only_marked=not is_heard):
            if (alike := _VALUE.sub("%", text)) not in seen:
                seen.add(alike)
                yield text


def files() -> Iterator[Path]:
    """Give the files of the code below the page."""
    for file in sorted([*(ROOT / "storage_plugin").rglob("*.py"), *(ROOT / "bridge").rglob("*.py")]):
        if Path(__file__).parent not in file.parents:
            yield file


def sentences_in(code: str, *, only_marked: bool = False) -> Iterator[str]:
    """Give the texts that some code raises or marks, also by a variable of the same function; each once."""
    seen = set()
    for node in ast.walk(ast.parse(code)):
        spoken = _spoken(node, only_marked)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            spoken = _by_variable(node, only_marked)
        for text in (text for part in spoken if _is_written(part) for text in _texts(part)):
            if text not in seen and re.search("[a-zA-Z]{2}", _VALUE.sub("", text)):
                seen.add(text)
                yield text


def _spoken(node: ast.AST, only_marked: bool) -> list[ast.expr]:
    """Give what an expression raises or marks."""
    match node:
        case ast.Raise(exc=ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) as call):
            is_said = name not in UNTOLD and not only_marked
        case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name)) as call:
            is_said = name == "N_" or (name in SPEAKERS and not only_marked)
        case _:
            return []
    return [*call.args, *(each.value for each in call.keywords)] if is_said else []


def _by_variable(function: ast.AST, only_marked: bool) -> list[ast.expr]:
    """Give what is assigned in a function to the variables that it raises or marks."""
    inside = list(ast.walk(function))
    said = {part.id for node in inside for part in _spoken(node, only_marked) if isinstance(part, ast.Name)}
    return [
        node.value
        for node in inside
        if isinstance(node, ast.Assign) and any(isinstance(at, ast.Name) and at.id in said for at in node.targets)
    ]


def _is_written(part: ast.expr) -> bool:
    """Tell whether an expression is a text that stands in the code."""
    match part:
        case ast.Constant(value=str()) | ast.JoinedStr():
            return True
        case ast.BinOp(left=left, op=ast.Add(), right=right) | ast.IfExp(body=left, orelse=right):
            return _is_written(left) or _is_written(right)
        case ast.BoolOp(values=values):
            return any(map(_is_written, values))
        case _:
            return False


def _texts(part: ast.expr) -> list[str]:
    """Give what an expression may say, with names for what is only known when it is said."""
    match part:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.JoinedStr(values=parts):
            return _joined([_texts(each) for each in parts])
        case ast.FormattedValue(value=value):
            return _texts(value)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return _joined([_texts(left), _texts(right)])
        case ast.IfExp(body=body, orelse=other):
            return [*_texts(body), *_texts(other)]
        case ast.BoolOp(values=values) if _is_written(part):
            return [text for value in values for text in _texts(value)]
        case _:
            return [f"%({_name(part)})s"]


def _joined(parts: list[list[str]]) -> list[str]:
    return [_numbered("".join(chosen)) for chosen in product(*parts)]


def _numbered(text: str) -> str:
    """Give the second value of one name a number behind it."""
    seen: dict[str, int] = {}

    def named(found: re.Match[str]) -> str:
        name = found[1]
        seen[name] = seen.get(name, 0) + 1
        return f"%({name}{seen[name] if seen[name] > 1 else ''})s"

    return _VALUE.sub(named, text)


def _name(part: ast.expr) -> str:
    """Name a value: by a variable or attribute, by what a call is given, by the thing of which an item is taken."""
    match part:
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return name.strip("_").lower()
        case ast.Call(args=[*_, ast.Name() | ast.Attribute() | ast.Subscript() | ast.Call() as last]):
            return _name(last)
        case ast.Call(func=ast.Attribute(value=value)) | ast.Subscript(value=value) | ast.BoolOp(values=[value, *_]):
            return _name(value)
        case ast.Call(func=func):
            return _name(func)
        case _:
            return "value"
