import numpy as np
import pytest

from taskgraft.errors import DataError
from taskgraft.statistics import relative_gain


def test_it_is_the_mean_over_levels_of_relative_differences() -> None:
    gain = relative_gain([0.66, 0.80, 0.45], [0.60, 0.80, 0.50])
    assert gain == pytest.approx((0.1 + 0 - 0.1) / 3)


def test_the_control_gains_nothing_over_itself() -> None:
    assert relative_gain([0.3, 0.7], [0.3, 0.7]) == 0


def test_lower_is_better_turns_the_sign_of_its_level() -> None:
    gain = relative_gain([0.66, 1.8], [0.60, 2.0], higher_is_better=[True, False])
    assert gain == pytest.approx((0.1 + 0.1) / 2)


def test_leading_axes_are_kept() -> None:
    scores = np.random.default_rng(0).uniform(0.5, 0.9, (3, 10, 2))
    control = np.random.default_rng(1).uniform(0.5, 0.9, (3, 10, 2))
    gains = relative_gain(scores, control)
    assert gains.shape == (3, 10)
    assert gains[1, 4] == pytest.approx(relative_gain(scores[1, 4], control[1, 4]))


def test_a_control_of_nothing_is_refused() -> None:
    with pytest.raises(DataError, match="above 0"):
        relative_gain([0.5, 0.5], [0.5, 0.0])
    with pytest.raises(DataError, match="finite"):
        relative_gain([0.5, np.nan], [0.5, 0.5])
