from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import precision_recall_fscore_support

from taskgraft.scores import class_scores


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(-1, 4)), min_size=1, max_size=40))
def test_they_are_those_of_scikit_learn(pairs: list[tuple[int, int]]) -> None:
    preds, targets = np.array(pairs).T
    scores = class_scores(preds, targets, 5)
    known = targets >= 0
    if not known.any():
        assert scores.support.tolist() == [0] * 5
        assert np.isnan(scores.f1).all()
        return
    expected = precision_recall_fscore_support(
        targets[known], preds[known], labels=range(5), zero_division=np.nan
    )
    for ours, theirs in zip(
        (scores.precision, scores.recall, scores.f1, scores.support), expected, strict=True
    ):
        np.testing.assert_allclose(ours, theirs)
    np.testing.assert_array_equal(scores.num_predicted, np.bincount(preds[known], minlength=5))
