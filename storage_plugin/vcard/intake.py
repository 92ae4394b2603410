"""Cards from outside: what is taken, the closed list of repairs, and what is refused with a reason.

Repaired are: FN made where it is missing (VC-42), folds inside a character joined (VC-52), a byte-order mark (VC-55),
other character sets (VC-56), characters that XML cannot carry (VC-57), a missing UID, and for files a missing
VERSION (VC-77). Everything else is kept to the byte.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from storage_plugin.model.marking import N_
from storage_plugin.vcard.charsets import decode_card
from storage_plugin.vcard.lines import Card, Line, escape, fold, parse
from storage_plugin.vcard.values import is_charset

_BEGIN = re.compile(rb"[ \t]*BEGIN[ \t]*:[ \t]*VCARD[ \t\r]*", re.I)
_END = re.compile(rb"[ \t]*END[ \t]*:[ \t]*VCARD[ \t\r]*", re.I)
_AGENT = re.compile(rb"(?:[^:;]*\.)?AGENT[^:]*:[ \t\r]*", re.I)


class NotAVCard(ValueError):
    """The body is not one vCard; ``reason`` is a sentence for people."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Accepted:
    """A card as it will be stored; ``repaired`` tells that the text is not what was sent."""

    text: str
    uid: str
    version: str
    is_group: bool
    repaired: bool
    card: Card = field(repr=False, compare=False)
    """The lines of ``text``, so that it need not be parsed again."""


def accept(
    body: bytes,
    charset: str | None = None,
    *,
    tolerant: bool = False,
    new_uid: Callable[[], str] | None = None,
) -> Accepted:
    """Take one card. ``charset`` is what Content-Type declares; ``tolerant`` (files) forgives a missing VERSION.

    A missing UID is made by ``new_uid``. Raises NotAVCard for anything that is not one vCard.
    """
    text, repaired = decode_card(body, charset)
    card = parse(text)
    _check_frame(card, text)
    if not card.version:
        _add_version(card, tolerant=tolerant)
        repaired = True
    uid_line = next((line for line in card.lines if line.name == "UID" and line.text.strip()), None)
    if uid_line is None:
        _add_uid(card, new_uid)
        repaired = True
    if card.version != "2.1" and card.first("FN") is None:
        _insert(card, f"FN:{escape(made_name(card))}", after=("N", "VERSION", "BEGIN"))
        repaired = True
    text = card.text if repaired else text
    if repaired:
        card = parse(text)
        uid_line = next(line for line in card.lines if line.name == "UID" and line.text.strip())
    assert uid_line is not None
    return Accepted(text, uid_line.text.strip(), card.version, is_group(card), repaired, card)


def split_cards(body: bytes, charset: str | None = None) -> Iterator[tuple[int, bytes]]:
    """Give each card of a file with the number of its first line (from 1); broken ones too, so that they are named.

    A card without END stops where the next one begins; text outside of cards comes as a piece of its own.
    """
    piece: list[bytes] = []
    start, depth, last = 1, 0, b""
    for number, line in enumerate(_lines(_transcoded(body, charset)), 1):
        content = line.rstrip(b"\r\n")
        is_begin = _BEGIN.fullmatch(content) is not None
        if is_begin and piece and not (depth and _AGENT.fullmatch(last)):
            yield start, b"".join(piece)
            piece, depth = [], 0
        if not piece:
            if not content.strip():
                continue
            start = number
        piece.append(line)
        last = content
        depth += is_begin
        if depth and _END.fullmatch(content):
            depth -= 1
            if not depth:
                yield start, b"".join(piece)
                piece = []
    if piece:
        yield start, b"".join(piece)


def is_group(card: Card) -> bool:
    """Tell whether the card is a group (VC-50, VC-51): a list of contacts, not a person."""
    kinds = card.named("KIND", "X-ADDRESSBOOKSERVER-KIND")
    return any(line.value.strip().lower() == "group" for line in kinds)


def made_name(card: Card) -> str:
    """Make the text of a missing FN from N, ORG, NICKNAME, EMAIL or TEL (VC-42)."""
    for name in ("N", "ORG", "NICKNAME", "EMAIL", "TEL"):
        for line in card.named(name):
            parts = [part.strip() for part in line.parts] if name in ("N", "ORG") else [line.text.strip()]
            if name == "N":
                parts = [*parts, "", "", "", "", ""]
                parts = [parts[3], parts[1], parts[2], parts[0], parts[4]]
            if made := " ".join(part for part in parts if part):
                return made
    return ""


def _check_frame(card: Card, text: str) -> None:
    """Refuse whatever is not exactly one card (VC-78, VC-89)."""
    lines = [line for line in card.lines if line.raw.strip()]
    start = text.lstrip()[:1]
    if start in ("[", "{"):
        raise NotAVCard("This is JSON (a jCard, perhaps); only text/vcard is taken.")
    if not lines or not _is(lines[0], "BEGIN", "VCARD"):
        what = lines[0].value.strip()[:20] if lines and lines[0].name == "BEGIN" else ""
        hint = N_(f"it is a {what}.") if what else N_("the text does not begin with BEGIN:VCARD.")
        raise NotAVCard(f"This is not a vCard: {hint}")
    if sum(line.name == "BEGIN" for line in lines) > 1:
        raise NotAVCard("There are two cards in one; send each by itself.")
    ends = [line.name == "END" for line in lines]
    if sum(ends) != 1 or not _is(lines[-1], "END", "VCARD"):
        raise NotAVCard("The card does not end with END:VCARD; it may have been cut off.")


def _is(line: Line, name: str, value: str) -> bool:
    return line.name == name and line.value.strip().upper() == value


def _add_version(card: Card, *, tolerant: bool) -> None:
    line = card.first("VERSION")
    if line is not None and line.value.strip():
        raise NotAVCard(f"The vCard version {line.value.strip()[:20]} is not known; 2.1, 3.0 and 4.0 are.")
    if not tolerant:
        raise NotAVCard("The card does not say its VERSION.")
    if line is not None:
        card.lines.remove(line)
    is_old = any(each.is_quoted_printable for each in card.lines)
    _insert(card, "VERSION:2.1" if is_old else "VERSION:3.0", after=("BEGIN",))


def _add_uid(card: Card, new_uid: Callable[[], str] | None) -> None:
    if new_uid is None:
        raise NotAVCard("The card has no UID.")
    blank = card.first("UID")
    if blank is not None:
        card.lines.remove(blank)
    _insert(card, f"UID:{escape(new_uid())}", after=("VERSION", "BEGIN"))


def _insert(card: Card, line: str, after: tuple[str, ...]) -> None:
    """Put a line after the first of the properties ``after`` that there is, with the card's own line ends."""
    anchor = next(found for name in after if (found := card.first(name)))
    end = anchor.end or "\r\n"
    raw = fold(line).replace("\r\n", end)
    card.lines.insert(card.lines.index(anchor) + 1, parse(raw).lines[0])


def _lines(body: bytes) -> Iterator[bytes]:
    start = 0
    while start < len(body):
        end = body.find(b"\n", start) + 1 or len(body)
        yield body[start:end]
        start = end


def _transcoded(body: bytes, charset: str | None) -> bytes:
    """Give a file in UTF-16, declared or marked, as UTF-8; other files as they are."""
    if body.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        charset = "utf-16"
    if charset and is_charset(charset) and codecs.lookup(charset).name.startswith(("utf-16", "utf-32")):
        return body.decode(charset, "replace").encode()
    return body.removeprefix(codecs.BOM_UTF8)
