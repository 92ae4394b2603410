"""The CardDAV target when things go wrong: each failure has its class, and its sentence in ``check``."""

from __future__ import annotations

import asyncio
import re
import ssl
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from uuid import uuid4

import pytest

from bridge.targets.base import (
    Changed,
    Create,
    CursorExpired,
    FolderGone,
    Forbidden,
    Full,
    Rejected,
    SignInNeeded,
    Throttled,
    Unreachable,
)
from bridge.targets.carddav.client import Client
from bridge.targets.carddav.contacts import CardDavTarget
from bridge.targets.cards import NUMBER, STAMP
from storage_plugin.model.contact import Email
from tests.contract.folder import Folder, stamp
from tests.contract.people import ANNA, BERT
from tests.contract.targets import FLAG
from tests.targets.proxy import Proxy, Trouble
from tests.targets.servers import PASSWORD, USER, free_port, radicale
from tests.targets.test_carddav import get, put

SYNC_TOKEN_ERROR = '<error xmlns="DAV:"><valid-sync-token/></error>'


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with radicale(tmp_path_factory.mktemp("radicale")) as url:
        yield url


@pytest.fixture
def runner() -> Iterator[asyncio.Runner]:
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture
def proxy(runner: asyncio.Runner, origin: str) -> Iterator[Proxy]:
    proxy = runner.run(Proxy(origin).start())
    yield proxy
    runner.run(proxy.stop())


Connect = Callable[..., CardDavTarget]


@pytest.fixture
def connect(runner: asyncio.Runner, proxy: Proxy) -> Iterator[Connect]:
    made: list[CardDavTarget] = []
    name = f"Book {uuid4()}"

    def target(url: str = proxy.url, password: str = PASSWORD, book: str = name, **more: object) -> CardDavTarget:
        made.append(CardDavTarget(Client(url, USER, password), book, **({"may_make": True} | more)))  # type: ignore[arg-type]
        return made[-1]

    yield target
    for each in made:
        runner.run(each.close())


@pytest.fixture
def folder(runner: asyncio.Runner, connect: Connect) -> Folder:
    return Folder(runner, connect(), FLAG)


def cure(runner: asyncio.Runner, target: CardDavTarget) -> tuple[str, str]:
    """The step that fails, and what is to be done."""

    async def steps() -> list:
        return [step async for step in target.check()]

    *passed, failed = runner.run(steps())
    assert all(step.passed for step in passed) and not failed.passed
    assert re.fullmatch(r"[A-Z'0-9].*\.", failed.cure)
    return failed.name, failed.cure


# check: a sentence for each failure


def test_a_server_whose_name_is_not_found(runner: asyncio.Runner, connect: Connect) -> None:
    step, said = cure(runner, connect("https://nothing.invalid/"))
    assert step == "reach the server" and "nothing.invalid" in said and "name" in said


def test_a_server_that_does_not_take_the_connection(runner: asyncio.Runner, connect: Connect) -> None:
    port = free_port()
    step, said = cure(runner, connect(f"http://127.0.0.1:{port}/"))
    assert step == "reach the server" and f"port {port}" in said


def test_a_server_that_speaks_no_tls(runner: asyncio.Runner, connect: Connect, proxy: Proxy) -> None:
    step, said = cure(runner, connect(proxy.url.replace("http://", "https://")))
    assert step == "reach the server" and "http or https" in said


def test_a_password_that_is_wrong(runner: asyncio.Runner, connect: Connect) -> None:
    step, said = cure(runner, connect(password="wrong"))
    assert step == "sign in" and "password" in said
    with pytest.raises(SignInNeeded):
        Folder(runner, connect(password="wrong"))


def test_an_address_without_address_book(runner: asyncio.Runner, connect: Connect) -> None:
    for book in ("", "No such"):
        step, said = cure(runner, connect(book=book, may_make=False))
        assert step == "find the address book" and "address book" in said
    with pytest.raises(FolderGone):
        Folder(runner, connect(book="No such", may_make=False))


def test_several_address_books_are_named(runner: asyncio.Runner, connect: Connect, folder: Folder) -> None:
    Folder(runner, connect(book="Second"))
    step, said = cure(runner, connect(book="", may_make=False))
    assert step == "find the address book" and "Second" in said


