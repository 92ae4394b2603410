"""A firm with an Exchange Server: ``anna``'s mailbox in the simulator of EWS."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from bridge.simulators.ews import Simulator
from tests.judges.ews_schema import Judge
from tests.judges.firm import LOGIN, Firm

ADDRESS, PASSWORD = "anna@contoso.example", "a password"


class Clock:
    """Each look at it is a second later: DavMail's versions are seconds."""

    def __init__(self) -> None:
        self._now = datetime.now(UTC).replace(microsecond=0) - timedelta(days=1)

    def __call__(self) -> datetime:
        self._now += timedelta(seconds=1)
        return self._now


class Exchange(Firm):
    """``ews`` with the mailbox ``anna``."""

    password = PASSWORD

    def __init__(self) -> None:
        self.ews = Simulator(Clock())
        super().__init__(self.ews, Judge())
        self.anna = self.ews.mailbox(ADDRESS, LOGIN, PASSWORD)

    @property
    def place(self) -> tuple[str, ...]:
        return "--to", "ews", "--url", self.ews.url, "--login", LOGIN, "--mailbox", ADDRESS
