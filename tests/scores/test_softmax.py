"""What is computed of softmax in place is what SciPy computes, to the last bit."""

from __future__ import annotations

import math
from functools import partial

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import special
from scipy.optimize import minimize_scalar

from taskgraft.scores import DECODINGS, TEMPERATURES, depths_at, fit_temperature, prob_facts, probs_of
from taskgraft.scores._level import target_log_probs
from taskgraft.scores._pool_likelihood import likelihood_of
from taskgraft.taxonomy import Taxonomy

SEEDS = st.integers(0, 2**32 - 1)
DTYPES = st.sampled_from([np.float16, np.float32, np.float64])


def drawn(
    seed: int, dtype: type = np.float32, num_classes: int | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Logits of some images and classes, of any size, and targets."""
    rng = np.random.default_rng(seed)
    num_images, num_classes = int(rng.integers(1, 40)), num_classes or int(rng.integers(1, 150))
    logits = (rng.normal(size=(num_images, num_classes)) * 10 ** rng.uniform(-3, 3)).astype(dtype)
    return logits, rng.integers(0, num_classes, num_images)


@given(SEEDS, DTYPES)
def test_probabilities_are_those_of_scipy_and_logits_stay_what_they_are(seed: int, dtype: type) -> None:
    logits, _ = drawn(seed, dtype)
    kept = logits.copy()
    np.testing.assert_array_equal(probs_of(logits), special.softmax(np.float64(logits), axis=1), strict=True)
    np.testing.assert_array_equal(logits, kept, strict=True)


@given(SEEDS, DTYPES, st.floats(0.01, 100))
def test_log_probabilities_of_targets_are_those_of_scipy(seed: int, dtype: type, temperature: float) -> None:
    logits, targets = drawn(seed, dtype)
    kept, rows = logits.copy(), np.arange(len(logits))
    expected = special.log_softmax(np.float64(logits) / temperature, axis=1)[rows, targets]
    ours = target_log_probs(logits, targets, temperature)
    np.testing.assert_array_equal(ours, expected, strict=True)
    np.testing.assert_array_equal(
        target_log_probs(logits, targets, temperature, logits.max(axis=1)), ours, strict=True
    )
    np.testing.assert_array_equal(logits, kept, strict=True)


@given(SEEDS, DTYPES, st.sampled_from([1.0, 0.3, 7.0]))
def test_facts_of_probabilities_are_those_of_scipy(seed: int, dtype: type, temperature: float) -> None:
    logits, targets = drawn(seed, dtype)
    kept, rows = logits.copy(), np.arange(len(logits))
    cooled = np.asarray(logits / temperature, dtype=np.float64)
    probs = special.softmax(cooled, axis=1)
    facts = prob_facts(logits, targets, temperature)
    for ours, expected in (
        (facts.nlls, -special.log_softmax(cooled, axis=1)[rows, targets]),
        (facts.briers, np.square(probs).sum(axis=1) - 2 * probs[rows, targets] + 1),
        (facts.confidences, probs.max(axis=1)),
        (facts.is_right, probs.argmax(axis=1) == targets),
        (logits, kept),
    ):
        np.testing.assert_array_equal(ours, expected, strict=True)


@given(SEEDS)
def test_a_temperature_is_that_of_a_search_with_scipy(seed: int) -> None:
    logits, targets = drawn(seed)
    rows = np.arange(len(logits))

    def loss(log_t: float) -> float:
        log_probs = special.log_softmax(np.float64(logits) / math.exp(log_t), axis=1)
        return float(-np.mean(log_probs[rows, targets]))

    bounds = tuple(map(math.log, TEMPERATURES))
    optimum = minimize_scalar(loss, bounds=bounds, method="bounded", options={"xatol": 1e-7})
    assert fit_temperature(logits, targets) == math.exp(optimum.x)


@given(SEEDS)
def test_the_likelihood_of_a_pool_is_that_of_scipy_whatever_was_tried_before(seed: int) -> None:
    taxonomy = Taxonomy.from_names(["a", "b"], [(f"a{k // 3}", f"b{k}") for k in range(12)])
    leaves_logits, leaves = drawn(seed, num_classes=12)
    logits = [leaves_logits[:, ::3], leaves_logits]
    along = np.stack([np.float64(level[:, taxonomy.ancestors(i)]) for i, level in enumerate(logits)], axis=2)
    ours, rows = likelihood_of(logits, leaves, taxonomy), np.arange(len(leaves))
    for weights in np.random.default_rng(seed).uniform(0, 2, (3, 2)):
        log_probs = special.log_softmax(along @ weights, axis=1)
        excess = np.exp(log_probs)
        excess[rows, leaves] -= 1
        loss, slope = ours(weights)
        assert loss == -float(log_probs[rows, leaves].sum())
        np.testing.assert_array_equal(slope, np.tensordot(excess, along, axes=2), strict=True)


@given(SEEDS)
def test_depths_at_many_thresholds_are_those_at_each(seed: int) -> None:
    rng = np.random.default_rng(seed)
    certainties = np.minimum.accumulate(rng.random((20, 4)), axis=1)
    thresholds = rng.random(7)
    at_each = partial(depths_at, certainties)
    expected = np.stack([at_each(float(threshold)) for threshold in thresholds], axis=1)
    np.testing.assert_array_equal(depths_at(certainties[:, :, None], thresholds), expected, strict=True)


@pytest.mark.parametrize("name", DECODINGS)
def test_no_decoding_writes_into_the_probabilities(name: str) -> None:
    taxonomy = Taxonomy.from_names(["a", "b"], [("x", "1"), ("x", "2"), ("y", "3")])
    probs = [probs_of(np.eye(2)), probs_of(np.eye(3)[:2])]
    kept = [level.copy() for level in probs]
    DECODINGS[name](probs, taxonomy)
    for ours, expected in zip(probs, kept, strict=True):
        np.testing.assert_array_equal(ours, expected, strict=True)
