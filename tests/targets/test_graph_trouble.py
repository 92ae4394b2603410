"""What Microsoft Graph, or what stands between, can do to the target ``graph``: nothing is lost, doubled, repeated.

Each fault that stops everything is one sentence.
"""

from contextlib import asynccontextmanager

import pytest
from aiohttp import ClientSession

from bridge.simulators.graph.faults import TOO_MANY, UNAVAILABLE, Lost, Refuse
from bridge.simulators.graph.properties import TEXTS
from bridge.targets.base import Create, Rejected, SignInNeeded, Throttled, Unreachable, Unreadable, Unsure, Update
from bridge.targets.graph_answers import Request
from bridge.targets.graph_http import AT_ONCE
from storage_plugin.model.mirror import Item
from tests.contract.folder import Folder, stamp
from tests.contract.people import ANNA, JPEG
from tests.simulators.graph.office import Office
from tests.targets.hearing import body, broken, half, hears, in_json, page
from tests.targets.test_graph import FixedTokens, folder, office

__all__ = ["folder", "office"]

FAILS = Refuse(500, "ErrorItemCorrupt", "It is broken.")
EXPIRED = Refuse(401, "InvalidAuthenticationToken", "Lifetime validation failed, the token is expired.")


def creates(folder: Folder, count: int) -> list[Create]:
    return [Create(folder.target.shape.view(ANNA).view, stamp(number)) for number in range(count)]


UNREADABLE = {
    "nothing": body(b""),
    "half": half,
    "broken": broken,
    "null": body(b"null"),
    "an empty object": body(b"{}"),
    "a list": body(b"[1]"),
    "rows that are none": body(b'{"value": [1], "responses": [1]}'),
    "rows without an id": body(b'{"value": [{}], "responses": [{}]}'),
    "no text": body(b"\xff\xfe\x00\x01"),
    "a page": page(),
    "a page that fails": page(502),
    "a page that refuses": page(403),
    "a page that knows nothing": page(404),
    "a redirect": page(302, Location="https://login.example/"),
}


@pytest.mark.parametrize("alter", UNREADABLE.values(), ids=UNREADABLE.keys())
def test_an_answer_that_is_not_graphs_is_no_answer(folder, alter):
    http = folder.target.http
    for ask, line in ((lambda: folder.create(ANNA, 4), "$batch"), (folder.changes, "/delta")):
        session = http.session
        hearing = hears(http, alter, line)
        with pytest.raises(Unreachable) as told:
            ask()
        assert str(told.value).endswith(".") and "\n" not in str(told.value)
        assert hearing.times == 0
        http.session = session
    assert len(folder.all()) == len(folder.stamped(4)) == 1


def test_a_batch_that_does_not_answer_each_request_is_no_answer(folder):
    hears(folder.target.http, in_json(lambda said: said["responses"].pop()), "$batch")
    with pytest.raises(Unreachable):
        folder.do(*creates(folder, 3))
    assert len(folder.all()) == 3


def test_a_contact_that_was_not_asked_for_is_not_taken_for_it(folder):
    item = folder.create(ANNA)
    hears(folder.target.http, in_json(lambda said: said["responses"][0]["body"].update(id="AAMk=")), "$batch")
    with pytest.raises(Unreachable):
        folder.items(item.id)


def test_a_page_that_leads_to_itself_is_not_followed_for_ever(folder):
    folder.create(ANNA)

    def turn(said):
        said.pop("@odata.deltaLink", None)
        said["@odata.nextLink"] = f"{folder.target.http.root}/me/contactFolders/contacts/contacts/delta"

    hearing = hears(folder.target.http, in_json(turn), "/delta", times=99)
    with pytest.raises(Unreachable, match="again and again"):
        folder.changes()
    assert len(hearing.lines) < 5


def test_a_delta_without_an_end_is_no_answer(folder):
    hears(folder.target.http, in_json(lambda said: said.pop("@odata.deltaLink")), "/delta")
    with pytest.raises(Unreachable):
        folder.changes()


def test_an_edit_is_seen_though_the_delta_repeats_the_version_before(office, folder):
    item = folder.create(ANNA)
    cursor = folder.changes().cursor
    office.anna.put(office.anna.item(item.id), {TEXTS["jobTitle"]: "Chief"})
    old = {"id": item.id, "changeKey": item.version, "@odata.etag": f'W/"{item.version}"'}
    hears(folder.target.http, in_json(lambda said: said["value"].append(old)), "/delta")
    (seen,) = folder.changes(cursor, {item.id: item.version}).items
    assert seen.view.job_title == "Chief"


class RenewedTokens:
    """A token that has expired, until a fresh one is asked for; ``renewed`` counts."""

    def __init__(self, good: str) -> None:
        self.good = good
        self.renewed = 0

    async def token(self, *, fresh: bool = False) -> str:
        self.renewed += fresh
        return self.good if self.renewed else "expired"


def test_a_token_that_expired_is_renewed(office, folder):
    folder.target.http.tokens = tokens = RenewedTokens(office.token)
    folder.create(ANNA)
    assert tokens.renewed == 1 and len(folder.all()) == 1


def test_a_token_that_expires_in_the_middle_of_a_batch_is_renewed_and_only_the_rest_sent_again(office, folder):
    folder.target.http.tokens = tokens = RenewedTokens(office.token)
    tokens.renewed = 1
    office.graph.faults.add(EXPIRED, r"POST /me/contactFolders", skip=2, times=2)
    assert all(isinstance(answer, Item) for answer in folder.do(*creates(folder, 5)))
    assert tokens.renewed == 2 and len(folder.all()) == 5