def test_an_address_book_that_went_away(runner: asyncio.Runner, connect: Connect, folder: Folder) -> None:
    cursor = folder.changes().cursor
    item = folder.create(ANNA)
    runner.run(folder.target._client.ask("DELETE", folder.target.folder))  # type: ignore[attr-defined]
    for ask in (
        folder.changes,
        lambda: folder.changes(cursor),
        lambda: folder.create(BERT),
        lambda: folder.update(item, replace(item.view, note="x")),
        lambda: folder.delete(item),
        lambda: folder.read(item),
        lambda: folder.stamped(1),
        lambda: folder.photo(item),
        lambda: Folder(runner, connect(folder=folder.target.folder)),
    ):
        with pytest.raises(FolderGone):
            ask()
    step, said = cure(runner, connect(folder=folder.target.folder))
    assert step == "find the address book" and "not there any more" in said


def test_an_address_book_that_may_only_be_read(
    runner: asyncio.Runner, connect: Connect, folder: Folder, proxy: Proxy
) -> None:
    item = folder.create(ANNA)
    taken = re.compile(rb"<(\w*:?)privilege>\s*<[^>]*(write|all|bind)[^>]*/>\s*</\1privilege>")
    proxy.edit = lambda _method, body: taken.sub(b"", body)
    step, said = cure(runner, connect(folder=folder.target.folder))
    assert step == "write" and "right to write" in said
    proxy.trouble = [Trouble("PUT", 403), Trouble("DELETE", 403)]
    for ask in (lambda: folder.create(BERT), lambda: folder.delete(item)):
        with pytest.raises(Forbidden):
            ask()


def test_what_the_address_leads_to(runner: asyncio.Runner, connect: Connect, folder: Folder, origin: str) -> None:
    path = folder.target.folder
    for url, book in (
        (origin, folder.target._name),  # type: ignore[attr-defined]
        (f"{origin}{USER}/", folder.target._name),  # type: ignore[attr-defined]
        (origin.rstrip("/") + path, ""),
        (f"{origin}nowhere/", folder.target._name),  # type: ignore[attr-defined]
    ):
        assert Folder(runner, connect(url, book=book, may_make=False)).target.folder == path


def test_the_password_is_not_told_to_another_host(runner: asyncio.Runner, connect: Connect, proxy: Proxy) -> None:
    proxy.trouble = [Trouble("PROPFIND", 301, {"Location": "https://elsewhere.example/dav/"})]
    step, said = cure(runner, connect())
    assert step == "reach the server" and "https://elsewhere.example/dav/" in said
    proxy.trouble = [Trouble("PROPFIND", 302, {"Location": "/again"})]
    with pytest.raises(Unreachable, match="circles"):
        Folder(runner, connect())


# Answers that concern all


@pytest.mark.parametrize(
    ("status", "headers", "error", "seconds"),
    [
        (429, {"Retry-After": "17"}, Throttled, 17),
        (503, {"Retry-After": "5"}, Unreachable, 5),
        (503, {}, Unreachable, 60),
        (429, {"Retry-After": "Thu, 01 Jan 1970 00:00:00 GMT"}, Throttled, 0),
        (507, {}, Full, None),
        (401, {}, SignInNeeded, None),
    ],
)
def test_answers_that_concern_all(
    folder: Folder, proxy: Proxy, status: int, headers: dict[str, str], error: type[Exception], seconds: float | None
) -> None:
    proxy.trouble = [Trouble("PUT", status, headers), Trouble("REPORT", status, headers)]
    for ask in (lambda: folder.create(ANNA), folder.changes):
        with pytest.raises(error) as caught:
            ask()
        assert getattr(caught.value, "retry_after", None) == seconds
    proxy.trouble = []
    assert folder.all() == {}


def test_a_server_that_stumbles_while_it_reads(folder: Folder, proxy: Proxy) -> None:
    item = folder.create(ANNA)
    proxy.trouble = [Trouble("REPORT", 500, times=2)]
    assert list(folder.all()) == [item.id]
    proxy.trouble = [Trouble("REPORT", 500)]
    with pytest.raises(Unreachable, match="500"):
        folder.all()


def test_a_server_that_stumbles_while_it_tells_why_it_refuses(folder: Folder, proxy: Proxy) -> None:
    proxy.trouble = [Trouble("PUT", 422), Trouble("PROPFIND", 500, times=2)]
    with pytest.raises(Rejected, match="422"):
        folder.create(ANNA)


