"""What the simulator claims of limits."""

import asyncio

from bridge.simulators.graph.faults import Slow
from bridge.simulators.graph.messages import Request


def test_requests_are_limited_in_ten_minutes(office):
    assert (office.graph.throttle.requests, office.graph.throttle.window.total_seconds()) == (10_000, 600)
    office.graph.throttle.requests = 3
    answers = [office.ask("GET /me/contacts") for _ in range(4)]
    assert [each.status for each in answers] == [200, 200, 200, 429]
    assert (answers[3].error, answers[3].headers["Retry-After"]) == ("ApplicationThrottled", "600")
    office.clock.advance(minutes=9)
    assert office.ask("GET /me/contacts").headers["Retry-After"] == "60"
    office.clock.advance(minutes=1)
    assert office.ask("GET /me/contacts").status == 200


def test_four_requests_run_at_a_time(office):
    office.graph.faults.add(Slow(0.01), times=None)

    def request():
        return Request.to("GET", "/me", {"Authorization": f"Bearer {office.token}"}, b"", office.graph.graph)

    async def at_once(count):
        # All begin before the first one's pause is over: nothing here depends on how fast the machine is.
        answers = await asyncio.gather(*(office.graph.answer(request()) for _ in range(count)))
        return [answer.status for answer in answers]

    assert office.run(at_once(6)) == [200] * 4 + [429] * 2
    assert office.run(at_once(4)) == [200] * 4


def test_uploads_are_limited(office):
    office.graph.throttle.upload = 1000
    sizes = ["x" * 500, "x" * 600, "x" * 100]
    assert [office.ask("POST /me/contacts", {"personalNotes": each}).status for each in sizes] == [201, 429, 201]
    office.clock.advance(minutes=5)
    assert office.ask("POST /me/contacts", {"personalNotes": "x" * 600}).status == 201


def test_limits_are_of_one_application_on_one_mailbox(office):
    office.graph.throttle.requests = 1
    bob = office.graph.mailbox("bob@contoso.example")
    tokens = [
        office.token,
        office.graph.sign_in.token(bob),
        office.graph.sign_in.token(office.anna, application="another"),
    ]
    assert [office.ask("GET /me/contacts", token=token).status for token in tokens] == [200, 200, 200]
    assert [office.ask("GET /me/contacts", token=token).status for token in tokens] == [429, 429, 429]
