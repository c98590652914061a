"""Every score of a run as a function of means over images, so that a bootstrap is one matrix product.

A score is `finish` of the mean of its `terms`. To score resampled test sets, weight the images by how often
each was drawn: with W of shape (num_resamples, N), `finish(W @ terms / N)` is the score of every resample.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.special import log_softmax

from taskgraft.errors import unknown_name
from taskgraft.metrics.calibration import NUM_BINS, equal_mass_bins
from taskgraft.metrics.decoding import probs_of
from taskgraft.metrics.hierarchy import sum_under
from taskgraft.metrics.level import FloatArray, top_classes
from taskgraft.metrics.severity import lca_heights
from taskgraft.taxonomy import IntArray, Taxonomy

TOP_KS = (1, 5, 20)
"""How many leaves `hierarchical_distance@k` looks at."""


@dataclass(frozen=True)
class Additive:
    """A score as a function of means over images.

    Attributes:
        terms: What each image contributes, shape (N, m): float32 where the terms are small whole numbers,
            which it adds up exactly, float64 otherwise.
        finish: From the means of the terms under any weights of the images, shape (..., m), to the score,
            shape (...).
    """

    terms: npt.NDArray[np.float32] | npt.NDArray[np.float64]
    finish: Callable[[FloatArray], FloatArray]


@dataclass(frozen=True)
class About:
    """How to show a score.

    Attributes:
        label: A few words for the heading of a table.
        unit: `%` for shares, which are shown in per cent, `nats`, or nothing.
        is_higher_better: Whether more is better.
    """

    label: str
    unit: str
    is_higher_better: bool


def additive_scores(
    logits: Sequence[FloatArray], targets: IntArray, taxonomy: Taxonomy
) -> dict[str, Additive]:
    """All scores of one split by name; `about` says what a name means.

    Scores across levels are of the independent decoding: the arg-max of every level by itself. Under weights,
    each score is what `taskgraft.metrics` gives for the resampled images; only the calibration error keeps
    the bins of the whole sample, for bins drawn anew are no sum over images.

    Args:
        logits: One array (N, K) per level, coarsest first.
        targets: True classes, shape (N, L).
        taxonomy: The L levels.

    Example:
        >>> t = Taxonomy.from_names(["coarse", "fine"], [("pet", "cat"), ("pet", "dog"), ("car", "van")])
        >>> logits = [np.array([[2.0, 1.0], [2.0, 1.0]]), np.array([[3.0, 2.0, 1.0], [1.0, 2.0, 3.0]])]
        >>> score = additive_scores(logits, np.array([[0, 0], [0, 0]]), t)["consistency.coarse>fine"]
        >>> weights = np.array([[1, 1], [2, 0]])  # the sample itself, and its first image drawn twice
        >>> score.finish(weights @ score.terms / 2).tolist()
        [0.5, 1.0]
    """
    preds = np.stack([level.argmax(axis=1) for level in logits], axis=1)
    found: dict[str, Additive] = {}
    for i, name in enumerate(taxonomy.level_names):
        of_level = _level_scores(logits[i], preds[:, i], targets[:, i])
        found |= {f"{kind}.{name}": additive for kind, additive in of_level}
    if taxonomy.num_levels > 1:
        found |= _scores_across_levels(logits[-1], preds, targets, taxonomy)
    return found


def about(name: str) -> About:
    """How to show the score of this name, as `additive_scores` names it.

    Raises:
        RequestError: If there is no such score.

    Example:
        >>> about("nll.fine")
        About(label='fine NLL', unit='nats', is_higher_better=False)
        >>> about("consistency.coarse>fine").label, about("hierarchical_distance@5").label
        ('fine in coarse', 'top-5 distance')
    """
    if name in _ACROSS_LEVELS:
        return _ACROSS_LEVELS[name]
    kind, _, subject = name.partition(".")
    if kind not in _OF_LEVEL or not subject:
        raise unknown_name("score", name, [*_OF_LEVEL, *_ACROSS_LEVELS])
    shown = _pair(subject) if kind == "consistency" else subject
    return replace(_OF_LEVEL[kind], label=_OF_LEVEL[kind].label.format(shown))


_OF_LEVEL = {
    "accuracy": About("{} accuracy", "%", True),
    "top5_accuracy": About("{} top-5 accuracy", "%", True),
    "balanced_accuracy": About("{} balanced accuracy", "%", True),
    "macro_f1": About("{} macro F1", "%", True),
    "nll": About("{} NLL", "nats", False),
    "brier": About("{} Brier score", "", False),
    "ece": About("{} calibration error", "%", False),
    "consistency": About("{}", "%", True),
    "summed_accuracy": About("summed {} accuracy", "%", True),
}
_ACROSS_LEVELS = {
    "full_path_accuracy": About("full path", "%", True),
    "mistake_severity": About("mistake severity", "", False),
    **{f"hierarchical_distance@{k}": About(f"top-{k} distance", "", False) for k in TOP_KS},
    "hierarchical_precision": About("hierarchical precision", "%", True),
    "hierarchical_recall": About("hierarchical recall", "%", True),
    "hierarchical_f1": About("hierarchical F1", "%", True),
}


def _pair(subject: str) -> str:
    """Two level names joined by `>`, in words; names that hold one themselves cannot be told apart again."""
    coarser, _, finer = subject.partition(">")
    return f"{finer} in {coarser}" if subject.count(">") == 1 else f"consistency of {subject}"


def _level_scores(logits: FloatArray, preds: IntArray, targets: IntArray) -> Iterator[tuple[str, Additive]]:
    num_classes, images = logits.shape[1], np.arange(len(targets))
    is_pred, is_true = _one_hot(preds, num_classes), _one_hot(targets, num_classes)
    hits = is_pred * is_true
    yield "accuracy", _share(preds == targets)
    if num_classes > 5:
        yield "top5_accuracy", _share((top_classes(logits, 5) == targets[:, None]).any(axis=1))
    yield "balanced_accuracy", Additive(np.hstack([hits, is_true]), _mean_ratio)
    yield "macro_f1", Additive(np.hstack([2 * hits, is_pred + is_true]), _mean_ratio)
    log_probs, probs = log_softmax(np.asarray(logits, dtype=np.float64), axis=1), probs_of(logits)
    yield "nll", _mean(-log_probs[images, targets])
    yield "brier", _mean(np.square(probs).sum(axis=1) - 2 * probs[images, targets] + 1)
    # A bin's share times its gap is one mean over all images, in which those of other bins count as 0.
    gaps, confidences = np.zeros((len(targets), NUM_BINS)), probs.max(axis=1)
    gaps[images, equal_mass_bins(confidences)] = confidences - (probs.argmax(axis=1) == targets)
    yield "ece", Additive(gaps, lambda means: np.abs(means).sum(axis=-1))


def _scores_across_levels(
    leaf_logits: FloatArray, preds: IntArray, targets: IntArray, taxonomy: Taxonomy
) -> dict[str, Additive]:
    found: dict[str, Additive] = {}
    names, is_right = taxonomy.level_names, preds == targets
    for i in range(1, taxonomy.num_levels):
        is_child = taxonomy.parents_of(i)[preds[:, i]] == preds[:, i - 1]
        found[f"consistency.{names[i - 1]}>{names[i]}"] = _share(is_child)
    probs = probs_of(leaf_logits)
    for i, name in enumerate(names[:-1]):
        summed = sum_under(probs, taxonomy.ancestors(i), taxonomy.num_classes[i])
        found[f"summed_accuracy.{name}"] = _share(summed.argmax(axis=1) == targets[:, i])
    found["full_path_accuracy"] = _share(is_right.all(axis=1))
    found |= _distances(leaf_logits, targets[:, -1], lca_heights(taxonomy))
    # Every level is predicted, so the three have one denominator, L for each image.
    path_score = _mean(is_right.mean(axis=1))
    return found | dict.fromkeys(
        ("hierarchical_precision", "hierarchical_recall", "hierarchical_f1"), path_score
    )


def _distances(logits: FloatArray, targets: IntArray, heights: IntArray) -> Iterator[tuple[str, Additive]]:
    num_leaves = logits.shape[1]
    nearest = heights[targets[:, None], top_classes(logits, min(max(TOP_KS), num_leaves))]
    severity = np.stack([nearest[:, 0], nearest[:, 0] > 0], axis=1).astype(np.float32)
    yield "mistake_severity", Additive(severity, _mean_ratio)
    for k in TOP_KS:
        if k <= num_leaves:
            yield f"hierarchical_distance@{k}", _mean(nearest[:, :k].mean(axis=1))


def _one_hot(classes: IntArray, num_classes: int) -> npt.NDArray[np.float32]:
    return np.equal(classes[:, None], np.arange(num_classes)).astype(np.float32)


def _share(is_so: npt.NDArray[np.bool_]) -> Additive:
    return Additive(is_so[:, None].astype(np.float32), _only)


def _mean(values: npt.NDArray[np.float64]) -> Additive:
    return Additive(values[:, None], _only)


def _only(means: FloatArray) -> FloatArray:
    return means[..., 0]


def _mean_ratio(means: FloatArray) -> FloatArray:
    """Mean of part / whole over the wholes above 0, else 0; the parts are the first half of the terms."""
    parts, wholes = np.split(means, 2, axis=-1)
    occurs = wholes > 0
    ratios: FloatArray = np.divide(parts, wholes, out=np.zeros_like(parts), where=occurs)
    mean: FloatArray = ratios.sum(axis=-1) / np.maximum(occurs.sum(axis=-1), 1)
    return mean
