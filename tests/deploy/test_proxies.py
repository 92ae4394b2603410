"""Address book and page under one name, behind Debian's Caddy and nginx as deploy/ sets them up."""

from __future__ import annotations

import base64
import re
import subprocess
import threading
from collections.abc import Iterator
from contextlib import ExitStack, closing, suppress
from dataclasses import dataclass
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest

from bridge.place import Place
from bridge.setup import prepare
from bridge.web.rendering import STATIC, static
from bridge.web.routes import all_routes
from storage_plugin.database.users import Users
from storage_plugin.dav.throttle import WRONG_PASSWORDS
from tests.cli.running import command, environment
from tests.clients.connection import Connection, connected
from tests.clients.iphone import Answer, IPhone
from tests.clients.server import free_port
from tests.deploy.proxies import DEPLOY, Behind, Proxy, caddy, nginx

pytestmark = pytest.mark.slow

PROXIES = {"caddy": caddy, "nginx": nginx}
PASSWORD = "correct horse battery"


@dataclass
class Office:
    """A running installation, whose administrator is anna."""

    folder: Path
    behind: Behind

    def phone(self, name: str) -> str:
        with Place(self.folder).opened() as database:
            return Users(database).add_device("anna", name)


@pytest.fixture(scope="module")
def office(tmp_path_factory) -> Iterator[Office]:
    folder = tmp_path_factory.mktemp("office") / "data"
    prepare(Place(folder))
    with Place(folder).opened() as database:
        Users(database).add("anna", PASSWORD, role="administrator")
    with ExitStack() as stack:
        listener = stack.enter_context(_Listener())
        behind = Behind(free_port(), free_port(), listener.port)
        ports = ["--port", str(behind.dav), "--web-port", str(behind.page), "--workers", "1"]
        line = [*command("serve"), "--data", str(folder), *ports]
        process = subprocess.Popen(line, stdout=subprocess.PIPE, text=True, env=environment())
        stack.callback(process.wait, 20)
        stack.callback(process.terminate)
        assert process.stdout is not None
        assert "serves" in process.stdout.readline()
        # The page's process starts when somebody comes, which takes its time on a busy machine.
        with urlopen(f"http://127.0.0.1:{behind.page}/healthz", timeout=120) as answer:
            assert answer.read() == b"alive\n"
        yield Office(folder, behind)
        process.stdout.close()


