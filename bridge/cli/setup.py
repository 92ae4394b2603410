"""``contact-bridge init``: make an installation."""

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
    click.echo(f"{'Made' if new else 'Already there:'} {place.folder}, settings in {place.settings_file.name}.")
    click.echo("Next: `contact-bridge user add NAME`, then `contact-bridge serve`.")
