"""What our processes say while they run: text for people, or a JSON object a line for a program that collects logs.

A JSON line has ``time`` (UTC, ISO 8601), ``level``, ``logger``, ``message``, ``run`` (the number that `mirror log`
shows, while a mirror is being run) and, after a fault of the program, ``fault``: its kind, and where in the code.
What an exception of somebody else says is left out, and so are lines after the first: both may quote a contact.
"""

from __future__ import annotations

import json
import logging
import sys
import threading
import traceback
from datetime import UTC, datetime
from types import TracebackType
from typing import Any

import click

from storage_plugin.database.current_run import current_run

VARIABLE = "CONTACT_BRIDGE_LOG"
"""The environment variable by which children are told how to log: "json", or anything else for text."""

OURS = ("bridge", "storage_plugin", "contact_bridge")
GRANIAN = {"loggers": {"_granian": {"handlers": [], "propagate": True}}}
"""For granian, which has a log of its own otherwise."""

LOG = logging.getLogger(__name__)
_is_json = False


def configure(kind: str) -> None:
    """Log as "json" or "text" from now on, to standard error."""
    global _is_json
    _is_json = kind == "json"
    if not _is_json:
        logging.basicConfig(format="%(levelname)s %(name)s: %(message)s", level=logging.WARNING)
        return
    handler = logging.StreamHandler()
    handler.setFormatter(JsonLines())
    logging.basicConfig(handlers=[handler], level=logging.WARNING, force=True)
    for name in OURS:
        logging.getLogger(name).setLevel(logging.INFO)
    logging.captureWarnings(True)
    sys.excepthook = lambda *error: LOG.critical("a fault of the program", exc_info=error)
    threading.excepthook = _thread_ended


def _thread_ended(said: threading.ExceptHookArgs) -> None:
    error = said.exc_value or said.exc_type()
    LOG.critical("a fault of the program", exc_info=(said.exc_type, error, said.exc_traceback))


def tell(line: str, *, is_trouble: bool = False) -> None:
    """Tell the operator a line, trouble on standard error, else on standard output; as JSON all goes to the log."""
    if _is_json:
        LOG.log(logging.WARNING if is_trouble else logging.INFO, "%s", line)
    else:
        click.echo(line, err=is_trouble)


class JsonLines(logging.Formatter):
    """Formats a record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Write a record without what may be a contact's."""
        said: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": _message(record),
        }
        if run := current_run.get():
            said["run"] = run
        if record.exc_info and record.exc_info[0] is not None:
            said["fault"] = {"kind": record.exc_info[0].__name__, "at": _places(record.exc_info[2])}
        return json.dumps(said, ensure_ascii=False)


def _message(record: logging.LogRecord) -> str:
    arguments = tuple(map(_shown, record.args)) if isinstance(record.args, tuple) else record.args
    lines = (str(record.msg) % arguments if arguments else str(record.msg)).splitlines()
    return lines[0] if lines else ""


def _shown(value: object) -> object:
    """Give what may be told of a value: of an exception that is not ours, its kind."""
    is_foreign = isinstance(value, BaseException) and not type(value).__module__.startswith(OURS)
    return type(value).__name__ if is_foreign else value


def _places(found: TracebackType | None) -> list[str]:
    frames = traceback.extract_tb(found)
    return [f"{frame.filename.rpartition('site-packages/')[2]}:{frame.lineno} {frame.name}" for frame in frames]
