"""A mirror in memory: both sides, the links, and an interpreter that carries plans out as their words say.

Every lasting effect is one step, and a world can be killed before any of them. The folder either keeps what it is
sent (``perfect``) or writes it in its own way (``stubborn``), as Exchange does with display names.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from itertools import count

from bridge.sync import outcome
from bridge.sync.actions import (
    Action,
    Adopt,
    Ask,
    Create,
    Drop,
    Forget,
    Pair,
    Refresh,
    Remember,
    Remove,
    Revive,
    TakeIn,
    Trash,
    Unmark,
    Update,
)
from bridge.sync.leaving import plan_stop
from bridge.sync.match import counted, match
from bridge.sync.plan import plan, staying
from bridge.sync.policy import Policy
from bridge.sync.putback import putback
from bridge.sync.rewriting import after_change, settled
from bridge.targets.shape import EVERYTHING, Shape, View
from storage_plugin.model.book import ContactId
from storage_plugin.model.contact import Contact
from storage_plugin.model.mirror import NOTHING, Item, ItemId, Link, Local, Origin, Photos, Side
from tests.unit.sync.builders import stamp_of


class Killed(Exception):
    """The process ended here."""


@dataclass(frozen=True)
class Record:
    contact: Contact
    photo: str = ""
    wanted: bool = True
    trashed: bool = False
    plain: bool = False
    revision: int = 1


def perfect(view: Contact) -> Contact:
    return view


def stubborn(view: Contact) -> Contact:
    """Names are made anew, titles are shouted, numbers lose their spaces."""
    name = " ".join(part for part in (view.given_name, view.family_name) if part) or view.formatted_name
    phones = tuple(replace(phone, number=phone.number.replace(" ", "")) for phone in view.phones)
    return replace(view, formatted_name=name, job_title=view.job_title.upper(), phones=phones)


@dataclass
class World:
    policy: Policy = field(default_factory=Policy)
    shape: Shape = EVERYTHING
    stored: object = perfect
    book: dict[ContactId, Record] = field(default_factory=dict)
    folder: dict[ItemId, Item] = field(default_factory=dict)
    links: dict[ContactId, Link] = field(default_factory=dict)
    intents: dict[ContactId, tuple[Contact, str | None]] = field(default_factory=dict)
    """What was to be sent, and to which version of the item; None for one that is to be made."""
    conflicts: list = field(default_factory=list)
    lives: int | None = None
    numbers: count = field(default_factory=lambda: count(1))
    item_numbers: count = field(default_factory=lambda: count(1))
    versions: count = field(default_factory=lambda: count(1))

    # --- what people do ----------------------------------------------------------------------------------------

    def add_record(self, contact: Contact, **more) -> ContactId:
        number = ContactId(next(self.numbers))
        self.book[number] = Record(contact, **more)
        return number

    def add_item(self, view: Contact, **more) -> ItemId:
        id = ItemId(f"item-{next(self.item_numbers)}")
        self.folder[id] = Item(id, self._version(), self.stored(self.fit(view, NOTHING)), **more)
        return id

    def edit_record(self, number: ContactId, **changes) -> None:
        record = self.book[number]
        self.book[number] = replace(record, contact=replace(record.contact, **changes), revision=record.revision + 1)

    def edit_item(self, id: ItemId, **changes) -> None:
        item = self.folder[id]
        view = self.stored(self.fit(replace(item.view, **changes), item.view))
        self.folder[id] = replace(item, view=view, version=self._version())

    # --- a run -------------------------------------------------------------------------------------------------

    def fit(self, view: Contact, present: Contact) -> Contact:
        return self.shape.view(view, View(present, NOTHING)).view

    def plan(self) -> list[Action]:
        return list(plan(self.pairs(), self.policy, self.fit))

    def run(self, lives: int | None = None) -> list[Action]:
        self.lives = lives
        actions = self.plan()
        for action in actions:
            self._carry_out(action)
        return actions

    def stop(self, lives: int | None = None) -> None:
        self.lives = lives
        for action in plan_stop(self.pairs(), self.policy):
            self._carry_out(action)

    def pairs(self) -> list[Pair]:
        self._resolve_intents()
        locals = {number: self.local(number) for number in self.book}
        linked = {link.item for link in self.links.values()}
        pairs = [Pair(link, locals.get(n), self.folder.get(link.item)) for n, link in self.links.items()]
        new = [local for number, local in locals.items() if number not in self.links]
        stay = staying(pairs, self.policy, self.fit)
        others = [counted(pair.link, pair.ours, pair.theirs) for pair in stay]
        found = match(new, [item for id, item in self.folder.items() if id not in linked], stamp_of, others)
        pairs += [Pair(None, *both) for both in found.pairs]
        pairs += [Pair(None, local, None) for local in found.locals]
        return pairs + [Pair(None, None, item) for item in found.items]

    def local(self, number: ContactId, shown: Contact | None = None, kept: Contact = NOTHING) -> Local:
        record, link = self.book[number], self.links.get(number)
        before = View(shown, kept) if shown is not None else View(link.ours, link.kept) if link else None
        view, kept = self.shape.view(record.contact, before)
        flags = {"wanted": record.wanted, "trashed": record.trashed, "plain": record.plain}
        return Local(number, record.revision, view, kept, record.photo, **flags)

    def _carry_out(self, action: Action) -> None:
        self.conflicts += getattr(action, "conflicts", ())
        match action:
            case Create():
                self._create(action)
            case Adopt() | Update() | Revive():
                self._bring_together(action)
            case TakeIn():
                self._take_in(action)
            case Remove() | Unmark():
                self._take_out(action)
            case Trash() | Drop():
                self._step()
                self._trash(action.pair.ours.contact, True)
                self._forget(action)
            case Forget():
                self._step()
                self._forget(action)
            case Refresh() | Ask() | Remember():
                self._step()
                self._settle(action, self._written(action), action.pair.theirs)

    def _create(self, action: Create) -> None:
        self._step()
        ours = action.pair.ours
        self.intents[ours.contact] = (replace(action.view, photo=self.book[ours.contact].photo), None)
        made = self._make(action)
        self._step()
        self._settle(action, ours, made)

    def _bring_together(self, action: Adopt | Update | Revive) -> None:
        number, theirs = action.pair.ours.contact, action.pair.theirs
        if isinstance(action, Adopt):
            self._step()
            self.links[number] = outcome.claimed(action)
        if isinstance(action, Revive):
            self._step()
            self._trash(number, False)
        if not isinstance(action, Adopt) and (link := outcome.unsettled(action)):
            self._step()
            self.links[number] = link
        if isinstance(action, Adopt | Revive) or action.writes_folder:
            theirs = self._write(action)
        self._step()
        self._settle(action, self._written(action), theirs)

    def _take_in(self, action: TakeIn) -> None:
        theirs = action.pair.theirs
        self._step()
        number = self.add_record(action.view, photo=theirs.photo or "", plain=action.plain)
        self._forget(action)
        self._settle(action, self.local(number, action.view), theirs)
        if not action.plain:
            self._step()
            done = replace(theirs, stamp=stamp_of(number), flagged=action.flagged, version=self._version())
            self.folder[theirs.id] = done
            self._step()
            self._settle(action, self.local(number, action.view), done)

    def _take_out(self, action: Remove | Unmark) -> None:
        ours, theirs = action.pair.ours, action.pair.theirs
        if action.edited:
            self._step()
            if action.takes_in:
                self._trash(ours.contact, False)
            ours = self._written(action)
            self.links[ours.contact] = outcome.taken_first(action, ours)
        self._step()
        if isinstance(action, Remove):
            del self.folder[theirs.id]
        else:
            theirs = self._give_back(action)
        self._step()
        self._forget(action)
        if isinstance(action, Unmark) and action.stays_known:
            number = action.pair.link.contact
            known = ours or Local(number, 1, action.pair.link.ours)
            self.links[number] = outcome.link_after(action, known, theirs)

    def _trash(self, number: ContactId, trashed: bool) -> None:
        self.book[number] = replace(self.book[number], trashed=trashed)

    def _make(self, action: Create) -> Item:
        self._step()
        number = action.pair.ours.contact
        photo = self._as_sent(self.book[number].photo)
        id = self.add_item(action.view, stamp=stamp_of(number), flagged=action.flagged, photo=photo)
        return self.folder[id]

    def _write(self, action: Adopt | Update | Revive) -> Item:
        self._step()
        item = self.folder[action.pair.theirs.id]
        sent = replace(action.theirs or item.view, photo=action.pair.ours.photo * (action.photo is Side.THEIRS))
        self.intents[action.pair.ours.contact] = (sent, item.version)
        self._step()
        view = item.view if action.theirs is None else self.stored(action.theirs)
        photo = self._as_sent(action.pair.ours.photo) if action.photo is Side.THEIRS else item.photo
        stamp = stamp_of(action.pair.ours.contact)
        done = replace(item, view=view, photo=photo, stamp=stamp, flagged=action.flagged, version=self._version())
        self.folder[item.id] = done
        return done

    def _give_back(self, action: Unmark) -> Item:
        item, view = self.folder[action.pair.theirs.id], self.stored(action.theirs)
        photo = item.photo if action.photo is None else action.photo
        done = replace(
            item,
            view=view,
            photo=photo,
            stamp=None,
            flagged=action.flagged,
            version=self._version(),
        )
        self.folder[item.id] = done
        return done

    def _written(self, action: Action) -> Local:
        """Write what the action has for our side; give the record then."""
        ours, theirs = action.pair.ours, action.pair.theirs
        record = self.book[ours.contact]
        if (view := getattr(action, "ours", None)) is not None:
            contact = putback(record.contact, ours.view, ours.kept, view)
            record = replace(record, contact=contact, revision=record.revision + 1)
        if getattr(action, "photo", None) is Side.OURS:
            record = replace(record, photo=theirs.photo)
        self.book[ours.contact] = record
        shown = getattr(action, "shown", None) or view or ours.view
        return self.local(ours.contact, shown, ours.kept)

    def _settle(self, action: Action, ours: Local, theirs: Item) -> None:
        link = outcome.link_after(action, ours, theirs)
        self.intents.pop(ours.contact, None)
        self.links[ours.contact] = link

    def _forget(self, action: Action) -> None:
        if action.pair.link is not None:
            self.links.pop(action.pair.link.contact, None)

    def _resolve_intents(self) -> None:
        """Look for what a killed run created, before anything is created again."""
        for number, (view, version) in self.intents.items():
            link = self.links.get(number)
            if version is not None:
                if link is not None and (item := self.folder.get(link.item)) is not None:
                    self.links[number] = after_change(link, view, version, stamp_of(number), item)
                continue
            made = [item for item in self.folder.values() if item.stamp == stamp_of(number)]
            linked = {link.item for link in self.links.values()}
            if made and made[0].id not in linked:
                photos, view = Photos(view.photo, made[0].photo or ""), replace(view, photo="")
                link = Link(
                    number, made[0].id, made[0].version, Origin.CREATED, view, view, photos, flagged=made[0].flagged
                )
                self.links[number] = settled(link, view, made[0].view)
        self.intents.clear()

    def _as_sent(self, photo: str) -> str:
        return photo if self.stored is perfect or not photo else f"{photo.rstrip('*')}*"

    def _version(self) -> str:
        return f"v{next(self.versions)}"

    def _step(self) -> None:
        if self.lives is not None:
            if self.lives == 0:
                raise Killed
            self.lives -= 1
