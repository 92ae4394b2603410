"""A CSV file as a table in which cells are changed; the rest of it is written back as it was read."""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Iterable

from bridge.files.outlook_rows import header
from bridge.files.table import LONGEST_FIELD, decoded, delimiter_of, guarded, key, unguarded
from bridge.targets.base import Unreachable


class Table:
    """Titles and rows of equal length."""

    def __init__(self, content: bytes) -> None:
        text = decoded(content).lstrip("\r\n")
        self._charset = _charset(content)
        self._delimiter = delimiter_of(text.split("\n", 1)[0]) if text else ","
        csv.field_size_limit(LONGEST_FIELD)
        try:
            read = list(csv.reader(io.StringIO(text, newline=""), delimiter=self._delimiter, strict=True))
        except csv.Error as error:
            raise Unreachable(f"The file is no whole CSV file: {error}.") from error
        self.titles: list[str] = read[0] if read else header([])
        wide = max(map(len, read), default=0)
        self.titles += [""] * (wide - len(self.titles))
        filled = (row for row in read[1:] if any(row))
        self.rows: list[list[str]] = [row + [""] * (len(self.titles) - len(row)) for row in filled]

    @property
    def content(self) -> bytes:
        """The bytes of the file; other characters than its charset has make it UTF-8 with a mark."""
        text = io.StringIO(newline="")
        writer = csv.writer(text, delimiter=self._delimiter)
        writer.writerows([self.titles, *self.rows])
        try:
            return text.getvalue().encode(self._charset)
        except UnicodeEncodeError:
            return text.getvalue().encode("utf-8-sig")

    def cells(self, at: int) -> dict[str, str]:
        """Give the filled cells of a row by ``key`` of their column; of two columns of one name the last one."""
        return {
            key(title): unguarded(value.strip())
            for title, value in zip(self.titles, self.rows[at], strict=True)
            if value.strip() and key(title)
        }

    def clear(self, at: int, keys: Iterable[str]) -> None:
        """Empty cells."""
        emptied = set(keys)
        self.rows[at] = [
            "" if key(title) in emptied else value for title, value in zip(self.titles, self.rows[at], strict=True)
        ]

    def write(self, at: int, title: str, value: str, keys: tuple[str, ...]) -> None:
        """Write a cell into the first column that bears one of ``keys``, or into a new one called ``title``."""
        columns = [key(each) for each in self.titles]
        self.clear(at, keys)
        place = next((columns.index(each) for each in keys if each in columns), None)
        if place is None:
            if not value:
                return
            self.titles.append(title)
            for row in self.rows:
                row.append("")
            place = len(self.titles) - 1
        self.rows[at][place] = guarded(value)


def _charset(content: bytes) -> str:
    if content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return "utf-16"
    if not content or content.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    try:
        content.decode()
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"
