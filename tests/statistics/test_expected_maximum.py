from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskgraft.statistics import expected_maximum


@given(st.lists(st.floats(0, 1), min_size=1, max_size=4))
def test_it_is_the_mean_of_the_best_over_every_draw(values: list[float]) -> None:
    expected = [np.mean([max(draw) for draw in product(values, repeat=n + 1)]) for n in range(len(values))]
    assert expected_maximum(values) == pytest.approx(expected)


def test_it_rises_to_below_the_best() -> None:
    curve = expected_maximum([0.3, 0.9, 0.5, 0.1])
    assert (np.diff(curve) > 0).all()
    assert curve[0] == pytest.approx(0.45)
    assert curve[-1] < 0.9
