"""What an operator may set: ``contact-bridge.yaml`` in the data folder, as typed and checked values.

The descriptions below are the comments of that file: ``commented()`` writes it, and ``config/contact-bridge.yaml``
is a copy of the defaults for reading (a test holds the two equal).
"""

from __future__ import annotations

import json
from ipaddress import ip_network
from pathlib import Path
from textwrap import fill
from typing import Annotated, Literal

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

HEAD = (
    "Contact Bridge: what an operator may change. Every line is optional; what stands here is the default. "
    "`contact-bridge init` puts a copy into the data folder; a change counts after the next start of `serve`."
)


class WrongSettings(Exception):
    """The settings file cannot be used; the text says where and why."""


class Settings(BaseModel):
    """The settings of one installation."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    database: str = Field(
        default="",
        description="Where the contacts are. Empty: SQLite, in the file contacts.sqlite of the data folder. "
        "PostgreSQL: postgresql://USER:PASSWORD@HOST/DATABASE (needs the extra contact-bridge[postgresql]). "
        "The option --database and the variable CONTACT_BRIDGE_DATABASE win over this line.",
    )
    database_password_file: str = Field(
        default="",
        description="A file with the password of PostgreSQL alone, for a `database` without one; a path counts from "
        "the data folder. Empty: the systemd credential contact-bridge.database-password, if there is one.",
    )
    host: str = Field(
        default="127.0.0.1",
        description="The address that `serve` listens on. 127.0.0.1: this machine alone (or a proxy on it); "
        "0.0.0.0: the network.",
    )
    port: Annotated[int, Field(ge=0, le=65535)] = Field(
        default=5232, description="The port; phones are told it when the account is set up."
    )
    workers: Annotated[int, Field(ge=1, le=64)] = Field(
        default=2,
        description="Processes that answer phones. One per processor core is enough; each needs 50 to 100 MB.",
    )
    threads: Annotated[int, Field(ge=1, le=256)] = Field(
        default=16,
        description="Requests that one worker may have under way at a time; an idle connection needs none.",
    )
    certificate: str = Field(
        default="",
        description="Certificate and private key (PEM files) for https without a proxy; a path counts from the data "
        "folder. Both empty: http. Phones send their password with each request: use https beyond this machine.",
    )
    private_key: str = ""
    web_host: str = Field(
        default="127.0.0.1",
        description="The address and the port of the web page. The page asks for a password and shows everything: "
        "let no other machine reach it but through a proxy with https.",
    )
    web_port: Annotated[int, Field(ge=0, le=65535)] = 5233
    public_address: str = Field(
        default="",
        pattern=r"^(https?://[^/?#@\s]+(/[^?#\s]*)?)?$",
        description="The address at which phones find this server, as https://contacts.example.com; the page shows "
        "it, and puts it into the links and profiles that set a phone up. Empty: the host at which the browser sees "
        "the page, with its port if that is https, else with the port above.",
    )
    trusted_proxies: tuple[str, ...] = Field(
        default=("127.0.0.1", "::1"),
        description="Addresses or networks of proxies whose X-Forwarded headers are believed: wrong passwords are "
        "counted by the address from which a device or a browser really comes.",
    )
    metrics_from: tuple[str, ...] = Field(
        default=("127.0.0.1", "::1"),
        description="Addresses or networks that may read /healthz, /readyz and /metrics on the port of the web page, "
        "without signing in; to all others there are no such pages.",
    )
    mirror_targets: tuple[str, ...] = Field(
        default=("graph", "ews", "sharepoint", "carddav"),
        description="What coworkers may mirror their contacts into, on the web page (`contact-bridge mirror targets` "
        "lists all). `file` is a folder of this machine, written with the rights of the server: without it here, "
        "only administrators are offered that.",
    )
    vcard4: bool = Field(
        default=False,
        description="Offer vCard 4.0 to devices besides 3.0. What they write in 4.0 is kept either way.",
    )
    notifications: str = Field(
        default="",
        pattern=r"^(https://.+|http://(127\.0\.0\.1|localhost)[:/].*)?$",
        description="The public https address at which Microsoft may tell that a mirrored mailbox has changed, as "
        "https://contacts.example.com/changed; a proxy passes it on to the port below. Empty: the bridge looks into "
        "each mailbox every few minutes.",
    )
    notifications_listen: str = Field(default="127.0.0.1:5234", pattern=r"^.+:\d{1,5}$")
    log: Literal["text", "json"] = Field(
        default="text",
        description="How `serve` tells what it does: text for people, or json, one object a line on standard error, "
        "for a program that collects logs; no name and nothing else of a contact is in it.",
    )
    openid_issuer: str = Field(
        default="",
        pattern=r"^(https://.+|http://(127\.0\.0\.1|localhost)[:/].*)?$",
        description="Sign-in to the page with OpenID Connect, beside the password: the provider's issuer, as "
        "https://login.example.com/, our client id there, and a file with the client's secret (a path counts from "
        "the data folder; empty: a public client). The address to come back to is https://…/sign-in/openid/done. Who "
        "comes is the user whose name the provider gives as preferred_username, or as a checked e-mail address; "
        "nobody is added by it. Empty: passwords only.",
    )
    openid_client_id: str = ""
    openid_secret_file: str = ""
    silent_days: Annotated[int, Field(ge=0, le=3650)] = Field(
        default=14,
        description="Days after which the administrator is told that a device has fallen silent (0: never), and how "
        "many megabytes are to be free on the disk of the data folder. The page says so on top, and an e-mail, if a "
        "mail server is set below.",
    )
    free_megabytes: Annotated[int, Field(ge=0)] = 1024
    smtp_host: str = Field(
        default="",
        description="The mail server for e-mails to the administrator, each trouble once a day. smtp_tls is "
        "starttls, tls or none; the password stands alone in a file, whose path counts from the data folder. mail_to "
        "is a list of addresses. Empty: no e-mail.",
    )
    smtp_port: Annotated[int, Field(ge=1, le=65535)] = 587
    smtp_tls: Literal["starttls", "tls", "none"] = "starttls"
    smtp_user: str = ""
    smtp_password_file: str = "smtp-password"
    mail_from: str = ""
    mail_to: tuple[str, ...] = ()
    radicale: str = Field(
        default="",
        description="A file of Radicale's own settings, for another way to log in (LDAP, htpasswd, OAuth2, PAM …); a "
        "path counts from the data folder. Empty: devices log in with the passwords of `contact-bridge device add`.",
    )

    @field_validator("trusted_proxies", "metrics_from")
    @classmethod
    def _are_networks(cls, texts: tuple[str, ...]) -> tuple[str, ...]:
        for text in texts:
            ip_network(text, strict=False)
        return texts


def read(file: Path) -> Settings:
    """Read the settings; a file that is not there means all defaults."""
    try:
        content = yaml.safe_load(file.read_text("utf-8")) if file.exists() else {}
        return Settings.model_validate(content or {})
    except ValidationError as error:
        first = error.errors()[0]
        name = ".".join(str(part) for part in first["loc"])
        raise WrongSettings(f"{file}: {name}: {first['msg']}.") from error
    except (OSError, ValueError, yaml.YAMLError) as error:
        raise WrongSettings(f"{file} cannot be read: {' '.join(str(error).split())}.") from error


def commented(settings: Settings | None = None) -> str:
    """Write the settings as YAML, each with its explanation."""
    settings = settings or Settings()
    parts = [_comment(HEAD)]
    for name, field in Settings.model_fields.items():
        above = f"\n{_comment(field.description)}" if field.description else ""
        parts.append(f"{above}{name}: {json.dumps(getattr(settings, name), ensure_ascii=False)}\n")
    return "".join(parts)


def _comment(text: str) -> str:
    lines = fill(
        text, 116, initial_indent="# ", subsequent_indent="# ", break_long_words=False, break_on_hyphens=False
    )
    return f"{lines}\n"
