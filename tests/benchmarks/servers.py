"""The servers that are measured: each is installed, started, filled and stopped here, in a folder of its own.

The rivals are as their manuals say, their cards loaded as files, which is the fastest way for them. All listen on
loopback and write durably as they do by default.
"""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterable, Sequence
from contextlib import suppress
from importlib.metadata import version
from pathlib import Path

from tests.benchmarks.cards import card, file_name
from tests.benchmarks.processes import family
from tests.benchmarks.wire import Answer, Client, Connection, Endpoint, Pause, crowd

USER, PASSWORD = "bench", "bench"
VCARD = "Content-Type: text/vcard; charset=utf-8\r\n"
ROOT = Path(__file__).resolve().parents[2]
_START_WITHIN, _STOP_WITHIN = 60.0, 20.0


class NotHere(Exception):
    """A rival cannot be run on this machine; the text says why."""


class Server:
    """A server of one user with one address book; the classes below say how each is run."""

    name = ""
    edition = ""
    """The version, and what is special."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.endpoint = Endpoint(_free_port(), USER, PASSWORD)
        self.book = f"/{USER}/contacts/"
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, cards: int) -> None:
        """Install what is missing, put ``cards`` cards into the book, and serve it."""
        raise NotImplementedError

    def stop(self) -> None:
        """End what was started."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(_STOP_WITHIN)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def processes(self) -> list[int]:
        """Give the processes that belong to the server now."""
        return family(self._process.pid) if self._process else []

    def workers(self) -> list[int]:
        """Give those of them that answer requests."""
        return self.processes()

    def _run(self, command: Sequence[str], environment: dict[str, str] | None = None) -> None:
        with (self.folder / "log").open("ab") as log:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, cwd=self.folder, env=environment
            )
        until = time.monotonic() + _START_WITHIN
        while True:
            with suppress(OSError), socket.create_connection(("127.0.0.1", self.endpoint.port), timeout=5):
                return
            if self._process.poll() is not None or time.monotonic() > until:
                log_end = (self.folder / "log").read_text("utf-8", "replace")[-2000:]
                raise NotHere(f"it does not start: {log_end}")
            time.sleep(0.1)


class Ours(Server):
    """Contact Bridge with two workers on SQLite."""

    name = "Contact Bridge"

    def start(self, cards: int) -> None:
        """Set it up on the command line, as the README says; the cards come from a file."""
        self.edition = f"{version('contact-bridge')}, 2 workers, SQLite"
        self._command("init")
        self._command("user", "add", USER)
        secret = self._command("device", "add", USER, "bench", "--quiet").strip()
        self.endpoint = Endpoint(self.endpoint.port, USER, secret)
        book = self.folder / "book.vcf"
        book.write_bytes(b"".join(card(number) for number in range(cards)))
        self._command("import", str(book))
        serve = [*_cli("serve"), "--data", str(self.folder / "data")]
        self._run([*serve, "--port", str(self.endpoint.port), "--workers", "2"], _environment())

    def workers(self) -> list[int]:
        """Leave out the supervisor."""
        return self.processes()[1:]

    def _command(self, *words: str) -> str:
        nouns = 2 if words[0] in ("user", "device") else 1
        line = [*_cli(*words[:nouns]), "--data", str(self.folder / "data"), *words[nouns:]]
        return subprocess.run(line, check=True, stdout=subprocess.PIPE, text=True, env=_environment()).stdout


class Radicale(Server):
    """Stock Radicale: its own storage and server, passwords in a file."""

    name = "Radicale"

    def start(self, cards: int) -> None:
        """Write its files, then serve them."""
        self.edition = f"{version('radicale')}, multifilesystem, its own server"
        (self.folder / "users").write_text(f"{USER}:{PASSWORD}\n")
        book = self.folder / "data" / "collection-root" / USER / "contacts"
        book.mkdir(parents=True)
        (book / ".Radicale.props").write_text(json.dumps({"tag": "VADDRESSBOOK", "D:displayname": "contacts"}))
        write_all(book, cards)
        config = self.folder / "config"
        config.write_text(
            f"[server]\nhosts = 127.0.0.1:{self.endpoint.port}\nmax_connections = 100\n"
            f"[auth]\ntype = htpasswd\nhtpasswd_filename = {self.folder / 'users'}\nhtpasswd_encryption = plain\n"
            f"[storage]\nfilesystem_folder = {self.folder / 'data'}\n[logging]\nlevel = error\n"
        )
        self._run([sys.executable, "-m", "radicale", "--config", str(config)])


class Xandikos(Server):
    """Xandikos on a git repository; it has no log-in of its own."""

    name = "Xandikos"

    def start(self, cards: int) -> None:
        """Let it make its book, write the cards there, and commit them at once."""
        home = ROOT / ".bench" / "xandikos"
        program = home / "bin" / "xandikos"
        if not program.exists():
            _install(home, "xandikos")
        said = subprocess.run([home / "bin" / "python", "-c", _VERSION_OF_XANDIKOS], capture_output=True, text=True)
        self.edition = f"{said.stdout.strip()}, git storage, without log-in"
        self.endpoint = Endpoint(self.endpoint.port)
        self.book = f"/{USER}/contacts/addressbook/"
        files = self.folder / "data"
        serve = [str(program), "serve", "-d", str(files), "--defaults", "-l", "127.0.0.1"]
        serve += ["--current-user-principal", f"/{USER}/", "-p", str(self.endpoint.port)]
        environment = os.environ | {"XDG_DATA_HOME": str(self.folder / "state")}
        self._run(serve, environment)
        self.stop()
        book = files / USER / "contacts" / "addressbook"
        write_all(book, cards)
        git = ["git", "-C", str(book), "-c", "user.name=bench", "-c", "user.email=bench@example.org"]
        subprocess.run([*git, "add", "--all"], check=True)
        subprocess.run([*git, "commit", "--quiet", "--message", "bench"], check=True)
        self._run(serve, environment)


