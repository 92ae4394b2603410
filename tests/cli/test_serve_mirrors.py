"""``serve`` runs the mirrors: as a process of its own beside the DAV workers, or alone."""

import os
import signal
import subprocess
from contextlib import contextmanager

import pytest

from bridge.place import Place
from storage_plugin.database.mirrors import Mirrors
from tests.cli.running import command, environment, is_alive, serving, wait_until


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "mirrored"


def mirror(cli, folder):
    cli("user", "add", "anna")
    cli("mirror", "start", "anna", "--to", "file", "--path", folder, "--every", "1000")


def names(folder):
    return sorted(
        line.removeprefix("FN:").strip()
        for file in folder.glob("*.vcf")
        for line in file.read_text("utf-8").splitlines()
        if line.startswith("FN:")
    )


@contextmanager
def bridge(data):
    """A running ``serve bridge``, and its children."""
    line = command("serve", "bridge", "--data", str(data))
    process = subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment())
    try:
        assert process.stdout is not None
        first = process.stdout.readline()
        assert "runs the mirrors" in first, first + process.stdout.read()
        yield process
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait(15)
        process.stdout.close()


def children(process):
    listed = subprocess.run(["ps", "-o", "pid=", "--ppid", str(process.pid)], capture_output=True, text=True)
    return {int(pid) for pid in listed.stdout.split()}


@pytest.mark.slow
def test_bcm_9_serve_bridge_brings_a_change_into_the_folder_and_stops_in_order(cli, folder):
    mirror(cli, folder)
    with bridge(cli.folder) as process:
        cli("contact", "add", "Nick Brigandi")
        wait_until(lambda: names(folder) == ["Nick Brigandi"], 30)
        (child,) = children(process)
        process.send_signal(signal.SIGTERM)
        assert process.wait(15) == 0
        assert not is_alive(child)
    with Place(cli.folder).opened() as database:
        assert [each.leased_by for each in Mirrors(database).all()] == [""]


@pytest.mark.slow
def test_two_of_them_share_the_work_and_a_killed_one_is_replaced(cli, folder):
    mirror(cli, folder)
    with bridge(cli.folder) as one, bridge(cli.folder) as other:
        for pid in children(one):
            os.kill(pid, signal.SIGKILL)
        one.kill()
        for number in range(5):
            cli("contact", "add", f"Number {number}")
        wait_until(lambda: len(names(folder)) == 5, 30)
        assert other.poll() is None
    assert names(folder) == [f"Number {number}" for number in range(5)]


def test_serve_starts_the_bridge_when_there_is_a_mirror(cli, folder):
    with serving(cli.folder, "--workers", "1") as server:
        assert len(server.workers()) == 1
        mirror(cli, folder)
        wait_until(lambda: len(server.workers()) == 2, 30)
        cli("contact", "add", "Nick Brigandi")
        wait_until(lambda: names(folder) == ["Nick Brigandi"], 30)
        assert server.stop() == 0


@pytest.mark.slow
def test_without_the_bridge_phones_are_still_answered(cli, folder):
    mirror(cli, folder)
    (cli.folder / "secret.key").chmod(0o644)
    line = command("serve", "--data", str(cli.folder), "--port", "0", "--workers", "1")
    with subprocess.Popen(
        line, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment()
    ) as process:
        assert process.stdout is not None
        said = {"serves": False, "others may read the key": False}
        for text in process.stdout:
            said |= {words: True for words in said if words in text}
            if all(said.values()):
                break
        process.terminate()
        assert process.wait(15) == 0
