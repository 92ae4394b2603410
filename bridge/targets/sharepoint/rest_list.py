"""A contacts list through SharePoint's REST interface (2016, 2019, Subscription Edition on-premises).

https://learn.microsoft.com/sharepoint/dev/sp-add-ins/working-with-lists-and-list-items-with-rest. A write
over which the server fails (500) concerns its row alone, and may have been done.

A cursor is the time and the list's change token. A token of more than sixty days gives nothing, and no error either
(sp-dev-docs#10389): after thirty days, or where the clock was wrong by as many, it is not used any more.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

from bridge.targets.base import (
    Changed,
    CursorExpired,
    FolderGone,
    Gone,
    ItemError,
    Rejected,
    SignInNeeded,
    Step,
    TargetError,
    Unreachable,
    Unsure,
)
from bridge.targets.sharepoint.columns import KNOWN, TEMPLATE, Column, Columns
from bridge.targets.sharepoint.lists import Change, Done, Insert, Read, Recycle, Told, Write, no_contacts, no_list
from bridge.targets.sharepoint.mapping import Row
from bridge.targets.sharepoint.rest_forms import column_from_rest, column_to_xml, row_from_rest, values_to_rest
from bridge.targets.sharepoint.rest_http import Away, Failed, Request, Response, RestHttp, error_of
from bridge.targets.sharepoint.rest_reading import RestRows
from storage_plugin.model.marking import N_
from storage_plugin.model.mirror import ItemId

TOKEN_LIFE = timedelta(days=30)

_CHANGES = ("Item", "Add", "Update", "SystemUpdate", "DeleteObject", "Rename", "Restore")


@dataclass(frozen=True, slots=True)
class _Cursor:
    at: datetime
    token: str

    def __str__(self) -> str:
        return f"{self.at.isoformat()} {self.token}"

    @classmethod
    def read(cls, text: str) -> _Cursor:
        at, _, token = text.partition(" ")
        try:
            return cls(datetime.fromisoformat(at).astimezone(UTC), token)
        except ValueError as error:
            raise CursorExpired("The cursor is not one of this list.") from error

    @property
    def ticks(self) -> int:
        """Give the time in the token (``1;3;LIST;TICKS;NUMBER``), 0 where there is none."""
        parts = self.token.split(";")
        return int(parts[3]) if len(parts) == 5 and parts[3].isdigit() else 0


def _now() -> datetime:
    return datetime.now(UTC)


class RestList:
    """``ContactsList`` over REST; ``folder`` is the id of the list. Writes go one after the other."""

    batch = 20

    def __init__(self, http: RestHttp, name: str, clock: Callable[[], datetime] = _now) -> None:
        self.http = http
        self.name = name
        self.clock = clock
        self.folder = ""
        self._type = ""
        self._columns: Columns = {}
        self._names: frozenset[str] = frozenset()

    async def steps(self) -> AsyncIterator[Step]:
        """Check sign-in, site and list."""
        try:
            await self.http.get("/_api/web?$select=Id")
        except TargetError as error:
            is_sign_in = isinstance(error, SignInNeeded)
            cure = N_("Check the address.")
            if is_sign_in:
                cure = N_("Check the user name (DOMAIN\\name) and the password.")
            yield Step("signed in" if is_sign_in else "site", False, f"{error} {cure}")
            return
        yield Step("signed in", True)
        yield Step("site", True)
        try:
            await self._named()
        except TargetError as error:
            yield Step("list", False, str(error))
            return
        yield Step("list", True)

    async def find(self) -> Columns:
        """Find the list by its id, or else by its name; make it if it has none yet."""
        found = await self._known() if self.folder else await self._named() or await self._made()
        self.folder = str(found["Id"])
        self._type = str(found["ListItemEntityTypeFullName"])
        asked = "InternalName,TypeAsString,Indexed,EnforceUniqueValues,SchemaXml"
        fields = await self._get(f"{self._list}/fields?$select={asked}")
        self._names = frozenset(each["InternalName"] for each in fields["results"])
        told = (column_from_rest(each) for each in fields["results"] if each["InternalName"] in KNOWN)
        self._columns = {column.name: column for column in told if column}
        return self._columns

    async def add(self, column: Column) -> None:
        """Add a column under its internal name; one that exists in another type would be given another name."""
        if column.name in self._names:
            raise Changed(f"There is a column {column.name}.")
        schema = {"SchemaXml": column_to_xml(column), "Options": 8}
        body = {"parameters": {"__metadata": {"type": "SP.XmlSchemaFieldCreationInformation"}, **schema}}
        await self.http.post(f"{self._list}/fields/createfieldasxml", body)
        self._columns = {**self._columns, column.name: column}

    async def index(self, column: Column) -> None:
        """Index a column."""
        body = {"__metadata": {"type": "SP.Field"}, "Indexed": True}
        path = f"{self._list}/fields/getbyinternalnameortitle('{column.name}')"
        await self.http.post(path, body, {"X-HTTP-Method": "MERGE", "If-Match": "*"})

    async def changes(self, cursor: str | None) -> Told:
        """Ask what changed since the token and read these rows, or read all rows."""
        now = _Cursor(self.clock(), await self._token())
        if cursor is None:
            whole = await self._rows.all()
            return Told(whole.rows, [], str(now), True, whole.unread)
        since = _Cursor.read(cursor)
        if abs(now.at - since.at) > TOKEN_LIFE or now.ticks < since.ticks:
            raise CursorExpired("The change token is too old, or of a time that a restored backup does not know.")
        touched = await self._touched(since.token)
        read = await self.read(touched)
        gone = set(touched) - {row.id for row in read.rows} - read.unread.keys()
        return Told(read.rows, sorted(gone), str(now), False, read.unread)

    async def read(self, ids: Sequence[ItemId]) -> Read:
        """Read rows by their IDs; a query for a list that is gone says so."""
        numbers = [id for id in ids if id.isascii() and id.isdigit()]
        return await self._rows.where([f"Id eq {id}" for id in numbers])

    async def where(self, column: Column, texts: Sequence[str]) -> Read:
        """Find rows by the text of an indexed column."""
        return await self._rows.where([f"{column.name} eq '{_literal(text)}'" for text in texts])

    async def write(self, writes: Sequence[Write]) -> list[Done]:
        """Write one after the other; the server may be away for one of them, not for two in a row."""
        done: list[Done] = []
        was_away = False
        for each in writes:
            try:
                done.append(await self._written(each))
                was_away = False
            except Away as error:
                if was_away:
                    raise
                done.append(Unsure(str(error)))
                was_away = True
        return done

    async def remove(self) -> None:
        """Move the list into the recycle bin."""
        await self.http.post(f"{self._list}/recycle()")

    async def close(self) -> None:
        """Give back the connection."""
        await self.http.session.close()

    @property
    def _list(self) -> str:
        return f"/_api/web/lists(guid'{quote(self.folder)}')"

    @property
    def _rows(self) -> RestRows:
        return RestRows(self._get, f"{self._list}/items", self._columns)

    async def _known(self) -> Any:
        return await self._get(f"{self._list}?$select=Id,BaseTemplate,ListItemEntityTypeFullName")

    async def _named(self) -> Any:
        """Find the list by its name; None where there is none."""
        path = f"/_api/web/lists/getbytitle('{quote(_literal(self.name))}')"
        try:
            found = await self.http.get(f"{path}?$select=Id,BaseTemplate,ListItemEntityTypeFullName")
        except Gone:
            return None
        if found["BaseTemplate"] != TEMPLATE:
            raise no_contacts(self.name)
        return found

    async def _made(self) -> Any:
        wanted = {"__metadata": {"type": "SP.List"}, "BaseTemplate": TEMPLATE, "Title": self.name}
        try:
            return await self.http.post("/_api/web/lists", wanted)
        except Gone as error:
            raise FolderGone(f"There is no site {self.http.site}.") from error

    async def _get(self, path: str) -> Any:
        try:
            return await self.http.get(path)
        except Gone as error:
            raise no_list(self.name) from error

    async def _token(self) -> str:
        told = await self._get(f"{self._list}?$select=CurrentChangeToken")
        return str(told["CurrentChangeToken"]["StringValue"])

    async def _touched(self, token: str) -> list[ItemId]:
        """List the rows that the change log names since a token, each once; the log is read to its end."""
        ids: dict[ItemId, None] = {}
        while True:
            start = {"__metadata": {"type": "SP.ChangeToken"}, "StringValue": token}
            query = {"__metadata": {"type": "SP.ChangeQuery"}, **dict.fromkeys(_CHANGES, True)}
            body = {"query": query | {"ChangeTokenStart": start}}
            found = (await self._log(body))["results"]
            if not found:
                return list(ids)
            ids |= dict.fromkeys(ItemId(str(each["ItemId"])) for each in found if "ItemId" in each)
            token = str(found[-1]["ChangeToken"]["StringValue"])

    async def _log(self, body: Any) -> Any:
        """Ask the change log; where it does not know the token, everything is to be read."""
        response = await self.http.send(Request("POST", f"{self._list}/getchanges", body))
        if response.status == 200:
            return response.told
        error = error_of(response)
        if isinstance(error, Gone):
            raise no_list(self.name) from error
        raise CursorExpired(str(error)) if response.status in (400, 500) else error

    async def _written(self, write: Write) -> Done:
        try:
            match write:
                case Insert(values):
                    body = {"__metadata": {"type": self._type}, **values_to_rest(values)}
                    told = await self.http.post(f"{self._list}/items", body)
                    if told is None:
                        raise Unreachable("The address answers, but not as SharePoint does.")
                    return row_from_rest(told)
                case Change(id, version, values):
                    body = {"__metadata": {"type": self._type}, **values_to_rest(values)}
                    await self.http.post(self._item(id), body, {"X-HTTP-Method": "MERGE", "If-Match": version})
                    return await self._after(id, version)
                case Recycle(id, version):
                    try:
                        await self._look(id, version)
                    except Failed as error:
                        return Rejected(str(error))
                    await self.http.post(f"{self._item(id)}/recycle()", headers={"If-Match": version})
                    return None
        except Gone as error:
            if isinstance(write, Insert):
                raise no_list(self.name) from error
            return error
        except ItemError as error:
            return error
        except Failed as error:
            return Unsure(str(error))

    def _item(self, id: ItemId) -> str:
        return f"{self._list}/items({quote(id, safe='')})"

    async def _after(self, id: ItemId, version: str) -> Row:
        """Read a row that was just written; what somebody wrote after it is left to the next reading."""
        try:
            found = next(iter((await self.read([id])).rows), None)
        except (Failed, Away):
            found = None
        if found is not None and found.version == _next(version):
            return found
        return Row(id, "unknown", None)

    async def _look(self, id: ItemId, version: str) -> None:
        """Raise Changed, Gone where a row is not as expected; recycling takes no notice of If-Match."""
        response: Response = await self.http.send(Request("GET", f"{self._item(id)}?$select=Id"))
        if response.status != 200:
            raise error_of(response)
        if response.told["__metadata"]["etag"] != version:
            raise Changed("The row was changed in the list meanwhile.")


def _next(version: str) -> str:
    number = version.strip('"')
    return f'"{int(number) + 1}"' if number.isdigit() else ""


def _literal(text: str) -> str:
    return text.replace("'", "''")
