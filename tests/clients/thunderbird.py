"""Thunderbird without a screen: a profile of its own with one CardDAV address book, led through Marionette."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.clients.marionette import Marionette
from tests.clients.server import free_port

DEEDS = Path(__file__).with_name("thunderbird.js").read_text("utf-8")
INSTALL = Path(__file__).with_name("install.sh")

PREFERENCES: dict[str, Any] = {
    # Nothing asks or explains at the start.
    "app.donation.eoy.version.viewed": 999,
    "app.update.auto": False,
    "browser.cache.disk.enable": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "mail.provider.suppress_dialog_on_startup": True,
    "mail.rights.version": 1,
    "mail.shell.checkDefaultClient": False,
    "mail.spotlight.firstRunDone": True,
    "mail.winsearch.firstRunDone": True,
    "mailnews.start_page.enabled": False,
    "mailnews.start_page_override.mstone": "ignore",
    "toolkit.telemetry.enabled": False,
    # Everything but this machine is behind a proxy that is not there.
    "network.proxy.type": 1,
    "network.proxy.http": "127.0.0.1",
    "network.proxy.http_port": 9,
    "network.proxy.ssl": "127.0.0.1",
    "network.proxy.ssl_port": 9,
    "network.dns.disablePrefetch": True,
}


@dataclass(frozen=True)
class Shown:
    """A card as Thunderbird has it; an entry is (name, parameters, type, value)."""

    uid: str
    etag: str
    href: str
    text: str
    name: str
    photo: str | None
    entries: list[tuple[str, dict[str, Any], str, Any]]

    def values(self, name: str) -> list[Any]:
        """Give the values of a property, in order."""
        return [value for each, _, _, value in self.entries if each == name]

    def value(self, name: str) -> Any:
        """Give the first value of a property, or None."""
        return next(iter(self.values(name)), None)


class Thunderbird:
    """One running profile."""

    def __init__(self, folder: Path) -> None:
        installed = program()
        port = free_port()
        profile, home = folder / "profile", folder / "home"
        for each in (profile, home):
            each.mkdir(parents=True)
        _write_preferences(profile, PREFERENCES | {"marionette.port": port})
        self._log = (folder / "thunderbird.log").open("wb")
        self._process = subprocess.Popen(
            [
                installed,
                "--headless",
                "--marionette",
                "--remote-allow-system-access",
                "--no-remote",
                "-profile",
                profile,
            ],
            stdout=self._log,
            stderr=subprocess.STDOUT,
            env=os.environ | {"HOME": str(home), "MOZ_CRASHREPORTER_DISABLE": "1", "MOZ_HEADLESS": "1"},
        )
        try:
            self._marionette = Marionette(port)
        except BaseException:
            self._end()
            raise

    @property
    def version(self) -> str:
        """Give the version as Thunderbird tells it."""
        return str(self._marionette.capabilities["browserVersion"])

    def subscribe(self, user: str, password: str, location: str) -> list[dict[str, str]]:
        """Find the address books at a location, add the first and fill it; give what was found."""
        found: list[dict[str, str]] = self._do("subscribe", user, password, location)
        return found

    def sync(self) -> str:
        """Synchronise, and give the token for the next time."""
        return str(self._do("sync"))

    def cards(self) -> dict[str, Shown]:
        """Give all cards by their UIDs."""
        shown = (
            Shown(**{**each, "entries": [tuple(entry) for entry in each["entries"]]}) for each in self._do("cards")
        )
        return {card.uid: card for card in shown}

    def card(self, uid: str) -> Shown:
        """Give one card."""
        return self.cards()[uid]

    def create(self, *entries: tuple[str, dict[str, Any], str, Any]) -> str:
        """Make a contact of the given entries, and give its UID."""
        return str(self._do("create", entries))

    def edit(self, uid: str, *edits: tuple[str, list[tuple[dict[str, Any], str, Any]]]) -> None:
        """Change a contact: each edit names a property and the (parameters, type, value) it has from now on."""
        assert self._do("edit", uid, edits) == 1, "Thunderbird saw nothing to send"

    def set_text(self, uid: str, name: str, value: Any) -> None:
        """Give a contact one value of a text property in place of those it has."""
        self.edit(uid, (name, [({}, "text", value)]))

    def photograph(self, uid: str, url: str) -> None:
        """Give a contact a photo; the URL is a data URL."""
        assert self._do("photograph", uid, url) == 1

    def delete(self, uid: str) -> None:
        """Delete a contact."""
        assert self._do("remove", uid) == 1

    def close(self) -> None:
        """End the program."""
        try:
            self._marionette.quit()
            self._process.wait(20)
        finally:
            self._end()

    def _do(self, deed: str, *arguments: Any) -> Any:
        return self._marionette.run(DEEDS, deed, *arguments)

    def _end(self) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait(20)
        self._log.close()


def program() -> str:
    """Give the path of Thunderbird, installed if need be and if we may."""
    found = shutil.which("thunderbird")
    if not found:
        told = subprocess.run(["sh", str(INSTALL)], capture_output=True, text=True, timeout=240)
        assert told.returncode == 0, told.stderr.strip().splitlines()[-1]
        found = shutil.which("thunderbird")
    assert found
    return found


def _write_preferences(profile: Path, preferences: dict[str, Any]) -> None:
    lines = [f"user_pref({json.dumps(name)}, {json.dumps(value)});\n" for name, value in preferences.items()]
    (profile / "user.js").write_text("".join(lines), "utf-8")
