"""A bounded part of ``make fuzz``; and the fuzz itself shown to catch planted faults."""

from pathlib import Path
from typing import Any

import pytest

from storage_plugin.dav import items, report, signin
from tests.fuzz_dav import run


def test_300_random_requests(tmp_path: Path) -> None:
    run(300, 1, f"sqlite:///{tmp_path}/contacts.db")


@pytest.mark.slow
def test_5000_random_requests(tmp_path: Path) -> None:
    run(5000, 2, f"sqlite:///{tmp_path}/contacts.db")


def _crash(*_: Any, **__: Any) -> Any:
    raise KeyError("planted")


@pytest.mark.parametrize(
    ("module", "name", "fault"),
    [
        (items, "_charset_of", _crash),
        (report, "_multiget", _crash),
        (signin, "_is_fit", _crash),
        (signin.SignIn, "_look_up", lambda self, *_, **__: self._users.viewer("bob")),
    ],
)
def test_a_planted_fault_is_found(
    module: Any, name: str, fault: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, name, fault)
    with pytest.raises((AssertionError, KeyError)):
        run(400, 3, f"sqlite:///{tmp_path}/contacts.db")
