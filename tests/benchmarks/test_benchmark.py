"""The benchmark itself works: a small run against our own server, every answer right; and its parts."""

from __future__ import annotations

import socket

import pytest

from tests.benchmarks.__main__ import run
from tests.benchmarks.cards import card
from tests.benchmarks.operations import OPERATIONS
from tests.benchmarks.table import as_json, table, write_between
from tests.benchmarks.wire import Connection, Endpoint, _answer


@pytest.mark.slow
def test_a_small_run_measures_everything_and_finds_nothing_wrong(capsys):
    results = run(["ours"], 60, OPERATIONS, 0.2, print)
    (ours,) = results
    assert {name: measure.faults for name, measure in ours.measures.items() if measure.faults} == {}
    assert [name for name, measure in ours.measures.items() if not measure.times or measure.errors] == []
    assert all(measure.cpu > 0 for measure in ours.measures.values())
    assert len(ours.memory) == 2
    assert "| poll (ctag, token) |" in table(results, OPERATIONS, 60, "make bench N=60")
    assert as_json(results, OPERATIONS, 60)["cards"] == 60


def test_a_server_that_is_gone_is_an_answer_too():
    with socket.create_server(("127.0.0.1", 0)) as closed_soon:
        port = closed_soon.getsockname()[1]
    assert Connection(Endpoint(port)).ask("GET", "/").status == 0


def test_cards_are_the_same_each_time_and_editions_differ():
    assert card(3) == card(3)
    assert card(3) != card(3, 1)


@pytest.mark.parametrize("size", [1, 7, 1000])
@pytest.mark.parametrize(
    ("wire", "body", "closes"),
    [
        (b"HTTP/1.1 207 Multi-Status\r\nContent-Length: 5\r\n\r\nhello", b"hello", False),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\n\r\n",
            b"hello",
            False,
        ),
        (b"HTTP/1.0 200 OK\r\n\r\nhello", b"hello", True),
        (b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n", b"", True),
    ],
)
def test_answers_are_read_in_pieces_of_any_size(wire, body, closes, size):
    parser = _answer()
    next(parser)
    with pytest.raises(StopIteration) as end:
        for start in range(0, len(wire), size):
            parser.send(wire[start : start + size])
        parser.send(b"")
    assert (end.value.value.body, end.value.value.closes) == (body, closes)


def test_the_readme_keeps_what_is_around_the_table(tmp_path):
    readme = tmp_path / "README.md"
    readme.write_text("before\n<!-- bench -->\nold\n<!-- /bench -->\nafter\n")
    write_between(readme, "bench", "new\n")
    assert readme.read_text() == "before\n<!-- bench -->\nnew\n<!-- /bench -->\nafter\n"
    with pytest.raises(ValueError, match="no marks"):
        write_between(readme, "other", "new\n")
