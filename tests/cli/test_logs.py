"""What ``serve --log json`` says: a JSON object a line, the run that it is about, and no contact."""

import json
import logging
import subprocess
import sys
from base64 import b64encode
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest

from bridge.logs import JsonLines
from bridge.place import Place
from storage_plugin.database.mirrors import Mirrors
from storage_plugin.database.runs import Runs
from storage_plugin.model.book import Unavailable
from tests.cli.running import command, environment, wait_until

NAME = "Zebulon Quagmire"
CARD = f"BEGIN:VCARD\r\nVERSION:3.0\r\nUID:z1\r\nFN:{NAME}\r\nN:Quagmire;Zebulon;;;\r\nEND:VCARD\r\n"
FILTER = f"""<C:addressbook-query xmlns:C="urn:ietf:params:xml:ns:carddav"><C:filter><C:prop-filter name="FN">
<C:text-match match-type="{NAME}">{NAME}</C:text-match></C:prop-filter></C:filter></C:addressbook-query>"""


@pytest.fixture
def said(cli, tmp_path):
    """The log of a server to which a phone wrote a card, and much that is wrong, and whose mirror ran."""
    cli("user", "add", "anna")
    secret = cli("device", "add", "anna", "phone", "--quiet").strip()
    folder = tmp_path / "mirrored"
    line = command("serve", "--data", str(cli.folder), "--port", "0", "--workers", "1", "--log", "json")
    file = tmp_path / "log"
    with file.open("wb") as log:
        process = subprocess.Popen(line, stdout=log, stderr=log, env=environment())
        try:
            wait_until(lambda: "Contact Bridge serves" in file.read_text(), 60)
            address = json.loads(file.read_text().splitlines()[0])["message"].split()[3]
            _phone(address, secret)
            cli("mirror", "start", "anna", "--to", "file", "--path", folder, "--every", "1000")
            cli("contact", "add", NAME)
            wait_until(lambda: any(NAME in each.read_text() for each in folder.glob("*.vcf")), 60)
            wait_until(lambda: '"run"' in file.read_text(), 60)
        finally:
            process.terminate()
            assert process.wait(20) == 0
    return file.read_text("utf-8")


def _phone(address, secret):
    connection = HTTPConnection(urlsplit(address).netloc, timeout=20)
    login = {"Authorization": "Basic " + b64encode(f"anna:{secret}".encode()).decode()}
    for method, path, body, headers in (
        ("PUT", "/anna/contacts/z1.vcf", CARD, login),
        ("PUT", "/anna/contacts/z2.vcf", CARD.replace("END:VCARD", ""), login),
        ("PUT", "/anna/contacts/z3.vcf", CARD.replace("VERSION:3.0", f"VERSION:{NAME}"), login),
        ("REPORT", "/anna/contacts/", FILTER, login),
        ("PROPPATCH", "/anna/contacts/", f"<{NAME}", login),
        ("PUT", "/anna/contacts/z4.vcf", CARD, {"Authorization": "Basic " + b64encode(b"anna:wrong").decode()}),
    ):
        connection.request(method, path, body.encode(), headers)
        connection.getresponse().read()
    connection.close()


def test_each_line_is_an_object_with_the_run_that_it_is_about_and_no_contact(said, cli):
    lines = [json.loads(line) for line in said.splitlines()]
    assert all({"time", "level", "logger", "message"} <= line.keys() for line in lines)
    with Place(cli.folder).opened() as database:
        (mirror,) = Mirrors(database).all()
        last = Runs(database).last(mirror.id)
    assert last is not None
    runs = {line["run"]: line["message"] for line in lines if "run" in line}
    assert runs[last.id].startswith("mirror of anna: ")
    assert any("failed log-in of 'anna'" in line["message"] for line in lines)
    assert [line for line in said.splitlines() if "Quagmire" in line or "Zebulon" in line] == []


def written(message, *arguments, error=None):
    info = (type(error), error, error.__traceback__) if error else None
    record = logging.LogRecord("bridge.test", logging.ERROR, __file__, 1, message, arguments, info)
    return JsonLines().format(record)


def raised(error):
    try:
        raise error
    except type(error) as found:
        return found


def test_a_fault_is_its_kind_and_its_place_and_not_what_it_says():
    line = written("a fault of ours", error=raised(ValueError(NAME)))
    assert NAME not in line
    said = json.loads(line)["fault"]
    assert said["kind"] == "ValueError"
    assert "test_logs.py" in said["at"][0] and said["at"][0].endswith("raised")


@pytest.mark.parametrize("form", ["%s", "%r"])
def test_of_a_foreign_exception_only_its_kind_is_told_but_all_of_ours(form):
    assert json.loads(written(f"no answer: {form}", KeyError(NAME)))["message"] in (
        "no answer: KeyError",
        "no answer: 'KeyError'",
    )
    assert "disk is away" in json.loads(written(f"no answer: {form}", Unavailable("disk is away")))["message"]


def test_only_the_first_line_of_a_message_is_told():
    assert json.loads(written(f"exception was never retrieved\nfuture: {NAME}"))["message"].endswith("retrieved")


def test_what_ends_a_thread_or_a_process_is_a_line_of_json_too():
    script = (
        "import threading; from bridge import logs; logs.configure('json')\n"
        f"thread = threading.Thread(target=lambda: {{}}[{NAME!r}]); thread.start(); thread.join()\n"
        f"raise ValueError({NAME!r})"
    )
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment())
    lines = [json.loads(line) for line in ended.stderr.splitlines()]
    assert [line["fault"]["kind"] for line in lines] == ["KeyError", "ValueError"]
    assert NAME not in ended.stderr
