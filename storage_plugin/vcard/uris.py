"""URI values: which lines hold one, and how it is said plainly.

No backslash belongs into a URI (RFC 3986 section 2). Yet iOS writes ``http\\://x``, many a client of 3.0 escapes
commas and semicolons as in a text, and Thunderbird 153 escapes the commas of a URL in 4.0 too; a client that takes
the specification at its word then opens an address that does not exist.
"""

from __future__ import annotations

import re

from storage_plugin.vcard.lines import Line

_ALWAYS = frozenset({"URL", "SOURCE", "IMPP", "MEMBER", "X-ADDRESSBOOKSERVER-MEMBER", "FBURL", "CALURI", "CALADRURI"})
_BY_SCHEME = frozenset({"PHOTO", "LOGO", "SOUND", "KEY", "RELATED"})
"""Properties that hold something else where no scheme stands in front: base64, or the name of a person."""

_SCHEME = re.compile(r"\s*[a-z][a-z0-9+.-]*\\?:\S", re.I)
_ESCAPED = re.compile(r"\\([\\:;,])")


def holds_uri(line: Line) -> bool:
    """Tell whether the value of ``line`` is a URI, by its property and its VALUE."""
    if line.name not in _ALWAYS | _BY_SCHEME or line.is_quoted_printable or line.param("VALUE").upper() == "TEXT":
        return False
    return line.name in _ALWAYS or _SCHEME.match(line.value) is not None


def plainly(line: Line) -> str:
    r"""Give the value of ``line`` without ``\: \; \,`` if it is a URI; it is read the same as before.

    A doubled backslash stays, since it is one that the user typed.
    """
    if "\\" not in line.value or not holds_uri(line):
        return line.value
    return _ESCAPED.sub(lambda match: match[0] if match[1] == "\\" else match[1], line.value)
