"""Confusions of wide levels are stored without their zeros, and come to what a whole matrix gave."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drawn_taxonomies import taxonomies
from taskgraft.report.page._confusion import Matrix, nested_confusions
from taskgraft.taxonomy import Taxonomy
from taskgraft.verdict import Confusion


def confusions(taxonomy: Taxonomy, seed: int, num_images: int) -> list[Confusion]:
    """Of images drawn at random, some of them at no class at all."""
    rng = np.random.default_rng(seed)
    drawn = []
    for level in taxonomy.levels:
        pairs = rng.integers(0, level.num_classes, (num_images, 2))
        cells, counts = np.unique(pairs, axis=0, return_counts=True)
        rows = zip(*cells.T.tolist(), counts.tolist(), strict=True) if num_images else ()
        drawn.append(Confusion(level.name, tuple(rows)))
    return drawn


def every(matrices: tuple[Matrix, ...]) -> list[Matrix]:
    """They, and all within them."""
    return [one for matrix in matrices for one in (matrix, *every(matrix.children))]


@given(taxonomies(), st.integers(0, 2**32 - 1), st.sampled_from([0, 1, 30, 300]))
def test_rows_are_those_of_the_whole_matrix(taxonomy: Taxonomy, seed: int, num_images: int) -> None:
    drawn = confusions(taxonomy, seed, num_images)
    whole = {one.level: one.matrix(size) for one, size in zip(drawn, taxonomy.num_classes, strict=True)}
    for matrix in every(nested_confusions(drawn, taxonomy)):
        level = taxonomy.levels[taxonomy.level_names.index(matrix.level)]
        classes = [level.classes.index(name) for name in matrix.names]
        for true, row in zip(classes, matrix.rows, strict=True):
            of_class = whole[matrix.level][true]
            assert [cell.number for cell in row.cells] == of_class[classes].tolist()
            total = of_class.sum()
            assert row.right == (of_class[true] / total if total else None)
            if row.elsewhere is not None:
                assert row.elsewhere.number == total - of_class[classes].sum()


@pytest.mark.parametrize("seed", range(5))
def test_pairs_are_the_largest_cells_in_the_order_of_the_matrix(seed: int) -> None:
    taxonomy = Taxonomy.from_names(["only"], [(f"c{k}",) for k in range(30)])
    [confusion] = confusions(taxonomy, seed, 500)
    [matrix] = nested_confusions([confusion], taxonomy, most_classes=5)
    mistakes = confusion.matrix(30)
    np.fill_diagonal(mistakes, 0)
    order = np.argsort(-mistakes, axis=None, kind="stable")[:50]
    expected = [(f"c{i // 30}", f"c{i % 30}", mistakes.flat[i]) for i in order.tolist() if mistakes.flat[i]]
    assert list(matrix.pairs) == expected
