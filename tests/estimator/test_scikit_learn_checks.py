"""scikit-learn's own checks of an estimator, all of them; none is expected to fail."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sklearn.base import BaseEstimator
from sklearn.utils.estimator_checks import parametrize_with_checks
from small_estimator import small_classifier


@pytest.mark.filterwarnings("ignore")
@parametrize_with_checks([small_classifier()])
def test_it_is_an_estimator_as_scikit_learn_knows_them(
    estimator: BaseEstimator, check: Callable[[BaseEstimator], None]
) -> None:
    check(estimator)
