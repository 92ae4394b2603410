"""What the simulator claims of notifications."""

from datetime import timedelta

import pytest
from aiohttp import web

from tests.judges.graph_schema import notification_errors
from tests.simulators.graph.office import IMMUTABLE


class Endpoint:
    """Receives notifications; ``echo`` answers the validation, ``status`` what is posted."""

    def __init__(self, office):
        self.office = office
        self.told = []
        self.echo = lambda token: web.Response(text=token)
        self.status = 202
        self.url = ""

    async def start(self):
        application = web.Application()
        application.router.add_post("/{name}", self.take)
        self.runner = web.AppRunner(application, access_log=None)
        await self.runner.setup()
        await web.TCPSite(self.runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self.runner.addresses[0][1]}/notify"

    async def take(self, request):
        if "validationToken" in request.query:
            return self.echo(request.query["validationToken"])
        content = await request.json()
        assert notification_errors(content) == []
        self.told += content["value"]
        return web.Response(status=self.status)

    def received(self):
        self.office.run(self.office.graph.subscriptions.delivered())
        told, self.told = self.told, []
        return told


@pytest.fixture
def endpoint(office):
    endpoint = Endpoint(office)
    office.run(endpoint.start())
    yield endpoint
    office.run(endpoint.runner.cleanup())


def wish(office, endpoint, minutes=4230, **more):
    expires = office.clock() + timedelta(minutes=minutes)
    return {
        "changeType": "created,updated,deleted",
        "notificationUrl": endpoint.url,
        "lifecycleNotificationUrl": endpoint.url.replace("notify", "lifecycle"),
        "resource": "/me/contacts",
        "expirationDateTime": expires.isoformat().replace("+00:00", "Z"),
        "clientState": "known to us",
    } | more


def subscribe(office, endpoint, headers=None, **more):
    reply = office.ask("POST /subscriptions", wish(office, endpoint, **more), headers)
    assert reply.status == 201, reply.content
    return reply.json


def test_changes_are_told_with_the_client_state_and_a_create_twice_docs_contrib_7644(office, endpoint):
    held = subscribe(office, endpoint, IMMUTABLE)
    made = office.create(givenName="Ada", headers=IMMUTABLE)
    told = endpoint.received()
    assert [each["changeType"] for each in told] == ["created", "updated"]
    assert {(each["subscriptionId"], each["clientState"]) for each in told} == {(held["id"], "known to us")}
    assert told[0]["resourceData"]["id"] == made["id"]
    office.ask(f"PATCH /me/contacts/{made['id']}", {"nickName": "A"})
    office.ask(f"DELETE /me/contacts/{made['id']}")
    assert [each["changeType"] for each in endpoint.received()] == ["updated", "deleted"]


def test_all_folders_of_the_mailbox_are_meant_and_no_other_mailbox(office, endpoint):
    subscribe(office, endpoint, resource=f"users/{office.anna.user}/contacts", changeType="created")
    folder = office.anna.add_folder("Business")
    office.ask(f"POST /me/contactFolders/{folder.id}/contacts", {"givenName": "Ada"})
    office.graph.mailbox("bob@contoso.example").add({})
    assert len(endpoint.received()) == 1


@pytest.mark.parametrize(
    "echo",
    [
        lambda token: web.Response(text=token.replace("%", "%25")),
        lambda token: web.Response(text=token, status=202),
        lambda token: web.json_response(token),
        lambda token: web.Response(status=500),
    ],
)
def test_the_validation_token_must_come_back_decoded_as_plain_text(office, endpoint, echo):
    endpoint.echo = echo
    reply = office.ask("POST /subscriptions", wish(office, endpoint))
    assert (reply.status, reply.error) == (400, "ValidationError")
    assert office.ask("GET /subscriptions").value == []


def test_an_address_where_nobody_answers_is_refused(office, endpoint):
    for url in ("http://127.0.0.1:9/notify", "http://public.example/notify"):
        assert office.ask("POST /subscriptions", wish(office, endpoint, notificationUrl=url)).status == 400


def test_the_life_of_a_subscription_is_limited(office, endpoint):
    assert office.ask("POST /subscriptions", wish(office, endpoint, minutes=4231)).status == 400
    assert subscribe(office, endpoint, minutes=5)["expirationDateTime"] == "2026-11-22T09:45:00Z"
    office.graph.behaviour.subscription_minutes = 10_080
    subscribe(office, endpoint, minutes=10_080)


def test_a_subscription_is_renewed_or_runs_out(office, endpoint):
    held = subscribe(office, endpoint, minutes=60)
    path = f"/subscriptions/{held['id']}"
    office.clock.advance(minutes=59)
    renewed = office.ask(f"PATCH {path}", {"expirationDateTime": "2026-11-22T11:00:00Z"})
    assert renewed.json["expirationDateTime"] == "2026-11-22T11:00:00Z"
    office.clock.advance(minutes=30)
    office.token = office.graph.sign_in.token(office.anna)
    assert office.ask(f"GET {path}").status == 200
    office.clock.advance(minutes=31)
    assert office.ask(f"GET {path}").status == 404
    office.create(givenName="Ada")
    assert endpoint.received() == []


def test_a_subscription_is_deleted(office, endpoint):
    held = subscribe(office, endpoint)
    assert office.ask(f"DELETE /subscriptions/{held['id']}").status == 204
    assert office.ask("GET /subscriptions").value == []


@pytest.mark.parametrize("event", ["missed", "subscriptionRemoved", "reauthorizationRequired"])
def test_lifecycle_events_are_told(office, endpoint, event):
    held = subscribe(office, endpoint)
    office.graph.subscriptions.tell(held["id"], event)
    (told,) = endpoint.received()
    assert (told["lifecycleEvent"], told["clientState"]) == (event, "known to us")
    status = office.ask(f"POST /subscriptions/{held['id']}/reauthorize").status
    assert status == (404 if event == "subscriptionRemoved" else 204)


def test_what_is_not_taken_is_tried_again_then_lost(office, endpoint):
    subscribe(office, endpoint, changeType="deleted")
    endpoint.status = 500
    office.anna.delete(office.anna.add({}))
    assert len(endpoint.received()) == 3
    assert office.graph.subscriptions.undelivered == 1


def test_a_client_state_is_short_and_a_resource_known(office, endpoint):
    for more in ({"clientState": "x" * 129}, {"resource": "/me/messages"}, {"changeType": "moved"}):
        assert office.ask("POST /subscriptions", wish(office, endpoint, **more)).status == 400
