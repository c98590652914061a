"""One run under every decoding: which images come out right, on test and on val."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from taskgraft.scores import (
    DECODINGS,
    Measurement,
    consistency,
    hierarchical_f1,
    judged,
    lca_heights,
    mistake_severity,
    over_labelled,
    probs_of,
    share,
)
from taskgraft.taxonomy import IntArray, Taxonomy
from taskgraft.verdict._sample import Logits, Sample, samples_of

# Decoding and score; the scores are the accuracies of the levels and of the full path.
Decoded = tuple[str, str]


@dataclass(frozen=True)
class DecodedRun:
    """What one run scores under each decoding.

    Attributes:
        samples: Accuracy of each level and of the full path on test, as it is and resampled; without
            those that no label allows.
        val: The same scores on val, which a decoding may be chosen by.
        across: Consistency, mistake severity and hierarchical F1 on test.
    """

    samples: Mapping[Decoded, Sample]
    val: Mapping[Decoded, float]
    across: Mapping[Decoded, float]


def decode_run(
    test: tuple[Logits, IntArray],
    val: tuple[Logits, IntArray],
    taxonomy: Taxonomy,
    weights: npt.NDArray[np.floating],
) -> DecodedRun:
    """Decodes both splits of a run in every way.

    Args:
        test: Logits, one array (N, K) a level, and targets (N, L), -1 where there is no label.
        val: The same of the val split.
        taxonomy: The levels.
        weights: Of the test images in each resampling: shape (R, N).
    """
    samples: dict[Decoded, Sample] = {}
    across: dict[Decoded, float] = {}
    heights = lca_heights(taxonomy)
    for decoding, preds in _decoded(test[0], taxonomy).items():
        for score, sample in samples_of(_rights(preds, test[1], taxonomy), weights).items():
            # There are many of them, and shares of images need no more digits.
            samples[decoding, score] = replace(sample, draws=sample.draws.astype(np.float32))
        for score, value in _across(preds, test[1], taxonomy, heights).items():
            across[decoding, score] = value
    on_val = {
        (decoding, score): right.value
        for decoding, preds in _decoded(val[0], taxonomy).items()
        for score, right in _rights(preds, val[1], taxonomy).items()
    }
    return DecodedRun(samples, on_val, across)


def _decoded(logits: Sequence[npt.NDArray[np.float32]], taxonomy: Taxonomy) -> dict[str, IntArray]:
    probs = [probs_of(level) for level in logits]
    return {name: decode(probs, taxonomy) for name, decode in DECODINGS.items()}


def _rights(preds: IntArray, targets: IntArray, taxonomy: Taxonomy) -> dict[str, Measurement]:
    is_right, is_labelled = preds == targets, targets >= 0
    scores = [*(f"accuracy.{name}" for name in taxonomy.level_names), "full_path_accuracy"]
    right, labels = (np.column_stack([of, of.all(axis=1)]) for of in (is_right, is_labelled))
    return {
        score: over_labelled(share(right[labels[:, i], i]), labels[:, i])
        for i, score in enumerate(scores)
        if labels[:, i].any()
    }


def _across(preds: IntArray, targets: IntArray, taxonomy: Taxonomy, heights: IntArray) -> dict[str, float]:
    names = taxonomy.level_names
    scores = {
        f"consistency.{names[i - 1]}>{names[i]}": consistency(
            preds[:, i - 1], preds[:, i], taxonomy.parents_of(i)
        )
        for i in range(1, taxonomy.num_levels)
    }
    if (targets[:, -1] >= 0).any():
        scores["mistake_severity"] = mistake_severity(preds[:, -1], targets[:, -1], heights)
    return {**scores, "hierarchical_f1": hierarchical_f1(judged(preds, targets), targets)}
