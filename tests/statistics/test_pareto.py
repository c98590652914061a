import numpy as np
import pytest

from taskgraft.errors import DataError, RequestError
from taskgraft.statistics import pareto_front


@pytest.mark.parametrize("seed", range(10))
def test_on_the_front_is_who_nobody_beats(seed: int) -> None:
    # Few distinct values, so that ties are many.
    rng = np.random.default_rng(seed)
    scores, costs = rng.integers(0, 4, 12).astype(float), rng.integers(0, 4, 12).astype(float)
    for i, on_front in enumerate(pareto_front(scores, costs)):
        beaten = any(
            scores[j] >= scores[i] and costs[j] <= costs[i] and (scores[j], costs[j]) != (scores[i], costs[i])
            for j in range(12)
        )
        assert on_front == (not beaten)


def test_duplicates_are_on_the_front_together() -> None:
    assert pareto_front([0.7, 0.7, 0.6], [1, 1, 1]).tolist() == [True, True, False]


def test_an_equal_score_for_less_pushes_the_dearer_off() -> None:
    assert pareto_front([0.7, 0.7], [1, 2]).tolist() == [True, False]


def test_one_is_its_own_front_and_none_has_none() -> None:
    assert pareto_front([0.1], [9]).tolist() == [True]
    assert pareto_front([], []).tolist() == []


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(DataError):
        pareto_front([0.1, np.nan], [1, 2])
    with pytest.raises(RequestError):
        pareto_front([0.1, 0.2], [1])
