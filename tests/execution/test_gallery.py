"""Which test images a study keeps: those that known labels show to be mistaken, and those that divide."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np

from taskgraft.architecture import catalogue
from taskgraft.data import Dataset
from taskgraft.execution._gallery import keep_gallery
from taskgraft.study import (
    PREDICTIONS,
    RunRecord,
    Study,
    StudyRecord,
    read_gallery,
    run_directory,
    write_arrays,
)
from taskgraft.taxonomy import Level, Taxonomy

TREE = Taxonomy.from_names(["a", "b"], [("x", "1"), ("x", "2"), ("y", "3"), ("y", "4")])
APART = Taxonomy.without_tree([Level("a", ("x", "y")), Level("b", ("1", "2", "3", "4"))])


def study_of(
    directory: Path,
    taxonomy: Taxonomy,
    preds: Sequence[Sequence[Sequence[int]]],
    targets: Sequence[Sequence[int]],
) -> Study:
    """A study whose architectures, one run each, predict these paths with one confidence everywhere."""
    architectures = list(catalogue(taxonomy.level_names).values())[: len(preds)]
    for architecture, own in zip(architectures, preds, strict=True):
        arrays: dict[str, np.ndarray] = {}
        for i, name in enumerate(taxonomy.level_names):
            arrays[f"test.targets.{name}"] = np.array(targets)[:, i]
            logits = 3 * np.eye(taxonomy.num_classes[i], dtype=np.float32)
            arrays[f"test.logits.{name}"] = logits[np.array(own)[:, i]]
        write_arrays(run_directory(directory, architecture.name, 0) / PREDICTIONS, arrays)
    runs = tuple(
        RunRecord.model_construct(variant=a.name, seed=0, digests={PREDICTIONS: "0"}) for a in architectures
    )
    given = {"tree": taxonomy, "seeds": (0,), "partition_of": lambda seed: None}
    request = SimpleNamespace(**given)
    return Study(directory, StudyRecord.model_construct(request=request), runs, ())


class _Watched(np.ndarray):
    """Images that refuse to be read a whole split at a time."""

    def __getitem__(self, index: Any) -> Any:
        assert np.ndim(index) == 0 or len(index) <= 12
        return np.asarray(self)[index]


def kept(directory: Path, study: Study, num_images: int) -> dict[str, list[int]]:
    """Positions that are kept of each kind; image i is all i, and stands at 100 + i of the data."""
    images = np.arange(-100, num_images).astype(np.uint8)[:, None, None, None].view(_Watched)
    data = Dataset.__new__(Dataset)
    object.__setattr__(data, "images", images)
    object.__setattr__(data, "indices", {"test": 100 + np.arange(num_images)})
    keep_gallery(study, data)
    found = read_gallery(directory)
    for one in found.values():
        assert one.images.ravel().tolist() == one.positions.tolist()
    return {kind: one.positions.tolist() for kind, one in found.items()}


def test_a_mistake_counts_at_the_levels_whose_label_is_known(tmp_path: Path) -> None:
    # Wrong leaf; wrong at both levels; all unknown; leaf unknown and its parent wrong, and right.
    targets = [[0, 0], [0, 0], [-1, -1], [0, -1], [0, -1]]
    preds = [[[0, 1], [1, 2], [1, 2], [1, 2], [0, 1]]]
    found = kept(tmp_path, study_of(tmp_path, TREE, preds, targets), 5)
    assert found == {"worst": [1, 0, 3], "disagreements": []}


def test_without_a_tree_wrong_classes_add_up(tmp_path: Path) -> None:
    # Class 3 of one level and class 0 of the other are no contradiction, and no mistake.
    targets = [[0, 3], [0, 3], [0, -1], [-1, 0]]
    preds = [[[0, 3], [1, 2], [1, 2], [0, 3]], [[0, 2], [1, 2], [0, 1], [0, 3]]]
    found = kept(tmp_path, study_of(tmp_path, APART, preds, targets), 4)
    assert found["worst"][0] == 1
    assert set(found["worst"]) == {0, 1, 2, 3}
    assert found["disagreements"] == [2, 0]