def test_an_answer_that_is_no_xml(folder: Folder, proxy: Proxy) -> None:
    proxy.trouble = [Trouble("REPORT", 207, body="<html>Welcome to the hotel's network")]
    with pytest.raises(Unreachable, match="cannot be read"):
        folder.changes()
    proxy.trouble = [Trouble("REPORT", 207, body='<!DOCTYPE x [<!ENTITY a "b">]><x>&a;</x>')]
    with pytest.raises(Unreachable, match="cannot be read"):
        folder.changes()


# One contact


def test_an_answer_that_is_lost_was_done_once(folder: Folder, proxy: Proxy) -> None:
    proxy.trouble = [Trouble("PUT", is_lost=True)]
    with pytest.raises(Unreachable):
        folder.create(ANNA)
    proxy.trouble = []
    assert [item.view for item in folder.stamped(1)] == [ANNA]


def test_a_put_that_is_sent_again_meets_its_own_work(folder: Folder, proxy: Proxy) -> None:
    """What a client does by itself when a kept-open connection breaks: aiohttp 3, once."""
    folder.changes()
    proxy.trouble = [Trouble("PUT", is_lost=True, times=1)]
    item = folder.create(ANNA)
    assert list(folder.all()) == [item.id] and item.stamp == stamp(1)


@pytest.mark.parametrize("status", [400, 403, 409, 413, 415, 500])
def test_one_contact_that_is_refused(folder: Folder, proxy: Proxy, status: int) -> None:
    proxy.trouble = [Trouble("PUT", status, holding="Bert")]
    refused, kept = folder.answers(Create(BERT, stamp(1)), Create(ANNA, stamp(2)))
    assert isinstance(refused, Rejected) and str(status) in str(refused)
    assert list(folder.all()) == [kept.id]


def test_a_refusal_that_has_a_reason(folder: Folder, proxy: Proxy) -> None:
    body = '<D:error xmlns:D="DAV:" xmlns:C="urn:ietf:params:xml:ns:carddav"><C:max-resource-size/></D:error>'
    proxy.trouble = [Trouble("PUT", 403, body=body)]
    with pytest.raises(Rejected, match="too large"):
        folder.create(BERT)


def test_a_failure_after_the_work_was_done(folder: Folder, proxy: Proxy) -> None:
    item = folder.create(ANNA)
    proxy.edit_status = {"PUT": 500}
    new = folder.update(item, replace(item.view, job_title="Chief"))
    assert new.view.job_title == "Chief" and new.version == folder.read(item).version
    assert folder.create(BERT, 2).stamp == stamp(2)
    assert len(folder.all()) == 2


def test_an_edit_between_our_write_and_our_reading_is_seen_later(folder: Folder, proxy: Proxy, origin: str) -> None:
    item = folder.create(ANNA)
    cursor = folder.changes().cursor
    other = Client(origin, USER, PASSWORD)
    path = item.id

    async def meanwhile() -> None:
        card = (await other.ask("GET", path)).body.decode()
        await other.ask("PUT", path, card.replace("NOTE:", "NOTE:theirs "), {"Content-Type": "text/vcard"})

    proxy.after_put = meanwhile
    ours = folder.update(item, replace(item.view, job_title="Chief"))
    assert ours.view == replace(item.view, job_title="Chief")
    (theirs,) = folder.changes(cursor, {ours.id: ours.version}).items
    assert theirs.view.note.startswith("theirs") and theirs.version != ours.version
    with pytest.raises(Changed):
        folder.delete(ours)
    folder.runner.run(other.close())


# Cursors and stamps


def test_a_token_that_is_not_known_any_more(folder: Folder, proxy: Proxy) -> None:
    cursor = folder.changes().cursor
    proxy.trouble = [Trouble("REPORT", 403, body=SYNC_TOKEN_ERROR, holding="sync-collection", times=1)]
    with pytest.raises(CursorExpired):
        folder.changes(cursor)
    assert folder.changes().full


