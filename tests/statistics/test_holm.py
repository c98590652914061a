import numpy as np
import pytest

from taskgraft.errors import DataError, RequestError
from taskgraft.statistics import holm_adjusted


def rejected(ps: np.ndarray, level: float) -> np.ndarray:
    """Holm's procedure as he put it: reject from the smallest p on, until one is above level / (M - j)."""
    found = np.zeros(len(ps), dtype=bool)
    for j, index in enumerate(np.argsort(ps, kind="stable")):
        if ps[index] > level / (len(ps) - j):
            break
        found[index] = True
    return found


@pytest.mark.parametrize("seed", range(20))
def test_the_smallest_level_that_rejects_is_the_adjusted_p(seed: int) -> None:
    ps = np.random.default_rng(seed).uniform(size=7) ** 3
    adjusted = holm_adjusted(ps)
    for level in (0.01, 0.05, 0.2, 0.7):
        np.testing.assert_array_equal(adjusted <= level, rejected(ps, level))


def test_order_is_kept_and_nothing_passes_one() -> None:
    ps = np.random.default_rng(0).uniform(size=30)
    adjusted = holm_adjusted(ps)
    order = np.argsort(ps)
    assert np.all(np.diff(adjusted[order]) >= 0)
    assert np.all((adjusted >= ps) & (adjusted <= 1))


def test_one_question_needs_no_correction_and_none_has_none() -> None:
    assert holm_adjusted([0.03]).tolist() == [0.03]
    assert holm_adjusted([]).tolist() == []


def test_equal_ps_stay_equal() -> None:
    assert holm_adjusted([0.02, 0.02, 0.5]).tolist() == pytest.approx([0.06, 0.06, 0.5])


def test_what_is_no_p_value_is_refused() -> None:
    with pytest.raises(DataError):
        holm_adjusted([0.1, np.nan])
    with pytest.raises(RequestError, match="between 0 and 1"):
        holm_adjusted([0.1, 1.5])
    with pytest.raises(RequestError, match="one axis"):
        holm_adjusted([[0.1]])
