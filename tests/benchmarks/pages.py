"""``make bench-pages``: every page of the web page, asked for over HTTP in an installation of 10,000 contacts.

make bench-pages                            # some minutes, most of them to make the installation
make bench-pages N=1000 OPTIONS=--help

What is measured is ``contact-bridge serve web``: with the mirrors beside it, pages would tell of their work. The
processor time of the process that serves the page is the figure to go by: what a browser waits for depends on
whatever else the machine does.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import time
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

from tests.benchmarks.page_firm import ADMINISTRATOR, PASSWORD, found_firm
from tests.benchmarks.page_table import Found, table
from tests.benchmarks.page_visits import Wish, wishes
from tests.benchmarks.processes import cpu_seconds, family, memory
from tests.benchmarks.servers import ROOT
from tests.benchmarks.table import write_between
from tests.web.site import Browser

Say = Callable[[str], None]

START_WITHIN = 60.0
WARM_UP = 2
"""Requests of each page before it is measured: the first one compiles a template."""

TOLD_FROM = 20.0
"""Milliseconds of a page that the README tells of by itself."""

UPLOAD = b"\n".join([b"Name,E-mail 1 - Value", *(b"New %d,new%d@example.org" % (each, each) for each in range(50))])


class NotServed(Exception):
    """The server does not start, or a page is not what it should be."""


def run(cards: int, times: int, say: Say) -> tuple[list[Found], float]:
    """Measure all pages of an installation; give what was found, and the memory of the page's process in MB."""
    with tempfile.TemporaryDirectory(prefix="contact-bridge-bench-") as there:
        firm = found_firm(Path(there), cards, say)
        with _served(firm.folder, Path(there) / "log") as (address, root):
            say("the pages")
            browser = _signed_in(address)
            page = next(pid for pid in family(root) if b"bridge.web" in Path(f"/proc/{pid}/cmdline").read_bytes())
            found = [_measured(browser, page, each, times) for each in wishes(firm, _import(browser))]
            return found, sum(memory([page]))


@contextmanager
def _served(folder: Path, log: Path) -> Iterator[tuple[str, int]]:
    """Serve the installation; give the page's address, and the process that was started."""
    line = [sys.executable, "-m", "bridge", "serve", "web", "--data", str(folder), "--web-port", "0"]
    with log.open("w") as told:
        process = subprocess.Popen(line, stdin=subprocess.DEVNULL, stdout=told, stderr=told, cwd=ROOT)
    try:
        until = time.monotonic() + START_WITHIN
        while (found := re.search(r"The web page is at (http://\S+?)/?\n", log.read_text())) is None:
            if process.poll() is not None or time.monotonic() > until:
                raise NotServed(f"the server does not start: {log.read_text()}")
            time.sleep(0.1)
        yield found[1], process.pid
    finally:
        process.terminate()
        process.wait(20)


def _signed_in(address: str) -> Browser:
    browser = Browser(address)
    browser.get("/sign-in")
    answer = browser.post("/sign-in", name=ADMINISTRATOR, password=PASSWORD, follow=False)
    if answer.location != "/":
        raise NotServed(f"nobody can sign in: {answer.status}")
    return browser


def _import(browser: Browser) -> str:
    """Upload a file; give the key of its import when it is previewed."""
    browser.get("/import")
    address = browser.post("/import/upload", file=UPLOAD, follow=False).location
    until = time.monotonic() + START_WITHIN
    while "/begin" not in browser.get(address).text:
        if time.monotonic() > until:
            raise NotServed("an import is not previewed")
        time.sleep(0.1)
    return address.rpartition("/")[2]


def _measured(browser: Browser, page: int, wish: Wish, times: int) -> Found:
    """Ask for a page again and again over one connection."""
    parts = urlsplit(browser.address)
    connection = HTTPConnection(parts.hostname or "", parts.port, timeout=60)
    headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in browser.cookies.items())}
    if wish.is_fragment:
        headers["HX-Request"] = "true"
    cpu, wall = [], []
    for _ in range(WARM_UP + times):
        used, started = cpu_seconds([page])[page], time.perf_counter()
        connection.request("GET", wish.path, headers=headers)
        response = connection.getresponse()
        content = response.read()
        wall.append(time.perf_counter() - started)
        cpu.append(cpu_seconds([page])[page] - used)
        if response.status >= 500:
            raise NotServed(f"{response.status} for {wish.path}")
    connection.close()
    return Found(wish, response.status, len(content), cpu[WARM_UP:], wall[WARM_UP:])


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark as asked for; give the exit code."""
    options = _arguments().parse_args(arguments)
    found, used = run(options.cards, options.times, _say)
    text = table(found, options.cards, used)
    print(text)
    if options.json:
        said = [[each.wish.name, each.status, each.octets, each.cpu_ms, each.wall_ms] for each in found]
        options.json.write_text(json.dumps(said, indent=1, ensure_ascii=False))
    if options.write_readme:
        write_between(ROOT / "README.md", "bench-pages", table(found, options.cards, used, TOLD_FROM))
    return 0


def _say(line: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {line}", file=sys.stderr, flush=True)


def _arguments() -> ArgumentParser:
    parser = ArgumentParser(prog="make bench-pages", description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument("--cards", type=int, default=10_000, metavar="N", help="contacts on cards (10000)")
    parser.add_argument("--times", type=int, default=20, help="requests of each page (20)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results there, too")
    parser.add_argument("--write-readme", action="store_true", help="put the table into README.md")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
