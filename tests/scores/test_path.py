import warnings

import hiclass.metrics
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from reference import path_sets

from drawn_taxonomies import taxonomies
from taskgraft.scores import hierarchical_f1, score, set_sizes
from taskgraft.taxonomy import Taxonomy

PETS = Taxonomy.from_names(["a", "b"], [("pet", "cat"), ("pet", "dog"), ("car", "van")])


def as_hiclass(sets: list[set[tuple[int, int]]], width: int) -> np.ndarray:
    """Rows of nodes by name, filled up with "", as HiClass wants them."""
    rows = [[f"{level}/{k}" for level, k in sorted(each)] for each in sets]
    return np.array([row + [""] * (width - len(row)) for row in rows], dtype=object)


@given(taxonomies(min_levels=2), st.integers(0, 2**32 - 1), st.integers(1, 30), st.booleans())
def test_f1_is_that_of_hiclass_once_the_ancestors_are_in_its_rows(
    taxonomy: Taxonomy, seed: int, num_images: int, is_partial: bool
) -> None:
    rng = np.random.default_rng(seed)
    preds = np.stack([rng.integers(0, k, num_images) for k in taxonomy.num_classes], axis=1)
    leaves = rng.integers(0, taxonomy.num_classes[-1], num_images)
    targets = np.stack([taxonomy.ancestors(level)[leaves] for level in range(taxonomy.num_levels)], axis=1)
    if is_partial:  # every path keeps its first level: HiClass divides by zero where nothing is predicted
        for classes in (preds, targets):
            depths = rng.integers(1, taxonomy.num_levels + 1, num_images)
            classes[np.arange(taxonomy.num_levels) >= depths[:, None]] = -1
    predicted, true = zip(*path_sets(preds, targets, taxonomy), strict=True)
    width = max(map(len, (*predicted, *true)))
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "F-score is ill-defined")
        expected = hiclass.metrics.f1(as_hiclass(true, width), as_hiclass(predicted, width))
    assert hierarchical_f1(preds, targets, taxonomy) == pytest.approx(expected)
    sizes = set_sizes(preds, targets, taxonomy)
    assert sizes.num_predicted.tolist() == [len(each) for each in predicted]


@given(taxonomies(min_levels=2), st.integers(0, 2**32 - 1), st.integers(1, 30))
def test_of_paths_it_is_the_mean_accuracy_as_in_hiclass_s_code(
    taxonomy: Taxonomy, seed: int, num_images: int
) -> None:
    leaves = np.random.default_rng(seed).integers(0, taxonomy.num_classes[-1], (2, num_images))
    levels = range(taxonomy.num_levels)
    preds, targets = (np.stack([taxonomy.ancestors(v)[of] for v in levels], axis=1) for of in leaves)
    assert hierarchical_f1(preds, targets, taxonomy) == pytest.approx(np.mean(preds == targets))


def test_with_ancestors_of_a_wrong_path_precision_falls_below_recall() -> None:
    # The truth is pet and cat. "pet, van" says car as well: one of three is right, and one of two is said.
    logits = [np.array([[1.0, 0.0]]), np.array([[0.0, 0.0, 1.0]])]
    scores = score(logits, np.array([[0, 0]]), PETS)
    kinds = ("precision", "recall", "f1")
    assert [scores[f"hierarchical_{kind}"] for kind in kinds] == pytest.approx([1 / 3, 1 / 2, 2 / 5])


def test_predicting_nothing_scores_nothing() -> None:
    nothing = np.full((2, 2), -1)
    assert hierarchical_f1(nothing, np.zeros((2, 2), dtype=np.int64), PETS) == 0
    assert hierarchical_f1(nothing, nothing, PETS) == 0