def test_a_token_that_is_not_accepted_for_part_of_a_batch_asks_for_a_new_sign_in(office, folder):
    office.graph.faults.add(EXPIRED, r"POST /me/contactFolders", times=None)
    with pytest.raises(SignInNeeded):
        folder.create(ANNA)


def test_a_redirect_is_not_followed_with_the_token(office, folder):
    other = Office()
    heard: list[str] = []
    other.graph.observers.append(lambda request, answer: heard.append(request.line))
    hearing = hears(folder.target.http, page(307, Location=f"{other.graph.graph}/me/contacts"), "/delta")
    with pytest.raises(Unreachable):
        folder.changes()
    other.close()
    assert heard == [] and hearing.times == 0


@pytest.mark.parametrize("fault", [FAILS, Refuse(503, "serviceNotAvailable"), Lost()], ids=["500", "503", "lost"])
def test_where_the_service_fails_over_one_contact_the_others_go_on(office, folder, fault):
    office.graph.faults.add(fault, r"POST /me/contactFolders", skip=1, times=1)
    first, second, third = folder.answers(*creates(folder, 3))
    assert isinstance(first, Item) and isinstance(second, Unsure) and isinstance(third, Item)


@pytest.mark.parametrize("status", [400, 403, 404, 409, 412, 423, 424])
def test_a_part_that_is_refused_without_a_word_is_told_in_a_sentence(folder, status):
    def refuse(said):
        said["responses"][0] = {"id": said["responses"][0]["id"], "status": status}

    hears(folder.target.http, in_json(refuse), "$batch")
    try:
        told = next(each for each in folder.answers(*creates(folder, 3)) if not isinstance(each, Item))
    except Exception as error:  # what concerns the account concerns them all
        told = error
    assert str(told).endswith(".") and f"HTTP {status} " in str(told)


def test_where_the_service_fails_over_all_it_is_not_asked_for_more(office, folder):
    office.graph.faults.add(UNAVAILABLE, r"POST /me/contactFolders", times=None)
    with pytest.raises(Unreachable):
        folder.do(*creates(folder, 3))


def test_a_look_at_which_the_service_fails_refuses_one_contact(office, folder):
    item, other = folder.create(ANNA, 1), folder.create(ANNA, 2)
    office.graph.faults.add(FAILS, rf"GET .*{item.id}", times=1)
    wanted = [Update(each.id, each.version, each.view, each.view, each.stamp) for each in (item, other)]
    refused, done = folder.answers(*wanted)
    assert isinstance(refused, Rejected) and isinstance(done, Item)


def test_an_item_over_which_the_service_fails_is_named_and_the_others_are_read(office, folder):
    item, other = folder.create(ANNA, 1), folder.create(ANNA, 2)
    office.graph.faults.add(FAILS, rf"GET /me/contacts/{item.id}", times=None)
    feed = folder.changes()
    assert [each.id for each in feed.items] == [other.id] and feed.unread.keys() == {item.id}
    assert (feed.removed, feed.unchanged) == ([], [])
    with pytest.raises(Unreadable) as told:
        folder.items(item.id, other.id)
    assert told.value.items.keys() == {item.id}


@pytest.mark.parametrize("is_page", [False, True])
def test_an_item_whose_picture_cannot_be_read_is_not_one_without_a_picture(office, folder, is_page):
    item = folder.create(ANNA, photo=JPEG)

    def spoil(said):
        for part in said["responses"]:
            if isinstance(part["body"], str):
                part |= {"headers": {"Content-Type": "text/html"}, "body": "PGh0bWw+"}

    if is_page:
        hears(folder.target.http, in_json(spoil), "$batch", times=9)
    else:
        office.graph.faults.add(FAILS, r"GET .*/photo", times=None)
    assert folder.changes().unread.keys() == {item.id}
    with pytest.raises(Unreadable, match=r"^The picture cannot be read: .*\.$"):
        folder.items(item.id)


class InFlight:
    """Counts the requests that are under way at a time."""

    def __init__(self, session: ClientSession) -> None:
        self.session = session
        self.now = self.most = 0

    @asynccontextmanager
    async def request(self, *arguments, **said):
        self.now += 1
        self.most = max(self.most, self.now)
        try:
            async with self.session.request(*arguments, **said) as answer:
                await answer.read()
                yield answer
        finally:
            self.now -= 1

    async def close(self) -> None:
        await self.session.close()


def test_what_is_sent_together_is_some_at_a_time_and_has_ended_when_a_failure_is_told(office, folder):
    http = folder.target.http
    http.session = counted = InFlight(http.session)
    requests = [Request("GET", f"/me/contacts?$top={number + 1}") for number in range(3 * AT_ONCE)]
    office.graph.faults.add(Lost(), r"GET /me/contacts\?\$top=1$", times=None)
    with pytest.raises(Unreachable):
        office.run(http.together(requests))
    assert (counted.now, counted.most) == (0, AT_ONCE)


def test_a_throttle_that_says_at_once_for_ever_is_told(office, folder):
    at_once = Refuse(429, TOO_MANY.code, retry_after=0)
    office.graph.faults.add(at_once, r"/contacts/delta", times=None)
    with pytest.raises(Throttled):
        folder.changes()


def test_who_has_no_token_at_all_is_told(folder):
    folder.target.http.tokens = FixedTokens("expired")
    with pytest.raises(SignInNeeded):
        folder.changes()
