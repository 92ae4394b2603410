"""Phones and computers: each has a password of its own, shown once."""

from __future__ import annotations

from bridge.web.answers import Answer, Page, Redirect
from bridge.web.routes import Route
from bridge.web.visit import Visit
from storage_plugin.database.users import Users
from storage_plugin.model.book import Refused


def index(visit: Visit) -> Answer:
    """List the visitor's own devices."""
    return Page("devices.html", {"devices": Users(visit.database).devices(visit.who.user)})


def add(visit: Visit) -> Answer:
    """Make a device, and show its password this once."""
    name = visit.form.get("name")
    users = Users(visit.database)
    if not name:
        raise Refused(visit._("Give the device a name, so that you know it again."))
    if any(each.name == name and not each.revoked_at for each in users.devices(visit.who.user)):
        raise Refused(visit._("There is a device %(name)s already: choose another name.", name=name))
    secret = users.add_device(visit.who.user, name)
    return Page("device_added.html", {"name": name, "secret": secret})


def revoke(visit: Visit) -> Answer:
    """Shut a device out at once."""
    name = visit.form.get("name")
    Users(visit.database).revoke(visit.who.user, name)
    return Redirect("/devices", visit._("%(name)s is shut out.", name=name))


ROUTES = [
    Route("GET", "/devices", index),
    Route("POST", "/devices/add", add),
    Route("POST", "/devices/revoke", revoke),
]
