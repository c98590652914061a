"""Scoring a thousand classes takes a few times what the logits take, not many."""

from __future__ import annotations

import tracemalloc

import numpy as np

from taskgraft.evaluation._evaluate import _scored
from taskgraft.taxonomy import Taxonomy

NUM_IMAGES, NUM_LEAVES = 3_000, 600
TREE = Taxonomy.from_names(["coarse", "fine"], [(f"c{k % 9}", f"f{k}") for k in range(NUM_LEAVES)])
# Four arrays of a score whose terms are two of each class, and the weights of its draws.
_MOST_TIMES = 12


def test_memory_is_a_few_times_that_of_the_logits() -> None:
    rng = np.random.default_rng(0)
    logits = [rng.normal(size=(NUM_IMAGES, k)).astype(np.float32) for k in TREE.num_classes]
    leaves = rng.integers(0, NUM_LEAVES, NUM_IMAGES)
    targets = np.stack([TREE.ancestors(0)[leaves], leaves], axis=1)
    preds = np.stack([level.argmax(axis=1) for level in logits], axis=1)
    tracemalloc.start()
    try:
        scored = _scored(logits, preds, targets, TREE)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert "macro_f1.fine" in scored["scores"]
    assert peak < _MOST_TIMES * logits[-1].nbytes
