"""``make bench-mirror``: a mirror into Microsoft Graph (the simulator with its throttle on), measured.

make bench-mirror                           # 10,000 contacts; half an hour, at Graph's own rate
make bench-mirror N=1000 OPTIONS=--help
"""

from __future__ import annotations

import json
import sys
import tempfile
import time
from argparse import ArgumentParser, RawDescriptionHelpFormatter
from collections.abc import Callable, Sequence
from dataclasses import asdict, replace
from pathlib import Path

from bridge.mirroring.places import GraphPlace
from bridge.mirroring.settings import SECRET as SECRET_NAME
from bridge.mirroring.settings import MirrorSettings
from bridge.place import Place
from bridge.setup import prepare
from storage_plugin.database.contacts import SqlContacts
from storage_plugin.database.disagreements import conflicts
from storage_plugin.database.imports import add_cards, item_of_card
from storage_plugin.database.mirrors import Mirrors, State
from storage_plugin.database.users import Users
from storage_plugin.database.vault import Vault
from storage_plugin.model.book import Origin
from tests.benchmarks.cards import card, person
from tests.benchmarks.mailbox import ADDRESS, CLIENT, SECRET, TENANT, Limits, Mailbox
from tests.benchmarks.mirror_table import Phase, Result, table
from tests.benchmarks.one_run import measured
from tests.benchmarks.phone import changes_on_a_phone
from tests.benchmarks.servers import ROOT
from tests.benchmarks.table import write_between

Say = Callable[[str], None]

KEPT_BACK = 0.02
"""The share of the limit that our pace leaves to others, as 9,800 of Graph's 10,000."""

SLICE = 500
USER = "anna"


class Bench:
    """One address book, one mailbox, and the mirror between them."""

    def __init__(self, folder: Path, cards: int, limits: Limits, mailbox: Mailbox, say: Say) -> None:
        self.folder, self.cards, self.limits, self.mailbox, self.say = folder, cards, limits, mailbox, say
        self.result = Result(cards, limits)

    def prepare(self) -> None:
        """Make the book with its contacts, and set the mirror up."""
        self.say(f"a book of {self.cards:,} contacts")
        place = Place(self.folder)
        prepare(place)
        with place.opened() as database:
            user = Users(database).add(USER)
            for start in range(0, self.cards, SLICE):
                numbers = range(start, min(start + SLICE, self.cards))
                add_cards(database, 1, [item_of_card(card(each)) for each in numbers], Origin("import"))
            mirrors = Mirrors(database, Vault.open(self.folder))
            where = GraphPlace(
                sign_in="app",
                client_id=CLIENT,
                tenant=TENANT,
                mailbox=ADDRESS,
                service=f"{self.mailbox.address}/v1.0",
                authority=self.mailbox.address,
            )
            mirror = mirrors.create(user, "graph")
            mirrors.configure(mirror.id, settings=MirrorSettings(place=where, every=24 * 60).json_form)
            mirrors.keep_secrets(mirror.id, {SECRET_NAME: SECRET})
            mirrors.set_state(mirror.id, State.ON)

    def phase(self, name: str, runs: int = 1, changes: int = 0, *, rested: bool = False) -> Phase:
        """Run the mirror in a fresh process, which knows nothing of what earlier ones asked.

        ``rested``: wait first until the service has forgotten that, too.
        """
        self.say(name)
        if rested:
            time.sleep(self.limits.window)
        done, refused = len(self.mailbox.requests()), self.mailbox.refused()
        limit = int(self.limits.requests * (1 - KEPT_BACK))
        found = measured(self.folder, limit, self.limits.window, runs)
        requests, refused = self.mailbox.requests()[done:], self.mailbox.refused() - refused
        phase = Phase(name, found, requests, refused, changes)
        self.result.phases.append(phase)
        for run in found:
            self.say(f"  {run.outcome} {run.counts} {run.seconds:.2f} s, {run.cpu:.2f} s CPU, {run.memory:.0f} MB")
        self.say(f"  {len(phase.requests):,} requests, {phase.refused} refused")
        return phase

    def change(self, count: int, common: int) -> None:
        """Change ``count`` contacts on each side, ``common`` of them in the same field on both."""
        ours = range(count)
        theirs = range(count - common, 2 * count - common)
        with Place(self.folder).opened() as database:
            contacts = SqlContacts(database, 1)
            known = {record.contact.emails[0].address: record for record in contacts.list()}
            for number in ours:
                record = known[person(number).emails[0]]
                name = "job_title" if number in theirs else "department"
                said = {name: f"Ours {number}"}
                who = replace(record.contact, **said)  # type: ignore[arg-type]
                contacts.save(who, Origin("cli"), contact_id=record.id)
        self.mailbox.edit({person(number).emails[0]: f"Theirs {number}" for number in theirs})

    def conflicts(self) -> int:
        """Count the conflicts that were noted."""
        with Place(self.folder).opened() as database:
            return len(conflicts(database, 1))


def run(cards: int, limits: Limits, changes: int, common: int, phone: int, say: Say) -> Result:
    """Run the whole benchmark of one size."""
    with (
        tempfile.TemporaryDirectory(prefix="contact-bridge-bench-") as folder,
        Mailbox(limits) as mailbox,
    ):
        bench = Bench(Path(folder), cards, limits, mailbox, say)
        bench.prepare()
        bench.phase("first mirror", changes=cards)
        bench.phase("its echo", rested=True)
        bench.phase("idle", runs=6)
        bench.change(changes, common)
        bench.phase("changes", changes=2 * changes, rested=True)
        bench.result.conflicts = bench.conflicts()
        if phone:
            say("changes on a phone")
            bench.result.phone = changes_on_a_phone(bench.folder, USER, mailbox, phone)
        return bench.result


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark as asked for; give the exit code."""
    options = _arguments().parse_args(arguments)
    limits = Limits(options.limit, options.window, options.latency)
    results = [run(options.cards, limits, options.changes, options.conflicts, options.phone, _say)]
    if options.small:
        results.append(run(options.small, limits, options.changes, options.conflicts, 0, _say))
    text = table(results)
    print(text)
    if options.json:
        options.json.write_text(json.dumps([asdict(result) for result in results], indent=1))
    if options.write_readme:
        write_between(ROOT / "README.md", "bench-mirror", text)
    return 0


def _say(line: str) -> None:
    print(f"{time.strftime('%H:%M:%S')} {line}", file=sys.stderr, flush=True)


def _arguments() -> ArgumentParser:
    parser = ArgumentParser(
        prog="make bench-mirror", description=__doc__, formatter_class=RawDescriptionHelpFormatter
    )
    parser.add_argument("--cards", type=int, default=10_000, metavar="N", help="contacts in the book (10000)")
    parser.add_argument("--small", type=int, default=2_000, help="a smaller book to compare with (2000, 0: none)")
    parser.add_argument("--changes", type=int, default=1_000, help="contacts changed on each side (1000)")
    parser.add_argument("--conflicts", type=int, default=50, help="of them, in the same field on both (50)")
    parser.add_argument("--phone", type=int, default=20, help="changes on a phone, one after the other (20)")
    parser.add_argument("--limit", type=int, default=1_000, help="requests that the service grants (1000) …")
    parser.add_argument("--window", type=float, default=60.0, help="… in this many seconds (60; Graph: 10000 in 600)")
    parser.add_argument("--latency", type=float, default=0.05, help="seconds that each request takes (0.05)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the results there, too")
    parser.add_argument("--write-readme", action="store_true", help="put the table into README.md")
    return parser


if __name__ == "__main__":
    raise SystemExit(main())
