"""Does a connection work, and can its folder do what a mirror needs? Asked of a mirror, or before there is one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from bridge.mirroring.connecting import closing, connect
from bridge.mirroring.running import Runner
from bridge.mirroring.self_test import own_folder, self_test
from bridge.mirroring.settings import MirrorSettings
from bridge.targets.base import Step, Target
from storage_plugin.database.mirrors import Mirror
from storage_plugin.model.book import BookError

Steps = Callable[[Step], None]


class CheckFailed(BookError):
    """A connection does not work; the text is the sentence of the step that failed."""


async def check(runner: Runner, mirror: Mirror, say: Steps) -> None:
    """Check a mirror's connection step by step; raise CheckFailed at the first step that fails."""
    async with runner.connected(mirror) as (target, _):
        await _checked(target, say)


async def check_new(settings: MirrorSettings, secrets: Mapping[str, str], say: Steps) -> None:
    """Check a connection before anything is set up (BC-9); raise CheckFailed."""
    async with closing(connect(settings, secrets, lambda _: None)) as target:
        await _checked(target, say)


async def live_check(runner: Runner, mirror: Mirror, settings: MirrorSettings, say: Steps) -> None:
    """Try a mirror out against the service, in a folder of its own; raise CheckFailed."""
    async with closing(await runner.connect(replace(mirror, folder=""), own_folder(settings))) as target:
        await _tried(target, say)


async def live_check_new(settings: MirrorSettings, secrets: Mapping[str, str], say: Steps) -> None:
    """Try a target out before anything is set up, in a folder of its own; raise CheckFailed."""
    async with closing(connect(own_folder(settings), secrets, lambda _: None)) as target:
        await _tried(target, say)


async def _checked(target: Target, say: Steps) -> None:
    async for step in target.check():
        say(step)
        if not step.passed:
            raise CheckFailed(step.cure or f"the step {step.name!r} failed")


async def _tried(target: Target, say: Steps) -> None:
    if not await self_test(target, say):
        raise CheckFailed("the self-test did not pass: see the step that failed")
