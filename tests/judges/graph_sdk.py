"""Microsoft's own clients against the simulator: msal signs in, msgraph-sdk reads and writes.

Run by ``make judges``, in an environment of its own: msgraph-sdk is 470 MB and nothing here depends on it. What
these clients cannot parse or will not send, the simulator has wrong. msal takes https addresses alone; the simulator
speaks http on loopback, so msal is given an HTTP client that sends its requests there.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime
from typing import Any

import msal
from kiota_abstractions.api_error import APIError
from kiota_abstractions.authentication import AccessTokenProvider, AllowedHostsValidator
from kiota_abstractions.authentication.base_bearer_token_authentication_provider import (
    BaseBearerTokenAuthenticationProvider,
)
from kiota_abstractions.base_request_configuration import RequestConfiguration
from kiota_abstractions.headers_collection import HeadersCollection
from msgraph import GraphServiceClient
from msgraph.generated.models.category_color import CategoryColor
from msgraph.generated.models.contact import Contact
from msgraph.generated.models.contact_folder import ContactFolder
from msgraph.generated.models.email_address import EmailAddress
from msgraph.generated.models.outlook_category import OutlookCategory
from msgraph.generated.models.single_value_legacy_extended_property import SingleValueLegacyExtendedProperty
from msgraph.graph_request_adapter import GraphRequestAdapter

from bridge.simulators.graph import Mailbox, Simulator
from bridge.simulators.graph.sign_in import CONTACTS, Application
from tests.judges.graph_schema import Judge
from tests.judges.loopback import Loopback

CLIENT, SECRET = "11111111-2222-3333-4444-555555555555", "a secret"
STAMP = "String {5a1d6c9e-0c0f-4b59-9d4b-d1b3f5a6e001} Name BizContactId"


class Token(AccessTokenProvider):
    def __init__(self, token: str) -> None:
        self._token = token

    async def get_authorization_token(self, uri: str, additional_authentication_context: Any = None) -> str:
        return self._token

    def get_allowed_hosts_validator(self) -> AllowedHostsValidator:
        return AllowedHostsValidator([])


def msal_signs_in(graph: Simulator, anna: Mailbox) -> str:
    """Client credentials, then a device code that is approved while msal polls; give the person's token."""
    options: Any = {"instance_discovery": False, "http_client": Loopback(graph.login)}
    firm = msal.ConfidentialClientApplication(
        CLIENT, client_credential=SECRET, authority="https://login.microsoftonline.com/contoso.example", **options
    )
    assert "access_token" in firm.acquire_token_for_client(["https://graph.microsoft.com/.default"])
    person = msal.PublicClientApplication(CLIENT, authority="https://login.microsoftonline.com/consumers", **options)
    flow = person.initiate_device_flow(["Contacts.ReadWrite", "MailboxSettings.ReadWrite", "User.Read"])
    pending = person.acquire_token_by_device_flow(flow, exit_condition=lambda flow: True)
    assert pending["error"] == "authorization_pending", pending
    graph.sign_in.approve(flow["user_code"], anna)
    answer = person.acquire_token_by_device_flow(flow)
    (account,) = person.get_accounts()
    assert account["username"] == anna.address
    graph.sign_in.expire_tokens()
    silent = person.acquire_token_silent_with_error(["User.Read"], account, force_refresh=True)
    assert silent and "access_token" in silent, silent
    assert silent["access_token"] != answer["access_token"]
    return graph.sign_in.token(anna)


async def sdk_reads_and_writes(graph: Simulator, anna: Mailbox, token: str) -> None:
    """Create, find, change, follow a delta, delete; folders, categories and an error."""
    adapter = GraphRequestAdapter(BaseBearerTokenAuthenticationProvider(Token(token)))
    adapter.base_url = graph.graph
    client = GraphServiceClient(request_adapter=adapter)
    me = await client.me.get()
    assert me and me.mail == anna.address
    immutable = HeadersCollection()
    immutable.add("Prefer", 'IdType="ImmutableId"')
    settings: Any = RequestConfiguration(headers=immutable)
    contact = Contact(
        given_name="Ada",
        surname="Lovelace",
        business_phones=["+44 1", "+44 2"],
        birthday=datetime(1815, 12, 10, 11, 59, tzinfo=UTC),
        email_addresses=[EmailAddress(name="Ada", address="ada@engine.example")],
        single_value_extended_properties=[SingleValueLegacyExtendedProperty(id=STAMP, value="a:b:1")],
    )
    made = await client.me.contacts.post(contact, settings)
    assert made and made.id and len(made.id) == 72
    assert (made.display_name, made.birthday) == ("Ada Lovelace", contact.birthday)
    first = await client.me.contact_folders.by_contact_folder_id("contacts").contacts.delta.get()
    while first and first.odata_next_link:
        first = await client.me.contacts.delta.with_url(first.odata_next_link).get()
    assert first and first.odata_delta_link and first.value and first.value[0].given_name == "Ada"
    changed = await client.me.contacts.by_contact_id(made.id).patch(Contact(surname="King"))
    assert changed and changed.display_name == "Ada King" and changed.change_key != made.change_key
    try:
        await client.me.contacts.post(Contact(business_phones=["1", "2", "3"]))
    except APIError as error:
        assert error.response_status_code == 400
        assert "exceeds the max allowed value of 2" in str(error)
    else:
        raise AssertionError("three business phones were taken")
    await sdk_keeps_order(client)
    await client.me.contacts.by_contact_id(made.id).delete()
    last = await client.me.contacts.delta.with_url(first.odata_delta_link).get()
    while last and last.odata_next_link:
        last = await client.me.contacts.delta.with_url(last.odata_next_link).get()
    assert last and last.value and "@removed" in last.value[0].additional_data


async def sdk_keeps_order(client: GraphServiceClient) -> None:
    """Make a folder and a category."""
    folder = await client.me.contact_folders.post(ContactFolder(display_name="Business"))
    assert folder and folder.id
    await client.me.contact_folders.by_contact_folder_id(folder.id).contacts.post(Contact(given_name="Grace"))
    listed = await client.me.contact_folders.get()
    assert listed and listed.value and [each.display_name for each in listed.value] == ["Business"]
    category = OutlookCategory(display_name="Business Contact", color=CategoryColor.Preset7)
    made = await client.me.outlook.master_categories.post(category)
    assert made and made.color == CategoryColor.Preset7
    categories = await client.me.outlook.master_categories.get()
    assert categories and categories.value and len(categories.value) == 7


async def main() -> int:
    async with Simulator() as graph:
        judge = Judge()
        graph.observers.append(judge)
        graph.sign_in.applications[CLIENT] = Application(CLIENT, SECRET, CONTACTS)
        anna = graph.mailbox("anna@contoso.example")
        token = await asyncio.to_thread(msal_signs_in, graph, anna)
        print("msal: client credentials, device code, refresh")
        await sdk_reads_and_writes(graph, anna, token)
        print("msgraph-sdk: contacts, delta, folders, categories, an error")
        for wrong in judge.verdict():
            print(wrong)
        print(f"the schema judged {judge.seen} bodies: {len(judge.verdict())} wrong")
        return 1 if judge.verdict() else 0


if __name__ == "__main__":
    sys.exit(asyncio.run(main()))
