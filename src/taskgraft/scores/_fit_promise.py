"""A promise of a rule that is fitted on the very images that it is judged by."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from taskgraft.scores._climbing import Logits, Rule, decided
from taskgraft.scores._promise import Promise, critical_values
from taskgraft.taxonomy import IntArray

_NUM_PARTS = 5


def fit_promise(logits: Logits, targets: IntArray, fit: Callable[[Logits, IntArray], Rule]) -> Promise | None:
    """What validation images promise of a rule, each judged by the rule as the others fit it.

    A rule knows the images that it was fitted on, and answers them a little too well. Judged in five parts,
    each by what the other four say, they are to the rule what future images will be.

    Args:
        logits: Of validation images, one array (N, K) a level.
        targets: Their classes, shape (N, L), -1 where not known.
        fit: From some of the images to a rule.

    Returns:
        None where no image is labelled at every level.
    """
    # Parts at random: images may lie in the order of their classes, or of every fifth.
    part_of = np.random.default_rng(0).permutation(len(targets)) % _NUM_PARTS
    critical = []
    for part in range(_NUM_PARTS):
        judged, others = part_of == part, part_of != part
        rule = fit([level[others] for level in logits], targets[others])
        preds, certainties = decided(rule, [level[judged] for level in logits])
        critical.append(critical_values(certainties, preds, targets[judged]))
    of_all = np.concatenate(critical)
    return Promise.of(of_all) if len(of_all) else None
