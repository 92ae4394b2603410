"""What the commands on mirrors share: waiting for what they do, and telling it, with which exit code."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any, TypeVar

import click

from bridge.cli.options import print_json

if TYPE_CHECKING:
    from bridge.sync.run import Report
    from bridge.targets.base import Step

T = TypeVar("T")


def finished(work: Coroutine[Any, Any, T]) -> T:
    """Do what waits for the network, to its end."""
    import asyncio  # a third of the time of --help

    return asyncio.run(work)


def print_report(report: Report, *, as_json: bool, is_plan: bool = False) -> None:
    """Print a report; end with code 1 when it failed, 4 when it asks, 5 when it is worth trying again."""
    if as_json:
        print_json(
            {
                "outcome": report.outcome.value,
                "counts": dict(report.counts),
                "reason": report.reason,
                "retry_after": report.retry_after,
                **({"plan": list(report.plan)} if is_plan or report.plan else {}),
            }
        )
    else:
        _print(report, is_plan)
    if code := _code(report):
        raise SystemExit(code)


def print_step(step: Step) -> None:
    """Print one step of a check."""
    click.echo(f"{'ok    ' if step.passed else 'FAILED'}  {step.name}{f': {step.cure}' if step.cure else ''}")


def _print(report: Report, is_plan: bool) -> None:
    if is_plan:
        for line in report.plan:
            click.echo(line)
        click.echo(report.reason or f"{len(report.plan)} to do; nothing was done.")
        return
    counts = ", ".join(f"{count} {name}" for name, count in sorted(report.counts.items())) or "nothing to do"
    click.echo(f"{report.outcome.value.capitalize()}: {counts}.")
    if report.reason:
        click.echo(report.reason, err=True)


def _code(report: Report) -> int:
    match report.outcome.value:
        case "done":
            return 0
        case "asking":
            return 4
        case _:
            return 5 if report.retry_after else 1
