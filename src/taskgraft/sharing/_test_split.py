"""What a model of a study says of the test images that the study kept its logits of."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np

from taskgraft.data import partition_split
from taskgraft.inference import Model
from taskgraft.scores import Answers, depths_at
from taskgraft.study import STUDY, AdaptationRecord, RunCost, Study, read_split
from taskgraft.taxonomy import IntArray

_FEWEST_VAL = 100


@dataclass(frozen=True, eq=False)
class TestSplit:
    """The test images of a study, as one of its models answers them.

    Attributes:
        targets: Their classes, int64 of shape (N, L); -1 where not known.
        answers: The model's.
        num_images: Of each split.
        how_split: How the splits were made.
        cautions: What to know of the data.
        cost: What the run cost.
        adaptation: What became of the classes of the model that its study went on from, if it did.
    """

    targets: IntArray
    answers: Answers
    num_images: dict[str, int]
    how_split: str
    cautions: tuple[str, ...]
    cost: RunCost
    adaptation: AdaptationRecord | None

    @classmethod
    def beside(cls, file: Path, model: Model) -> Self | None:
        """That of the study in which a model's file lies; None where it lies elsewhere.

        The study's labels and logits are of the tree that it was trained on, so a remapped model has none.
        """
        if model.description.remap is not None:
            return None
        directory = file.resolve().parent
        root = directory.parent.parent
        if not (root / STUDY).exists():
            return None
        study = Study.open(root)
        costs = {run.name: run.cost for run in study.runs}
        if directory.name not in costs:
            return None
        logits, targets = read_split(directory, model.taxonomy.level_names, "test")
        data = study.record.request.data
        few = data.num_images["val"] < _FEWEST_VAL
        cautions = (
            (f"Only {data.num_images['val']:,} validation images chose how it is used.",) if few else ()
        )
        answers, cost = model.answers_of(logits), costs[directory.name]
        partition = model.description.origin.partition
        how = data.split if partition is None else partition_split(partition)
        return cls(targets, answers, dict(data.num_images), how, cautions, cost, study.adaptation())

    def kept(self, threshold: float) -> tuple[float, float]:
        """Share of the answers that are right at a threshold, and levels said on average.

        Of the images that are labelled at every level.
        """
        everywhere = (self.targets >= 0).all(axis=1)
        depths = depths_at(self.answers.certainties, threshold)[everywhere]
        is_right = (self.answers.preds == self.targets)[everywhere]
        is_said = np.arange(is_right.shape[1]) < depths[:, None]
        return float((is_right | ~is_said).all(axis=1).mean()), float(depths.mean())
