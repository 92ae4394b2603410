"""What a judge did, step by step, told to whoever runs it."""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterable

Step = Callable[[], object]


def walk(judge: str, steps: Iterable[Step]) -> int:
    """Take the steps in turn, each told by the first line of its docstring; stop at the first that fails.

    Gives the exit code.
    """
    passed = 0
    for number, step in enumerate(steps, 1):
        what = (step.__doc__ or step.__name__).splitlines()[0].rstrip(".")
        try:
            step()
        except Exception:
            print(f"{judge} {number}: {what}: FAILED")
            traceback.print_exc()
            return 1
        print(f"{judge} {number}: {what}", flush=True)
        passed = number
    print(f"{judge}: all {passed} steps passed")
    return 0
