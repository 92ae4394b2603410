"""Raw requests to a SharePoint Server, over our own connection."""

from __future__ import annotations

from bridge.targets.sharepoint.rest_http import Request, RestHttp, new_session
from tests.simulators.sharepoint.server import PASSWORD, USER, Server

TYPE = {"type": "SP.Data.ContactsListItem"}


class Client:
    """``list`` is the path of the one list."""

    def __init__(self, server: Server):
        self.server = server
        self.http = server.run(self._made())
        self.list = f"/_api/web/lists(guid'{server.list.id}')"

    async def _made(self):
        return RestHttp(new_session(), self.server.site.address, USER, PASSWORD, clock=lambda: 0.0)

    def ask(self, method, path, body=None, **headers):
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return self.server.run(self.http.send(Request(method, path, body, named)))

    def told(self, path):
        """Read what is in ``d``."""
        answer = self.ask("GET", path)
        assert answer.status == 200, answer
        return answer.body["d"]

    def changes(self, since, **query):
        start = {"__metadata": {"type": "SP.ChangeToken"}, "StringValue": since}
        wanted = dict.fromkeys(("Item", "Add", "Update", "DeleteObject", "Restore"), True)
        query = {"__metadata": {"type": "SP.ChangeQuery"}, "ChangeTokenStart": start} | wanted | query
        return self.ask("POST", f"{self.list}/getchanges", {"query": query})

    def token(self):
        return self.told(f"{self.list}?$select=CurrentChangeToken")["CurrentChangeToken"]["StringValue"]
