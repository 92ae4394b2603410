"""What a person reads on a page of HTML; what of it is English elsewhere, or a name that only the code has."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html.parser import HTMLParser

ENGLISH = re.compile(
    r"(?<![\w.@/:'-])(and|are|be|been|by|cannot|does|each|every|everything|for|from|has|have|how|is|it|its|no|not"
    r"|nothing|of|on|only|or|should|than|that|the|their|there|these|they|this|those|to|what|where|which"
    r"|who|with|without|you|your)(?![\w@/:-])",
    re.IGNORECASE,
)
"""Words that hardly any English sentence does without, and that are no words of German."""

_OF_THE_CODE = re.compile(r"(?<![\w.])(?!public_address)([a-z]+_[a-z_]+|preset\d+|true|false|ntlm)(?!\w)")
_NOT_TYPED = {"hidden", "checkbox", "radio"}
_NOT_READ = {"script", "style", "code", "textarea"}
_READ = {"alt", "aria-label", "data-confirm", "data-done", "title"}


class _Texts(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.typed: list[str] = []
        self._inside: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _NOT_READ:
            self._inside.append(tag)
        said = dict(attrs)
        self.found += [value for name, value in attrs if name in _READ and value]
        if tag == "input" and said.get("type") not in _NOT_TYPED:
            self.typed.append(said.get("value") or "")

    def handle_endtag(self, tag: str) -> None:
        if self._inside and self._inside[-1] == tag:
            self._inside.pop()

    def handle_data(self, data: str) -> None:
        if data.strip() and not self._inside:
            self.found.append(" ".join(data.split()))


def texts(html: str) -> Sequence[str]:
    """Give each text of a page that is shown or read out."""
    parser = _Texts()
    parser.feed(html)
    return parser.found


def english(html: str) -> Sequence[str]:
    """Give the texts in which an English word stands, but for commands between grave accents."""
    return [text for text in texts(html) if ENGLISH.search(re.sub("`[^`]*`", "", text))]


def of_the_code(html: str) -> Sequence[str]:
    """Give the texts, and the values in fields to type in, that hold a name which only the code has for something."""
    parser = _Texts()
    parser.feed(html)
    return [text for text in (*parser.found, *parser.typed) if _OF_THE_CODE.search(text)]
