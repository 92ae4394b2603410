"""Notes in HTML ⇄ plain text: the column Comments of a contacts list is, in most lists, rich text."""

from __future__ import annotations

import re
from html import escape
from html.parser import HTMLParser

_BLOCKS = frozenset({"p", "div", "li", "tr", "h1", "h2", "h3", "h4"})


def to_html(text: str) -> str:
    """Write plain text as HTML, a ``<br>`` for each end of a line."""
    return escape(text, quote=False).replace("\n", "<br>")


def from_html(html: str) -> str:
    """Read the text of HTML; blocks and ``<br>`` end lines, the zero-width spaces of SharePoint's editor go."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return "".join(reader.found).replace("\u200b", "").strip()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br" or (tag in _BLOCKS and self.found and not self.found[-1].endswith("\n")):
            self.found.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in _BLOCKS and self.found and not self.found[-1].endswith("\n"):
            self.found.append("\n")

    def handle_data(self, data: str) -> None:
        self.found.append(re.sub(r"[\r\n]+", " ", data))
