"""Debian's Caddy and nginx with the configurations of deploy/, on free ports of this machine."""

from __future__ import annotations

import os
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.clients.server import free_port

DEPLOY = Path(__file__).resolve().parents[2] / "deploy"
NAME = "contacts.example.com"


@dataclass(frozen=True)
class Behind:
    """The ports on which the parts of Contact Bridge listen."""

    dav: int
    page: int
    changed: int


@dataclass(frozen=True)
class Proxy:
    """A proxy that runs: its https address, the port of http, and what trusts its certificate."""

    address: str
    plain: int
    context: ssl.SSLContext


def program(name: str) -> str:
    """Find a proxy's program; say what to install."""
    found = shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin")
    assert found, f"the tests need {name}: make system-packages (as root; apt-get install {name})"
    return found


@contextmanager
def caddy(folder: Path, behind: Behind) -> Iterator[Proxy]:
    """Run Caddy with deploy/Caddyfile as it is; a file around it names ports, and needs no network."""
    https, http = free_port(), free_port()
    (folder / "Caddyfile").write_text(
        "{\n admin off\n skip_install_trust\n local_certs\n"
        f" http_port {http}\n https_port {https}\n storage file_system {folder}/storage\n}}\n"
        f"import {DEPLOY}/Caddyfile\n"
    )
    said = {
        "CONTACT_BRIDGE_NAME": f"localhost:{https}",
        "CONTACT_BRIDGE_DAV": f"127.0.0.1:{behind.dav}",
        "CONTACT_BRIDGE_WEB": f"127.0.0.1:{behind.page}",
        "CONTACT_BRIDGE_CHANGED": f"127.0.0.1:{behind.changed}",
        "HOME": str(folder),
        "XDG_CONFIG_HOME": str(folder),
    }
    line = [program("caddy"), "run", "--config", str(folder / "Caddyfile"), "--adapter", "caddyfile"]
    root = folder / "storage" / "pki" / "authorities" / "local" / "root.crt"
    with _running(line, folder / "log", {**os.environ, **said}, https):
        _wait(root.exists, folder / "log")
        yield Proxy(f"https://localhost:{https}/", http, ssl.create_default_context(cafile=str(root)))


@contextmanager
def nginx(folder: Path, behind: Behind) -> Iterator[Proxy]:
    """Run nginx with deploy/nginx.conf; ports, name and certificate are put in as an operator would."""
    https, http = free_port(), free_port()
    certificate, key = folder / "fullchain.pem", folder / "privkey.pem"
    _certificate(certificate, key)
    text = (DEPLOY / "nginx.conf").read_text()
    for said, here in {
        "127.0.0.1:5232": f"127.0.0.1:{behind.dav}",
        "127.0.0.1:5233": f"127.0.0.1:{behind.page}",
        "127.0.0.1:5234": f"127.0.0.1:{behind.changed}",
        "listen 80;": f"listen {http};",
        "listen 443 ": f"listen {https} ",
        "    listen [::]:80;\n": "",
        "    listen [::]:443 ssl http2;\n": "",
        f"/etc/ssl/{NAME}/fullchain.pem": str(certificate),
        f"/etc/ssl/{NAME}/privkey.pem": str(key),
        f"server_name {NAME}": "server_name localhost",
    }.items():
        assert said in text, f"deploy/nginx.conf lacks {said!r}"
        text = text.replace(said, here)
    (folder / "site.conf").write_text(text)
    places = "".join(f"{kind}_temp_path {folder}/{kind};" for kind in _TEMPORARY)
    user = "user root;" if os.getuid() == 0 else ""
    (folder / "nginx.conf").write_text(
        f"{user} daemon off; pid {folder}/pid; error_log stderr; worker_processes 1;"
        f"events {{}} http {{ access_log off; {places} include {folder}/site.conf; }}"
    )
    line = [program("nginx"), "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", "stderr"]
    with _running(line, folder / "log", dict(os.environ), https):
        yield Proxy(f"https://localhost:{https}/", http, ssl.create_default_context(cafile=str(certificate)))


_TEMPORARY = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


def _certificate(certificate: Path, key: Path) -> None:
    line = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"]
    line += ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    subprocess.run([*line, "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True)


@contextmanager
def _running(line: list[str], log: Path, environment: dict[str, str], port: int) -> Iterator[None]:
    with log.open("wb") as out:
        process = subprocess.Popen(line, stdout=out, stderr=out, stdin=subprocess.DEVNULL, env=environment)
    try:
        _wait(lambda: process.poll() is not None or _listens(port), log)
        assert process.poll() is None, log.read_text()
        yield
    finally:
        process.terminate()
        process.wait(20)


def _listens(port: int) -> bool:
    with socket.socket() as tried:
        return tried.connect_ex(("127.0.0.1", port)) == 0


def _wait(holds, log: Path) -> None:
    until = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < until, log.read_text()
        time.sleep(0.05)
