"""Reading a list's rows through REST, also where the server fails over one of them.

Rows are paged by their ID and asked for by indexed columns alone, so that the list view threshold is never met. Of a
list's columns only those are asked for that can hold something of a contact: there are a hundred others, and some of
them go by another name in rows (``_UIVersionString``), so that a query for them is refused.

A row that cannot be read takes along the whole query that it is in (500). Ever less is asked for then, until it is
known which row it is: it is named by its ID, without its values, and the others are read.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import quote

from bridge.targets.base import Unreachable
from bridge.targets.sharepoint.lists import Read
from bridge.targets.sharepoint.mapping import Row
from bridge.targets.sharepoint.rest_forms import row_from_rest
from bridge.targets.sharepoint.rest_http import Failed
from storage_plugin.model.mirror import ItemId

PAGE = 500
"""Rows of one page; so many fewer, and then more, are asked for around a row that cannot be read."""

FEWER = 8

AT_ONCE = 20
"""Rows, or stamps, that one query asks for; of a list whose first rows none can be read, no more are tried."""

_BARE = "Id,FileSystemObjectType"


class RestRows:
    """The rows at ``path`` (``…/items``), of which ``columns`` are read; ``get`` asks and raises ``error_of``."""

    def __init__(self, get: Callable[[str], Awaitable[Any]], path: str, columns: Iterable[str]) -> None:
        self._get = get
        self._path = path
        self._whole = ",".join(("Id", "Modified", "FileSystemObjectType", *columns))

    async def all(self) -> Read:
        """Page through the list by ID."""
        rows: list[Row] = []
        unread: dict[ItemId, str] = {}
        after, size = 0, PAGE
        while True:
            try:
                told = await self._page(self._whole, size, after)
                rows += _rows(told["results"])
                size = min(size * FEWER, PAGE)
            except Failed as error:
                if size > 1:
                    size = max(size // FEWER, 1)
                    continue
                if not rows and len(unread) == AT_ONCE:
                    raise
                told = await self._page(_BARE, 1, after)
                unread |= dict.fromkeys(_ids(told["results"]), str(error))
            if "__next" not in told:
                return Read(rows, unread)
            if not told["results"]:
                raise Unreachable("The address answers, but not as SharePoint does.")
            after = max(int(each["Id"]) for each in told["results"])

    async def where(self, tests: Sequence[str]) -> Read:
        """Find the rows for which a test holds (``Id eq 7``)."""
        parts = [await self._found(tests[start : start + AT_ONCE]) for start in range(0, len(tests), AT_ONCE)]
        return _together(parts)

    async def _found(self, tests: Sequence[str]) -> Read:
        try:
            return Read(_rows((await self._filtered(self._whole, tests))["results"]))
        except Failed as error:
            if len(tests) == 1:
                bare = await self._filtered(_BARE, tests)
                return Read([], dict.fromkeys(_ids(bare["results"]), str(error)))
            middle = len(tests) // 2
            return _together([await self._found(tests[:middle]), await self._found(tests[middle:])])

    async def _page(self, select: str, size: int, after: int) -> Any:
        token = "&$skiptoken=" + quote(f"Paged=TRUE&p_ID={after}", safe="") if after else ""
        return await self._get(f"{self._path}?$select={select}&$top={size}{token}")

    async def _filtered(self, select: str, tests: Sequence[str]) -> Any:
        return await self._get(f"{self._path}?$select={select}&$filter={quote(' or '.join(tests), safe='')}")


def _together(parts: Iterable[Read]) -> Read:
    rows: list[Row] = []
    unread: dict[ItemId, str] = {}
    for part in parts:
        rows += part.rows
        unread |= part.unread
    return Read(rows, unread)


def _rows(page: Sequence[Mapping[str, Any]]) -> list[Row]:
    return [row_from_rest(each) for each in page if _is_row(each)]


def _ids(page: Sequence[Mapping[str, Any]]) -> list[ItemId]:
    return [ItemId(str(each["Id"])) for each in page if _is_row(each)]


def _is_row(said: Mapping[str, Any]) -> bool:
    """Tell a row from a folder of rows."""
    return bool(said.get("FileSystemObjectType", 0) == 0)
