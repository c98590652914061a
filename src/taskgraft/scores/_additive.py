"""Every score of a run as a function of means over images, so that a bootstrap is one matrix product.

A score is `finish` of the mean of its `terms`. To score resampled test sets, weight the images by how often
each was drawn: with W of shape (num_resamples, N), `finish(W @ terms / N)` is the score of every resample.

A score speaks of the images whose class is known where it looks: at its level; at every level (full path);
at the finest (severity, distances). Consistency looks at no label. Hierarchical precision, recall and F1 look
at every known label, so images known at more levels weigh more (`metrics/path.py`). A score that would speak
of no image is left out; without a tree, so are all that need one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from scipy.special import log_softmax

from taskgraft.errors import unknown_name
from taskgraft.scores._calibration import NUM_BINS, equal_mass_bins
from taskgraft.scores._decoding import probs_of
from taskgraft.scores._hierarchy import sum_under
from taskgraft.scores._level import FloatArray, top_classes
from taskgraft.scores._severity import lca_heights
from taskgraft.scores._terms import Additive, mean, mean_ratio, over_known, share
from taskgraft.taxonomy import IntArray, Taxonomy

TOP_KS = (1, 5, 20)
"""How many leaves `hierarchical_distance@k` looks at."""


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
        targets: True classes, shape (N, L); -1 where not known.
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
        known = targets[:, i] >= 0
        if known.any():
            of_level = _level_scores(logits[i][known], preds[known, i], targets[known, i])
            found |= {f"{kind}.{name}": over_known(additive, known) for kind, additive in of_level}
    if taxonomy.num_levels == 1:
        return found
    if taxonomy.is_tree:
        found |= dict(_tree_scores(logits[-1], preds, targets, taxonomy))
    else:
        found |= dict(_full_path(preds, targets))
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
    yield "accuracy", share(preds == targets)
    if num_classes > 5:
        yield "top5_accuracy", share((top_classes(logits, 5) == targets[:, None]).any(axis=1))
    yield "balanced_accuracy", mean_ratio(hits, is_true)
    yield "macro_f1", mean_ratio(2 * hits, is_pred + is_true)
    log_probs, probs = log_softmax(np.asarray(logits, dtype=np.float64), axis=1), probs_of(logits)
    yield "nll", mean(-log_probs[images, targets])
    yield "brier", mean(np.square(probs).sum(axis=1) - 2 * probs[images, targets] + 1)
    # A bin's share times its gap is one mean over all images, in which those of other bins count as 0.
    gaps, confidences = np.zeros((len(targets), NUM_BINS)), probs.max(axis=1)
    gaps[images, equal_mass_bins(confidences)] = confidences - (probs.argmax(axis=1) == targets)
    yield "ece", Additive(gaps, lambda means: np.abs(means).sum(axis=-1))


def _tree_scores(
    leaf_logits: FloatArray, preds: IntArray, targets: IntArray, taxonomy: Taxonomy
) -> Iterator[tuple[str, Additive]]:
    names = taxonomy.level_names
    for i in range(1, taxonomy.num_levels):
        is_child = taxonomy.parents_of(i)[preds[:, i]] == preds[:, i - 1]
        yield f"consistency.{names[i - 1]}>{names[i]}", share(is_child)
    probs = probs_of(leaf_logits)
    for i, name in enumerate(names[:-1]):
        known = targets[:, i] >= 0
        if known.any():
            summed = sum_under(probs[known], taxonomy.ancestors(i), taxonomy.num_classes[i])
            is_right = summed.argmax(axis=1) == targets[known, i]
            yield f"summed_accuracy.{name}", over_known(share(is_right), known)
    yield from _full_path(preds, targets)
    known = targets[:, -1] >= 0
    if known.any():
        for name, additive in _distances(leaf_logits[known], targets[known, -1], lca_heights(taxonomy)):
            yield name, over_known(additive, known)
    if (targets >= 0).any():
        of_labels = _share_of_labels(preds, targets)
        for name in ("hierarchical_precision", "hierarchical_recall", "hierarchical_f1"):
            yield name, of_labels


def _full_path(preds: IntArray, targets: IntArray) -> Iterator[tuple[str, Additive]]:
    known = np.min(targets, axis=1) >= 0
    if known.any():
        is_right = (preds[known] == targets[known]).all(axis=1)
        yield "full_path_accuracy", over_known(share(is_right), known)


def _share_of_labels(preds: IntArray, targets: IntArray) -> Additive:
    """Of all known labels, the share that is predicted: each level is predicted once."""
    is_right, is_known = preds == targets, targets >= 0
    if is_known.all():
        return mean(is_right.mean(axis=1))
    some = np.max(targets, axis=1) >= 0
    num_right, num_known = (part[some].sum(axis=1, keepdims=True) for part in (is_right, is_known))
    return over_known(mean_ratio(num_right.astype(np.float32), num_known.astype(np.float32)), some)


def _distances(logits: FloatArray, targets: IntArray, heights: IntArray) -> Iterator[tuple[str, Additive]]:
    num_leaves = logits.shape[1]
    nearest = heights[targets[:, None], top_classes(logits, min(max(TOP_KS), num_leaves))]
    first = nearest[:, :1].astype(np.float32)
    yield "mistake_severity", mean_ratio(first, (first > 0).astype(np.float32))
    for k in TOP_KS:
        if k <= num_leaves:
            yield f"hierarchical_distance@{k}", mean(nearest[:, :k].mean(axis=1))


def _one_hot(classes: IntArray, num_classes: int) -> npt.NDArray[np.float32]:
    return np.equal(classes[:, None], np.arange(num_classes)).astype(np.float32)
