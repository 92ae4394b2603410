"""The settings of a mirror as typed and checked values ⇄ JSON in its row, and the policy that they say.

Passwords and tokens are no settings: they are kept encrypted (``storage_plugin.database.vault``).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from pydantic import Field, ValidationError, field_validator, model_validator
from pydantic_core import ErrorDetails

from bridge.mirroring.places import (
    KINDS,
    NOT_BUILT,
    CardDavPlace,
    EwsPlace,
    GraphPlace,
    PlaceSettings,
    SharePointPlace,
    Value,
)
from bridge.sync.policy import Limit, Mode, NewItems, Policy, Winner
from bridge.targets.field_map import KINDS as KINDS_OF
from bridge.targets.field_map import FieldMap
from storage_plugin.model.book import BookError
from storage_plugin.model.contact import FIELDS, LISTS
from storage_plugin.model.marking import N_
from storage_plugin.model.mirror import Flag

COLOUR = r"none|preset(?:1?\d|2[0-4])"
"""Outlook's colours of categories (Graph: categoryColor)."""


PASSWORD, SECRET, TOKENS = "password", "secret", "tokens"
"""The names of what is kept encrypted: of an account, of an app registration, of a person who signed in."""


class WrongMirrorSettings(BookError):
    """A mirror cannot be set up so; the text is one sentence."""


class MapSettings(Value):
    """A field map: of single fields, ours → the folder's; of lists, our kind → the folder's (AMI-12, AMI-20)."""

    fields: dict[str, str] = Field(default_factory=dict)
    phones: dict[str, str] = Field(default_factory=dict)
    addresses: dict[str, str] = Field(default_factory=dict)
    urls: dict[str, str] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _one_to_one(self) -> MapSettings:
        _ = self.map
        return self

    @property
    def map(self) -> FieldMap:
        """Give the map for a target; raise ValueError."""
        return FieldMap(self.fields, {name: kinds for name in KINDS_OF if (kinds := getattr(self, name))})

    @property
    def is_empty(self) -> bool:
        """Tell whether everything stands where it always does."""
        return self.map.is_empty


