"""Lists under the pen: which old line becomes which wanted entry, so that as few bytes as possible change."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import Protocol, TypeVar

from storage_plugin.vcard.draft import Draft
from storage_plugin.vcard.lines import Line

Entry = TypeVar("Entry", bound=Hashable)
Contra = TypeVar("Contra", contravariant=True)


class Create(Protocol[Contra]):
    """How a line for an entry is added."""

    def __call__(self, draft: Draft, entry: Contra, /, after: Line | None = None, before: Line | None = None) -> Line:
        """Add it and give the line."""


def patch(
    draft: Draft,
    current: Sequence[tuple[Entry, Line]],
    wanted: Sequence[Entry],
    likenesses: Sequence[Callable[[Entry], Hashable]],
    change: Callable[[Draft, Line, Entry, Entry], Line],
    create: Create[Entry],
) -> None:
    """Make the lines of ``current`` say ``wanted``, in that order.

    Equal entries keep their line; then those alike by each of ``likenesses`` are paired, then the rest in order.
    Lines without a partner go, entries without one come after their predecessor.
    """
    partners = pair([entry for entry, _ in current], wanted, likenesses)
    for at, (_, line) in enumerate(current):
        if at not in partners:
            draft.remove(line)
    lines: list[Line] = []
    kept = [current[at][1] for at in sorted(at for at in partners if at is not None)]
    for entry, partner in zip(wanted, partners, strict=True):
        if partner is None:
            first = next((line for line in kept if any(line is each for each in draft.lines)), None)
            line = create(draft, entry, after=lines[-1] if lines else None, before=None if lines else first)
        else:
            old, line = current[partner]
            line = line if old == entry else change(draft, line, old, entry)
        lines.append(line)
    draft.reorder(lines)


def pair(
    old: Sequence[Entry], new: Sequence[Entry], likenesses: Sequence[Callable[[Entry], Hashable]]
) -> list[int | None]:
    """Give for each of ``new`` the index of its partner in ``old``, or None."""
    partners: list[int | None] = [None] * len(new)
    free = dict.fromkeys(range(len(old)))
    for like in (_itself, *likenesses, _anything):
        alike: dict[Hashable, list[int]] = {}
        for at in reversed(free):
            alike.setdefault(like(old[at]), []).append(at)
        for at, entry in enumerate(new):
            if partners[at] is None and (candidates := alike.get(like(entry))):
                partners[at] = found = candidates.pop()
                del free[found]
    return partners


def _itself(entry: Hashable) -> Hashable:
    return entry


def _anything(_entry: Hashable) -> Hashable:
    return None
