"""The way in."""

from __future__ import annotations

from bridge.web.answers import Answer, Redirect
from bridge.web.routes import Route
from bridge.web.visit import Visit


def home(visit: Visit) -> Answer:
    """Go to what people come for."""
    return Redirect("/contacts")


ROUTES = [Route("GET", "/", home)]
