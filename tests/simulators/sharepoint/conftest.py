"""A SharePoint Server with one contacts list, and raw requests to it."""

import pytest

from tests.simulators.sharepoint.client import Client
from tests.simulators.sharepoint.office import CONTACTS
from tests.simulators.sharepoint.server import Server


@pytest.fixture
def server():
    server = Server()
    server.site.add_list(CONTACTS)
    yield server
    server.close()


@pytest.fixture
def client(server):
    client = Client(server)
    yield client
    server.run(client.http.session.close())
