"""Every function leaves out the images without a label, and refuses to speak of none."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskgraft.errors import DataError
from taskgraft.scores import _calibration as calibration
from taskgraft.scores import _level as level
from taskgraft.scores import hierarchical_f1, judged, mistake_severity, probs_of
from taskgraft.taxonomy import Taxonomy

TREE = Taxonomy.from_names(["a", "b"], [(str(k // 2), str(k)) for k in range(6)])

# From logits (N, K) and targets (N,) to a score.
METRICS: dict[str, Callable[[np.ndarray, np.ndarray], float]] = {
    "accuracy": lambda logits, targets: level.accuracy(logits.argmax(1), targets),
    "nll": level.negative_log_likelihood,
    "brier": lambda logits, targets: calibration.brier(probs_of(logits), targets),
    "ece": lambda logits, targets: calibration.expected_calibration_error(probs_of(logits), targets, 4),
    "temperature": calibration.fit_temperature,
    "severity": lambda logits, targets: mistake_severity(logits.argmax(1), targets, TREE),
}


@pytest.mark.parametrize("name", METRICS)
@given(st.integers(0, 2**32 - 1), st.integers(1, 30), st.integers(0, 10))
def test_a_score_is_that_of_the_labelled_images(
    name: str, seed: int, num_labelled: int, num_missing: int
) -> None:
    rng = np.random.default_rng(seed)
    logits = rng.normal(size=(num_labelled + num_missing, 6))
    targets = rng.integers(0, 6, len(logits))
    chosen = rng.permutation(len(logits)) < num_labelled
    alone = METRICS[name](logits[chosen], targets[chosen])
    assert METRICS[name](logits, np.where(chosen, targets, -1)) == alone


@pytest.mark.parametrize("name", METRICS)
def test_a_score_of_no_image_is_refused(name: str) -> None:
    with pytest.raises(
        DataError, match="Expected targets to be known for one image or more, but got 'none among 3'"
    ):
        METRICS[name](np.zeros((3, 6)), np.full(3, -1))


@given(st.integers(0, 2**32 - 1), st.integers(1, 20))
def test_of_paths_and_judged_labels_f1_is_the_share_that_is_predicted(seed: int, num_images: int) -> None:
    rng = np.random.default_rng(seed)
    preds, targets = (
        np.stack([TREE.ancestors(level)[leaves] for level in range(TREE.num_levels)], axis=1)
        for leaves in rng.integers(0, TREE.num_classes[-1], (2, num_images))
    )
    depths = rng.integers(0, TREE.num_levels + 1, num_images)
    depths[0] = 1
    targets[np.arange(TREE.num_levels) >= depths[:, None]] = -1
    pairs = [(p, t) for p, t in zip(preds.ravel(), targets.ravel(), strict=True) if t >= 0]
    share = sum(p == t for p, t in pairs) / len(pairs)
    assert hierarchical_f1(judged(preds, targets), targets, TREE) == pytest.approx(share)
