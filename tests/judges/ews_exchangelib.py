"""exchangelib as a person's own client: what it writes arrives on a phone over CardDAV, and back.

Run by ``make judges``; single operations are in tests/simulators/ews/test_exchangelib.py.
"""

from __future__ import annotations

import sys

from exchangelib import UTC, Account, Configuration, Credentials
from exchangelib.indexed_properties import EmailAddress, PhoneNumber
from exchangelib.items import NEVER_OVERWRITE, Contact
from exchangelib.protocol import close_connections

from tests.judges.ews_firm import ADDRESS, PASSWORD, Exchange
from tests.judges.firm import LOGIN
from tests.judges.journey import Journey, Seen
from tests.judges.steps import walk


class Exchangelib:
    """An account that finds out version and sign-in by itself."""

    def __init__(self, url: str) -> None:
        config = Configuration(service_endpoint=url, credentials=Credentials(LOGIN, PASSWORD))
        self.account = Account(ADDRESS, config=config, access_type="delegate", default_timezone=UTC)

    def make(self, given: str, family: str, seen: Seen) -> None:
        """Save a new contact."""
        Contact(
            account=self.account,
            folder=self.account.contacts,
            display_name=f"{given} {family}",
            given_name=given,
            surname=family,
            job_title=seen.title,
            email_addresses=[EmailAddress(label="EmailAddress1", email=seen.mail)],
            phone_numbers=[PhoneNumber(label="MobilePhone", phone_number=seen.mobile)],
        ).save()

    def find(self, name: str) -> Seen | None:
        """Read a contact."""
        found = self._found(name)
        if found is None:
            return None
        phones = {each.label: each.phone_number for each in found.phone_numbers or ()}
        mails = [each.email for each in found.email_addresses or ()]
        return Seen(found.job_title or "", phones.get("MobilePhone") or "", mails[0] if mails else "")

    def change(self, name: str, title: str) -> None:
        """Write the job title."""
        found = self._found(name)
        assert found is not None
        found.job_title = title
        found.save(update_fields=["job_title"], conflict_resolution=NEVER_OVERWRITE)

    def delete(self, name: str) -> None:
        """Move a contact to the deleted items."""
        found = self._found(name)
        assert found is not None
        found.move_to_trash()

    def _found(self, name: str) -> Contact | None:
        found = list(self.account.contacts.filter(display_name=name))
        assert len(found) <= 1, f"{name} stands {len(found)} times in the mailbox"
        return found[0] if found else None


def main() -> int:
    with Exchange() as firm:
        client = Exchangelib(firm.ews.url)
        try:
            return walk("exchangelib", Journey(firm, client).steps())
        finally:
            close_connections()


if __name__ == "__main__":
    sys.exit(main())