def test_a_server_that_tells_its_changes_in_parts(folder: Folder, proxy: Proxy) -> None:
    first, second = folder.create(ANNA, 1), folder.create(BERT, 2)
    token = folder.changes().cursor.removeprefix("sync ")
    part = (
        '<multistatus xmlns="DAV:"><response><href>{}</href><propstat><prop><getetag>{}</getetag></prop>'
        "<status>HTTP/1.1 200 OK</status></propstat></response>{}<sync-token>{}</sync-token></multistatus>"
    )
    more = (
        f"<response><href>{folder.target.folder}</href><status>HTTP/1.1 507 Insufficient Storage</status></response>"
    )
    proxy.trouble = [
        Trouble("REPORT", 207, body=part.format(first.id, "&quot;1&quot;", more, "part"), holding="<D:sync-token></"),
        Trouble(
            "REPORT", 207, body=part.format(second.id, "&quot;2&quot;", "", token), holding="part</D:sync-token>"
        ),
    ]
    feed = folder.changes()
    assert feed.full and {item.id for item in feed.items} == {first.id, second.id}
    assert feed.cursor == f"sync {token}"


def test_an_idle_run_is_one_request(folder: Folder, proxy: Proxy) -> None:
    item = folder.create(ANNA)
    cursor = folder.changes().cursor
    proxy.asked.clear()
    assert not folder.changes(cursor, {item.id: item.version}).items
    assert proxy.asked == ["REPORT"]


def test_a_server_that_finds_no_properties_of_ours_is_not_believed(folder: Folder, proxy: Proxy) -> None:
    item = folder.create(ANNA)
    proxy.trouble = [Trouble("REPORT", 207, body='<multistatus xmlns="DAV:"/>', holding="addressbook-query")]
    assert [found.id for found in folder.stamped(1)] == [item.id]


def test_a_server_that_has_shown_that_it_finds_them_is_believed(folder: Folder, proxy: Proxy) -> None:
    folder.create(ANNA)
    assert folder.stamped(1)
    proxy.asked.clear()
    assert folder.stamped(2) == []
    assert proxy.asked == ["REPORT"]


# What else is in the book


CARD = """BEGIN:VCARD\r
VERSION:3.0\r
UID:{uid}\r
FN:Carla\r
N:;Carla;;;\r
X-OTHER;X-P=1:kept, as it is\r
item1.EMAIL;TYPE=INTERNET,WORK:carla@example.com\r
item1.X-ABLabel:Durchwahl\r
{more}END:VCARD\r
"""


def test_what_others_wrote_into_a_card_stays(folder: Folder) -> None:
    id = put(folder, "carla.vcf", CARD.format(uid="carla", more=""))
    item = folder.items(id)[id]
    before = set(get(folder, item).splitlines())
    view = replace(item.view, emails=(*item.view.emails, Email("c@example.com")))
    new = folder.update(item, view, stamp=stamp(1), customer_number="10001", flagged=True)
    after = set(get(folder, new).splitlines())
    assert before - after <= {line for line in before if line.startswith("REV")}
    assert {line.partition(":")[0].partition(";")[0] for line in after - before} <= {
        *("EMAIL", "CATEGORIES", "REV"),
        *(STAMP, NUMBER),
    }


def test_lists_of_contacts_are_no_contacts(folder: Folder) -> None:
    group = CARD.format(uid="list", more="X-ADDRESSBOOKSERVER-KIND:group\r\n")
    id = put(folder, "list.vcf", group)
    assert folder.all() == {} and folder.items(id) == {}
    carla = put(folder, "carla.vcf", CARD.format(uid="carla", more=""))
    feed = folder.changes()
    version = feed.items[0].version
    put(folder, "carla.vcf", group.replace("UID:list", "UID:carla"))
    assert carla in folder.changes(feed.cursor, {carla: version}).removed


def test_a_card_that_was_cut_off_is_not_taken_for_a_deletion(folder: Folder, proxy: Proxy) -> None:
    item = folder.create(ANNA)
    proxy.edit = lambda method, body: body.replace(b"END:VCARD", b"") if method == "REPORT" else body
    feed = folder.changes(None, {item.id: "older"})
    assert (feed.items, feed.unchanged) == ([], [item.id])


@pytest.mark.slow
def test_a_certificate_that_nobody_signed(runner: asyncio.Runner, connect: Connect, tmp_path: Path) -> None:
    import subprocess

    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    command = ["openssl", "req", "-x509", "-newkey", "ed25519", "-nodes", "-subj", "/CN=localhost"]
    subprocess.run([*command, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = runner.run(asyncio.start_server(lambda _reader, _writer: None, "127.0.0.1", 0, ssl=context))
    port = server.sockets[0].getsockname()[1]
    step, said = cure(runner, connect(f"https://localhost:{port}/"))
    assert step == "reach the server" and "certificate" in said
    server.close()
