"""What the conditions of a filter mean: said once more, operator by operator, as people would."""

from __future__ import annotations

from hypothesis import example, given
from hypothesis import strategies as st

from storage_plugin.model.view import Condition, Operator, folded, holds

TEXTS = st.lists(
    st.sampled_from(["", "a", "A", "ab", "Ä", "A\u0308", "ß", "SS", "10", "9", "9.0", "nan", "山"]), max_size=3
)


def means(operator: Operator, value: str, texts: list[str]) -> bool:
    said, wanted = [folded(text) for text in texts if text], folded(value)
    if operator in (Operator.IS, Operator.IS_NOT):
        is_so = wanted in said if wanted else not said
        return is_so is (operator is Operator.IS)
    if operator in (Operator.CONTAINS, Operator.CONTAINS_NOT):
        return any(wanted in text for text in said) is (operator is Operator.CONTAINS)
    if operator in (Operator.IS_EMPTY, Operator.IS_NOT_EMPTY):
        return (said == []) is (operator is Operator.IS_EMPTY)
    if operator is Operator.STARTS_WITH:
        return any(text[: len(wanted)] == wanted for text in said)
    before = {Operator.LESS: [(text, wanted) for text in said], Operator.GREATER: [(wanted, text) for text in said]}
    return any(comes_before(one, other) for one, other in before[operator])


def comes_before(one: str, other: str) -> bool:
    """Numbers by their value, before all that is none."""
    numbers = [number(text) for text in (one, other)]
    if None in numbers:
        return one < other if numbers == [None, None] else numbers[1] is None
    return numbers[0] < numbers[1]  # type: ignore[operator]


def number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


@given(st.sampled_from(Operator), TEXTS.map(lambda texts: "".join(texts[:1])), TEXTS)
@example(Operator.IS, "", [])
@example(Operator.IS_NOT, "", ["", "a"])
@example(Operator.IS, "ä", ["x", "A\u0308"])
def test_a_condition_holds_as_it_reads(operator: Operator, value: str, texts: list[str]) -> None:
    assert holds(Condition("company", operator, value), texts) is means(operator, value, texts)
