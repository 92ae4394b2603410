"""``mirror check``, ``start`` and ``change``: from options to the settings of a mirror, and its secrets.

A secret comes from a prompt or from standard input, never from the command line, where others could read it.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from bridge.cli.mirror_telling import finished, print_report, print_step
from bridge.cli.options import as_json, with_place
from bridge.place import Place

if TYPE_CHECKING:
    from bridge.mirroring.settings import MirrorSettings
    from bridge.targets.graph.sign_in import DeviceCode

PLACE_OPTIONS = (
    click.option("--to", "kind", metavar="KIND", help="Into what: one of `mirror targets`."),
    click.option("--client-id", metavar="ID", help="graph, sharepoint: the app registration's client id."),
    click.option("--tenant", metavar="TENANT", help="graph, sharepoint: the tenant; graph without it: outlook.com."),
    click.option(
        "--mailbox",
        metavar="ADDRESS",
        help="graph: the mailbox; with it the app signs in, else a person. ews: the mailbox, if not the login's.",
    ),
    click.option(
        "--folder",
        "contacts_folder",
        metavar="NAME",
        help="graph, ews: which folder, made if missing (Contacts).",
    ),
    click.option("--service", metavar="URL", help="graph: Graph's address in a national cloud."),
    click.option("--authority", metavar="URL", help="graph: the sign-in's address in a national cloud."),
    click.option("--site", metavar="URL", help="sharepoint: the site's address, as in a browser."),
    click.option("--list", "list_name", metavar="NAME", help="sharepoint: which list, made if missing (Contacts)."),
    click.option("--by-code", is_flag=True, default=None, help="sharepoint: a person signs in, not the app."),
    click.option(
        "--url", metavar="URL", help="carddav, ews: the server, or the address book or Exchange.asmx itself."
    ),
    click.option(
        "--login",
        "login",
        metavar="NAME",
        help="carddav, ews, sharepoint on-premises: the user name (DOMAIN\\name; for Kerberos name@REALM, or none).",
    ),
    click.option("--auth", type=click.Choice(["ntlm", "basic", "kerberos"]), help="ews: how to sign in (ntlm)."),
    click.option(
        "--impersonate", is_flag=True, default=None, help="ews: the login is a service account, acting as the owner."
    ),
    click.option("--book", metavar="NAME", help="carddav: which address book, where there are several."),
    click.option("--make-book", "make", is_flag=True, default=None, help="carddav: make that address book."),
    click.option("--path", metavar="PATH", help="file: a folder of vCards, or a CSV file of Outlook's."),
    click.option("--secret-stdin", is_flag=True, help="Read password or secret from standard input."),
)

PLACE_NAMES = {
    name: name
    for name in (
        *("client_id", "tenant", "mailbox", "service", "authority", "url", "book", "make", "path"),
        *("site", "list_name", "auth", "impersonate"),
    )
} | {"contacts_folder": "folder", "login": "user"}
"""What is set by these options; not all of one kind."""

RULE_OPTIONS = (
    click.option("--category", metavar="NAME", help="Mark the contacts with this category (Business Contact)."),
    click.option("--no-category", is_flag=True, help="Do not mark them."),
    click.option("--colour", metavar="COLOUR", help="The category's colour: preset0 to preset24, or none."),
    click.option("--import/--no-import", "imports", default=None, help="Take in what is changed in the folder."),
    click.option("--export/--no-export", "exports", default=None, help="Send what is changed here."),
    click.option(
        "--winner",
        type=click.Choice(["master", "last change", "remote", "ask"]),
        help="Whose value holds where both sides changed one field (master: ours).",
    ),
    click.option(
        "--new-items",
        type=click.Choice(["existing only", "accept valid", "add", "ignore"]),
        help="What becomes of contacts made in the folder (existing only: plain contacts until promoted).",
    ),
    click.option(
        "--require", "required", multiple=True, metavar="FIELD", help="accept valid: must be filled; repeat."
    ),
    click.option("--persons-only/--firms-too", default=None, help="accept valid: take in persons alone."),
    click.option(
        "--field",
        "modes",
        multiple=True,
        metavar="FIELD=MODE",
        help="How a field is sent: write, write if empty, keep; repeat.",
    ),
    click.option(
        "--map",
        "map_file",
        type=click.Path(exists=True, dir_okay=False),
        metavar="FILE",
        help="YAML: which of our fields stands in which of the folder's, and how each is sent.",
    ),
    click.option("--no-map", is_flag=True, help="Everything where it always stands."),
    click.option("--guard-count", type=int, help="Deletions of one side in a run that need no question (10) …"),
    click.option("--guard-percent", type=float, help="… or this share of all mirrored contacts, if more (20)."),
    click.option("--every", type=float, metavar="MINUTES", help="Look into the folder that often (3)."),
)


def _with(*options: Callable[..., Any]) -> Callable[..., Any]:
    def decorated(command: Any) -> Any:
        for option in reversed(options):
            command = option(command)
        return command

    return decorated


@click.command()
@click.argument("user")
@_with(*PLACE_OPTIONS)
@click.option(
    "--live",
    is_flag=True,
    help="A self-test: try everything out in a folder of its own, which is removed then.",
)
@with_place
def check(place: Place, user: str, secret_stdin: bool, live: bool, **said: Any) -> None:
    """Check the connection of USER's mirror, or (--to) one that is not set up yet; code 1 and the cure if it fails.

    \b
    Examples:
      contact-bridge mirror check anna
      contact-bridge mirror check anna --to carddav --url https://dav.example.com --login anna
      contact-bridge mirror check anna --live
    """
    from bridge.mirroring import checking
    from bridge.mirroring.setting_up import opened

    with opened(place) as office:
        if said["kind"] is None:
            mirror, runner = office.of(user), office.runner
            if live:
                finished(checking.live_check(runner, mirror, office.settings(user), print_step))
            else:
                finished(checking.check(runner, mirror, print_step))
            return
        office.user_id(user)
        settings = _settings(None, said)
        asked = checking.live_check_new if live else checking.check_new
        finished(asked(settings, _secrets(settings, secret_stdin), print_step))


@click.command()
@click.argument("user")
@_with(*PLACE_OPTIONS, *RULE_OPTIONS)
@as_json
@with_place
def start(place: Place, user: str, secret_stdin: bool, as_json: bool, **said: Any) -> None:
    """Check the connection, copy USER's contacts into the folder, and keep both in step from then on.

    \b
    Examples:
      contact-bridge mirror start anna --to graph --client-id 11111111-…
      contact-bridge mirror start anna --to graph --tenant contoso.example --client-id … --mailbox anna@…
      contact-bridge mirror start eve --to sharepoint --site https://contoso.sharepoint.com/sites/office …
      contact-bridge mirror start eva --to ews --url mail.contoso.example --login 'CONTOSO\\eva' --mailbox eva@…
      contact-bridge mirror start eve --to sharepoint --site https://intranet/sites/office --login FIRM\\eve
      contact-bridge mirror start ben --to carddav --url https://dav.example.com --login ben --book Business
      contact-bridge mirror start cy --to file --path /srv/contacts
    """
    from bridge.mirroring.checking import check_new
    from bridge.mirroring.setting_up import opened

    if said["kind"] is None:
        raise click.UsageError("Say into what with --to: `contact-bridge mirror targets` lists what there is.")
    with opened(place) as office:
        office.startable(user)
        settings = _settings(None, said)
        secrets = _secrets(settings, secret_stdin)
        finished(check_new(settings, secrets, lambda step: None if as_json else print_step(step)))
        report = finished(office.start(user, settings, secrets))
    print_report(report, as_json=as_json)


@click.command()
@click.argument("user")
@_with(*PLACE_OPTIONS, *RULE_OPTIONS)
@click.option("--sign-in", is_flag=True, help="Enter password or secret anew, or sign in anew.")
@as_json
@with_place
def change(place: Place, user: str, secret_stdin: bool, sign_in: bool, as_json: bool, **said: Any) -> None:
    """Change USER's mirror: another folder (the contacts leave the previous one), other rules, a new password.

    What is not given stays as it is. A change of folder or category takes the contacts out and brings them anew.

    \b
    Examples:
      contact-bridge mirror change anna --to file --path /srv/other
      contact-bridge mirror change anna --winner "last change" --every 10
      contact-bridge mirror change anna --map fields.yaml
      contact-bridge mirror change anna --sign-in
    """
    from bridge.mirroring.checking import check_new
    from bridge.mirroring.setting_up import opened

    with opened(place) as office:
        present = office.settings(user)
        settings = _settings(present, said)
        secrets = None
        if sign_in or secret_stdin or settings.needs_other_secrets(present):
            secrets = _secrets(settings, secret_stdin)
        if secrets is not None or settings.place != present.place:
            kept = office.secrets(user) if secrets is None else secrets
            finished(check_new(settings, kept, lambda step: None if as_json else print_step(step)))
        reports = finished(office.change(user, settings, secrets))
    if len(reports) > 1 and not as_json:
        print_report(reports[0], as_json=False)
    print_report(reports[-1], as_json=as_json)


def _settings(present: MirrorSettings | None, said: dict[str, Any]) -> MirrorSettings:
    """Lay what was said over what is set."""
    from bridge.mirroring.choosing import with_sign_in
    from bridge.mirroring.map_file import read_map
    from bridge.mirroring.settings import mirror_settings

    given = {name: value for name, value in said.items() if value is not None and value != ()}
    values: dict[str, Any] = present.json_form if present else {}
    kind, by_code = given.pop("kind", None), given.pop("by_code", None)
    place = {PLACE_NAMES[name]: given.pop(name) for name in PLACE_NAMES if name in given}
    old = values.get("place", {}) if kind in (None, values.get("place", {}).get("kind")) else {}
    values["place"] = with_sign_in(old | place | ({"kind": kind} if kind else {}), by_code=bool(by_code))
    if given.pop("no_category", False):
        values["category"] = None
    if given.pop("no_map", False):
        values["map"] = {}
    if "map_file" in given:
        values |= read_map(Path(given.pop("map_file")).read_bytes())
    if "modes" in given:
        given["modes"] = values.get("modes", {}) | dict(_mode(text) for text in given["modes"])
    return mirror_settings(values | given)


def _mode(text: str) -> tuple[str, str]:
    name, sign, mode = text.partition("=")
    if not sign:
        raise click.UsageError(f"--field {text!r} is not FIELD=MODE.")
    return name.strip(), mode.strip()


def _secrets(settings: MirrorSettings, stdin: bool) -> dict[str, str]:
    from bridge.mirroring.connecting import sign_in

    name = settings.secret
    if name is None:
        return dict(finished(sign_in(settings, _show)))
    if stdin:
        secret = sys.stdin.readline().rstrip("\r\n")
        if not secret:
            raise click.UsageError("The first line of standard input is empty; it must be the password or secret.")
    else:
        secret = click.prompt(name.capitalize(), hide_input=True)
    return {name: secret}


def _show(code: DeviceCode) -> None:
    click.echo(f"Open {code.page} and type {code.code}, within {code.seconds // 60} minutes.", err=True)
