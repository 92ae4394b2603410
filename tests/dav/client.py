"""A CardDAV client without a network: it calls the WSGI application, as a server would after parsing HTTP."""

from __future__ import annotations

import base64
import io
import sys
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote_to_bytes
from xml.etree.ElementTree import Element, fromstring

NS = 'xmlns="DAV:" xmlns:CR="urn:ietf:params:xml:ns:carddav" xmlns:CS="http://calendarserver.org/ns/"'
CR = "{urn:ietf:params:xml:ns:carddav}"
CS = "{http://calendarserver.org/ns/}"
D = "{DAV:}"
VCARD = {"Content-Type": "text/vcard; charset=utf-8"}


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def xml(self) -> Element:
        return fromstring(self.body)

    @property
    def etag(self) -> str | None:
        return self.headers.get("ETag")

    @property
    def token(self) -> str:
        token = self.xml.findtext(f"{D}sync-token") or self.xml.findtext(f".//{D}prop/{D}sync-token")
        assert token
        return token

    @property
    def responses(self) -> dict[str, Element]:
        return {element.findtext(f"{D}href") or "": element for element in self.xml.iterfind(f"{D}response")}

    @property
    def living(self) -> list[str]:
        """The hrefs that have a propstat with 200."""
        return [href for href, element in self.responses.items() if element.find(f"{D}propstat") is not None]

    @property
    def gone(self) -> list[str]:
        return [href for href, element in self.responses.items() if "404" in (element.findtext(f"{D}status") or "")]

    def props(self, href: str) -> dict[str, Element]:
        """The properties found for ``href``."""
        return {
            prop.tag: prop
            for propstat in self.responses[href].iterfind(f"{D}propstat")
            if " 200 " in (propstat.findtext(f"{D}status") or "")
            for prop in propstat.iterfind(f"{D}prop/*")
        }

    def missing(self, href: str) -> set[str]:
        """The names of the properties that ``href`` does not have."""
        return {
            prop.tag
            for propstat in self.responses[href].iterfind(f"{D}propstat")
            if " 404 " in (propstat.findtext(f"{D}status") or "")
            for prop in propstat.iterfind(f"{D}prop/*")
        }

    @property
    def error(self) -> set[str]:
        """The preconditions that failed."""
        root = self.xml
        assert root.tag == f"{D}error"
        return {child.tag for child in root}


class Client:
    """One device of one user."""

    def __init__(self, application: Any, user: str = "", secret: str = "", address: str = "192.0.2.1") -> None:
        self.application = application
        self.address = address
        self.authorization = "Basic " + base64.b64encode(f"{user}:{secret}".encode()).decode() if user else ""
        self.book = f"/{user}/contacts/"
        self.home = f"/{user}/"
        self.octets = "latin-1"

    def __call__(
        self, method: str, url: str, body: bytes | str = b"", headers: dict[str, str] | None = None, **environ: Any
    ) -> Reply:
        data = body.encode() if isinstance(body, str) else body
        path, _, query = url.partition("?")
        made = {
            "REQUEST_METHOD": method,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(path).decode(self.octets),
            "QUERY_STRING": query,
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": self.address,
            "HTTP_HOST": "localhost",
            "CONTENT_LENGTH": str(len(data)),
            "wsgi.input": io.BytesIO(data),
            "wsgi.errors": sys.stderr,
            "wsgi.url_scheme": "http",
        }
        if self.authorization:
            made["HTTP_AUTHORIZATION"] = self.authorization
        for name, value in (headers or {}).items():
            key = name.upper().replace("-", "_")
            made[key if key in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{key}"] = value
        made |= environ
        told: list[Any] = []
        pieces = self.application(made, lambda status, given, exc_info=None: told.append((status, given)))
        status, given = told[0]
        return Reply(int(status[:3]), dict(given), b"".join(pieces))

    # --- the usual requests ---

    def put(self, name: str, text: str | bytes, **headers: str) -> Reply:
        given = VCARD | {key.replace("_", "-"): value for key, value in headers.items()}
        return self("PUT", self.book + name, text, given)

    def get(self, name: str, **headers: str) -> Reply:
        return self("GET", self.book + name, headers={key.replace("_", "-"): value for key, value in headers.items()})

    def propfind(self, url: str, props: str, depth: str = "0") -> Reply:
        return self("PROPFIND", url, f"<propfind {NS}><prop>{props}</prop></propfind>", {"Depth": depth})

    def poll(self) -> Reply:
        return self.propfind(self.book, "<CS:getctag/><sync-token/>")

    def sync(self, token: str = "", props: str = "<getetag/>", more: str = "") -> Reply:
        body = (
            f"<sync-collection {NS}><sync-token>{token}</sync-token><sync-level>1</sync-level>{more}"
            f"<prop>{props}</prop></sync-collection>"
        )
        return self("REPORT", self.book, body, {"Depth": "0"})

    def multiget(self, hrefs: list[str], props: str = "<getetag/><CR:address-data/>") -> Reply:
        named = "".join(f"<href>{href}</href>" for href in hrefs)
        body = f"<CR:addressbook-multiget {NS}><prop>{props}</prop>{named}</CR:addressbook-multiget>"
        return self("REPORT", self.book, body, {"Depth": "0"})

    def query(self, filter: str, props: str = "<getetag/>", more: str = "") -> Reply:
        body = f"<CR:addressbook-query {NS}><prop>{props}</prop>{filter}{more}</CR:addressbook-query>"
        return self("REPORT", self.book, body, {"Depth": "1"})

    def found(self, filter: str) -> list[str]:
        """The names of the cards that a query finds, in order of their names."""
        reply = self.query(filter)
        assert reply.status == 207, reply.body
        return sorted(href.rpartition("/")[2].removesuffix(".vcf") for href in reply.living)


def vcard(uid: str, name: str = "", *lines: str, version: str = "3.0") -> str:
    """A small card with CR LF."""
    name = name or f"Person {uid}"
    head = ["BEGIN:VCARD", f"VERSION:{version}", f"UID:{uid}", f"FN:{name}", f"N:{name};;;;"]
    return "\r\n".join([*head, *lines, "END:VCARD", ""])
