"""Runs of a mirror in a fresh process, measured: ``python -m tests.benchmarks.one_run FOLDER LIMIT WINDOW RUNS``.

Prints a line of JSON for each run: seconds, processor time of this process (all threads, user and system), the most
memory that it ever had, and what the run did.
"""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from bridge.mirroring.connecting import Connector
from bridge.mirroring.running import Runner, holder
from bridge.place import Place
from bridge.targets.pacing import Pace
from storage_plugin.database.mirrors import Mirrors
from storage_plugin.database.vault import Vault


@dataclass(frozen=True, slots=True)
class Run:
    """What one run cost: ``seconds`` on the clock, ``cpu`` seconds, ``memory`` in MB; ``counts`` of its actions."""

    seconds: float
    cpu: float
    memory: float
    outcome: str
    counts: dict[str, int]


def measured(folder: Path, limit: int, window: float, runs: int = 1) -> list[Run]:
    """Run the only mirror of an installation in a fresh process; at most ``limit`` requests in a ``window``."""
    line = [sys.executable, "-m", "tests.benchmarks.one_run", str(folder), str(limit), str(window), str(runs)]
    said = subprocess.run(line, stdout=subprocess.PIPE, text=True, check=True).stdout
    return [Run(**json.loads(text)) for text in said.splitlines()]


def most_memory() -> float:
    """Give the most memory that this process ever had, in MB (a child begins anew, other than with getrusage)."""
    found = re.search(r"^VmHWM:\s+(\d+)", Path("/proc/self/status").read_text(), re.M)
    return int(found[1]) / 1024 if found else 0.0


async def _run(folder: Path, limit: int, window: float, runs: int) -> None:
    with Place(folder).opened() as database:
        mirrors = Mirrors(database, Vault.open(folder))
        connector = Connector(mirrors, lambda _: Pace(time.monotonic, asyncio.sleep, limit=limit, window=window))
        runner = Runner(database, connector, holder())
        (mirror,) = mirrors.all()
        for _ in range(runs):
            started, cpu = time.perf_counter(), time.process_time()
            report = await runner.run(mirror.id)
            seconds, cpu = time.perf_counter() - started, time.process_time() - cpu
            run = [seconds, cpu, most_memory(), f"{report.outcome} {report.reason}".strip(), dict(report.counts)]
            print(json.dumps(dict(zip(Run.__slots__, run, strict=True))), flush=True)


if __name__ == "__main__":
    asyncio.run(_run(Path(sys.argv[1]), int(sys.argv[2]), float(sys.argv[3]), int(sys.argv[4])))
