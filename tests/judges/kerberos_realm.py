"""A Kerberos realm on loopback: MIT's KDC in a folder and on a port of its own.

Debian's packages: krb5-kdc, krb5-admin-server, krb5-user, faketime.
"""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

NAME = "CONTOSO.EXAMPLE"
SERVICE = "HTTP/127.0.0.1"
"""What a client asks a ticket for that calls the server by this address."""

_CONFIGURATION = """
[libdefaults]
    default_realm = {name}
    dns_lookup_kdc = false
    dns_canonicalize_hostname = false
    rdns = false
    default_ccache_name = FILE:{folder}/none
[realms]
    {name} = {{
        kdc = 127.0.0.1:{port}
    }}
[domain_realm]
    127.0.0.1 = {name}
    localhost = {name}
"""

_OF_THE_KDC = """
[kdcdefaults]
    kdc_listen = 127.0.0.1:{port}
    kdc_tcp_listen = 127.0.0.1:{port}
[realms]
    {name} = {{
        database_name = {folder}/principal
        key_stash_file = {folder}/stash
        acl_file = {folder}/acl
        max_life = 10h
    }}
"""


class Realm:
    """The realm; ``environment`` is what its clients need, ``keytab`` that of the service."""

    def __init__(self) -> None:
        self.folder = Path(tempfile.mkdtemp())
        self.port = _free_port()
        self.keytab = self.folder / "service.keytab"
        self.environment = {
            "KRB5_CONFIG": str(self.folder / "krb5.conf"),
            "KRB5_KDC_PROFILE": str(self.folder / "kdc.conf"),
            "KRB5RCACHEDIR": str(self.folder),
            "KRB5CCNAME": f"FILE:{self.folder}/none",
        }
        self._kdc: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        said = {"name": NAME, "folder": self.folder, "port": self.port}
        (self.folder / "krb5.conf").write_text(_CONFIGURATION.format(**said))
        (self.folder / "kdc.conf").write_text(_OF_THE_KDC.format(**said))
        self._do("kdb5_util", "create", "-s", "-P", "master")
        self.principal(SERVICE, self.keytab)
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
        shutil.rmtree(self.folder)

    def start(self, clock: str = "") -> None:
        """Start the KDC, and wait until it listens; its clock may be another one (``-1d``)."""
        command = [_program("krb5kdc"), "-n", "-P", str(self.folder / "pid")]
        log = (self.folder / "kdc.log").open("ab")
        self._kdc = subprocess.Popen(command, env=self._environment(at(clock)), stdout=log, stderr=log)
        log.close()
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", self.port), 5).close()
                return
            except ConnectionRefusedError:
                assert self._kdc.poll() is None, (self.folder / "kdc.log").read_text()
                time.sleep(0.05)
        raise AssertionError("the KDC does not start")

    def stop(self) -> None:
        """Stop the KDC."""
        if self._kdc is not None:
            self._kdc.terminate()
            self._kdc.wait(20)
            self._kdc = None

    def principal(self, name: str, keytab: Path | None = None, password: str = "") -> None:
        """Make a principal with a password, or with a random key in a keytab."""
        secret = f'-pw "{password}"' if password else "-randkey"
        self._do("kadmin.local", "-q", f"addprinc {secret} {name}")
        if keytab is not None:
            self._do("kadmin.local", "-q", f"ktadd -k {keytab} {name}")

    def ticket(self, name: str, password: str, clock: str = "") -> dict[str, str]:
        """Fetch a ticket as a person does, by a clock; give the environment that has it."""
        cache = {"KRB5CCNAME": f"FILE:{self.folder}/{name}.ccache"}
        self._do("kinit", name, said=f"{password}\n", more={**cache, **at(clock)})
        return {**self.environment, **cache}

    def ticket_for_the_service(self, environment: Mapping[str, str]) -> None:
        """Fetch the ticket for the service, too, so that the KDC need not be asked any more."""
        self._do("kvno", SERVICE, more=environment)

    def _do(self, program: str, *words: str, said: str = "", more: Mapping[str, str] | None = None) -> None:
        line, env = [_program(program), *words], self._environment(more or {})
        done = subprocess.run(line, input=said, env=env, capture_output=True, text=True, timeout=60, check=False)
        assert done.returncode == 0, f"{line}: {done.stdout}{done.stderr}"

    def _environment(self, more: Mapping[str, str]) -> dict[str, str]:
        return {**os.environ, **self.environment, **more}


def at(clock: str) -> dict[str, str]:
    """Give the environment of a process whose clock is another one (``+20m``)."""
    library = next(Path("/usr/lib").glob("*/faketime/libfaketimeMT.so.1"), None)
    assert library, "libfaketime is missing: apt-get install faketime"
    return {"LD_PRELOAD": str(library), "FAKETIME": clock, "FAKETIME_DONT_FAKE_MONOTONIC": "1"} if clock else {}


def _program(name: str) -> str:
    """Find a program; those of the administrator are on nobody else's path."""
    found = shutil.which(name, path=f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin")
    assert found, f"{name} is missing: apt-get install krb5-kdc krb5-admin-server krb5-user"
    return found


def _free_port() -> int:
    with socket.socket() as some:
        some.bind(("127.0.0.1", 0))
        return int(some.getsockname()[1])
