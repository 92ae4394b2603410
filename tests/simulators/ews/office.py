"""A simulator of EWS and a client for one test; every exchange is judged by Microsoft's schema."""

from __future__ import annotations

import asyncio
from base64 import b64encode
from collections.abc import Coroutine
from typing import Any, TypeVar
from xml.etree.ElementTree import Element, fromstring

from aiohttp import ClientSession

from bridge.simulators.ews import Simulator
from bridge.simulators.ews.soap import M, S, T
from bridge.simulators.graph import Mailbox
from tests.judges.ews_schema import Judge
from tests.simulators.graph.office import Clock

R = TypeVar("R")

LOGIN, PASSWORD = "CONTOSO\\anna", "päss:wörd"
ADDRESS = "anna@contoso.example"
CONTACTS = '<t:DistinguishedFolderId Id="contacts"/>'
_ENVELOPE = (
    '<s:Envelope xmlns:s="{s}" xmlns:m="{m}" xmlns:t="{t}"><s:Header><t:RequestServerVersion Version="Exchange2016"/>'
    "{header}</s:Header><s:Body>{body}</s:Body></s:Envelope>"
)


class EwsOffice:
    """``anna``'s mailbox in a simulator, asked in her name unless told otherwise."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.judge = Judge()
        self._runner = asyncio.Runner()
        self.ews = Simulator(self.clock)
        self.run(self.ews.__aenter__())
        self.ews.observers.append(self.judge)
        self.anna: Mailbox = self.ews.mailbox(ADDRESS, LOGIN, PASSWORD)

    def close(self) -> None:
        self.run(self.ews.__aexit__(None, None, None))
        self._runner.close()

    def run(self, task: Coroutine[Any, Any, R]) -> R:
        return self._runner.run(task)

    def ask(self, body: str, *, header: str = "", login: str = LOGIN, password: str = PASSWORD) -> Reply:
        """Send what stands in a SOAP body, signed in by Basic."""
        names = {"s": S[1:-1], "m": M[1:-1], "t": T[1:-1]}
        return self.run(self._asking(_ENVELOPE.format(**names, header=header, body=body), login, password))

    async def _asking(self, envelope: str, login: str, password: str) -> Reply:
        headers = {
            "Authorization": "Basic " + b64encode(f"{login}:{password}".encode()).decode(),
            "Content-Type": "text/xml; charset=utf-8",
        }
        async with ClientSession() as session, session.post(self.ews.url, data=envelope, headers=headers) as answer:
            return Reply(answer.status, await answer.read())

    def create(self, content: str, folder: str = CONTACTS) -> Element:
        """Create a contact of these elements; give its ItemId."""
        reply = self.ask(
            f'<m:CreateItem MessageDisposition="SaveOnly"><m:SavedItemFolderId>{folder}</m:SavedItemFolderId>'
            f"<m:Items><t:Contact>{content}</t:Contact></m:Items></m:CreateItem>"
        )
        assert reply.codes == ["NoError"], reply.content
        return reply.all("ItemId")[0]

    def get(self, id: str, shape: str = "<t:BaseShape>AllProperties</t:BaseShape>") -> Reply:
        return self.ask(
            f'<m:GetItem><m:ItemShape>{shape}</m:ItemShape><m:ItemIds><t:ItemId Id="{id}"/></m:ItemIds></m:GetItem>'
        )

    def update(self, id: Element, updates: str, how: str = "NeverOverwrite") -> Reply:
        return self.ask(
            f'<m:UpdateItem ConflictResolution="{how}"><m:ItemChanges><t:ItemChange>'
            f'<t:ItemId Id="{id.get("Id")}" ChangeKey="{id.get("ChangeKey")}"/>'
            f"<t:Updates>{updates}</t:Updates></t:ItemChange></m:ItemChanges></m:UpdateItem>"
        )

    def delete(self, id: Element, kind: str = "MoveToDeletedItems") -> Reply:
        return self.ask(
            f'<m:DeleteItem DeleteType="{kind}"><m:ItemIds><t:ItemId Id="{id.get("Id")}"/></m:ItemIds></m:DeleteItem>'
        )

    def sync(
        self, state: str = "", most: int = 512, folder: str = '<t:DistinguishedFolderId Id="contacts"/>'
    ) -> Reply:
        known = f"<m:SyncState>{state}</m:SyncState>" if state else ""
        return self.ask(
            f"<m:SyncFolderItems><m:ItemShape><t:BaseShape>IdOnly</t:BaseShape></m:ItemShape>"
            f"<m:SyncFolderId>{folder}</m:SyncFolderId>{known}"
            f"<m:MaxChangesReturned>{most}</m:MaxChangesReturned></m:SyncFolderItems>"
        )


class Reply:
    """An answer: status, and its elements by name."""

    def __init__(self, status: int, content: bytes) -> None:
        self.status = status
        self.content = content

    @property
    def root(self) -> Element:
        return fromstring(self.content)

    @property
    def codes(self) -> list[str]:
        """The response codes of the messages, or that of the fault."""
        return [each.text or "" for each in self.root.iter() if each.tag.rpartition("}")[2] == "ResponseCode"]

    def all(self, name: str) -> list[Element]:
        found = [each for each in self.root.iter() if each.tag.rpartition("}")[2] == name]
        return [each for each in found if not each.tag.startswith(S)]

    def text(self, name: str) -> str:
        """The text of the only element of this name."""
        (found,) = self.all(name)
        return found.text or ""

    def entries(self, name: str) -> dict[str, str]:
        """The entries of a dictionary by their keys."""
        return {each.get("Key", ""): each.text or "" for parent in self.all(name) for each in parent}
