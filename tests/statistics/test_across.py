"""The mean of an effect over datasets, against SciPy."""

import numpy as np
import pytest
from scipy import stats

from taskgraft.errors import RequestError
from taskgraft.statistics import across_interval


@pytest.mark.parametrize("num", [2, 3, 8])
def test_it_is_the_t_interval_of_one_sample(num: int) -> None:
    effects = np.random.default_rng(num).normal(0.01, 0.02, num)
    interval = across_interval(effects.tolist())
    reference = stats.ttest_1samp(effects, 0)
    low, high = reference.confidence_interval(0.95)
    assert (interval.low, interval.high) == pytest.approx((low, high))
    assert interval.p == pytest.approx(reference.pvalue)
    assert (interval.estimate, interval.num_seeds) == (pytest.approx(effects.mean()), num)


def test_one_dataset_is_no_sample() -> None:
    with pytest.raises(RequestError, match="Expected the datasets to be two or more, but got 1"):
        across_interval([0.01])
