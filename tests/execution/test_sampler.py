"""Which values a search proposes."""

from __future__ import annotations

import pytest

from taskgraft.execution._sampler import propose
from taskgraft.recipe import Range


@pytest.mark.parametrize(
    "within", [Range(0.025, 1.6, is_log=True), Range(0.0, 0.3, is_log=False), Range(8, 256, is_whole=True)]
)
def test_values_are_in_the_range_and_of_four_digits(within: Range) -> None:
    proposed = [values["key"] for values in propose({"key": within}, [], 50, seed=3)]
    assert len(set(proposed)) > 20
    assert all(within.low <= value <= within.high and value == float(f"{value:.4g}") for value in proposed)


def test_a_range_too_narrow_for_four_digits_is_kept() -> None:
    within = Range(0.123456, 0.1234567)
    assert all(
        within.low <= values["key"] <= within.high for values in propose({"key": within}, [], 9, seed=0)
    )