_VERSION_OF_XANDIKOS = "from importlib.metadata import version; print(version('xandikos'))"


class Cyrus(Server):
    """Cyrus IMAP's CardDAV server, if Debian's packages are installed (apt install cyrus-caldav sasl2-bin)."""

    name = "Cyrus"

    def start(self, cards: int) -> None:
        """Run it on a spool of its own, which its user may write."""
        programs = Path("/usr/lib/cyrus/bin")
        if not (programs / "httpd").exists() or not shutil.which("saslpasswd2"):
            raise NotHere("its packages are not installed (apt install cyrus-caldav sasl2-bin)")
        if os.geteuid() != 0:
            raise NotHere("its daemons are to be started by root")
        listed = subprocess.run(["dpkg-query", "-W", "-f", "${Version}", "cyrus-caldav"], capture_output=True)
        self.edition = f"{listed.stdout.decode().partition('-')[0] or 'of this machine'}, 4 processes and more"
        self.book = f"/dav/addressbooks/user/{USER}/Default/"
        config, services, users = (self.folder / name for name in ("imapd.conf", "cyrus.conf", "users.sasldb"))
        spool, state = self.folder / "spool", self.folder / "state"
        config.write_text(
            f"configdirectory: {state}\npartition-default: {spool}\nadmins: cyrus\nautocreate_quota: -1\n"
            f"autocreate_post: yes\nautocreate_users: anyone\nhttpmodules: carddav\nallowplaintext: yes\n"
            f"unixhierarchysep: yes\naltnamespace: yes\nsasl_pwcheck_method: auxprop\n"
            f"sasl_auxprop_plugin: sasldb\nsasl_sasldb_path: {users}\nsasl_mech_list: PLAIN\nvirtdomains: off\n"
        )
        mail_port = _free_port()
        services.write_text(
            f'START {{\n recover cmd="{programs}/ctl_cyrusdb -C {config} -r"\n}}\nSERVICES {{\n'
            f' imap cmd="{programs}/imapd -C {config}" listen="127.0.0.1:{mail_port}" prefork=0\n'
            f' http cmd="{programs}/httpd -C {config}" listen="127.0.0.1:{self.endpoint.port}"'
            f" prefork=4 maxchild=64\n}}\nEVENTS {{\n}}\n"
        )
        for name in (USER, "cyrus"):
            passwords = ["saslpasswd2", "-p", "-c", "-f", str(users), "-u", socket.gethostname(), name]
            subprocess.run(passwords, input=PASSWORD.encode(), check=True)
        for folder in (spool, state / "proc", state / "socket"):
            folder.mkdir(parents=True)
        for parent in (self.folder, self.folder.parent):
            parent.chmod(0o755)
        subprocess.run(["chown", "-R", "cyrus:mail", str(self.folder)], check=True)
        pid_file = str(self.folder / "master.pid")
        self._run([f"{programs}/master", "-C", str(config), "-M", str(services), "-p", pid_file, "-D"])
        self._make_inbox(mail_port)
        Connection(self.endpoint).ask("PROPFIND", self.book.replace("Default/", ""), headers="Depth: 0\r\n")
        put_all(self, range(cards))

    def _make_inbox(self, port: int) -> None:
        from imaplib import IMAP4

        with IMAP4("127.0.0.1", port, timeout=30) as mail:
            mail.login("cyrus", PASSWORD)
            mail.create(f"user/{USER}")


SERVERS: dict[str, type[Server]] = {"ours": Ours, "radicale": Radicale, "xandikos": Xandikos, "cyrus": Cyrus}


def write_all(folder: Path, cards: int) -> None:
    """Write cards as files."""
    for number in range(cards):
        (folder / file_name(number)).write_bytes(card(number))


def put_all(server: Server, numbers: Iterable[int], seconds: float = 1800) -> None:
    """Put cards over eight connections."""
    left, until = iter(numbers), time.monotonic() + seconds

    def client() -> Client:
        for number in left:
            answer = yield server.endpoint.request("PUT", server.book + file_name(number), card(number), VCARD)
            assert isinstance(answer, Answer)
            if answer.status not in (201, 204):
                raise NotHere(f"it answers {answer.status} to a PUT: {answer.body[:200]!r}")
            if time.monotonic() > until:
                raise NotHere("its cards could not be put in time")
        yield Pause(0)

    crowd(server.endpoint, [client() for _ in range(8)])


def _install(home: Path, package: str) -> None:
    try:
        subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
        pip = [
            str(home / "bin" / "python"),
            "-m",
            "pip",
            "--quiet",
            "--disable-pip-version-check",
            "install",
            package,
        ]
        subprocess.run(pip, check=True, stderr=subprocess.PIPE)
    except subprocess.CalledProcessError as error:
        shutil.rmtree(home, ignore_errors=True)
        raise NotHere(f"it cannot be installed: pip ends with {error.returncode}") from error


def _cli(*words: str) -> list[str]:
    return [sys.executable, "-m", "bridge", *words]


def _environment() -> dict[str, str]:
    ours = {name: value for name, value in os.environ.items() if not name.startswith("CONTACT_BRIDGE_")}
    return ours | {"PYTHONPATH": str(ROOT)}


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port
