"""One run under every decoding: which images come out right, on test and on val."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from taskgraft.scores import (
    DECODINGS,
    Measurement,
    consistency,
    hierarchical_f1,
    judged,
    mistake_severity,
    over_labelled,
    probs_of,
    row_blocks,
    share,
)
from taskgraft.taxonomy import IntArray, Taxonomy
from taskgraft.verdict._sample import FloatArray, Logits, Sample, samples_of

# Decoding and score; the scores are the accuracies of the levels and of the full path.
Decoded = tuple[str, str]
Split = tuple[Logits, IntArray]


@dataclass(frozen=True)
class DecodedRun:
    """What one run scores under each decoding.

    Attributes:
        samples: Accuracy of each level and of the full path on test, as it is and resampled; without
            those that no label allows.
        val: The same scores on val, by which decodings and the best variant are chosen.
        across: Consistency, mistake severity and hierarchical F1 on test.
    """

    samples: Mapping[Decoded, Sample]
    val: Mapping[Decoded, Sample]
    across: Mapping[Decoded, float]


def decode_run(
    test: Split,
    val: Split,
    taxonomy: Taxonomy,
    weights: Mapping[str, FloatArray],
    temperatures: Mapping[str, float],
) -> DecodedRun:
    """Decodes both splits of a run in every way, each level's probabilities calibrated.

    Args:
        test: Logits, one array (N, K) a level, and targets (N, L), -1 where there is no label.
        val: The same of the val split.
        taxonomy: The levels.
        weights: Of the images of `test` and of `val` in each resampling: shape (R, N).
        temperatures: By level, as fitted on val; 1 where there is none.
    """
    by_split = {"test": test, "val": val}
    preds = {name: _decoded(split[0], taxonomy, temperatures) for name, split in by_split.items()}
    samples = {
        name: _samples(preds[name], split[1], taxonomy, weights[name]) for name, split in by_split.items()
    }
    across = {
        (decoding, score): value
        for decoding, of_decoding in preds["test"].items()
        for score, value in _across(of_decoding, test[1], taxonomy).items()
    }
    return DecodedRun(samples["test"], samples["val"], across)


def _decoded(logits: Logits, taxonomy: Taxonomy, temperatures: Mapping[str, float]) -> dict[str, IntArray]:
    """What each decoding decides, some images at a time: probabilities take more memory than logits."""
    parts: dict[str, list[IntArray]] = {name: [] for name in DECODINGS}
    for rows in row_blocks(*logits[-1].shape):
        probs = [
            probs_of(level[rows] / temperatures.get(name, 1.0))
            for name, level in zip(taxonomy.level_names, logits, strict=True)
        ]
        for name, decode in DECODINGS.items():
            parts[name].append(decode(probs, taxonomy))
    return {name: np.concatenate(of_decoding) for name, of_decoding in parts.items()}


def _samples(
    preds: Mapping[str, IntArray], targets: IntArray, taxonomy: Taxonomy, weights: FloatArray
) -> dict[Decoded, Sample]:
    rights = {
        (decoding, score): right
        for decoding, of_decoding in preds.items()
        for score, right in _rights(of_decoding, targets, taxonomy).items()
    }
    return {
        # There are many of them, and shares of images need no more digits.
        name: replace(sample, draws=sample.draws.astype(np.float32))
        for name, sample in samples_of(rights, weights).items()
    }


def _rights(preds: IntArray, targets: IntArray, taxonomy: Taxonomy) -> dict[str, Measurement]:
    is_right, is_labelled = preds == targets, targets >= 0
    scores = [*(f"accuracy.{name}" for name in taxonomy.level_names), "full_path_accuracy"]
    right, labels = (np.column_stack([of, of.all(axis=1)]) for of in (is_right, is_labelled))
    return {
        score: over_labelled(share(right[labels[:, i], i]), labels[:, i])
        for i, score in enumerate(scores)
        if labels[:, i].any()
    }


def _across(preds: IntArray, targets: IntArray, taxonomy: Taxonomy) -> dict[str, float]:
    names = taxonomy.level_names
    scores = {
        f"consistency.{names[i - 1]}>{names[i]}": consistency(
            preds[:, i - 1], preds[:, i], taxonomy.parents_of(i)
        )
        for i in range(1, taxonomy.num_levels)
    }
    if (targets[:, -1] >= 0).any():
        scores["mistake_severity"] = mistake_severity(preds[:, -1], targets[:, -1], taxonomy)
    return {**scores, "hierarchical_f1": hierarchical_f1(judged(preds, targets), targets, taxonomy)}
