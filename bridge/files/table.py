"""CSV files as programs write them: their character set, their delimiter, their rows by column name.

A cell that a spreadsheet would take for a formula gets an apostrophe on the way out (OWASP, CSV injection), and loses
it on the way in.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from bridge.files.found import UnknownFile

DELIMITERS = ",;\t"
LONGEST_FIELD = 10_000_000

_FORMULA = re.compile(r"""'*\s*(?:[=@＝＠]|[+\-＋－].*(?:[|!="&]|[^\W\d]\s*\())""", re.DOTALL)
"""What a spreadsheet would calculate: "=…", and "+…" that calls something; a telephone number does not."""

_NOT_LETTERS = re.compile(r"[\W_]+")
_MARKS = {
    codecs.BOM_UTF8: "utf-8-sig",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}


@dataclass(frozen=True, slots=True)
class Row:
    """A row with the number of its first line in the file; cells by ``key`` of their column, blank ones left out."""

    line: int
    cells: Mapping[str, str]
    titles: Mapping[str, str]
    is_whole: bool = True

    def get(self, *keys: str) -> str:
        """Give the first of these cells that is filled."""
        return next((self.cells[key] for key in keys if key in self.cells), "")


@lru_cache(4096)
def key(title: str) -> str:
    """Make a column's name comparable: letters and digits alone, in lower case."""
    return _NOT_LETTERS.sub("", title.casefold())


def decoded(body: bytes) -> str:
    """Read text in UTF-8, UTF-16 (marked, or told by its zero bytes), else Windows-1252, as Outlook writes it."""
    for mark, charset in _MARKS.items():
        if body.startswith(mark):
            return body.decode(charset, "replace")
    head = body[:200]
    if head.count(0) > len(head) // 4:
        return body.decode("utf-16-be" if head[:1] == b"\0" else "utf-16-le", "replace")
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError:
        return body.decode("cp1252", "replace")


def guarded(cell: str) -> str:
    """Put an apostrophe before what a spreadsheet would take for a formula: names may come from anybody's phone."""
    return f"'{cell}" if _FORMULA.match(cell) else cell


def unguarded(cell: str) -> str:
    """Take the apostrophe away again."""
    return cell[1:] if cell.startswith("'") and _FORMULA.match(cell) else cell


def delimiter_of(first_line: str) -> str:
    """Give the delimiter that occurs most often in the header, outside of quotes."""
    bare = re.sub(r'"[^"]*"', "", first_line)
    return max(DELIMITERS, key=bare.count)


def rows(text: str, columns: Sequence[str] | None = None) -> tuple[list[str], Iterator[Row]]:
    """Give the titles of the columns, and the rows below them; raise UnknownFile when there is no header.

    ``columns`` are read in place of these titles, ``""`` leaves a column out.
    """
    text = text.lstrip("\r\n")
    first_line = text.split("\n", 1)[0]
    csv.field_size_limit(LONGEST_FIELD)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter_of(first_line), strict=True)
    try:
        titles = [title.strip() for title in next(reader, [])]
    except csv.Error as error:
        raise UnknownFile(f"this is no CSV file: {error}") from error
    return titles, _below(reader, titles if columns is None else [*columns, *[""] * (len(titles) - len(columns))])


def _below(reader: Iterator[list[str]], titles: list[str]) -> Iterator[Row]:
    """Read the rows; a quotation mark that is never closed makes the rest of the file one row, which is not whole."""
    keys = [key(title) for title in titles]
    names = dict(zip(keys, titles, strict=True))
    while True:
        line = reader.line_num + 1  # type: ignore[attr-defined]
        try:
            values = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield Row(line, {}, names, is_whole=False)
            continue
        filled = ((name, value.strip()) for name, value in zip(keys, values, strict=False) if name)
        cells = {name: unguarded(value) for name, value in filled if value}
        if any(value.strip() for value in values):
            yield Row(line, cells, names, is_whole=len(values) <= len(titles) or not any(values[len(titles) :]))
