"""Forms as a browser sends them: every field with what the page put into it, until somebody types."""

from __future__ import annotations

from html.parser import HTMLParser


class Forms(HTMLParser):
    """The fields of the form that is sent to ``action``, each with its values."""

    def __init__(self, action: str) -> None:
        super().__init__()
        self.action, self.fields = action, dict[str, list[str]]()
        self._inside = False
        self._select = self._textarea = ""
        self._options: list[tuple[str | None, bool]] = []
        self._text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        if tag == "form":
            self._inside = said.get("action") == self.action
        if not self._inside:
            return
        name = said.get("name") or ""
        if tag == "input" and name:
            if said.get("type") not in ("checkbox", "radio") or "checked" in said:
                self.fields.setdefault(name, []).append(said.get("value") or "")
        elif tag == "textarea":
            self._textarea, self._text = name, ""
        elif tag == "select":
            self._select, self._options = name, []
        elif tag == "option":
            self._options.append((said.get("value"), "selected" in said))
            self._text = ""

    def handle_data(self, data: str) -> None:
        self._text += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._inside = False
        elif tag == "textarea" and self._textarea:
            self.fields[self._textarea] = [self._text.removeprefix("\n").replace("\n", "\r\n")]
            self._textarea = ""
        elif tag == "option" and self._options and self._options[-1][0] is None:
            self._options[-1] = (self._text, self._options[-1][1])
        elif tag == "select" and self._select:
            chosen = [value for value, is_selected in self._options if is_selected] or [self._options[0][0]]
            self.fields.setdefault(self._select, []).append(chosen[-1] or "")
            self._select = ""


def form(text: str, action: str) -> dict[str, list[str]]:
    """Read the fields of a form on a page."""
    parser = Forms(action)
    parser.feed(text)
    assert parser.fields, f"no form is sent to {action}"
    return parser.fields
