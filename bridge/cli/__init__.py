"""The command line, ``contact-bridge``: one file per noun, loaded when it is asked for.

Exit codes: 0 done, 1 failed, 2 wrong use, 3 there is no such record, 4 refused or changed meanwhile,
5 database or address not available, try again.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click

COMMANDS = {
    "init": "setup:init",
    "serve": "serve:serve",
    "check": "check:check",
    "demo": "demo:demo",
    "migrate": "setup:migrate",
    "book": "books:book",
    "user": "user:user",
    "device": "device:device",
    "contact": "contact:contact",
    "inbox": "inbox:inbox",
    "trash": "trash:trash",
    "account": "account:account",
    "type": "type:type_",
    "view": "view:view",
    "mirror": "mirror:mirror",
    "cleanup": "cleanup:cleanup",
    "conflict": "conflict:conflict",
    "import": "transfer:import_",
    "export": "transfer:export",
    "backup": "saving:backup",
    "restore": "saving:restore",
    "undo": "undo:undo",
}
"""The commands in the order of ``--help``, with file and name in this folder."""


class Failure(click.ClickException):
    """A failure told in one sentence, and the exit code for it."""


class Lazy(click.Group):
    """A group that imports a command when it is used, and turns our errors into one sentence and an exit code."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the commands in our order."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import a command."""
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        command: click.Command = getattr(import_module(f"bridge.cli.{module}"), name)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        """Run a command."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, click.Abort):
            raise
        except Exception as error:
            from bridge.cli.failures import failure_of

            if (failure := failure_of(error)) is None:
                raise
            raise failure from error


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="contact-bridge", message="%(package)s %(version)s")
def main() -> None:
    """Business contacts of a firm on every phone: a CardDAV server over an SQL database.

    \b
    Start:  contact-bridge init
            contact-bridge user add anna
            contact-bridge device add anna iPhone
            contact-bridge serve
    """
