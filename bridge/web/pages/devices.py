"""Phones and computers: each has a password of its own, shown once, with all that sets it up."""

from __future__ import annotations

import segno
from markupsafe import Markup

from bridge.phone_setup import Server, apple_profile, davx5_link, server_of
from bridge.web.answers import Answer, File, Page, Redirect
from bridge.web.routes import Route
from bridge.web.visit import Visit
from storage_plugin.database.devices import find_device, list_anew, revoke_device
from storage_plugin.database.users import DeviceRow, Users
from storage_plugin.database.writing import now
from storage_plugin.model.book import NotFound, Refused

LONGEST_NAME = 100
_PROFILE = "application/x-apple-aspen-config"


def index(visit: Visit) -> Answer:
    """List the visitor's own devices; the administrator sees those of all."""
    users = Users(visit.database)
    is_all = visit.who.is_administrator
    devices = users.devices(None if is_all else visit.who.user)
    names = [each.name for each in users.all()] if is_all else []
    shows = {"live": [each for each in devices if not each.revoked_at], "names": names}
    return Page("devices.html", shows | {"revoked": [each for each in devices if each.revoked_at]})


def add(visit: Visit) -> Answer:
    """Make a device, and show its password this once."""
    name, user = visit.form.get("name"), visit.form.get("user") or visit.who.user
    users = Users(visit.database)
    if user != visit.who.user and not visit.who.is_administrator:
        raise NotFound(visit._("There is no such user."))
    if not name:
        raise Refused(visit._("Give the device a name, so that you know it again."))
    if len(name) > LONGEST_NAME:
        raise Refused(visit._("The name may have %(number)s characters at most.", number=LONGEST_NAME))
    if any(each.name == name and not each.revoked_at for each in users.devices(user)):
        said = visit._("There is a device %(name)s already, and its password was shown once.", name=name)
        cure = visit._("If you did not note it, shut that device out and add it again; else choose another name.")
        raise Refused(f"{said} {cure}")
    secret = users.add_device(user, name)
    device = users.devices(user)[-1]
    server = server_of(visit.house.settings, visit.origin)
    link = davx5_link(server, user, secret)
    shows = {"device": device, "secret": secret, "link": link, "code": qr_code(link)}
    return Page("device_added.html", shows | setup(visit, device, server))


def show(visit: Visit) -> Answer:
    """Show one device: how it is set up, when it was used, what can be done with it."""
    device = its_device(visit)
    server = server_of(visit.house.settings, visit.origin)
    return Page("device.html", {"device": device, "link": "", **setup(visit, device, server)})


def profile(visit: Visit) -> Answer:
    """Give the configuration profile for an iPhone, iPad or Mac; it holds no password."""
    device = its_device(visit)
    server = server_of(visit.house.settings, visit.origin)
    title = f"Contact Bridge ({server.host})"
    return File(apple_profile(server, device.user, title), _PROFILE, "contacts.mobileconfig")


def revoke(visit: Visit) -> Answer:
    """Shut a device out at once."""
    device = its_device(visit)
    revoke_device(visit.database, device.id, now())
    return Redirect("/devices", visit._("%(name)s is shut out.", name=device.name))


def resync(visit: Visit) -> Answer:
    """Have a device list everything anew at its next sync."""
    device = its_device(visit)
    list_anew(visit.database, device.id)
    said = visit._("%(name)s compares the whole list at its next sync. What it has stays on it.", name=device.name)
    return Redirect(f"/devices/{device.id}", said)


def its_device(visit: Visit) -> DeviceRow:
    """Find the device of the path, if the visitor may manage it; raise NotFound."""
    try:
        device = find_device(visit.database, int(visit.parts["device"]))
    except (ValueError, OverflowError, NotFound):
        device = None
    if device is None or (device.user != visit.who.user and not visit.who.is_administrator):
        raise NotFound(visit._("There is no such device."))
    return device


def setup(visit: Visit, device: DeviceRow, server: Server) -> dict[str, object]:
    """Give what the instructions for setting a device up need."""
    return {"server": server, "profile": f"/devices/{device.id}/contacts.mobileconfig"}


def qr_code(text: str) -> Markup:
    """Draw a QR code as an inline picture without any style, dark on light, as scanners want it."""
    return Markup(segno.make(text, error="m").svg_inline(scale=5, light="#fff", svgclass="qr"))


ROUTES = [
    Route("GET", "/devices", index),
    Route("POST", "/devices/add", add),
    Route("GET", r"/devices/{device:\d+}", show),
    Route("GET", r"/devices/{device:\d+}/contacts.mobileconfig", profile),
    Route("POST", r"/devices/{device:\d+}/revoke", revoke),
    Route("POST", r"/devices/{device:\d+}/resync", resync),
]
