"""A data folder with its command line, run in this process."""

import json
import shutil

import pytest
from click.testing import CliRunner

from bridge.cli import main


class CommandLine:
    """Runs commands on one data folder."""

    def __init__(self, folder):
        self.folder = folder

    def run(self, *arguments, stdin=None):
        nouns = [each for each in map(str, arguments[:2]) if not each.startswith("-")]
        words = _words(main, nouns)
        line = [*arguments[:words], "--data", str(self.folder), *arguments[words:]]
        return CliRunner().invoke(main, [str(each) for each in line], input=stdin, prog_name="contact-bridge")

    def __call__(self, *arguments, stdin=None):
        result = self.run(*arguments, stdin=stdin)
        assert result.exit_code == 0, result.output
        return result.stdout

    def json(self, *arguments):
        return json.loads(self(*arguments, "--json"))


def _words(group, nouns):
    command = group.get_command(None, nouns[0])
    is_noun = hasattr(command, "commands") and len(nouns) > 1 and nouns[1] in command.commands
    return 2 if is_noun else 1


@pytest.fixture(autouse=True)
def no_environment(monkeypatch):
    _no_environment(monkeypatch)


def _no_environment(patch):
    for name in ("CONTACT_BRIDGE_DATA", "CONTACT_BRIDGE_DATABASE"):
        patch.delenv(name, raising=False)


@pytest.fixture(scope="session")
def installation(tmp_path_factory):
    """A data folder as ``init`` makes it."""
    folder = tmp_path_factory.mktemp("installation") / "data"
    with pytest.MonkeyPatch.context() as patch:
        _no_environment(patch)
        CommandLine(folder)("init")
    return folder


@pytest.fixture
def bare(tmp_path):
    return CommandLine(tmp_path / "data")


@pytest.fixture
def cli(bare, installation):
    shutil.copytree(installation, bare.folder)
    return bare
