"""``contact-bridge view``: what a user sees, and what becomes of the contacts he or she makes."""

from __future__ import annotations

from dataclasses import replace

import click

from bridge.cli.options import filter_said, with_place
from bridge.place import Place


@click.group()
def view() -> None:
    """Say which contacts a user sees.

    \b
    Example:
      contact-bridge view set anna --where "categories is Customer"
    """


@view.command("set")
@click.argument("user")
@click.option(
    "--where", "conditions", multiple=True, metavar="CONDITION", help='As "PROPERTY OPERATOR VALUE"; repeat.'
)
@click.option("--all", "match", flag_value="all", default="all", help="All conditions must hold (default).")
@click.option("--any", "match", flag_value="any", help="One condition is enough.")
@click.option("--everything", is_flag=True, help="No filter any more: all shared contacts.")
@click.option(
    "--new-contacts",
    type=click.Choice(["inbox", "accept", "refuse"]),
    help="What becomes of contacts made on a device.",
)
@click.option(
    "--read-only/--read-write", default=None, help="Edits on devices become proposals, and are reverted there."
)
@click.option("--show-accounts/--hide-accounts", default=None, help="Show companies on the devices, too.")
@click.option("--preview", "is_preview", is_flag=True, help="Only say how many contacts that would show.")
@with_place
def set_(
    place: Place,
    user: str,
    conditions: tuple[str, ...],
    match: str,
    everything: bool,
    is_preview: bool,
    **rules: object,
) -> None:
    """Set what USER sees and may do; what is not given stays as it is.

    Operators: is, is-not, contains, contains-not, starts-with, is-empty, is-not-empty, less, greater. Properties:
    company, emails.address, addresses.city, categories, type, customer_number, custom.NAME … The devices of the user
    fetch their list anew; what the filter hides disappears from them, and stays in the database.

    \b
    Examples:
      contact-bridge view set anna --where "categories is Customer" --where "addresses.city is Berlin"
      contact-bridge view set ben --everything --new-contacts accept
      contact-bridge view set trainee --read-only
      contact-bridge view set anna --where "company contains Contoso" --preview
    """
    from bridge.views import described
    from storage_plugin.database.previews import preview
    from storage_plugin.database.users import Users
    from storage_plugin.model.book import NotFound
    from storage_plugin.model.view import NewContacts

    if conditions and everything:
        raise click.UsageError("--where and --everything contradict each other.")
    with place.opened() as database:
        users = Users(database)
        present = next((each.view for each in users.all() if each.name == user), None)
        if present is None:
            raise NotFound(f"there is no user {user}")
        changes = {name: value for name, value in rules.items() if value is not None}
        if "new_contacts" in changes:
            changes["new_contacts"] = NewContacts(str(changes["new_contacts"]))
        if conditions or everything:
            changes["filter"] = filter_said(conditions, match)
        wanted = replace(present, **changes)  # type: ignore[arg-type]
        if is_preview:
            click.echo(f"{user} would see: {described(wanted)}. {preview(database, user, wanted)}")
            return
        users.set_view(user, wanted)
    click.echo(f"{user} sees: {described(wanted)}.")
