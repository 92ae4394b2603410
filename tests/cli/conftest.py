"""A data folder with its command line, run in this process."""

import asyncio
import json
import shutil
import threading
from functools import partial

import msal
import pytest
from click.testing import CliRunner

from bridge.cli import main
from bridge.simulators.graph import Simulator
from bridge.simulators.graph.sign_in import Application
from tests.judges.loopback import Loopback

CLIENT, SECRET = "11111111-2222-3333-4444-555555555555", "the app's secret"


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


@pytest.fixture
def served():
    """A function that starts a simulator in a thread of its own: the command line has an event loop of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    simulators = []

    def do(work):
        return asyncio.run_coroutine_threadsafe(work, loop).result(20)

    def start(simulator):
        do(simulator.__aenter__())
        simulators.append(simulator)
        return simulator

    yield start
    for simulator in simulators:
        do(simulator.__aexit__(None, None, None))
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


@pytest.fixture
def graph(served):
    """The simulator of Graph, which knows our app."""
    simulator = served(Simulator())
    simulator.sign_in.applications[CLIENT] = Application(CLIENT, SECRET)
    return simulator


@pytest.fixture
def signing_in(graph, monkeypatch):
    """The simulator, to which msal's requests go."""
    options = {"instance_discovery": False, "http_client": Loopback(graph.login)}
    for kind in ("PublicClientApplication", "ConfidentialClientApplication"):
        monkeypatch.setattr(msal, kind, partial(getattr(msal, kind), **options))
    return graph
