"""What the simulator claims of sign-in, permissions and whose mailbox is whose."""

import pytest

from bridge.simulators.graph.sign_in import Application

CLIENT, SECRET = "11111111-2222-3333-4444-555555555555", "a secret"
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
SCOPE = "https://graph.microsoft.com/.default"


@pytest.fixture
def sign_in(office):
    office.graph.sign_in.applications[CLIENT] = Application(CLIENT, SECRET)
    return office.graph.sign_in


def post(office, path, **form):
    async def go():
        async with office._session.post(office.graph.login + path, data={"client_id": CLIENT} | form) as answer:
            return answer.status, await answer.json()

    return office.run(go())


def begin(office):
    status, flow = post(
        office, "/consumers/oauth2/v2.0/devicecode", scope="Contacts.ReadWrite User.Read offline_access"
    )
    assert status == 200
    return flow


def poll(office, flow):
    return post(office, "/consumers/oauth2/v2.0/token", grant_type=DEVICE, device_code=flow["device_code"])


def test_the_endpoints_are_named_by_the_address_that_the_client_believes_in(office):
    async def configuration(**headers):
        url = f"{office.graph.login}/common/v2.0/.well-known/openid-configuration"
        async with office._session.get(url, headers=headers) as answer:
            return (await answer.json())["token_endpoint"]

    believed = {"Host": "login.microsoftonline.com", "X-Forwarded-Proto": "https"}
    assert office.run(configuration(**believed)) == "https://login.microsoftonline.com/common/oauth2/v2.0/token"
    assert office.run(configuration()) == f"{office.graph.login}/common/oauth2/v2.0/token"


@pytest.mark.parametrize("token", ["", "unknown"])
def test_without_a_token_nothing_is_answered(office, token):
    reply = office.ask("GET /me", headers={"Authorization": f"Bearer {token}"})
    assert (reply.status, reply.error) == (401, "InvalidAuthenticationToken")
    assert "WWW-Authenticate" in reply.headers


def test_a_token_runs_out(office):
    office.clock.advance(minutes=59)
    assert office.ask("GET /me").status == 200
    office.clock.advance(minutes=1)
    assert office.ask("GET /me").status == 401


def test_client_credentials_reach_each_mailbox_and_not_me(office, sign_in):
    form = {"grant_type": "client_credentials", "client_secret": SECRET, "scope": SCOPE}
    status, body = post(office, "/contoso.example/oauth2/v2.0/token", **form)
    token = body["access_token"]
    assert (status, body["token_type"], body["expires_in"]) == (200, "Bearer", 3599)
    for name in (office.anna.user, "Anna@contoso.example"):
        assert office.ask(f"GET /users/{name}/contacts", token=token).status == 200
    me = office.ask("GET /me/contacts", token=token)
    assert (me.status, me.json["error"]["message"][:32]) == (400, "/me request is only valid with d")
    assert office.ask("GET /users/nobody@contoso.example/contacts", token=token).error == "ErrorInvalidUser"


@pytest.mark.parametrize(
    ("tenant", "form", "error"),
    [
        ("contoso.example", {"client_secret": "wrong", "scope": SCOPE}, "invalid_client"),
        ("contoso.example", {"client_secret": SECRET, "scope": "Contacts.ReadWrite"}, "invalid_scope"),
        ("consumers", {"client_secret": SECRET, "scope": SCOPE}, "invalid_request"),
        ("contoso.example", {"client_id": "unknown"}, "unauthorized_client"),
    ],
)
def test_client_credentials_are_checked(office, sign_in, tenant, form, error):
    status, body = post(office, f"/{tenant}/oauth2/v2.0/token", grant_type="client_credentials", **form)
    assert (status >= 400, body["error"]) == (True, error)


def test_consumers_have_no_application_permissions(office):
    carl = office.graph.mailbox("carl@outlook.example", consumer=True)
    application, own = office.graph.sign_in.token(None), office.graph.sign_in.token(carl)
    assert office.ask(f"GET /users/{carl.user}/contacts", token=application).status == 404
    assert office.ask("GET /me/contacts", token=own).status == 200


