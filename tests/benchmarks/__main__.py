"""``make bench``: Contact Bridge and other CardDAV servers, measured side by side on this machine.

make bench                                  # 10,000 cards; about 15 minutes
make bench N=1000 OPTIONS="--servers ours"  # see also --help
"""

from __future__ import annotations

import json
import signal
import sys
import tempfile
import time
from argparse import ArgumentParser, Namespace, RawDescriptionHelpFormatter
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from pathlib import Path

from tests.benchmarks.operations import OPERATIONS, Operation
from tests.benchmarks.race import Result, race
from tests.benchmarks.servers import ROOT, SERVERS, NotHere, Server
from tests.benchmarks.table import as_json, table, write_between

Say = Callable[[str], None]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark as asked for; give the exit code."""
    options = _arguments().parse_args(arguments)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    operations = [each for each in OPERATIONS if options.only is None or options.only in each.name]
    results = run(options.servers.split(","), options.cards, operations, options.seconds, _say)
    text = table(results, operations, options.cards, _command(options))
    print(text)
    if options.json:
        options.json.write_text(json.dumps(as_json(results, operations, options.cards), indent=1))
    if options.write_readme:
        write_between(ROOT / "README.md", "bench", text)
    return 0


def run(names: Sequence[str], cards: int, operations: Sequence[Operation], seconds: float, say: Say) -> list[Result]:
    """Start the servers, race them, stop them; a rival that cannot run here is left out, and ``say`` tells why."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="contact-bridge-bench-")))
        servers = list[Server]()
        for name in names:
            server = _started(SERVERS[name], folder / name, cards, stack, say)
            servers += [server] if server else []
        return race(servers, cards, operations, seconds, say)


def _started(kind: type[Server], folder: Path, cards: int, stack: ExitStack, say: Say) -> Server | None:
    folder.mkdir()
    server = kind(folder)
    stack.callback(server.stop)
    say(f"{kind.name}: starts with {cards:,} cards")
    try:
        server.start(cards)
    except NotHere as reason:
        if kind is SERVERS["ours"]:
            raise
        server.stop()
        say(f"{kind.name} is left out: {reason}")
        return None
    return server


def _say(line: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {line}", file=sys.stderr, flush=True)


def _command(options: Namespace) -> str:
    return f"make bench N={options.cards}"


def _arguments() -> ArgumentParser:
    parser = ArgumentParser(prog="make bench", description=__doc__, formatter_class=RawDescriptionHelpFormatter)
    parser.add_argument("--cards", type=int, default=10_000, metavar="N", help="cards in each book (10000)")
    parser.add_argument("--seconds", type=float, default=20.0, help="bound per operation and server (20)")
    parser.add_argument("--servers", default=",".join(SERVERS), help="which, ours first (all)")
    parser.add_argument("--only", metavar="TEXT", help="operations whose name has this in it")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results there, too")
    parser.add_argument("--write-readme", action="store_true", help="put the table into README.md")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
