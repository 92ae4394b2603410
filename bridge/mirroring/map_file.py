"""A field map as a YAML file (AMI-10, AMI-12, AMI-20), for ``mirror start|change --map``.

    # ours: the folder's
    fields: {profession: manager, manager: profession}
    phones: {car: other}
    address: private        # or, in full: addresses: {work: home}
    modes: {note: keep, birthday: write if empty}

``address`` names the folder's address in which our business address stands: business (as always), private or other.
What the file does not say stands where it always does.
"""

from __future__ import annotations

from typing import Any

import yaml

from bridge.mirroring.settings import MapSettings, MirrorSettings, WrongMirrorSettings
from bridge.sync.policy import Mode

ADDRESSES = {"business": {}, "private": {"work": "home"}, "other": {"work": "other"}}
_MAPS = tuple(MapSettings.model_fields)
_KNOWN = (*_MAPS, "address", "modes")


def read_map(text: str | bytes) -> dict[str, Any]:
    """Read a map as the settings ``map`` and, where the file says some, ``modes``; raise WrongMirrorSettings."""
    try:
        said = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise WrongMirrorSettings(f"the field map is no YAML: {' '.join(str(error).split())}") from error
    if not isinstance(said, dict):
        raise WrongMirrorSettings(f"a field map is a list of {', '.join(_KNOWN)}, each with a colon")
    for name, value in said.items():
        if name not in _KNOWN:
            raise WrongMirrorSettings(f"a field map has no {name!r}; it has {', '.join(_KNOWN)}")
        if name != "address" and not _is_pairs(value):
            raise WrongMirrorSettings(f"{name}: this must be pairs of words, as in {{car: other}}")
    modes = said.get("modes", {})
    for name, mode in modes.items():
        if mode not in list(Mode):
            raise WrongMirrorSettings(f"modes: {name} cannot be {mode!r}; it can be {', '.join(Mode)}")
    maps = {name: said[name] for name in _MAPS if name in said}
    if "address" in said:
        maps["addresses"] = _address(said)
    return {"map": maps} | ({"modes": modes} if "modes" in said else {})


def write_map(settings: MirrorSettings) -> str:
    """Write the map of a mirror as ``read_map`` reads it; "" where everything stands where it always does."""
    said = {name: dict(pairs) for name in _MAPS if (pairs := getattr(settings.map, name))}
    said |= {"modes": {name: mode.value for name, mode in settings.modes.items()}} if settings.modes else {}
    return yaml.safe_dump(said, allow_unicode=True, sort_keys=False) if said else ""


def _address(said: dict[str, Any]) -> dict[str, str]:
    if "addresses" in said:
        raise WrongMirrorSettings("a field map says address or addresses, not both")
    if said["address"] not in ADDRESSES:
        raise WrongMirrorSettings(f"address: this must be one of {', '.join(ADDRESSES)}, not {said['address']!r}")
    return ADDRESSES[said["address"]]


def _is_pairs(value: Any) -> bool:
    return isinstance(value, dict) and all(isinstance(word, str) for pair in value.items() for word in pair)
