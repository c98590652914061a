"""The scores across levels: of the most probable class of every level by itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial

import numpy as np

from taskgraft.scores._climbing import climbing, decided
from taskgraft.scores._images import TOP_LEAVES, PathImages
from taskgraft.scores._level import FloatArray
from taskgraft.scores._measurement import Additive, Measurement, mean, mean_ratio, over_labelled, share
from taskgraft.scores._path import SetSizes
from taskgraft.scores._pool import equal_weights
from taskgraft.scores._risk_coverage import area_under, selective_terms
from taskgraft.scores._score import PairScore, PathScore
from taskgraft.taxonomy import IntArray

TOP_KS = (1, 5, TOP_LEAVES)
"""How many leaves `hierarchical_distance@k` looks at."""

# Points of a curve: with so many an area differs by 0.02 points at most from that under all of them (LOG.md).
_NUM_THRESHOLDS = 32

Measured = Iterator[tuple[str, Measurement]]


def _consistency(images: PathImages) -> Measured:
    names = images.taxonomy.level_names
    for i in range(1, images.taxonomy.num_levels):
        is_child = images.taxonomy.parents_of(i)[images.preds[:, i]] == images.preds[:, i - 1]
        yield f"{names[i - 1]}>{names[i]}", share(is_child)


def _summed_accuracy(images: PathImages) -> Measured:
    taxonomy = images.taxonomy
    for i, name in enumerate(taxonomy.level_names[:-1]):
        chosen = images.is_labelled[:, i]
        if chosen.any():
            is_right = images.summed_preds[chosen, i] == images.targets[chosen, i]
            yield name, over_labelled(share(is_right), chosen)


def _full_path(images: PathImages) -> Measured:
    chosen = np.all(images.is_labelled, axis=1)
    if chosen.any():
        yield "", over_labelled(share(np.all(images.is_right[chosen], axis=1)), chosen)


def _of_leaves(measure: Callable[[PathImages], Additive | None]) -> Callable[[PathImages], Measured]:
    """A score of the images whose leaf is labelled, made one of all images."""

    def measured(images: PathImages) -> Measured:
        chosen = images.is_labelled[:, -1]
        measurement = measure(images) if chosen.any() else None
        if measurement is not None:
            yield "", over_labelled(measurement, chosen)

    return measured


def _severity(images: PathImages) -> Additive:
    first = images.heights[:, :1].astype(np.float32)
    return mean_ratio(first, (first > 0).astype(np.float32))


def _distance(k: int) -> Callable[[PathImages], Additive | None]:
    def measure(images: PathImages) -> Additive | None:
        heights = images.heights
        return mean(heights[:, :k].mean(axis=1)) if k <= images.taxonomy.num_classes[-1] else None

    return measure


def _overlap(of_right: int, *of_sizes: Callable[[SetSizes], IntArray]) -> Callable[[PathImages], Measured]:
    """A share of the sets of classes, of all images together.

    Args:
        of_right: How often a class counts that is predicted and true.
        *of_sizes: What its share is of, added up.
    """

    def measured(images: PathImages) -> Measured:
        some = np.any(images.is_labelled, axis=1)
        if not some.any():
            return
        sizes = SetSizes(*(of_all[some] for of_all in images.set_sizes))
        parts = of_right * sizes.num_right
        wholes = np.sum([of(sizes) for of in of_sizes], axis=0)
        shares = mean_ratio(*(each[:, None].astype(np.float32) for each in (parts, wholes)))
        yield "", over_labelled(shares, some)

    return measured


def _hops(k: int | None) -> Callable[[PathImages], Additive | None]:
    def measure(images: PathImages) -> Additive | None:
        if k is not None and k >= images.taxonomy.num_classes[-1]:
            return None
        leaves = images.at_level(images.taxonomy.num_levels - 1)
        return mean(images.preference.scores(leaves.logits, leaves.targets, k))

    return measure


def _selective_area(images: PathImages) -> Measured:
    """The thresholds are those of the sample as it is, whatever the weights, as bins of calibration are."""
    chosen = np.all(images.is_labelled, axis=1)
    if not chosen.any():
        return
    taxonomy, index = images.taxonomy, images.where(chosen)
    rule = partial(climbing, weights=equal_weights(taxonomy), taxonomy=taxonomy)
    preds, certainties = decided(rule, [level[index] for level in images.logits])
    terms = selective_terms(certainties, preds, images.targets[chosen], taxonomy, _NUM_THRESHOLDS)
    yield "", over_labelled(Additive(np.hstack(terms), _area), chosen)


def _area(means: FloatArray) -> FloatArray:
    """Coverages are the first half of the terms, risks the second; at infinity both are 0."""
    nothing = np.zeros((*means.shape[:-1], 1))
    coverages, risks = (np.concatenate([nothing, half], -1) for half in np.split(means, 2, axis=-1))
    return area_under(coverages, risks)


PATH_SCORES: tuple[PathScore, ...] = (
    PairScore(
        "consistency",
        "{}",
        "Share of images whose predicted finer class has the predicted coarser class for its parent.",
        "%",
        True,
        _consistency,
    ),
    PathScore(
        "summed_accuracy",
        "summed {} accuracy",
        "The free baseline: accuracy at a coarser level when its branch is not used at all, and the "
        "probabilities of the finest level are summed under each coarser class. A coarser branch earns its "
        "place only above this.",
        "%",
        True,
        _summed_accuracy,
    ),
    PathScore(
        "full_path_accuracy",
        "full path",
        "Share of images predicted right at every level.",
        "%",
        True,
        _full_path,
        needs_tree=False,
    ),
    PathScore(
        "mistake_severity",
        "mistake severity",
        "Over the images whose leaf is wrong: how many levels up the tree the wrong and the true leaf first "
        "meet, on average. Lower is better.",
        "",
        False,
        _of_leaves(_severity),
    ),
    *(
        PathScore(
            f"hierarchical_distance@{k}",
            f"top-{k} distance",
            f"How many levels up the tree the {k} most probable leaves and the true one meet, on average.",
            "",
            False,
            _of_leaves(_distance(k)),
        )
        for k in TOP_KS
    ),
    *(
        PathScore(
            "hops" if k is None else f"hops@{k}",
            "HOPS" if k is None else f"HOPS@{k}",
            f"How well {which} follow the tree, most probable first: 100 where all that share more of the "
            "true path stand before all that share less, 0 where the order is the worst.",
            "%",
            True,
            _of_leaves(_hops(k)),
        )
        for k, which in ((None, "all leaves"), (5, "the first 5 leaves"), (TOP_LEAVES, "the first 20 leaves"))
    ),
    *(
        PathScore(
            f"hierarchical_{measure.lower()}",
            f"hierarchical {measure}",
            f"{title} over the sets of classes predicted and true, the ancestors of what is predicted among "
            "them.",
            "%",
            True,
            how,
        )
        for measure, title, how in (
            ("precision", "Precision", _overlap(1, lambda sizes: sizes.num_predicted)),
            ("recall", "Recall", _overlap(1, lambda sizes: sizes.num_true)),
            ("F1", "F1", _overlap(2, lambda sizes: sizes.num_predicted, lambda sizes: sizes.num_true)),
        )
    ),
    PathScore(
        "hierarchical_aurc",
        "hierarchical AURC",
        "Area under risk against coverage where answers stop higher up the tree when they are less sure, all "
        "levels counting alike: how well probabilities say when to stop. Lower is better.",
        "%",
        False,
        _selective_area,
    ),
)
"""In the order of the tables.

Sources: Bertinetto et al. (2020), "Making Better Mistakes: Leveraging Class Hierarchies with Deep Networks",
for severity and distance; Sani and Anand (2025), "Hier-COS: Making Deep Features Hierarchy-aware via
Composition of Orthogonal Subspaces", for HOPS; Kiritchenko et al. (2006), "Learning and Evaluation in the
Presence of Class Hierarchies", for precision, recall and F1; Goren et al. (2024), "Hierarchical Selective
Classification", for risk against coverage.
"""