class _Listener:
    """Takes notifications in the place of the bridge."""

    def __enter__(self) -> _Listener:
        class Take(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                self.rfile.read(int(self.headers["Content-Length"]))
                self.send_response(202)
                self.end_headers()

            def log_message(self, *_: object) -> None: ...

        self._server = HTTPServer(("127.0.0.1", 0), Take)
        self.port = self._server.server_port
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture(scope="module", params=PROXIES)
def proxy(request, office: Office, tmp_path_factory) -> Iterator[Proxy]:
    with PROXIES[request.param](tmp_path_factory.mktemp(request.param), office.behind) as proxy:
        yield proxy


@pytest.fixture
def connection(proxy: Proxy) -> Iterator[Connection]:
    with closing(connected(proxy.address, proxy.context)) as connection:
        yield connection


def ask(connection: Connection, method: str, path: str, body: bytes = b"", **headers: str) -> Answer:
    connection.request(method, path, body or None, {name.replace("_", "-"): value for name, value in headers.items()})
    answer = connection.getresponse()
    return Answer(answer.status, answer.headers, answer.read())


def test_a_phone_finds_the_book_by_the_name_alone_and_syncs(proxy: Proxy, office: Office, request):
    """The whole sequence of iOS: well-known address, log-in, PUT with If-Match, sync-collection, multiget, DELETE."""
    one = IPhone(proxy.address, "anna", office.phone(f"one {request.node.name}"), proxy.context)
    other = IPhone(proxy.address, "anna", office.phone(f"other {request.node.name}"), proxy.context)
    try:
        assert one.book == "/anna/contacts/"
        photo = base64.b64encode(bytes(range(256)) * 20_000).decode()  # 5 MB
        uid = one.create("FN:Nick Brigandi", "N:Brigandi;Nick;;;", f"PHOTO;ENCODING=b;TYPE=JPEG:{photo}")
        other.sync()
        assert other.find(uid).photo == bytes(range(256)) * 20_000
        other.edit(uid, "NOTE:Tel. aviv; 100 % Ä")
        one.sync()
        assert one.find(uid).value("NOTE") == "Tel. aviv; 100 % Ä"
        one.delete(uid)
        other.sync()
        assert other.cards == {}
    finally:
        one.close()
        other.close()


def test_a_card_comes_back_as_it_was_with_a_strong_etag(connection: Connection, office: Office, request):
    login = _login(office.phone(request.node.name))
    card = "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:e1\r\nFN:Émile %2F\r\nN:;Émile;;;\r\nEND:VCARD\r\n".encode()
    path = "/anna/contacts/a%20b%2Bc.vcf"
    put = ask(connection, "PUT", path, card, Authorization=login, Content_Type="text/vcard; charset=utf-8")
    assert put.status == 201
    got = ask(connection, "GET", path, Authorization=login, Accept_Encoding="gzip, br")
    assert (got.status, got.body) == (200, card)
    etag = got.headers["ETag"]
    assert etag == put.headers["ETag"] and etag.startswith('"')
    moved = f"https://{connection.host}:{connection.port}/anna/contacts/moved.vcf"
    assert ask(connection, "MOVE", path, Authorization=login, Destination=moved).status == 201
    gone = ask(connection, "DELETE", "/anna/contacts/moved.vcf", Authorization=login, If_Match=etag)
    assert gone.status == 204


def _login(secret: str) -> str:
    return "Basic " + base64.b64encode(f"anna:{secret}".encode()).decode()


def test_a_phone_without_a_password_is_asked_for_it_and_not_shown_the_page(connection: Connection):
    for method in ("GET", "PROPFIND"):
        answer = ask(connection, method, "/anna/contacts/x.vcf")
        assert answer.status == 401
        assert answer.headers["WWW-Authenticate"].startswith("Basic")


@pytest.mark.parametrize("method", ["GET", "PROPFIND"])
def test_the_well_known_address_leads_to_the_book(connection: Connection, method: str):
    answer = ask(connection, method, "/.well-known/carddav")
    assert (answer.status, answer.headers["Location"]) == (301, "/")


def test_somebody_signs_in_on_the_page(connection: Connection):
    asked = ask(connection, "GET", "/sign-in")
    cookies = _cookies(asked)
    (mark,) = set(re.findall(r'name="csrf" value="([0-9a-f]+)"', asked.body.decode()))
    form = urlencode({"csrf": mark, "name": "anna", "password": PASSWORD}).encode()
    sent = {"Cookie": cookies, "Content_Type": "application/x-www-form-urlencoded", "Sec_Fetch_Site": "same-origin"}
    signed_in = ask(connection, "POST", "/sign-in", form, **sent)
    assert signed_in.status == 303, signed_in.body.decode()
    cookies = _cookies(signed_in)
    assert cookies.startswith("__Host-"), "the page has to know that the browser came over https"
    page = ask(connection, "GET", "/devices", Cookie=cookies)
    assert page.status == 200
    assert page.headers["Strict-Transport-Security"]
    style = re.search(r'href="(/static/[^"]+\.css)"', page.body.decode())
    assert style and ask(connection, "GET", style[1]).status == 200


def _cookies(answer: Answer) -> str:
    kept = SimpleCookie()
    for line in answer.headers.get_all("Set-Cookie") or ():
        kept.load(line)
    return "; ".join(f"{name}={morsel.value}" for name, morsel in kept.items())


def test_one_connection_serves_page_and_phone_in_turn(connection: Connection):
    ask(connection, "GET", "/sign-in")
    first = connection.sock
    for method, path in (("PROPFIND", "/"), ("GET", "/sign-in"), ("OPTIONS", "/"), ("GET", "/anna/contacts/")):
        ask(connection, method, path)
    assert connection.sock is first


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/metrics", "//metrics", "/%6detrics"])
@pytest.mark.parametrize("claims", [{}, {"X_Forwarded_For": "127.0.0.1"}])
def test_what_watches_over_the_server_is_not_shown_outside(connection: Connection, path: str, claims: dict[str, str]):
    assert ask(connection, "GET", path, **claims).status == 404


def test_the_figures_tell_what_came_through(connection: Connection, office: Office):
    ask(connection, "PROPFIND", "/anna/")
    with closing(connected(f"http://127.0.0.1:{office.behind.page}/")) as inside:
        text = ask(inside, "GET", "/metrics").body.decode()
        assert ask(inside, "GET", "/readyz").body == b"ready\n"
    counted = re.search(r'contact_bridge_dav_answers_total\{method="PROPFIND",status="4xx"\} (\d+)', text)
    assert counted and int(counted[1]) > 0


def test_microsofts_notifications_reach_the_bridge(connection: Connection):
    assert ask(connection, "POST", "/changed/1/mark", b"{}", Content_Type="application/json").status == 202


def test_a_proxys_own_words_are_taken_from_nobody(connection: Connection, office: Office, request):
    login = _login(office.phone(request.node.name))
    found = b'<propfind xmlns="DAV:"><prop><current-user-principal/></prop></propfind>'
    for name in ("X_Script_Name", "X_Remote_User", "Remote_User"):
        answer = ask(connection, "PROPFIND", "/", found, Authorization=login, Depth="0", **{name: "/elsewhere"})
        assert b"<href>/anna/</href>" in answer.body.replace(b"d:", b"").replace(b"D:", b"")


def test_wrong_passwords_count_for_the_device_whatever_it_claims(connection: Connection, office: Office, request):
    who = request.node.callspec.params["proxy"]
    answers = []
    for at in range(WRONG_PASSWORDS + 1):
        login = "Basic " + base64.b64encode(f"{who}:wrong {at}".encode()).decode()
        answers.append(
            ask(connection, "PROPFIND", "/", Authorization=login, X_Forwarded_For=f"198.51.100.{at}").status
        )
    assert answers == [401] * WRONG_PASSWORDS + [429]
    with closing(connected(f"http://127.0.0.1:{office.behind.dav}/")) as other:
        login = "Basic " + base64.b64encode(f"{who}:wrong".encode()).decode()
        elsewhere = ask(other, "PROPFIND", "/", Authorization=login, X_Forwarded_For="203.0.113.7")
        assert elsewhere.status == 401, "another device behind a proxy of this machine is not slowed"


@pytest.mark.parametrize("size", [12, 80])
@pytest.mark.parametrize("sized", [True, False])
def test_a_body_that_is_too_large_is_refused(proxy: Proxy, office: Office, request, size: int, sized: bool):
    """Megabytes: more than the address book takes, and more than the proxy lets through."""
    login = _login(office.phone(request.node.name))
    with closing(connected(proxy.address, proxy.context)) as connection:
        connection.putrequest("PUT", "/anna/contacts/large.vcf")
        length = ("Content-Length", str(size << 20)) if sized else ("Transfer-Encoding", "chunked")
        for name, value in (("Authorization", login), ("Content-Type", "text/vcard"), length):
            connection.putheader(name, value)
        connection.endheaders()
        piece = bytes(1 << 20)
        with suppress(OSError):  # refused before all is there
            for _ in range(min(size, 20)):
                connection.send(piece if sized else b"%x\r\n%b\r\n" % (len(piece), piece))
            if not sized:
                connection.send(b"0\r\n\r\n")
        assert connection.getresponse().status == 413


def test_http_leads_to_https(proxy: Proxy):
    with closing(connected(f"http://localhost:{proxy.plain}/")) as plain:
        answer = ask(plain, "GET", "/sign-in?to=%2Fdevices")
    assert answer.status in (301, 308)
    assert answer.headers["Location"].startswith("https://localhost")
    assert answer.headers["Location"].endswith("/sign-in?to=%2Fdevices")


def test_no_page_lies_where_the_cards_of_a_user_are():
    """Both proxies send /USER/contacts/… to the address book, whoever USER is."""
    paths = [route.path for route in all_routes()] + [static(file.name) for file in STATIC.iterdir()]
    assert [path for path in paths if re.match(r"/[^/]+/contacts(/|$)", path)] == []
    assert {route.method for route in all_routes()} <= {"GET", "POST"}


def test_both_proxies_send_the_same_to_the_book():
    both = [(DEPLOY / name).read_text() for name in ("Caddyfile", "nginx.conf")]
    assert all("/[^/]+/contacts(/|$)" in text and "GET" in text for text in both)
