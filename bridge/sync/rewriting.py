"""What a server wrote otherwise than it was sent, where a killed run never saw the answer.

A title in capitals, a number without its blanks, a name made anew of its parts: that is the server's hand and no edit
of a person, although it is not what was sent. Anything else that differs from what was sent is taken for an edit.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any

from bridge.sync.names import style_of
from bridge.sync.pairing import key, partners, same
from storage_plugin.model.contact import FIELDS, LISTS, Contact
from storage_plugin.model.mirror import Item, Link, Photos, Stamp
from storage_plugin.model.view import folded

FILLED_IN = ("formatted_name", "file_as")
"""What a server fills in by itself where it was sent empty."""

_VALUES = tuple(name for name in FIELDS if name != "photo")


def after_change(link: Link, sent: Contact, version: str, stamp: Stamp, item: Item) -> Link:
    """Give the link after ``sent`` was sent to an item then at ``version``, whatever came of it.

    ``sent.photo`` is the fingerprint of the picture that was sent, ``""`` for none.
    """
    if item.version == version or item.stamp != stamp:
        return link
    if sent.photo and item.photo not in (None, "", link.photos.theirs):
        link = replace(link, photos=Photos(sent.photo, item.photo or ""))
    return settled(link, sent, item.view) if _was_done(link, sent, item.view) else link


def settled(link: Link, sent: Contact, found: Contact) -> Link:
    """Give a link that remembers the server's way with ``sent``, as far as it is seen in the item as it is ``found``.

    Both sides then count as unchanged in what was only written otherwise; all the rest is merged as ever.
    """
    ours: dict[str, Any] = {}
    theirs: dict[str, Any] = {}
    for name in _VALUES:
        was, wrote, now = (getattr(contact, name) for contact in (link.theirs, sent, found))
        if now != wrote and _is_rewritten(name, sent, found):
            theirs[name] = now
            if wrote != was:
                ours[name] = wrote
    for name in LISTS:
        was, wrote, now = (getattr(contact, name) for contact in (link.theirs, sent, found))
        found_as = ((wrote[at], item) for at, item in _paired(wrote, now))
        pairs = [(one, item) for one, item in found_as if one != item and _is_like(one, item)]
        if pairs:
            theirs[name] = _with(was, wrote, {before: after for before, after in pairs})
            ours[name] = _with(getattr(link.ours, name), wrote, {one: one for one, _ in pairs if one not in was})
    return replace(link, ours=replace(link.ours, **ours), theirs=replace(link.theirs, **theirs))


def _was_done(link: Link, sent: Contact, found: Contact) -> bool:
    """Tell whether a change that was sent is seen in the item, be it in the server's way of writing."""
    for name in _VALUES:
        was, wrote, now = (getattr(contact, name) for contact in (link.theirs, sent, found))
        if wrote != was and now != was and (now == wrote or _is_rewritten(name, sent, found)):
            return True
    for name in LISTS:
        was, wrote, now = (getattr(contact, name) for contact in (link.theirs, sent, found))
        new = [item for item in wrote if item not in was]
        if any(item not in was and _is_like(new[at], item) for at, item in _paired(new, now)):
            return True
    return False


def _is_rewritten(name: str, sent: Contact, found: Contact) -> bool:
    wrote, now = getattr(sent, name), getattr(found, name)
    if name in FILLED_IN and not wrote:
        return True
    if name == "formatted_name" and now and style_of(replace(sent, formatted_name=now)):
        return True
    return _is_text_like(wrote, now)


def _is_like(wrote: Any, now: Any) -> bool:
    """Tell whether an item of a list is the one that was sent, though some of it may be left out."""
    if isinstance(wrote, str):
        return _is_text_like(wrote, now)
    pairs = [(getattr(wrote, part.name), getattr(now, part.name)) for part in fields(wrote)]
    return all(one == other or not other or _is_text_like(one, other) for one, other in pairs)


def _is_text_like(one: Any, other: Any) -> bool:
    return isinstance(one, str) and isinstance(other, str) and bool(_bare(one)) and _bare(one) == _bare(other)


def _bare(text: str) -> str:
    return "".join(sign for sign in folded(text) if sign.isalnum())


def _paired(wrote: Sequence[Any], now: Sequence[Any]) -> list[tuple[int, Any]]:
    """Give those of ``now`` that were sent by the same key, each with the place of what was sent."""
    found = zip(same(wrote, now), now, strict=True)
    return [(at, item) for at, item in found if at is not None and key(wrote[at]) == key(item)]


def _with(base: Sequence[Any], wrote: Sequence[Any], instead: dict[Any, Any]) -> tuple[Any, ...]:
    """Give ``base`` with what became of the items of ``wrote``, each in the place of what it was before."""
    result = list(base)
    for item, before in zip(wrote, partners(base, wrote), strict=True):
        if item in instead:
            if before is None:
                result.append(instead[item])
            else:
                result[before] = instead[item]
    return tuple(result)
