from dataclasses import replace

import pytest

from storage_plugin.dav.tokens import ctag_at, number_in, token_at
from storage_plugin.model.book import ChangeNumber, InvalidToken, Viewer
from storage_plugin.model.view import Condition, Filter, Operator, View

ALICE = Viewer(1, "alice", 1, "key", View(), ChangeNumber(7))
FILTERED = View(Filter((Condition("company", Operator.IS, "ACME"),)))


def test_a_token_carries_its_number() -> None:
    assert number_in(ALICE, token_at(ALICE, ChangeNumber(5))) == 5


@pytest.mark.parametrize(
    "other",
    [
        replace(ALICE, user_id=2),
        replace(ALICE, book_key="another"),
        replace(ALICE, view=FILTERED),
        replace(ALICE, number=ChangeNumber(4)),
        replace(ALICE, epoch=1),
    ],
)
def test_a_token_of_another_user_book_filter_or_time_is_foreign(other: Viewer) -> None:
    with pytest.raises(InvalidToken):
        number_in(other, token_at(ALICE, ChangeNumber(5)))


def test_a_policy_that_hides_nothing_does_not_change_the_token() -> None:
    assert token_at(replace(ALICE, view=View(read_only=True)), ALICE.number) == token_at(ALICE, ALICE.number)


@pytest.mark.parametrize("change", ["{}x", "x{}", "{}:", "", "data:,", "0f8fad5b-d9cb-469f-a165-70867728950e"])
def test_anything_else_is_no_token(change: str) -> None:
    with pytest.raises(InvalidToken):
        number_in(ALICE, change.format(token_at(ALICE, ChangeNumber(5))))


@pytest.mark.parametrize("digits", ["-1", "٣", "05", "5 ", "1e1", "9" * 40])
def test_a_number_is_written_in_one_way_only(digits: str) -> None:
    with pytest.raises(InvalidToken):
        number_in(ALICE, token_at(ALICE, ChangeNumber(5)).replace(":5:", f":{digits}:"))


def test_the_ctag_moves_with_number_and_view() -> None:
    tags = {ctag_at(ALICE, ChangeNumber(5)), ctag_at(ALICE, ChangeNumber(6))}
    assert len(tags | {ctag_at(replace(ALICE, view=FILTERED), ChangeNumber(5))}) == 3
