"""The manual's commands, typed one after the other; and its sentences, each to be found in the program."""

import re
import shlex
from pathlib import Path

import pytest

from bridge.simulators.ews import Simulator as Exchange
from bridge.simulators.graph.sign_in import CONTACTS, Application
from bridge.simulators.sharepoint import SITES, Online
from tests.cli.conftest import CLIENT, SECRET, CommandLine, graph, served, signing_in  # noqa: F401
from tests.simulators.ews.office import ADDRESS, LOGIN, PASSWORD
from tests.targets.servers import PASSWORD as DAV_PASSWORD
from tests.targets.servers import USER as DAV_USER
from tests.targets.servers import radicale

ROOT = Path(__file__).resolve().parents[2]
MANUAL = ROOT / "deploy" / "manual"
SH = re.compile(r"```sh\n(.*?)```", re.S)


def typed(page):
    """The commands of a page, in their order."""
    return [
        shlex.split(line, comments=True)[1:]
        for block in SH.findall((MANUAL / page).read_text("utf-8"))
        for line in block.splitlines()
        if line.strip()
    ]


@pytest.fixture
def services(signing_in, served, tmp_path):  # noqa: F811
    """What the manual's examples reach: the simulators, and a real CardDAV server."""
    signing_in.sign_in.applications[CLIENT] = Application(CLIENT, SECRET, CONTACTS | SITES)
    signing_in.mailbox("anna@contoso.example")
    Online(signing_in).site("https://contoso.sharepoint.com/sites/office")
    exchange = served(Exchange())
    exchange.mailbox(ADDRESS, LOGIN, PASSWORD)
    folder = tmp_path / "dav"
    folder.mkdir()
    with radicale(folder) as url:
        yield {
            "graph": ({}, ["--service", signing_in.graph], SECRET),
            "sharepoint": ({}, ["--service", signing_in.graph], SECRET),
            "ews": ({"mail.contoso.example": exchange.url}, [], PASSWORD),
            "carddav": ({"https://dav.example.com/": url, "anna": DAV_USER}, [], DAV_PASSWORD),
            "file": ({}, [], ""),
        }


def as_here(words, services, folder):
    """Point a command at what is there in the test; give it and what is typed in."""
    kind = words[words.index("--to") + 1] if "--to" in words else "file"
    renamed, more, secret = services[kind]
    head, options = words[:3], words[3:]
    options = [renamed.get(word, word).replace("/srv/", f"{folder}/") for word in options]
    return [*head, *options, *(more if "--to" in words else [])], f"{secret}\n"


@pytest.mark.slow
@pytest.mark.parametrize("page", ["synchronise.md", "folders.md", "troubleshooting.md"])
def test_bcm_62_every_command_of_the_manual_works(page, services, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    cli = CommandLine(tmp_path / "data")
    for words in typed(page):
        line, secret = as_here(words, services, tmp_path)
        result = cli.run(*line, stdin=secret)
        assert result.exit_code == 0, f"{shlex.join(words)}\n{result.output}"


def test_bcm_62_the_manual_has_the_ten_chapters():
    heads = re.findall(r"(?m)^## (\d+\. .+)$", (MANUAL / "synchronise.md").read_text("utf-8"))
    about = ["Why", "How", "example", "available", "folder", "settings", "Stop", "records", "Switch", "Clean up"]
    assert len(heads) == len(about)
    for number, (head, word) in enumerate(zip(heads, about, strict=True), 1):
        assert head.startswith(f"{number}. ") and word in head


def test_every_sentence_that_is_explained_is_one_of_ours():
    page = (MANUAL / "troubleshooting.md").read_text("utf-8")
    ours = "\n".join(
        file.read_text("utf-8") for package in ("bridge", "storage_plugin") for file in (ROOT / package).rglob("*.py")
    )
    said = re.findall(r"(?m)^\| `([^`]+)` \|", page)
    assert len(said) > 15
    for sentence in said:
        for part in sentence.replace("'", "`").split("…"):
            assert part.strip() in ours or part.replace("`", "'").strip() in ours, sentence


@pytest.mark.parametrize("page", sorted(MANUAL.glob("*.md")), ids=lambda page: page.name)
def test_every_link_of_the_manual_leads_somewhere(page):
    for target in re.findall(r"\]\(([^)#]*)(?:#[^)]*)?\)", page.read_text("utf-8")):
        if target and not target.startswith("http"):
            assert (page.parent / target).exists(), target
