"""Read a file of contacts whose kind is told by its content, not by its name."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from bridge.files import google_csv, outlook_csv
from bridge.files.found import Found, FoundCard, FoundContact, Refusal, UnknownFile
from bridge.files.table import Row, decoded, key, rows
from storage_plugin.model.contact import display_name
from storage_plugin.vcard.intake import NotAVCard, accept, split_cards


def read(body: bytes) -> Iterator[Found]:
    """Give what the file holds, in its order; raise UnknownFile when nothing in it is a contact."""
    if b"BEGIN:VCARD" in body.replace(b"\0", b"").upper():
        return _cards(body)
    return _rows(body)


def read_columns(body: bytes, columns: Sequence[str]) -> Iterator[Found]:
    """Read any CSV file whose columns stand for these of Outlook's, in order; ``""`` leaves one out."""
    _, below = rows(decoded(body), columns)
    return (_checked(row, outlook_csv.contact_from_outlook) for row in below)


def _cards(body: bytes) -> Iterator[Found]:
    for line, card in split_cards(body):
        try:
            accept(card, tolerant=True, new_uid=lambda: "new")
        except NotAVCard as error:
            yield Refusal(line, error.reason)
        else:
            yield FoundCard(line, card)


def _rows(body: bytes) -> Iterator[Found]:
    titles, below = rows(decoded(body))
    keys = {key(title) for title in titles}
    if google_csv.is_google(keys):
        from_row = google_csv.contact_from_google
    elif len(keys & outlook_csv.KNOWN) >= 2:
        from_row = outlook_csv.contact_from_outlook
    else:
        shown = ", ".join(titles[:4])[:60] or "nothing"
        raise UnknownFile(
            f"this is neither vCard nor a CSV file of Outlook or Google: its first line says {shown!r}."
        )
    return (_checked(row, from_row) for row in below)


def _checked(row: Row, from_row: Callable[[Row], FoundContact]) -> Found:
    if not row.is_whole:
        return Refusal(row.line, "the row has more cells than there are columns, or a quotation mark is not closed.")
    found = from_row(row)
    if not display_name(found.contact):
        return Refusal(row.line, "there is no name, company, e-mail address or phone number in this row.")
    return found
