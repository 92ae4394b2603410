"""What a card says of its subject other than by text: dates of a life, the photo, person or firm.

Read and written like the fields of ``fields.py``: writing changes the line that is read, ``""`` removes it.
"""

from __future__ import annotations

from dataclasses import dataclass

from storage_plugin.vcard.binaries import identity, is_uri
from storage_plugin.vcard.dates import date_line, read_date
from storage_plugin.vcard.draft import LABEL, Draft, Remarks, without
from storage_plugin.vcard.fields import Reading
from storage_plugin.vcard.kinds import built_in_label
from storage_plugin.vcard.lines import Line, escape_uri, make_line

ANNIVERSARY_NAMES = ("ANNIVERSARY", "X-ANNIVERSARY", "X-MS-ANNIVERSARY", "X-EVOLUTION-ANNIVERSARY")


@dataclass(frozen=True, slots=True)
class Birthday:
    """BDAY in its many forms (VC-29…33); one that is no date is replaced only by a date."""

    reads = ("BDAY",)

    def read(self, reading: Reading) -> str:
        """Give the first that is a date."""
        return next((iso for line in reading.named.get("BDAY", []) if (iso := read_date(line))), "")

    def write(self, draft: Draft, value: str) -> None:
        """Change the line that is read."""
        lines = draft.named("BDAY")
        dates = [line for line in lines if read_date(line)]
        if not value:
            for line in dates:
                draft.remove(line)
        elif lines:
            _redate(draft, (dates or lines)[0], value)
        else:
            params, text = date_line(value, (), draft.version)
            draft.add(make_line("", "BDAY", params, text, draft.version))


@dataclass(frozen=True, slots=True)
class Anniversary:
    """One field of five properties (VC-34); all that say it are changed together."""

    reads = (*ANNIVERSARY_NAMES, "X-ABDATE")

    def read(self, reading: Reading) -> str:
        """Give the first that is a date."""
        lines = reading.of(self.reads)
        dates = (read_date(line) for line in lines if is_anniversary(line, reading.remarks))
        return next((iso for iso in dates if iso), "")

    def write(self, draft: Draft, value: str) -> None:
        """Change, remove or add the date; to 3.0 cards it is added as iOS reads it."""
        remarks = Remarks(draft.lines)
        lines = [line for line in draft.lines if is_anniversary(line, remarks) and read_date(line)]
        for line in lines:
            if value:
                _redate(draft, line, value)
            else:
                draft.remove(line)
        if lines or not value:
            return
        params, text = date_line(value, (), draft.version)
        if draft.version == "4.0":
            draft.add(make_line("", "ANNIVERSARY", params, text, "4.0"))
        else:
            line = draft.add(make_line(draft.fresh_group(), "X-ABDATE", params, text))
            draft.remark(line, LABEL, "_$!<Anniversary>!$_")


@dataclass(frozen=True, slots=True)
class Photo:
    """PHOTO as the hash of its raw value, or its URI; here it can be removed or replaced by a URI only."""

    reads = ("PHOTO",)

    def read(self, reading: Reading) -> str:
        """Give the identity of the first photo."""
        return next((name for line in reading.named.get("PHOTO", []) if (name := identity(line))), "")

    def write(self, draft: Draft, value: str) -> None:
        """Leave the card alone where only the bytes could say ``value``: they come with ``vcard_with_photo``."""
        if not value:
            for line in draft.named("PHOTO"):
                draft.remove(line)
        elif is_uri(raw := make_photo_line(value)):
            lines = draft.named("PHOTO")
            for line in lines[1:]:
                draft.remove(line)
            if lines:
                draft.replace(lines[0], raw.raw)
            else:
                draft.add(raw.raw)


def make_photo_line(uri: str) -> Line:
    """Write a photo that is kept elsewhere."""
    value = escape_uri(uri)
    return Line(make_line("", "PHOTO", [("VALUE", ("uri",))], value), "", "PHOTO", "PHOTO;VALUE=uri", value)


def is_anniversary(line: Line, remarks: Remarks) -> bool:
    """Tell whether ``line`` holds the anniversary."""
    if line.name != "X-ABDATE":
        return line.name in ANNIVERSARY_NAMES
    return (built_in_label(remarks.of(line, LABEL)) or "").lower() == "anniversary"


def is_company(reading: Reading) -> bool:
    """Tell whether the card stands for a firm: KIND:org, or Apple's X-ABShowAs:COMPANY (VC-38)."""
    return any(_is_company_line(line) for line in reading.of(("KIND", "X-ABSHOWAS")))


def write_is_company(draft: Draft, *, value: bool) -> None:
    """Say or unsay that the card stands for a firm, as its version does."""
    if not value:
        for line in [line for line in draft.lines if _is_company_line(line)]:
            draft.remove(line)
    elif draft.version == "4.0":
        kinds = draft.named("KIND")
        if kinds and kinds[0].value.strip().lower() != "group":
            draft.rewrite(kinds[0], "org")
        else:
            draft.add("KIND:org\r\n")
    else:
        draft.add("X-ABShowAs:COMPANY\r\n")


def _is_company_line(line: Line) -> bool:
    word = {"KIND": "org", "X-ABSHOWAS": "company"}.get(line.name)
    return word is not None and line.value.strip().lower() == word


def _redate(draft: Draft, line: Line, iso: str) -> None:
    params, text = date_line(iso, line.params, draft.version)
    draft.rewrite(line, text, without(params, "ENCODING", "CHARSET"))
