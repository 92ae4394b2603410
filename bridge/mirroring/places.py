"""Where a mirror's folder is, for each kind of it, as typed and checked values."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit, urlunsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from storage_plugin.model.marking import N_

KINDS = {
    "graph": N_("Contacts of an Exchange Online or outlook.com mailbox (Microsoft Graph)"),
    "ews": N_("Contacts of a mailbox on Exchange Server 2016, 2019 or Subscription Edition (EWS)"),
    "sharepoint": N_("A contacts list of a SharePoint site"),
    "carddav": N_("An address book on another CardDAV server"),
    "file": N_("A folder of vCards on this machine"),
}
"""What can be chosen (BCM-21), each with what it is."""

NOT_BUILT = {
    "pst": "Outlook data files",
}


class Value(BaseModel):
    """A settled value; what it does not know is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class GraphPlace(Value):
    """A contacts folder of a mailbox; ``folder`` ``""`` is the default folder Contacts.

    ``sign_in``: ``app`` as an app registration with a secret, for the ``mailbox``; ``person`` as who types a code.
    ``service`` and ``authority`` differ in national clouds.
    """

    kind: Literal["graph"] = "graph"
    sign_in: Literal["app", "person"]
    client_id: str = Field(min_length=1)
    tenant: str = "consumers"
    mailbox: str = ""
    folder: str = ""
    service: str = "https://graph.microsoft.com/v1.0"
    authority: str = "https://login.microsoftonline.com"


class SharePointPlace(Value):
    """A contacts list of a site, made if there is none of that name; ``site`` is its address in a browser.

    ``sign_in``: SharePoint Online as an app registration with a secret (``app``), or as who types a code
    (``person``); SharePoint Server on-premises as ``user`` with a password (``password``).
    """

    kind: Literal["sharepoint"] = "sharepoint"
    sign_in: Literal["app", "person", "password"]
    site: str
    list_name: str = Field(default="Contacts", min_length=1, max_length=255)
    user: str = ""
    client_id: str = ""
    tenant: str = ""
    service: str = "https://graph.microsoft.com/v1.0"
    authority: str = "https://login.microsoftonline.com"

    @field_validator("site")
    @classmethod
    def _address(cls, site: str) -> str:
        if not re.fullmatch(r"https?://[^/]+(/.*)?", site):
            raise ValueError("this must be the address of the site as in a browser, https://…")
        return site

    @model_validator(mode="after")
    def _whole(self) -> SharePointPlace:
        if self.sign_in == "password" and not self.user:
            raise ValueError("SharePoint Server needs a user name (DOMAIN\\name)")
        if self.sign_in != "password" and not (self.client_id and self.tenant):
            raise ValueError("SharePoint Online needs the client id and the tenant of an app registration")
        return self


class EwsPlace(Value):
    """A contacts folder of a mailbox on Exchange Server; ``folder`` ``""`` is the default folder Contacts.

    ``url`` is a server's name, or the whole address of its Exchange.asmx. ``user`` is ``DOMAIN\\name`` or
    ``name@domain``; the mailbox is an e-mail address, that of the user where none is given. ``impersonate``: the user
    is a service account that acts as the mailbox's owner. ``auth`` ``kerberos``: the user is ``name@REALM``, empty
    where the process has one ticket alone.
    """

    kind: Literal["ews"] = "ews"
    url: str = Field(min_length=1)
    user: str = ""
    mailbox: str = ""
    folder: str = ""
    auth: Literal["ntlm", "basic", "kerberos"] = "ntlm"
    impersonate: bool = False

    @field_validator("url")
    @classmethod
    def _whole(cls, url: str) -> str:
        parts = urlsplit(url if "://" in url else f"https://{url}")
        if parts.scheme != "https" and parts.hostname not in ("127.0.0.1", "localhost", "::1"):
            raise ValueError("the address must begin with https, or others could read the password")
        return urlunsplit(parts._replace(path=parts.path.rstrip("/") or "/EWS/Exchange.asmx"))

    @model_validator(mode="after")
    def _has_names(self) -> EwsPlace:
        if self.auth != "kerberos" and not self.user:
            raise ValueError("say with --login who signs in: DOMAIN\\name or name@domain")
        if self.auth == "kerberos" and "\\" in self.user:
            raise ValueError("with Kerberos the user name is name@REALM, or empty for the only ticket there is")
        if "@" not in self.address:
            raise ValueError("say with --mailbox whose mailbox it is, by its e-mail address")
        return self

    @property
    def address(self) -> str:
        """Give the mailbox' e-mail address."""
        return self.mailbox or self.user


class CardDavPlace(Value):
    """An address book on another server; ``book`` is its name where the address leads to several."""

    kind: Literal["carddav"] = "carddav"
    url: str = Field(min_length=1)
    user: str = ""
    book: str = ""
    make: bool = False


class FilePlace(Value):
    """A folder of vCards; ``path`` is absolute."""

    kind: Literal["file"] = "file"
    path: str = Field(min_length=1)

    @field_validator("path")
    @classmethod
    def _whole(cls, path: str) -> str:
        return str(Path(path).expanduser().absolute())


PlaceSettings = Annotated[
    GraphPlace | EwsPlace | SharePointPlace | CardDavPlace | FilePlace, Field(discriminator="kind")
]
