"""The dialog "Synchronization settings" (BCM-20, BCM-35): its fields, and from its form to settings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bridge.mirroring.choosing import with_sign_in
from bridge.mirroring.settings import MirrorSettings, mirror_settings
from bridge.sync.policy import NewItems, Policy, Winner
from bridge.web.colours import colours
from bridge.web.map_form import map_choices, map_said, map_shown
from bridge.web.visit import Form, Visit
from storage_plugin.model.mirror import Flag


@dataclass(frozen=True, slots=True)
class Field:
    """One field about the folder. ``kind`` is text, box or choice (of what is sent and what is read).

    ``is_rare``: for national clouds and the like.
    """

    name: str
    label: str
    hint: str = ""
    kind: str = "text"
    choices: Sequence[tuple[str, str]] = ()
    is_required: bool = False
    is_rare: bool = False


def place_fields(visit: Visit, kind: str) -> list[Field]:
    """Give the fields that say where a kind of folder is."""
    _ = visit._
    app = [
        Field("client_id", _("Client id of the app registration"), is_required=kind == "graph"),
        Field("tenant", _("Tenant"), _("Empty for outlook.com.") if kind == "graph" else ""),
    ]
    cloud = [
        Field("service", _("Address of Microsoft Graph"), _("Only in a national cloud."), is_rare=True),
        Field("authority", _("Address of the sign-in"), _("Only in a national cloud."), is_rare=True),
    ]
    folder = Field("folder", _("Name of the folder"), _("Empty: the folder Contacts. It is made if it is missing."))
    match kind:
        case "graph":
            box = _("Only where the app itself signs in, with a secret. Empty: you sign in by a code.")
            return [*app, Field("mailbox", _("E-mail address of the mailbox"), box), folder, *cloud]
        case "ews":
            schemes = (("ntlm", "NTLM"), ("basic", "Basic"), ("kerberos", "Kerberos"))
            tickets = _("Kerberos takes the server's own ticket; the user name is then empty, or name@REALM.")
            acts = _("The user is a service account that acts as the owner")
            return [
                Field("url", _("Server"), _("As mail.example.com."), is_required=True),
                Field("user", _("User name"), _("DOMAIN\\name, or name@domain.")),
                Field("mailbox", _("E-mail address of the mailbox"), _("Empty: that of the user.")),
                folder,
                Field("auth", _("Way to sign in"), tickets, kind="choice", choices=schemes, is_rare=True),
                Field("impersonate", acts, kind="box", is_rare=True),
            ]
        case "sharepoint":
            site = Field("site", _("Address of the site"), _("As in a browser."), is_required=True)
            user = Field("user", _("User name"), _("DOMAIN\\name; only for a server of your own."))
            code = Field("by_code", _("I sign in by a code, not the app with a secret"), kind="box")
            return [site, Field("list_name", _("Name of the list")), *app, code, user, *cloud]
        case "carddav":
            return [
                Field("url", _("Address of the server"), is_required=True),
                Field("user", _("User name")),
                Field("book", _("Name of the address book"), _("Where there are several.")),
                Field("make", _("Make this address book if it is missing"), kind="box"),
            ]
        case _:
            return [Field("path", _("Folder on the server"), is_required=True)]


def form_of(settings: MirrorSettings | None) -> Form:
    """Give the form as it is first shown: what is set, or the defaults (BCM-22: the category is checked)."""
    rules = settings.model_dump(mode="json", exclude={"place", "map", "modes"}) if settings else _DEFAULTS
    place = settings.place.model_dump(mode="json") if settings else {}
    said: dict[str, list[str]] = {}
    for name, value in {**rules, **{f"place.{name}": value for name, value in place.items()}}.items():
        if isinstance(value, bool):
            said |= {name: ["yes"]} if value else {}
        elif isinstance(value, list):
            said[name] = value
        elif value is not None:
            said[name] = [f"{value:g}" if isinstance(value, float) else str(value)]
    if "category" in said:
        said["flagged"] = ["yes"]
    if place.get("sign_in") == "person":
        said["place.by_code"] = ["yes"]
    return Form(said | map_shown(settings))


def settings_of(visit: Visit, kind: str) -> MirrorSettings:
    """Read the form; raise WrongMirrorSettings with a sentence on the first field that is wrong."""
    form, place = visit.form, {"kind": kind}
    for field in place_fields(visit, kind):
        value = form.get(f"place.{field.name}")
        if value and field.name != "by_code":
            place[field.name] = value
    said: dict[str, Any] = {"place": with_sign_in(place, by_code=form.has("place.by_code"))}
    said["category"] = (form.get("category") or Flag().name) if form.has("flagged") else None
    said |= {name: form.has(name) for name in ("imports", "exports", "persons_only")}
    said["required"] = form.all("required")
    for name in ("colour", "winner", "new_items", "every", "guard_count", "guard_percent"):
        if value := form.get(name):
            said[name] = value
    return mirror_settings(said | map_said(form))


def rule_labels(visit: Visit) -> dict[str, str]:
    """Name the fields about the rules that can be wrong, as the dialog does."""
    _ = visit._
    return {
        "category": _("Name of the category"),
        "colour": _("Colour"),
        "required": _("Required fields"),
        "every": _("Look into the folder every so many minutes"),
        "guard_count": _("So many deletions on one side need no word of yours …"),
        "guard_percent": _("… or this share of all contacts in percent, if that is more"),
    }


def choices(visit: Visit) -> dict[str, list[tuple[str, str]]]:
    """Give the values of the rules with what they mean."""
    _ = visit._
    return {
        "winner": [
            (Winner.MASTER, _("the value here")),
            (Winner.LAST_CHANGE, _("the value changed last")),
            (Winner.REMOTE, _("the value of the folder")),
            (Winner.ASK, _("nobody's: I decide each time")),
        ],
        "new_items": [
            (NewItems.EXISTING_ONLY, _("they stay my own plain contacts, until I promote them")),
            (NewItems.ACCEPT_VALID, _("those with the required fields become business contacts")),
            (NewItems.ADD, _("all of them become business contacts")),
            (NewItems.IGNORE, _("they are not taken in")),
        ],
        "colour": colours(visit.language),
        **map_choices(visit),
    }


_DEFAULTS: dict[str, Any] = {
    "category": Flag().name,
    "colour": Flag().colour,
    "imports": True,
    "exports": True,
    "persons_only": True,
    "winner": Winner.MASTER.value,
    "new_items": NewItems.EXISTING_ONLY.value,
    "required": list(Policy().required),
    **{name: MirrorSettings.model_fields[name].default for name in ("every", "guard_count", "guard_percent")},
}
