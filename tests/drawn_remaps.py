"""Random changes of trees for hypothesis, and what becomes of probabilities under them."""

from __future__ import annotations

import numpy as np
from hypothesis import strategies as st

from drawn_taxonomies import taxonomies
from taskgraft.inference import RemapDescription, TaxonomyDescription
from taskgraft.taxonomy import Level, Taxonomy

Logits = list[np.ndarray]


@st.composite
def changes(draw: st.DrawFn, older: Taxonomy | None = None) -> tuple[Taxonomy, Taxonomy, tuple[int, ...]]:
    """An older tree, a newer one of at most as many leaves, and where each older leaf goes."""
    drawn = [older or draw(taxonomies()), draw(taxonomies())]
    if older is None:
        drawn.sort(key=lambda each: -each.num_classes[-1])
    before, after = drawn
    if after.num_classes[-1] > before.num_classes[-1]:
        after = permuted(before, draw(st.integers(0, 99)))[0]
    num_old, num_new = before.num_classes[-1], after.num_classes[-1]
    extra = st.lists(st.integers(-1, num_new - 1), min_size=num_old - num_new, max_size=num_old - num_new)
    return before, after, tuple(draw(st.permutations([*range(num_new), *draw(extra)])))


def permuted(taxonomy: Taxonomy, seed: int) -> tuple[Taxonomy, list[np.ndarray]]:
    """The same tree with its classes in other orders, and for each level the older number of each class."""
    rng = np.random.default_rng(seed)
    orders = [rng.permutation(k) for k in taxonomy.num_classes]
    levels = tuple(
        Level(level.name, tuple(level.classes[k] for k in order))
        for level, order in zip(taxonomy.levels, orders, strict=True)
    )
    parents = tuple(
        tuple(np.argsort(orders[i])[taxonomy.parents_of(i + 1)[orders[i + 1]]].tolist())
        for i in range(taxonomy.num_levels - 1)
    )
    return Taxonomy(levels, parents), orders


def described(older: Taxonomy, leaves: tuple[int, ...], weights: list[float]) -> RemapDescription:
    return RemapDescription(
        taxonomy=TaxonomyDescription.of(older),
        pool_weights=dict(zip(older.level_names, weights, strict=True)),
        leaves=leaves,
    )


def drawn_logits(taxonomy: Taxonomy, seed: int, spread: float) -> Logits:
    rng = np.random.default_rng(seed)
    return [np.float32(rng.normal(0, spread, (5, k))) for k in taxonomy.num_classes]


def by_hand(
    logits: Logits, older: Taxonomy, newer: Taxonomy, leaves: tuple[int, ...], weights: list[float]
) -> Logits:
    """Probabilities of the newer classes, image by image and leaf by leaf, in plain numbers."""
    levels = [np.zeros((len(logits[0]), k)) for k in newer.num_classes]
    for image in range(len(logits[0])):
        scores = {}
        for leaf in range(older.num_classes[-1]):
            above = [int(older.ancestors(level)[leaf]) for level in range(older.num_levels)]
            if leaves[leaf] >= 0:
                scores[leaf] = sum(
                    w * float(of[image, k]) for w, of, k in zip(weights, logits, above, strict=True)
                )
        largest = max(scores.values())
        total = sum(np.exp(score - largest) for score in scores.values())
        for leaf, score in scores.items():
            for level, probs in enumerate(levels):
                k = int(newer.ancestors(level)[leaves[leaf]])
                probs[image, k] += np.exp(score - largest) / total
    return levels
