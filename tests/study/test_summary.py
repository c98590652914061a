"""The spread over seeds is that of the standard library, to the last bit."""

from __future__ import annotations

from statistics import stdev

from hypothesis import example, given
from hypothesis import strategies as st

from taskgraft.study import Spread

NUMBERS = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False, min_value=-1e150, max_value=1e150),
    st.integers(0, 600).map(lambda number: number / 600),
    st.just(5e-324),
)


@given(st.lists(NUMBERS, min_size=2, max_size=30))
@example([0.1, 0.1])
@example([1, 3])
def test_a_deviation_is_rounded_once(values: list[float]) -> None:
    assert Spread.of(values).std == stdev(values)
