"""A self-test of a mirror's target against the real service, in a folder of its own; it cleans up after itself.

What it makes carries a stamp that no mirror has, so that what a broken self-test left is known and removed by the
next. Whatever else is in the folder is not touched, and a folder with anything else in it is not removed.
"""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

from bridge.mirroring.places import CardDavPlace, EwsPlace, FilePlace, GraphPlace, SharePointPlace
from bridge.mirroring.settings import MapSettings, MirrorSettings, WrongMirrorSettings
from bridge.targets import base
from bridge.targets.base import Create, Delete, Disposable, Operation, Step, Target, TargetError, Update
from storage_plugin.model.book import ContactId
from storage_plugin.model.contact import Contact, Email, Phone, PostalAddress
from storage_plugin.model.mirror import Flag, Item, ItemId, Stamp

NAME = "Contact Bridge self-test"
FLAG = Flag(NAME, "preset9")
STAMP = Stamp("contact-bridge", "self-test", ContactId(1))
PERSON = Contact(
    formatted_name="Selma Selftest",
    given_name="Selma",
    family_name="Selftest",
    company="Contact Bridge",
    job_title="Tester",
    note="Made by a self-test; it may be deleted.",
    emails=(Email("selma@contact-bridge.example", "work"),),
    phones=(Phone("+49 30 5550100", "work"), Phone("+49 171 5550101", "mobile")),
    addresses=(PostalAddress(street="Hauptstraße 1", city="Köln", postal_code="50667", kind="work"),),
    categories=("Friend",),
)
MADE_BY_SERVERS = {"formatted_name", "file_as"}
PATIENCE = 20
"""Seconds that a service may take to tell of a change."""

Say = Callable[[Step], None]
Pause = Callable[[float], Awaitable[None]]


class _Failed(Exception):
    """A step failed; the text says what to do."""


def own_folder(settings: MirrorSettings) -> MirrorSettings:
    """Give the settings with a folder of the self-test's own, and everything where it always stands.

    Raises WrongMirrorSettings where no folder can be made.
    """
    settings = settings.model_copy(update={"map": MapSettings()})
    match settings.place:
        case SharePointPlace() as place:
            return settings.model_copy(update={"place": place.model_copy(update={"list_name": NAME})})
        case GraphPlace() | EwsPlace() as place:
            return settings.model_copy(update={"place": place.model_copy(update={"folder": NAME})})
        case CardDavPlace() as place:
            return settings.model_copy(update={"place": place.model_copy(update={"book": NAME, "make": True})})
        case FilePlace() as place:
            path = Path(place.path)
            own = str(path.with_name(NAME + path.suffix))
            return settings.model_copy(update={"place": place.model_copy(update={"path": own})})
        case place:
            raise WrongMirrorSettings(
                f"a self-test needs a folder of its own, and cannot make one for {place.kind}: "
                "use `mirror check` without --live"
            )


async def self_test(target: Target, say: Say, pause: Pause = asyncio.sleep) -> bool:
    """Try everything that a mirror does, step by step up to the first that fails; tell whether all passed.

    What was made is removed in any case, also when the program is interrupted.
    """
    trial = _Trial(target, say, pause)
    passed = cleaned = False
    try:
        passed = await trial.run()
    finally:
        cleaned = await trial.clean_up()
    return passed and cleaned


