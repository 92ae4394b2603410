"""What a record should be without some of its changes, whoever made them (``undo``, or a run of a mirror): pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields, replace
from typing import Any, Literal

from storage_plugin.database import business
from storage_plugin.database.timeline import State, Timeline
from storage_plugin.model.contact import Contact
from storage_plugin.model.marking import N_
from storage_plugin.vcard.mapping import contact_from_vcard, vcard_with
from storage_plugin.vcard.merge import merged


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a record should be without what is undone."""

    is_alive: bool
    text: str
    vcard_version: str


def without(life: Timeline, is_undone: Callable[[int], bool]) -> Wanted | str | None:
    """Say what a record should be without the changes of some numbers; a text says why that is not known.

    None: none of its changes is one of these.
    """
    steps = _steps(life)
    theirs = [is_undone(step.number) for step in steps]
    if not any(theirs):
        return None
    first = theirs.index(True)
    if first == 0 and steps[0].before is None:
        if not all(theirs[at] or steps[at].kind == "deleted" for at in range(len(steps))):
            return N_("others have worked on it since")
        return Wanted(False, life.states[-1].text, life.states[-1].vcard_version)
    start = steps[first].before or life.states[0]
    is_alive, result = steps[first].kind != "restored", start
    for step, is_theirs in zip(steps[first:], theirs[first:], strict=True):
        if is_theirs:
            continue
        is_alive = step.kind != "deleted"
        if step.before is not None and step.after is not None:
            result = _carried(step.before, result, step.after)
    return Wanted(is_alive, result.text, result.vcard_version)


def outcome(
    row: Mapping[str, Any], life: Timeline, wanted: Wanted
) -> Literal["deleted", "restored", "reverted"] | None:
    """Say what making a record (its card or trash row) what it should be means; None where it is so already."""
    if not wanted.is_alive:
        return "deleted" if life.is_alive else None
    if not life.is_alive:
        return "restored"
    said = (slim_text(row, wanted), wanted.vcard_version)
    return "reverted" if said != (row["text"], row["vcard_version"]) else None


def slim_text(row: Mapping[str, Any], wanted: Wanted) -> str:
    """Give the text that a record should have, under the UID that it has now."""
    return business.with_uid(wanted.text, business.uid_of(row["text"]))


@dataclass(frozen=True, slots=True)
class _Step:
    kind: Literal["created", "changed", "deleted", "restored"]
    number: int
    before: State | None
    after: State | None


def _steps(life: Timeline) -> list[_Step]:
    steps: list[_Step] = []
    before: State | None = None
    for state in life.states:
        if before is None:
            steps.append(_Step("created", state.from_number, None, state))
        elif before.until_number == state.from_number:
            steps.append(_Step("changed", state.from_number, before, state))
        else:
            steps.append(_Step("deleted", before.until_number or 0, before, None))
            steps.append(_Step("restored", state.from_number, before, state))
        before = state
    if before is not None and before.until_number is not None:
        steps.append(_Step("deleted", before.until_number, before, None))
    return steps


def _carried(before: State, onto: State, after: State) -> State:
    """Make the edit that led from ``before`` to ``after`` to ``onto``; where both differ, it wins."""
    if before.vcard_version == onto.vcard_version == after.vcard_version:
        return replace(after, text=merged(before.text, onto.text, after.text).text)
    was, now = contact_from_vcard(before.text), contact_from_vcard(after.text)
    names = [each.name for each in fields(Contact) if getattr(now, each.name) != getattr(was, each.name)]
    edited = {name: getattr(now, name) for name in names}
    return replace(onto, text=vcard_with(onto.text, replace(contact_from_vcard(onto.text), **edited)))
