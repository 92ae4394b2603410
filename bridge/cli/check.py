"""``contact-bridge check``: is everything as it should be?"""

from __future__ import annotations

from dataclasses import asdict

import click

from bridge.cli.options import as_json, print_json, with_place
from bridge.place import Place


@click.command()
@as_json
@with_place
def check(place: Place, as_json: bool) -> None:
    """Look at settings, permissions, database, Radicale's version and the text of each card; code 1 if one is wrong.

    \b
    Example:
      contact-bridge check
    """
    from bridge.checkup import checkup
    from bridge.cli.progress import track

    findings = list(checkup(place, watch=track))
    if as_json:
        print_json([asdict(finding) for finding in findings])
    else:
        for finding in findings:
            click.echo(f"{'ok   ' if finding.is_good else 'WRONG'}  {finding.what}: {finding.text}")
    if not all(finding.is_good for finding in findings):
        raise SystemExit(1)
