"""``contact-bridge init`` and ``migrate``: make an installation, and bring its database up to date."""

from __future__ import annotations

import click

from bridge.cli.options import with_place
from bridge.place import Place


@click.command()
@with_place
def init(place: Place) -> None:
    """Make the data folder with its settings, and the database.

    What is there already stays as it is; running it twice does no harm.

    \b
    Example:
      contact-bridge init --data /srv/contacts
    """
    from bridge.setup import prepare

    new = prepare(place)
    click.echo(
        f"{'Made' if new else 'Was there already:'} {place.folder}, with settings in {place.settings_file.name}."
    )
    click.echo(
        "Next: `contact-bridge user add NAME`, `contact-bridge device add NAME iPhone`, `contact-bridge serve`."
    )


@click.command()
@with_place
def migrate(place: Place) -> None:
    """Bring the database up to the schema of this version (`serve` does so by itself).

    \b
    Example:
      contact-bridge migrate --database postgresql://bridge@db/contacts
    """
    from bridge import setup

    setup.migrate(place)
    click.echo("The database is up to date.")
