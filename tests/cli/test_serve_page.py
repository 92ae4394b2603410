"""The page beside the phones: it starts when somebody comes, and a taken port leaves nobody without an answer."""

import socket
import subprocess
import urllib.request

import pytest

from bridge.app import PAGE_AFTER
from tests.cli.running import command, environment, serving, wait_until
from tests.targets.servers import free_port


def first_page(port):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=30) as answer:
        return answer.read().decode()


def test_the_page_is_there_as_soon_as_somebody_comes(tmp_path):
    port = free_port()
    with serving(tmp_path / "data", "--workers", "1", "--web-port", str(port)) as server:
        assert len(server.workers()) == 1 and PAGE_AFTER > 60
        assert "Welcome to Contact Bridge" in first_page(port)
        assert len(server.workers()) == 2
        assert server.stop() == 0


@pytest.mark.slow
def test_a_page_that_died_is_there_again(tmp_path):
    port = free_port()
    with serving(tmp_path / "data", "--workers", "1", "--web-port", str(port)) as server:
        workers = server.workers()
        first_page(port)
        (page,) = server.workers() - workers
        subprocess.run(["kill", "-9", str(page)], check=True)
        wait_until(lambda: page not in server.workers())
        assert "Welcome" in first_page(port)


def test_a_taken_port_leaves_the_phones_their_answers(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        (tmp_path / "data").mkdir()
        (tmp_path / "data" / "contact-bridge.yaml").write_text(f"web_port: {port}\n")
        line = command("serve", "--data", str(tmp_path / "data"), "--port", str(free_port()), "--workers", "1")
        with subprocess.Popen(
            line, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment()
        ) as process:
            assert process.stdout is not None
            said = process.stdout.readline() + process.stdout.readline()
            process.terminate()
            assert process.wait(15) == 0
        assert "The web page is not served: Port" in said and "--web-port" in said and "serves http" in said


def test_a_port_of_the_page_that_was_asked_for_and_is_taken_is_an_error(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        line = command("serve", "--data", str(tmp_path / "data"), "--port", "0", "--web-port", port)
        ended = subprocess.run(line, capture_output=True, text=True, env=environment(), timeout=60)
    assert ended.returncode == 5 and "--web-port" in ended.stderr
