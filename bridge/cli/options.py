"""What commands share: the options that say where things are, and the ways of printing."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from functools import wraps
from pathlib import Path
from typing import TYPE_CHECKING, Any, ParamSpec, TypeVar

import click

from bridge.place import Place, default_folder

if TYPE_CHECKING:
    from storage_plugin.model.view import Filter

P = ParamSpec("P")
R = TypeVar("R")


def with_place(command: Callable[..., R]) -> Callable[..., R]:
    """Give a command the options --data and --database, handed over as ``place``."""

    @click.option(
        "--data",
        "folder",
        type=click.Path(file_okay=False, path_type=Path),
        envvar="CONTACT_BRIDGE_DATA",
        default=default_folder,
        show_default="~/.local/share/contact-bridge",
        show_envvar=True,
        help="Folder of settings and SQLite file.",
    )
    @click.option(
        "--database",
        envvar="CONTACT_BRIDGE_DATABASE",
        metavar="URL",
        show_envvar=True,
        help="Another database than the settings name: sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME.",
    )
    @wraps(command)
    def with_options(*args: Any, folder: Path, database: str | None, **kwargs: Any) -> R:
        return command(*args, place=Place(folder.expanduser(), database), **kwargs)

    return with_options


def with_book(command: Callable[..., R]) -> Callable[..., R]:
    """Give a command that concerns contacts the options of ``with_place`` and --book, all in ``place``."""

    @click.option(
        "--book",
        metavar="NAME",
        help="Which book, of `book list`; without it the first one, or that of the user who is named.",
    )
    @wraps(command)
    def in_book(*args: Any, place: Place, book: str | None, **kwargs: Any) -> R:
        return command(*args, place=replace(place, book=book), **kwargs)

    return with_place(in_book)


as_json = click.option("--json", "as_json", is_flag=True, help="Print JSON for a program to read.")
"""The option of commands whose answer a program would read."""


def print_json(value: Any) -> None:
    """Print a value as JSON, in any script as it is written."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2))


def print_table(rows: Sequence[Mapping[str, Any]], columns: Iterable[str], *, empty: str) -> None:
    """Print rows under a heading per column; ``empty`` is said when there are none."""
    if not rows:
        click.echo(empty)
        return
    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table

    table = Table(*(column.replace("_", " ") for column in columns), box=SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for row in rows:
        table.add_row(*(_plain(row.get(column)) for column in columns))
    width = None if sys.stdout.isatty() else 10_000
    Console(width=width, highlight=False, markup=False, soft_wrap=not sys.stdout.isatty()).print(table)


def _plain(value: object) -> str:
    match value:
        case None | False:
            return ""
        case True:
            return "yes"
        case _:
            return str(value)


def filter_said(conditions: Sequence[str], match: str = "all") -> Filter:
    """Read the conditions of a filter, "PROPERTY OPERATOR VALUE" each; ``match`` is "all" or "any" of them."""
    from bridge.views import condition
    from storage_plugin.model.view import Filter

    try:
        return Filter(tuple(condition(text) for text in conditions), "any" if match == "any" else "all")
    except ValueError as error:
        raise click.UsageError(str(error)) from error
