"""What fits into some minutes, and which gives way first."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as some

from taskgraft.errors import RequestError
from taskgraft.execution._budget import Fit, Wish, budget_line, fit_budget
from taskgraft.execution._forecast import side_by_side


def fit(minutes: float, seconds: float, num_seeds: int | None = None, *, is_set: bool = False) -> Fit:
    return fit_budget(Wish(minutes, num_seeds, is_set), lambda number: number * seconds)


@pytest.mark.parametrize(
    ("minutes", "expected"),
    [
        (1_000, Fit(5, 1.0)),
        (60, Fit(5, 1.0)),
        (45, Fit(4, 1.0)),
        (34, Fit(3, 1.0)),
        (20, Fit(3, 0.6)),
        (17, Fit(3, 0.51)),
        (16, Fit(2, 0.72)),
        (12, Fit(2, 0.54)),
    ],
)
def test_seeds_beyond_three_give_way_then_the_length_then_the_third(minutes: float, expected: Fit) -> None:
    assert fit(minutes, 600) == expected


def test_what_is_set_stays() -> None:
    assert fit(30, 600, 1) == Fit(1, 1.0)
    assert fit(60, 600, 8) == Fit(8, 0.67)
    assert fit(30, 600, is_set=True) == Fit(2, 1.0)


@pytest.mark.parametrize(
    ("num_seeds", "is_set", "least", "said"),
    [
        (None, False, 12, "runs of half their length from 2 seeds"),
        (None, True, 23, "which runs from 2 seeds"),
        (1, False, 6, "runs of half their length from 1 seed take"),
        (3, True, 34, "which runs from 3 seeds"),
    ],
)
def test_too_little_is_one_line_with_the_least(
    num_seeds: int | None, is_set: bool, least: int, said: str
) -> None:
    with pytest.raises(RequestError, match=rf"at least {least}, .*{said}.*but got 2\. Give it more"):
        fit(2, 600, num_seeds, is_set=is_set)
    assert fit(least, 600, num_seeds, is_set=is_set)


@given(
    minutes=some.floats(0.1, 10_000),
    seconds=some.floats(0.1, 10_000),
    number=some.none() | some.integers(1, 9),
)
def test_what_is_chosen_fits(minutes: float, seconds: float, number: int | None) -> None:
    try:
        made = fit(minutes, seconds, number)
    except RequestError:
        assert 0.5 * (number or 2) * seconds > 0.88 * minutes * 60
    else:
        assert made.num_seeds * made.length_ratio * seconds <= minutes * 60
        assert 0.5 <= made.length_ratio <= 1


def test_a_line_says_what_was_chosen() -> None:
    assert budget_line(30, Fit(3, 0.77)) == "30 minutes: 3 seeds, each run 77 % as long as otherwise."
    assert budget_line(0.5, Fit(1, 1.0)) == "0.5 minutes: 1 seed."
    assert budget_line(1, Fit(2, 1.0)) == "1 minute: 2 seeds."


def test_runs_side_by_side() -> None:
    assert side_by_side([4, 1, 1, 1], 2) == 4
    assert side_by_side([1, 1, 1], 1) == 3
    assert side_by_side([1, 1, 1], 8) == 1
