"""The field map in the dialog of a mirror: a table says how each field is written, and what the business address is.

What the table cannot say (a field that stands in another one) is said in YAML beside it, as on the command line. YAML
may say everything, and then it holds.
"""

from __future__ import annotations

from typing import Any

from bridge.mirroring.map_file import ADDRESSES, read_map, write_map
from bridge.mirroring.settings import MirrorSettings
from bridge.sync.policy import Mode
from bridge.web.field_names import fields
from bridge.web.visit import Form, Visit
from storage_plugin.model.contact import FIELDS, LISTS

AS_YAML = "yaml"
"""The choice of the address where only YAML says it."""


def map_shown(settings: MirrorSettings | None) -> dict[str, list[str]]:
    """Give the fields of the form as they are first shown."""
    modes = settings.modes if settings else {}
    said = {f"mode-{name}": [modes.get(name, Mode.WRITE).value] for name in (*FIELDS, *LISTS)}
    addresses = settings.map.addresses if settings else {}
    known = next((name for name, pairs in ADDRESSES.items() if pairs == addresses), AS_YAML)
    return said | {"address": [known], "map": [_rest(settings, known) if settings else ""]}


def map_said(form: Form) -> dict[str, Any]:
    """Read what the form says as the settings ``map`` and ``modes``; raise WrongMirrorSettings."""
    said = read_map(form.get("map")) if form.get("map") else {}
    table = {name: mode for name in (*FIELDS, *LISTS) if (mode := form.get(f"mode-{name}")) not in ("", Mode.WRITE)}
    pairs: dict[str, Any] = said.get("map", {})
    if "addresses" not in pairs and (address := ADDRESSES.get(form.get("address"))):
        pairs = {**pairs, "addresses": address}
    return {"map": pairs, "modes": table | said.get("modes", {})}


def map_choices(visit: Visit) -> dict[str, list[tuple[str, str]]]:
    """Give the rows of the table (field and name), and the values with what they mean."""
    _ = visit._
    names = fields(visit.language)
    return {
        "mapped": [(name, label) for name, label in names.items() if name in (*FIELDS, *LISTS)],
        "modes": [
            (Mode.WRITE, _("write")),
            (Mode.WRITE_IF_EMPTY, _("write if empty there")),
            (Mode.KEEP, _("keep what is there")),
        ],
        "address": [
            ("business", _("the business address, as always")),
            ("private", _("the private address")),
            ("other", _("the other address")),
            (AS_YAML, _("as the YAML below says")),
        ],
    }


def _rest(settings: MirrorSettings, address: str) -> str:
    """Say in YAML what the table cannot say."""
    pairs = settings.map if address == AS_YAML else settings.map.model_copy(update={"addresses": {}})
    return write_map(settings.model_copy(update={"modes": {}, "map": pairs}))
