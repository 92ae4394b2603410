"""One request being answered: what came in, who asks, and the address book as that user sees it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from storage_plugin.dav.http import MAX_XML_SIZE, HttpError, read_body
from storage_plugin.dav.paths import Place, Urls
from storage_plugin.dav.presented import Presented
from storage_plugin.dav.properties import Scene
from storage_plugin.dav.waiting import Waiting
from storage_plugin.model.book import AddressBook


@dataclass(frozen=True, slots=True)
class Exchange:
    """``place`` is in the home of the book's viewer, or the root; ``prefix`` is that of a reverse proxy."""

    environ: dict[str, Any]
    method: str
    place: Place
    prefix: str
    book: AddressBook
    presented: Presented
    waiting: Waiting
    offers_v4: bool = False

    @property
    def urls(self) -> Urls:
        """The viewer's paths, as they stand in answers."""
        return Urls.of(self.prefix, self.book.viewer.user)

    @property
    def scene(self) -> Scene:
        """What property values are made of."""
        return Scene(self.book.viewer, self.urls, self.offers_v4)

    def header(self, name: str) -> str:
        """Give a request header; ``name`` as in the environment, without HTTP_."""
        value = self.environ.get(f"HTTP_{name}", "")
        return value if isinstance(value, str) else ""

    def xml(self) -> bytes:
        """Read the body of a request that carries XML."""
        return self.body(MAX_XML_SIZE)

    def body(self, limit: int, *, condition: str = "") -> bytes:
        """Read the body as ``read_body`` does; raise HttpError 503 where too many of this device's do not come."""
        viewer, environ = self.book.viewer, self.environ
        whose = viewer.device_id or viewer.user
        if self.waiting.refuses(whose):
            del environ["wsgi.input"]
            raise HttpError(503, "Too many bodies are being waited for.", headers=(("Retry-After", "10"),))
        address, port = environ.get("REMOTE_ADDR") or "", int(environ.get("SERVER_PORT") or 0)
        with self.waiting.for_body(whose, address, port) as wait:
            return read_body(environ, limit, condition=condition, on_piece=wait.goes_on)
