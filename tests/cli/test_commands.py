"""Every command has help with an example, takes the same options, and stands in the README."""

import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from bridge.cli import COMMANDS, main
from tests.cli.running import environment

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text("utf-8")


def commands(group=main, path=()):
    context = click.Context(group)
    for name in group.list_commands(context):
        command = group.get_command(context, name)
        yield (*path, name), command
        if isinstance(command, click.Group):
            yield from commands(command, (*path, name))


ALL = [pytest.param(path, command, id=" ".join(path)) for path, command in commands()]
LEAVES = [
    each for each in ALL if not isinstance(each.values[1], click.Group) or each.values[1].invoke_without_command
]


@pytest.mark.parametrize(("path", "command"), ALL)
def test_help_has_an_example_that_is_right(path, command):
    text = command.help or ""
    examples = re.findall(r"contact-bridge ([^\n]*)", text.partition("Example")[2])
    assert examples, "no example"
    assert any(example.startswith(" ".join(path)) for example in examples)


@pytest.mark.parametrize(("path", "command"), LEAVES)
def test_each_command_says_where(path, command):
    options = {name for option in command.params for name in option.opts}
    assert {"--data", "--database"} <= options


@pytest.mark.parametrize(("path", "command"), LEAVES)
def test_each_option_is_explained(path, command):
    assert [option.opts for option in command.params if isinstance(option, click.Option) and not option.help] == []


@pytest.mark.parametrize(("path", "command"), LEAVES)
def test_each_command_stands_in_the_readme(path, command):
    assert f"`{' '.join(path)}" in README


def test_the_readme_names_no_command_that_is_not_there():
    known = {" ".join(path) for path, _ in commands()}
    table = README.partition("<!-- commands -->")[2].partition("<!-- /commands -->")[0]
    named = {re.match(r"[a-z]+(?: [a-z]+)?", text)[0] for text in re.findall(r"^\| `([^`]+)`", table, re.M)}
    assert named - known == set()


def test_help_names_every_command():
    said = subprocess.run(
        [sys.executable, "-m", "bridge", "--help"], capture_output=True, text=True, env=environment()
    )
    assert all(f"\n  {name} " in said.stdout for name in COMMANDS)


def test_help_does_not_load_the_database():
    code = "import sys; from bridge.cli import main\ntry: main(['--help'])\nexcept SystemExit: pass\n"
    code += (
        "assert not {'sqlalchemy', 'pydantic', 'rich', 'granian', 'asyncio', 'aiohttp', 'msal'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, env=environment())


def test_a_wrong_word_is_wrong_use():
    ended = subprocess.run(
        [sys.executable, "-m", "bridge", "sing"], capture_output=True, text=True, env=environment()
    )
    assert ended.returncode == 2
    assert "No such command 'sing'" in ended.stderr