def test_a_device_code_waits_for_the_person(office, sign_in):
    flow = begin(office)
    assert poll(office, flow)[1]["error"] == "authorization_pending"
    office.clock.advance(seconds=flow["interval"])
    assert poll(office, flow)[1]["error"] == "authorization_pending"
    sign_in.approve(flow["user_code"], office.anna)
    office.clock.advance(seconds=flow["interval"])
    status, body = poll(office, flow)
    assert (status, body["scope"]) == (200, "Contacts.ReadWrite User.Read")
    assert office.ask("GET /me", token=body["access_token"]).json["mail"] == "anna@contoso.example"
    assert office.ask("GET /me/outlook/masterCategories", token=body["access_token"]).status == 403
    assert poll(office, flow)[1]["error"] == "bad_verification_code"


def test_a_device_code_is_of_one_application(office, sign_in):
    sign_in.applications["another"] = Application("another")
    flow = begin(office)
    form = {"client_id": "another", "grant_type": DEVICE, "device_code": flow["device_code"]}
    assert post(office, "/consumers/oauth2/v2.0/token", **form)[1]["error"] == "bad_verification_code"


def test_polling_too_often_is_told(office, sign_in):
    flow = begin(office)
    errors = [poll(office, flow)[1]["error"] for _ in range(2)]
    assert errors == ["authorization_pending", "slow_down"]
    office.clock.advance(seconds=flow["interval"])
    assert poll(office, flow)[1]["error"] == "slow_down"
    office.clock.advance(seconds=flow["interval"] + 10)
    assert poll(office, flow)[1]["error"] == "authorization_pending"


def test_a_device_code_runs_out_or_is_declined(office, sign_in):
    old, refused = begin(office), begin(office)
    sign_in.decline(refused["user_code"])
    assert poll(office, refused)[1]["error"] == "authorization_declined"
    office.clock.advance(seconds=old["expires_in"])
    assert poll(office, old)[1]["error"] == "expired_token"


def test_a_refresh_token_goes_on_until_it_is_revoked(office, sign_in):
    flow = begin(office)
    sign_in.approve(flow["user_code"], office.anna)
    refresh = poll(office, flow)[1]["refresh_token"]
    sign_in.expire_tokens()
    form = {"grant_type": "refresh_token", "refresh_token": refresh}
    status, body = post(office, "/consumers/oauth2/v2.0/token", **form)
    assert (status, office.ask("GET /me/contacts", token=body["access_token"]).status) == (200, 200)
    sign_in.applications["another"] = Application("another")
    stolen = post(office, "/consumers/oauth2/v2.0/token", **form, client_id="another")
    assert stolen[1]["error"] == "invalid_grant"
    sign_in.sign_out()
    assert post(office, "/consumers/oauth2/v2.0/token", **form)[1]["error"] == "invalid_grant"


def test_nobody_has_anothers_mailbox(office):
    bob = office.graph.mailbox("bob@contoso.example")
    made = office.create(givenName="Ada")
    assert office.ask(f"GET /users/{bob.user}/contacts").status == 403
    assert office.ask(f"GET /me/contacts/{made['id']}", token=office.graph.sign_in.token(bob)).status == 404


@pytest.mark.parametrize(
    ("permission", "line", "status"),
    [
        ("Contacts.Read", "GET /me/contacts", 200),
        ("Contacts.Read", "POST /me/contacts", 403),
        ("Contacts.ReadWrite", "GET /me/outlook/masterCategories", 403),
        ("MailboxSettings.ReadWrite", "GET /me/outlook/masterCategories", 200),
        ("Contacts.ReadWrite", "GET /me", 403),
    ],
)
def test_each_path_takes_its_permission(office, permission, line, status):
    token = office.graph.sign_in.token(office.anna, [permission])
    assert office.ask(line, {} if "POST" in line else None, token=token).status == status


def test_a_mailbox_that_is_none_for_rest(office):
    office.anna.reachable = False
    reply = office.ask("GET /me/contacts")
    assert (reply.status, reply.error) == (404, "MailboxNotEnabledForRESTAPI")
    assert office.ask("GET /me").status == 200
