"""Three-way merge of a card: two edits of one base, joined by property, by component and by list entry.

The server's text is taken and what the client changed is put into it. Where both changed the same thing differently,
the client's value is taken and the conflict noted, so that the caller keeps both. All three texts must be of one
vCard version (see ``versions.carried_over``). The laws: ``merged(b, b, c).text == c``, ``merged(b, s, b).text == s``
and ``merged(b, x, x).text == x``, to the byte.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass

from storage_plugin.vcard.binaries import identity, is_binary
from storage_plugin.vcard.categories import read_categories, write_categories
from storage_plugin.vcard.draft import COUNTRY, LABEL, Draft
from storage_plugin.vcard.lines import Line, Param, fold, parse, parse_once, split_list, split_structured
from storage_plugin.vcard.params import format_params
from storage_plugin.vcard.units import SINGLE, Graft, Unit, pair_units, units_of

_TOUCHES = frozenset({"REV", "PRODID"})
_CODING = frozenset({"ENCODING", "CHARSET", "VALUE"})
_COMPONENTS = {
    "N": ("family_name", "given_name", "middle_name", "prefix", "suffix"),
    "ORG": ("company", "department"),
}
_FIELDS = {
    "FN": "formatted_name", "NICKNAME": "nickname", "NOTE": "note", "TITLE": "job_title", "ROLE": "profession",
    "BDAY": "birthday", "ANNIVERSARY": "anniversary", "PHOTO": "photo", "EMAIL": "emails", "TEL": "phones",
    "ADR": "addresses", "URL": "urls", "IMPP": "messengers", "X-ABDATE": "dates", "CATEGORIES": "categories",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class FieldConflict:
    """Both sides changed ``field`` (an attribute of Contact, else the property's name); ``""`` means removed."""

    field: str
    server_value: str
    client_value: str


@dataclass(frozen=True, slots=True)
class Merge:
    """The merged text, and where the client's value was taken over another one."""

    text: str
    conflicts: tuple[FieldConflict, ...] = ()


def merged(base: str, server: str, client: str) -> Merge:
    """Join the edits that led from ``base`` to ``server`` and to ``client``."""
    if server in (base, client):
        return Merge(client)
    if client == base:
        return Merge(server)
    return _Merging(base, server, client).run()


def same_but_for_rev(a: str, b: str) -> bool:
    """Tell whether two texts differ in REV and PRODID only: nothing was edited (VC-87)."""
    return a == b or _without_touches(a) == _without_touches(b)


def _without_touches(text: str) -> list[str]:
    return [line.raw for line in parse_once(text).lines if line.name not in _TOUCHES]


class _Merging:
    def __init__(self, base: str, server: str, client: str) -> None:
        self.draft = Draft(server)
        self.graft = Graft(self.draft)
        self.conflicts: list[FieldConflict] = []
        self.base, self.client = parse(base).lines, parse(client).lines
        base_units, server_units = units_of(self.base), units_of(self.draft.lines)
        self.by_client = pair_units(base_units, units_of(self.client))
        by_server = pair_units(base_units, server_units)
        self.in_server = {id(old): new for old, new in by_server if old}
        self.added_by_server = [new for old, new in by_server if not old and new]

    def run(self) -> Merge:
        """Put each change of the client into the server's text."""
        categories = self._categories()
        for old, new in self.by_client:
            unit = new or old
            if unit is None or (categories is not None and unit.name == "CATEGORIES"):
                continue
            if old is None:
                self._add(unit)
            elif new is None or new.meaning != old.meaning:
                self._change(old, self.in_server[id(old)], new)
        if categories is not None:
            write_categories(self.draft, categories)
        return Merge(self.draft.text, tuple(self.conflicts))

    def _add(self, unit: Unit) -> None:
        """Add what the client added, unless the server did so too."""
        same = next((each for each in self.added_by_server if each.meaning == unit.meaning), None)
        if same is not None:
            self.added_by_server.remove(same)
            return
        rival = next((each for each in self.added_by_server if each.name == unit.name in SINGLE), None)
        if rival is None:
            self.graft.add(unit.lines)
        else:
            self.added_by_server.remove(rival)
            self._join(None, rival, unit)

    def _change(self, old: Unit, server: Unit | None, client: Unit | None) -> None:
        if server is not None and server.meaning == old.meaning:
            if client is None:
                self.graft.remove(server.lines)
            else:
                self.graft.replace(server.lines, client.lines)
        elif server is not None and client is not None:
            if server.meaning != client.meaning:
                self._join(old, server, client)
        elif client is not None:
            self._note(client.name, "", _shown(client))
            self.graft.add(client.lines)
        elif server is not None:
            self._note(server.name, _shown(server), "")
            self.graft.remove(server.lines)

    def _join(self, old: Unit | None, server: Unit, client: Unit) -> None:
        """Join two edits of one property: value, parameters and remarks each for themselves."""
        takes_value, value_clashes = _taken(old and old.value, server.value, client.value)
        takes_params, params_clash = _taken(old and old.params, server.params, client.params)
        if takes_value and (is_binary(client.line) or is_binary(server.line)):
            takes_params = True
        value = client.line.value if takes_value else server.line.value
        joined = self._joined_value(old, server, client) if value_clashes else None
        if (value_clashes and joined is None) or params_clash:
            self._note(client.name, _shown(server), _shown(client))
        coding = (client if takes_value else server).line.params
        manner = (client if takes_params else server).line.params
        params = (
            *(param for param in manner if param[0] not in _CODING),
            *(param for param in coding if param[0] in _CODING),
        )
        line = self._written(server.line, client.line, value if joined is None else joined, params)
        for name in (LABEL, COUNTRY):
            self._join_remark(name, line, old, server, client)

    def _written(self, line: Line, client: Line, value: str, params: tuple[Param, ...]) -> Line:
        if not client.group and not line.group and value == client.value and set(params) == set(client.params):
            return self.draft.replace(line, client.raw)
        if set(params) == set(line.params):
            return self.draft.replace(line, fold(f"{line.head}:{value}"))
        name = line.head.partition(";")[0]
        return self.draft.replace(line, fold(f"{name}{format_params(params, self.draft.version)}:{value}"))

    def _joined_value(self, old: Unit | None, server: Unit, client: Unit) -> str | None:
        """Join a value that both sides changed, by component or list entry; None where there are no such."""
        if server.line.is_quoted_printable or client.line.is_quoted_printable:
            return None
        if client.name in _COMPONENTS:
            return self._joined_parts(old, server, client)
        if client.name == "NICKNAME" and old:
            was, ours, theirs = (split_list(unit.line.value) for unit in (old, server, client))
            kept = [each for each in ours if each in theirs or each not in was]
            return ",".join([*kept, *(each for each in theirs if each not in was and each not in kept)])
        return None

    def _joined_parts(self, old: Unit | None, server: Unit, client: Unit) -> str:
        was = split_structured(old.line.value) if old else []
        ours, theirs = split_structured(server.line.value), split_structured(client.line.value)
        joined = []
        for at in range(max(len(ours), len(theirs))):
            before, mine, yours = (parts[at] if at < len(parts) else "" for parts in (was, ours, theirs))
            takes, clashes = _taken(before, mine, yours)
            if clashes:
                names = _COMPONENTS[client.name]
                field = names[at] if at < len(names) else client.name
                self.conflicts.append(FieldConflict(field, server.line.read(mine), client.line.read(yours)))
            joined.append(yours if takes else mine)
        return ";".join(joined)

    def _join_remark(self, name: str, line: Line, old: Unit | None, server: Unit, client: Unit) -> None:
        was, mine, yours = (_remark(unit, name) for unit in (old, server, client))
        if yours in (was, mine):
            return
        if mine != was:
            self._note(client.name, mine, yours)
        self.draft.remark(line, name, yours)

    def _categories(self) -> tuple[str, ...] | None:
        """Join the categories by entry; None if one side left them alone."""
        was, ours, theirs = (
            read_categories([line for line in lines if line.name == "CATEGORIES"])
            for lines in (self.base, self.draft.lines, self.client)
        )
        if was in (ours, theirs):
            return None
        before, those = set(was), set(theirs)
        kept = [each for each in ours if each in those or each not in before]
        return tuple(dict.fromkeys((*kept, *(each for each in theirs if each not in before))))

    def _note(self, name: str, server: str, client: str) -> None:
        if name not in _TOUCHES:
            self.conflicts.append(FieldConflict(_FIELDS.get(name, name), server, client))


def _taken(was: Hashable, mine: Hashable, yours: Hashable) -> tuple[bool, bool]:
    """Tell whether the client's value is taken, and whether the server had changed it too."""
    takes = yours not in (mine, was)
    return takes, takes and mine != was


def _remark(unit: Unit | None, name: str) -> str:
    return next((each.text.strip() for each in unit.remarks if each.name == name), "") if unit else ""


def _shown(unit: Unit) -> str:
    return identity(unit.line) if is_binary(unit.line) else unit.line.text