class _Trial:
    def __init__(self, target: Target, say: Say, pause: Pause) -> None:
        self.target = target
        self.say = say
        self.pause = pause
        self.is_open = False
        self.cursor = ""
        self.sent = target.shape.view(PERSON).view
        self.item = Item(ItemId(""), "", Contact())
        self.old_version = ""

    async def run(self) -> bool:
        async for step in self.target.check():
            self.say(step)
            if not step.passed:
                return False
        steps: dict[str, Callable[[], Awaitable[str | None]]] = {
            f"make the folder {NAME!r}": self._open,
            "create a contact": self._create,
            "read it back": self._read_back,
            "find it by its hidden mark": self._find,
            "category": self._category,
            "picture": self._picture,
            "change it": self._change,
            "hear of the change": self._hear,
            "notice a conflict": self._conflict,
            "delete it": self._delete,
        }
        return all([await self._passes(name, work) for name, work in steps.items() if not self._stopped])

    _stopped = False

    async def _passes(self, name: str, work: Callable[[], Awaitable[str | None]]) -> bool:
        try:
            note = await work()
        except _Failed as failed:
            self.say(Step(name, False, str(failed)))
        except TargetError as error:
            self.say(Step(name, False, cure_of(error)))
        else:
            self.say(Step(name, True, note or ""))
            return True
        self._stopped = True
        return False

    # --- the steps ---

    async def _open(self) -> str | None:
        await self.target.open(FLAG)
        self.is_open = True
        own, others = await self._content()
        if others:
            raise _Failed(f"There are {others} contacts of somebody's in it: rename the folder; nothing was touched.")
        await self._remove(own)
        self.cursor = (await self.target.changes(None, {})).cursor
        return "what an earlier self-test left there is removed" if own else None

    async def _create(self) -> None:
        photo = picture() if self.target.shape.photo else None
        self.item = await self._done(Create(self.sent, STAMP, "10001", True, photo))

    async def _read_back(self) -> str | None:
        found = (await self.target.items([self.item.id])).get(self.item.id)
        if found is None:
            raise _Failed("The contact is not there after it was created: try again in a minute.")
        self.item = found
        names = {each for each in Contact.__slots__ if getattr(found.view, each) != getattr(self.sent, each)}
        if changed := sorted(names - MADE_BY_SERVERS):
            options = " ".join(f"--field {name}=keep" for name in changed)
            raise _Failed(f"The service changes {', '.join(changed)}: leave that alone with {options}.")
        return f"the service makes {' and '.join(sorted(names))} itself" if names else None

    async def _find(self) -> None:
        found = await self.target.stamped([STAMP])
        if [each.id for each in found] != [self.item.id] or self.item.customer_number != "10001":
            raise _Failed("The service lost the hidden mark: contacts could be doubled, do not mirror into it.")

    async def _category(self) -> None:
        if not self.item.flagged:
            raise _Failed("The service does not keep the category: mirror with --no-category.")

    async def _picture(self) -> str | None:
        if not self.target.shape.photo:
            return "this target holds no pictures"
        if not await self.target.photo(self.item.id):
            raise _Failed("The service does not keep the picture: mirror with --field photo=keep.")
        return None

    async def _change(self) -> None:
        self.old_version = self.item.version
        view = replace(self.item.view, job_title="Chief tester")
        self.item = await self._done(self._update(view, self.item.version))
        if self.item.view.job_title != "Chief tester":
            raise _Failed("The service does not take the change: mirror with --no-export.")

    async def _hear(self) -> None:
        for _ in range(PATIENCE):
            feed = await self.target.changes(self.cursor, {self.item.id: self.old_version})
            if any(each.id == self.item.id and each.view.job_title == "Chief tester" for each in feed.items):
                return
            await self.pause(1)
        raise _Failed("The service does not tell of the change in time: run the mirror with --full now and then.")

    async def _conflict(self) -> None:
        if self.old_version == self.item.version:
            raise _Failed("The service gives changed contacts no new version: mirror with --no-export.")
        view = replace(self.item.view, job_title="Too late")
        (answer,) = await self.target.apply([self._update(view, self.old_version)])
        if not isinstance(answer, base.Changed):
            raise _Failed("The service does not notice edits made meanwhile: mirror with --no-export.")

    async def _delete(self) -> None:
        (answer,) = await self.target.apply([Delete(self.item.id, self.item.version)])
        if answer is not None or await self.target.items([self.item.id]):
            raise _Failed("The service does not delete the contact: mirror with --no-export.")

    def _update(self, view: Contact, version: str) -> Update:
        return Update(self.item.id, version, self.item.view, view, STAMP, "10001", True)

    async def _done(self, operation: Operation) -> Item:
        (answer,) = await self.target.apply([operation])
        if not isinstance(answer, Item):
            raise _Failed(f"The service refuses: {answer}")
        return answer

    # --- cleaning up ---

    async def clean_up(self) -> bool:
        """Remove what is ours; say so, and what to do where it cannot be removed."""
        if not self.is_open:
            return True
        cure = "The next self-test removes what is left; or delete the folder by hand."
        try:
            own, others = await self._content()
            await self._remove(own)
            own, _ = await self._content()
            if not own and not others and isinstance(self.target, Disposable):
                await self.target.dispose(FLAG)
        except TargetError as error:
            self.say(Step("clean up", False, f"{error} {cure}"))
            return False
        stays = "" if isinstance(self.target, Disposable) and not others else f"the folder {NAME!r} stays"
        self.say(Step("clean up", not own, cure if own else stays))
        return not own

    async def _content(self) -> tuple[list[Item], int]:
        """Read the items that a self-test made, and how many there are besides."""
        feed = await self.target.changes(None, {})
        own = [each for each in feed.items if each.stamp is not None and each.stamp.same_book(STAMP)]
        return own, len(feed.items) + len(feed.unchanged) - len(own)

    async def _remove(self, items: list[Item]) -> None:
        for start in range(0, len(items), self.target.batch):
            some = items[start : start + self.target.batch]
            await self.target.apply([Delete(each.id, each.version) for each in some])


def cure_of(error: TargetError) -> str:
    """Say what went wrong, and what to do."""
    match error:
        case base.SignInNeeded():
            return f"{error} Sign in anew: `contact-bridge mirror change USER --sign-in`."
        case base.Forbidden():
            return f"{error} Grant this permission."
        case base.Unreachable():
            return f"{error} Try again in {max(1, round(error.retry_after))} seconds."
        case base.Full():
            return f"{error} Make room there."
        case _:
            return str(error)


def picture(side: int = 64) -> bytes:
    """Make a small grey JPEG (ITU T.81, baseline): every block is its mean, and every difference nothing."""
    tables = b"\xff\xdb\0\x43\0" + b"\1" * 64
    frame = b"\xff\xc0" + struct.pack(">HBHHBBBB", 11, 8, side, side, 1, 1, 0x11, 0)
    codes = b"".join(b"\xff\xc4\0\x14" + bytes([kind, 1]) + bytes(16) for kind in (0x00, 0x10))
    scan = b"\xff\xda\0\x08\1\1\0\0\x3f\0" + bytes(2 * (side // 8) ** 2 // 8)
    header = b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0"
    return header + tables + frame + codes + scan + b"\xff\xd9"