class MirrorSettings(Value):
    """All that is set about one mirror; the defaults are those of ``bridge.sync.policy``.

    ``category`` None: items are not marked (BCM-22). ``imports`` and ``exports`` are the two directions (AMI-16).
    ``every`` is the schedule in minutes ("within a few minutes", BCM-15). A run that would delete more than
    ``guard_count`` contacts of one side, or ``guard_percent`` of the linked ones if that is more, asks first.
    """

    place: PlaceSettings
    category: str | None = Field(default=Flag().name, min_length=1, max_length=255)
    colour: str = Field(default=Flag().colour)
    imports: bool = True
    exports: bool = True
    winner: Winner = Winner.MASTER
    new_items: NewItems = NewItems.EXISTING_ONLY
    required: tuple[str, ...] = Policy().required
    persons_only: bool = True
    modes: dict[str, Mode] = Field(default_factory=dict)
    map: MapSettings = Field(default_factory=MapSettings)
    guard_count: int = Field(default=Limit().count, ge=0)
    guard_percent: float = Field(default=Limit().share * 100, ge=0, le=100)
    every: float = Field(default=3, gt=0, le=7 * 24 * 60)

    @field_validator("required")
    @classmethod
    def _known(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        _check_fields(names)
        return names

    @field_validator("modes")
    @classmethod
    def _known_modes(cls, modes: dict[str, Mode]) -> dict[str, Mode]:
        _check_fields(modes)
        return modes

    @field_validator("colour")
    @classmethod
    def _known_colour(cls, colour: str) -> str:
        if not re.fullmatch(COLOUR, colour):
            raise ValueError("a colour is none, or preset0 to preset24")
        return colour

    @property
    def policy(self) -> Policy:
        """Give the rules of the engine."""
        return Policy(
            winner=self.winner,
            imports=self.imports,
            exports=self.exports,
            new_items=self.new_items,
            required=self.required,
            persons_only=self.persons_only,
            flag=Flag(self.category, self.colour) if self.category else None,
            modes=self.modes,
            limit=Limit(self.guard_count, self.guard_percent / 100),
        )

    @property
    def field_map(self) -> FieldMap:
        """Give what stands where in the folder."""
        return self.map.map

    @property
    def json_form(self) -> dict[str, Any]:
        """Give what is kept in the mirror's row."""
        return self.model_dump(mode="json")

    @property
    def secret(self) -> str | None:
        """Name the secret that somebody must enter; None where there is none, or a person signs in."""
        match self.place:
            case GraphPlace(sign_in="app") | SharePointPlace(sign_in="app"):
                return SECRET
            case SharePointPlace(sign_in="password"):
                return PASSWORD
            case CardDavPlace(user=user) if user:
                return PASSWORD
            case EwsPlace(auth="ntlm" | "basic"):
                return PASSWORD
            case _:
                return None

    def needs_other_secrets(self, before: MirrorSettings) -> bool:
        """Tell whether what was entered for ``before`` is of no use here: another account, app or server."""
        free = {"folder", "list_name", "book", "make"}
        return self.place.model_dump(exclude=free) != before.place.model_dump(exclude=free)

    def is_other_folder(self, other: MirrorSettings) -> bool:
        """Tell whether the contacts must leave the folder that they are in (BCM-36): another place, mark or map.

        What was remembered of both sides is said in the fields of the map; another map would read it wrongly.
        """
        mine, theirs = _folder_of(self.place), _folder_of(other.place)
        return (mine, self.category, self.map) != (theirs, other.category, other.map)


def _folder_of(place: PlaceSettings) -> object:
    """Tell what makes a place another folder: of Exchange Server, not by which server, or as whom, it is reached.

    A mailbox can be moved to another server; one that is another one is told by its folder, whose id is known.
    """
    return (place.kind, place.address.casefold(), place.folder) if isinstance(place, EwsPlace) else place


def mirror_settings(said: Mapping[str, Any]) -> MirrorSettings:
    """Check settings; raise WrongMirrorSettings with a sentence on the first that is wrong."""
    kind = (said.get("place") or {}).get("kind")
    if kind in NOT_BUILT:
        raise WrongMirrorSettings(f"mirroring into {NOT_BUILT[kind]} ({kind}) is not built yet: {_cure()}")
    if kind not in KINDS:
        raise WrongMirrorSettings(f"there is no target {kind!r}: {_cure()}")
    try:
        return MirrorSettings.model_validate(dict(said))
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"] if part not in ("place", kind))
        raise WrongMirrorSettings(f"{name}: {_wrong(first)}") from error


def _wrong(found: ErrorDetails) -> str:
    """Say what is wrong with one value."""
    limits: dict[str, Any] = found.get("ctx", {})
    match found["type"]:
        case "missing" | "string_too_short":
            return N_("this must be given")
        case "string_too_long":
            most = limits["max_length"]
            return N_(f"this may have {most} characters at most")
        case "greater_than":
            least = limits["gt"]
            return N_(f"this must be more than {least}")
        case "greater_than_equal":
            least = limits["ge"]
            return N_(f"this must be {least} at least")
        case "less_than_equal":
            most = limits["le"]
            return N_(f"this must be {most} at most")
        case "float_parsing" | "int_parsing" | "int_from_float" | "finite_number":
            return N_("this must be a number")
        case "enum" | "literal_error":
            known = limits["expected"]
            return N_(f"this must be one of {known}")
        case _:
            return found["msg"].removeprefix("Value error, ")


def _cure() -> str:
    return N_(f"choose one of {', '.join(KINDS)}")


def _check_fields(names: Any) -> None:
    for name in names:
        if name not in (*FIELDS, *LISTS):
            raise ValueError(f"a contact has no field {name!r}; it has {', '.join((*FIELDS, *LISTS))}")
