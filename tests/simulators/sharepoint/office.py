"""A site with a simulator of Graph before it, and an app's token; every exchange is judged by Microsoft's schema."""

from __future__ import annotations

from bridge.simulators.sharepoint import SITES, Online
from tests.simulators.graph.office import Office as GraphOffice

CONTACTS = "Contacts"


class Office(GraphOffice):
    """The site ``office`` of a tenant, asked by an app that may manage its lists."""

    def __init__(self) -> None:
        super().__init__()
        self.online = Online(self.graph)
        self.site = self.online.site()
        self.token = self.graph.sign_in.token(None, SITES)

    @property
    def list(self):
        """The contacts list, once it was made."""
        found = self.site.titled(CONTACTS)
        assert found is not None
        return found
