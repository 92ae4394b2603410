"""From a mirror's settings and secrets to its target, ready for a run."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import aiohttp

from bridge.mirroring.places import CardDavPlace, EwsPlace, FilePlace, GraphPlace, SharePointPlace
from bridge.mirroring.settings import PASSWORD, SECRET, TOKENS, MirrorSettings
from bridge.targets.base import Forbidden, SignInNeeded, Target
from bridge.targets.carddav.client import Client
from bridge.targets.carddav.contacts import CardDavTarget
from bridge.targets.file.kinds import target_at
from bridge.targets.graph.client import GraphClient, GraphFolder
from bridge.targets.graph.contacts import GraphTarget
from bridge.targets.graph.loopback import LoopbackTokens, is_loopback
from bridge.targets.graph.sign_in import SCOPES, SITE_SCOPES, AppTokens, DeviceCode, PersonTokens, Registration
from bridge.targets.graph_http import GraphHttp, Tokens
from bridge.targets.mapped import MappedTarget
from bridge.targets.pacing import Pace
from bridge.targets.sharepoint.contacts import SharePointTarget
from bridge.targets.sharepoint.graph_list import REQUESTS, WINDOW, GraphList, Where
from bridge.targets.sharepoint.rest_http import RestHttp, new_session
from bridge.targets.sharepoint.rest_list import RestList
from storage_plugin.database.mirrors import Mirror, Mirrors

Save = Callable[[Mapping[str, str]], None]
Registered = GraphPlace | SharePointPlace
"""The places that an app registered at Microsoft reaches."""


def pace_of(settings: MirrorSettings) -> Pace:
    """Give the pace for a place that nobody has asked yet."""
    if isinstance(settings.place, SharePointPlace):
        return Pace(time.monotonic, asyncio.sleep, limit=REQUESTS, window=WINDOW)
    return Pace(time.monotonic, asyncio.sleep)


class Connector:
    """Connects mirrors; what it must not forget between two runs is each one's pace, and an app's token."""

    def __init__(self, mirrors: Mirrors, pace_of: Callable[[MirrorSettings], Pace] = pace_of) -> None:
        self._mirrors = mirrors
        self._pace_of = pace_of
        self._paces: dict[int, Pace] = {}
        self._tokens: dict[Registration, Tokens] = {}

    async def __call__(self, mirror: Mirror, settings: MirrorSettings) -> Target:
        """Give the target of a mirror, not opened yet; raise VaultError, TargetError."""
        secrets = await asyncio.to_thread(self._mirrors.secrets, mirror.id) if _needs_secrets(settings) else {}
        pace = self._paces.setdefault(mirror.id, self._pace_of(settings))
        save = partial(self._mirrors.keep_secrets, mirror.id)
        return connect(settings, secrets, save, folder=mirror.folder, pace=pace, known=self._tokens)


def connect(
    settings: MirrorSettings,
    secrets: Mapping[str, str],
    save: Save,
    *,
    folder: str = "",
    pace: Pace | None = None,
    known: dict[Registration, Tokens] | None = None,
) -> Target:
    """Give the target that ``settings`` say, behind their field map (within a running event loop).

    ``save`` keeps changed secrets; ``folder`` is what an earlier run found, ``known`` the apps that are signed in
    already. Raises TargetError where it can be told without asking anybody.
    """
    apps = {} if known is None else known
    target = _connected(settings, secrets, save, apps, folder=folder, pace=pace)
    return target if settings.map.is_empty else MappedTarget(target, settings.field_map)


@asynccontextmanager
async def closing(target: Target) -> AsyncIterator[Target]:
    """Close a target in the end."""
    try:
        yield target
    finally:
        await target.close()


async def sign_in(settings: MirrorSettings, show: Callable[[DeviceCode], None]) -> dict[str, str]:
    """Let a person sign in where this is needed; give what is to be kept. Raises SignInNeeded, Unreachable."""
    place = settings.place
    if not isinstance(place, Registered) or place.sign_in != "person":
        return {}
    kept: dict[str, str] = {}
    tokens = _person_tokens(place, {}, kept.update)
    code = await tokens.begin()
    show(code)
    await tokens.finish(code)
    return kept


def _connected(
    settings: MirrorSettings,
    secrets: Mapping[str, str],
    save: Save,
    apps: dict[Registration, Tokens],
    *,
    folder: str,
    pace: Pace | None,
) -> Target:
    match settings.place:
        case GraphPlace() as place:
            tokens = _tokens(place, secrets, save, apps)
            http = GraphHttp(aiohttp.ClientSession(), tokens, place.service, pace)
            target = GraphTarget(GraphClient(http, GraphFolder(_mailbox(place), place.folder)))
            target.folder = folder
            return target
        case SharePointPlace(sign_in="password") as place:
            server = RestHttp(new_session(), place.site, place.user, secrets.get(PASSWORD, ""))
            return SharePointTarget(RestList(server, place.list_name), folder)
        case SharePointPlace() as place:
            tokens = _tokens(place, secrets, save, apps)
            http = GraphHttp(aiohttp.ClientSession(), tokens, place.service, pace)
            return SharePointTarget(GraphList(http, Where(place.site, place.list_name)), folder)
        case EwsPlace() as place:
            return _ews(place, secrets, folder)
        case CardDavPlace() as place:
            client = Client(place.url, place.user, secrets.get(PASSWORD, ""))
            return CardDavTarget(client, place.book, folder=folder, may_make=place.make)
        case FilePlace() as place:
            return target_at(Path(place.path), folder)


def _ews(place: EwsPlace, secrets: Mapping[str, str], folder: str) -> Target:
    try:
        from bridge.targets.ews.client import EwsClient
        from bridge.targets.ews.connection import EwsAccount, EwsConnection
        from bridge.targets.ews.contacts import EwsTarget
    except ModuleNotFoundError as error:
        raise Forbidden("Exchange Server needs a further library: pip install 'contact-bridge[ews]'.") from error
    account = EwsAccount(
        url=place.url,
        mailbox=place.address,
        login=place.user,
        password=secrets.get(PASSWORD, ""),
        scheme=place.auth,
        impersonates=place.impersonate,
    )
    target = EwsTarget(EwsClient(EwsConnection(account), place.folder))
    target.folder = folder
    return target


def _person_tokens(place: Registered, secrets: Mapping[str, str], save: Save) -> PersonTokens:
    scopes = SITE_SCOPES if isinstance(place, SharePointPlace) else SCOPES
    return PersonTokens(
        _registration(place), secrets.get(TOKENS, ""), lambda saved: save({TOKENS: saved}), scopes=scopes
    )


def _tokens(place: Registered, secrets: Mapping[str, str], save: Save, apps: dict[Registration, Tokens]) -> Tokens:
    if place.sign_in == "person":
        return _person_tokens(place, secrets, save)
    if SECRET not in secrets:
        raise SignInNeeded("The secret of the app registration is missing: enter it with `mirror change`.")
    registration = _registration(place, secrets[SECRET])
    if registration not in apps:
        kind = LoopbackTokens if is_loopback(place.authority) else AppTokens
        apps[registration] = kind(registration)
    return apps[registration]


def _registration(place: Registered, secret: str = "") -> Registration:
    return Registration(place.client_id, place.tenant, secret, place.authority)


def _mailbox(place: GraphPlace) -> str:
    return place.mailbox if place.sign_in == "app" else ""


def _needs_secrets(settings: MirrorSettings) -> bool:
    return not isinstance(settings.place, FilePlace)
