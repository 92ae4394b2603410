"""``serve`` keeps its workers running, stops when told to, and says what is wrong in one sentence."""

import http.client
import os
import signal
import socket
import sqlite3
import ssl
import subprocess
import threading
import time
from contextlib import closing
from urllib.parse import urlsplit

import pytest

from tests.cli.running import command, environment, is_alive, serving, wait_until

ECHO = "tests.cli.serve_echo"


@pytest.fixture
def server(tmp_path):
    with serving(tmp_path / "data", module=ECHO) as server:
        yield server


@pytest.fixture(scope="module")
def lasting(tmp_path_factory):
    """A server for the tests that leave it as it was."""
    with serving(tmp_path_factory.mktemp("lasting") / "data", module=ECHO) as server:
        yield server


@pytest.mark.slow
def test_both_workers_answer(lasting):
    assert len(lasting.workers()) == 2
    seen = {lasting.get() for _ in range(40)}
    assert {int(pid) for pid in seen} == lasting.workers()


@pytest.mark.slow
def test_a_killed_worker_comes_back_and_what_another_has_under_way_is_finished(lasting):
    server = lasting
    first, second = sorted(server.workers())
    answers = []
    slow = [threading.Thread(target=_slow, args=(server, answers)) for _ in range(6)]
    for thread in slow:
        thread.start()
    time.sleep(0.5)
    os.kill(first, signal.SIGKILL)
    for thread in slow:
        thread.join()
    assert set(answers) <= {str(second), "lost"}
    assert str(second) in answers
    wait_until(lambda: len(server.workers() - {first, second}) == 1)
    assert server.get()


def _slow(server, answers):
    try:
        answers.append(server.get("slow"))
    except OSError:
        answers.append("lost")


@pytest.mark.slow
def test_new_connections_are_answered_while_a_worker_is_started_again(lasting):
    os.kill(min(lasting.workers()), signal.SIGKILL)
    assert all(lasting.get() for _ in range(20))
    wait_until(lambda: len(lasting.workers()) == 2)


@pytest.mark.slow
def test_workers_leave_when_the_supervisor_is_killed(server):
    workers = server.workers()
    server.process.kill()
    wait_until(lambda: not any(is_alive(pid) for pid in workers), 8)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_everything_with_exit_code_0(server, number):
    workers = server.workers()
    idle = http.client.HTTPConnection(urlsplit(server.address).netloc)
    idle.request("GET", "/")
    idle.getresponse().read()
    started = time.monotonic()
    assert server.stop(number) == 0
    assert time.monotonic() - started < 12
    assert not any(is_alive(pid) for pid in workers)
    idle.close()


@pytest.mark.slow
def test_a_stop_lets_requests_under_way_finish(server):
    answers, workers = [], server.workers()
    slow = threading.Thread(target=_slow, args=(server, answers))
    slow.start()
    time.sleep(0.4)
    assert server.stop() == 0
    slow.join()
    assert answers != ["lost"]
    assert not any(is_alive(pid) for pid in workers)


@pytest.mark.slow
def test_thirty_two_clients_that_keep_their_connection_are_all_served(lasting):
    clients = [http.client.HTTPConnection(urlsplit(lasting.address).netloc, timeout=10) for _ in range(32)]
    for _ in range(3):
        for client in clients:
            client.request("GET", "/")
            assert client.getresponse().read()
    for client in clients:
        client.close()


@pytest.mark.slow
def test_a_worker_that_always_dies_is_given_up_after_five_times(tmp_path):
    line = command("serve", "--data", str(tmp_path / "data"), "--port", "0", module="tests.cli.serve_broken")
    ended = subprocess.run(line, capture_output=True, text=True, env=environment(), timeout=60)
    assert ended.returncode == 5
    assert "died 5 times in a row" in ended.stderr.splitlines()[-1]


def test_a_port_in_use_is_one_sentence(cli):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        _refused(cli, "is in use", "--port", taken.getsockname()[1])


@pytest.mark.slow
def test_the_port_of_another_contact_bridge_is_in_use_too(lasting, cli):
    _refused(cli, "is in use", "--port", urlsplit(lasting.address).port)


def test_a_foreign_address_is_one_sentence(cli):
    _refused(cli, "is not an address of this machine", "--host", "192.0.2.1")


@pytest.mark.parametrize("part", ["", "dav", "bridge", "web"])
def test_an_older_version_does_not_touch_what_a_newer_one_made(cli, part):
    _schema(cli, "UPDATE alembic_version SET version_num = '9999'")
    ended = cli.run("serve", *part.split())
    assert ended.exit_code == 1
    assert "newer than this version" in ended.stderr and "install the newer version" in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1
    assert _schema(cli, "SELECT version_num FROM alembic_version") == [("9999",)]
    assert list(cli.folder.glob("*.schema-*")) == []


def _schema(cli, statement):
    with closing(sqlite3.connect(cli.folder / "contacts.sqlite", isolation_level=None)) as database:
        return database.execute(statement).fetchall()


def test_a_certificate_without_its_key_is_one_sentence(cli):
    _refused(cli, "give --cert and --key", "--cert", "cert.pem")


def test_a_certificate_that_is_none_is_one_sentence(cli, tmp_path):
    (tmp_path / "cert.pem").write_text("nothing")
    _refused(cli, "cannot be used for https", "--cert", f"{tmp_path}/cert.pem", "--key", f"{tmp_path}/cert.pem")


def _refused(cli, sentence, *arguments):
    ended = cli.run("serve", "--web-port", 0, *arguments)
    assert ended.exit_code == 5
    assert sentence in ended.stderr
    assert len(ended.stderr.strip().splitlines()) == 1


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["ec", "rsa:2048"])
def test_https_with_a_certificate_of_ones_own(tmp_path, kind):
    cert, key = certificate(tmp_path, kind)
    trusting = ssl.create_default_context(cafile=str(cert))
    said = ("--workers", "1", "--cert", str(cert), "--key", str(key))
    with serving(tmp_path / "data", *said, module=ECHO) as server:
        assert server.address.startswith("https://127.0.0.1:")
        assert server.get(context=trusting)
        old_phone = ssl.create_default_context(cafile=str(cert))
        old_phone.maximum_version = ssl.TLSVersion.TLSv1_2
        assert server.get(context=old_phone)


def certificate(folder, kind):
    cert, key = folder / "cert.pem", folder / "key.pem"
    curve = ["-pkeyopt", "ec_paramgen_curve:P-256"] if kind == "ec" else []
    line = ["openssl", "req", "-x509", "-newkey", kind, *curve, "-nodes", "-keyout", str(key), "-out", str(cert)]
    line += ["-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"]
    subprocess.run(line, check=True, capture_output=True)
    return cert, key
