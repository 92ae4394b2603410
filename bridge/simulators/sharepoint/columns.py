"""The columns of a list, and what SharePoint makes of a value that is written into one."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Any
from uuid import uuid4

LONGEST_TEXT = 255

TEXT, NOTE, DAY, NUMBER, URL, CHOICES = "Text", "Note", "DateTime", "Number", "URL", "MultiChoice"
KINDS = {TEXT: 2, NOTE: 3, DAY: 4, NUMBER: 9, URL: 11, CHOICES: 15}
"""Types by name (``Field.TypeAsString``) → their numbers (``Field.FieldTypeKind``)."""


class Refusal(Exception):
    """A write or a query that is refused. ``why`` is one of the reasons that both faces know words for."""

    def __init__(self, why: str, message: str) -> None:
        super().__init__(message)
        self.why = why
        self.message = message


@dataclass(slots=True)
class Column:
    """A column; ``rich``: a note in HTML; ``fill_in``: other choices than the known ones can be typed in."""

    name: str
    kind: str = TEXT
    label: str = ""
    indexed: bool = False
    unique: bool = False
    rich: bool = False
    required: bool = False
    fill_in: bool = False
    choices: list[str] = field(default_factory=list)
    id: str = field(default_factory=lambda: str(uuid4()))

    def taken(self, value: Any, zone: timedelta) -> Any:
        """Give what is kept of ``value``; None for nothing. Raises Refusal."""
        if value is None or value == "" or value == []:
            if self.required:
                raise Refusal("required", f"You must specify a value for this required field: {self.name}.")
            return None
        if self.kind == DAY:
            return self._day(value, zone)
        if self.kind == URL:
            return self._link(value)
        if self.kind == CHOICES:
            return self._chosen(value)
        return self._written(value)

    def _written(self, value: Any) -> str:
        if not isinstance(value, str) or self.kind == NUMBER:
            raise self._wrong(value)
        if self.kind == TEXT and len(value) > LONGEST_TEXT:
            raise Refusal("value", f"The text in {self.name} is longer than {LONGEST_TEXT} characters.")
        return f"<div>{value}</div>" if self.rich and not value.startswith("<div>") else value

    def _day(self, value: Any, zone: timedelta) -> str:
        """Keep the day alone, as the midnight of the site's time zone."""
        try:
            moment = datetime.fromisoformat(str(value).replace("Z", "+00:00"))
        except ValueError as error:
            raise self._wrong(value) from error
        if moment.tzinfo is None or moment.year < 1900:
            raise self._wrong(value)
        local = moment.astimezone(timezone(zone)).replace(hour=0, minute=0, second=0, microsecond=0)
        return local.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

    def _link(self, value: Any) -> dict[str, str]:
        if not isinstance(value, dict) or set(value) - {"Url", "Description"}:
            raise self._wrong(value)
        if not isinstance(value.get("Url"), str) or len(value["Url"]) > LONGEST_TEXT:
            raise self._wrong(value)
        return {"Description": str(value.get("Description") or value["Url"]), "Url": value["Url"]}

    def _chosen(self, value: Any) -> list[str]:
        if not isinstance(value, list) or not all(isinstance(each, str) for each in value):
            raise self._wrong(value)
        if not self.fill_in and not set(value) <= set(self.choices):
            raise self._wrong(value)
        return list(value)

    def _wrong(self, value: Any) -> Refusal:
        return Refusal("value", f"Cannot convert the value {str(value)[:80]!r} of {self.name} to its type.")


def contacts_columns() -> dict[str, Column]:
    """Give the columns of a fresh contacts list (template 105)."""
    texts = (
        *("FirstName", "FullName", "Email", "Company", "JobTitle", "WorkPhone", "HomePhone", "CellPhone", "WorkFax"),
        *("WorkCity", "WorkState", "WorkZip", "WorkCountry"),
    )
    columns = [
        Column("Title", label="Last Name", required=True, id="fa564e0f-0c70-4ab9-b863-0177e6ddd247"),
        *(Column(name) for name in texts),
        Column("WorkAddress", NOTE, label="Address"),
        Column("WebPage", URL, label="Web Page"),
        Column("Comments", NOTE, label="Notes", rich=True),
    ]
    return {column.name: column for column in columns}


SITE_COLUMNS = {
    name: kind
    for kind, names in {
        TEXT: (
            *("Email2", "Email3", "Business2Number", "Home2Number", "HomeFaxNumber", "OtherFaxNumber", "OtherNumber"),
            *("CompanyNumber", "PagerNumber", "CarNumber", "MiddleName", "Suffix", "Nickname", "ol_Department"),
            *("Office", "Profession", "AssistantsName", "ManagersName", "SpouseName", "ChildrensNames"),
            *("HomeAddressStreet", "HomeAddressCity", "HomeAddressStateOrProvince", "HomeAddressPostalCode"),
            *("HomeAddressCountry", "IMAddress"),
        ),
        DAY: ("Birthday", "Anniversary"),
        URL: ("PersonalWebsite",),
    }.items()
    for name in names
}
"""Site columns that somebody may have added to a list, and their types."""

SYSTEM = [
    Column(name, kind)
    for name, kind in (
        ("ID", "Counter"),
        ("ContentTypeId", "ContentTypeId"),
        ("_ModerationComments", NOTE),
        ("LinkTitle", "Computed"),
        ("Modified", DAY),
        ("Created", DAY),
        ("Author", "User"),
        ("Editor", "User"),
        ("_UIVersionString", TEXT),
        ("Attachments", "Attachments"),
        ("GUID", "Guid"),
    )
]
"""Columns that every list has of itself, some of the hundred; nobody adds or changes them."""
