"""Tiny networks, trained once: which of the test images each of them gets right."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from taskgraft.data import Dataset
from taskgraft.data.sources import from_arrays, load
from taskgraft.execution import compare
from taskgraft.recipe import BranchSpec, CompactSpec, Recipe, changed, quick
from taskgraft.study import Study, read_split, run_directory

VARIANTS = ("independent", "shared", "flat", "coarse-to-fine", "shared-fine-to-coarse")
SCORE = "full_path_accuracy"
NUM_SEEDS = 20
_NUM_TRAIN, _NUM_VAL, _NUM_TEST = 2_000, 500, 6_000
_EPOCHS = 7.0
RunKey = tuple[str, int]
Rights = NDArray[np.float32]


@dataclass(frozen=True)
class Pool:
    """All runs, each from one seed.

    Attributes:
        variants: Their names.
        num_seeds: That each has.
        rights: By variant and seed whether the full path of each test image is right, (N,).
        on_val: Likewise which share of val is.
        macs: By variant.
    """

    variants: tuple[str, ...]
    num_seeds: int
    rights: Mapping[RunKey, Rights] = field(repr=False)
    on_val: Mapping[RunKey, float] = field(repr=False)
    macs: Mapping[str, int]

    @property
    def num_images(self) -> int:
        """Of the test split."""
        return len(next(iter(self.rights.values())))

    def scores(self, images: NDArray[np.int64] | None = None) -> dict[str, float]:
        """What each variant gets right, mean over all its seeds, of some images or of all."""
        which = slice(None) if images is None else images
        return {
            name: float(np.mean([self.rights[name, seed][which] for seed in range(self.num_seeds)]))
            for name in self.variants
        }


def pooled(study: Study) -> Pool:
    """The pool that a study is, every level decoded by itself."""
    levels, rights = study.taxonomy.level_names, {}
    for run in study.runs:
        directory = run_directory(study.directory, run.variant, run.seed)
        logits, targets = read_split(directory, levels, "test")
        preds = np.stack([of_level.argmax(axis=1) for of_level in logits], axis=1)
        rights[run.variant, run.seed] = (preds == targets).all(axis=1).astype(np.float32)
    return Pool(
        study.record.request.names,
        len(study.record.request.seeds),
        rights,
        {(run.variant, run.seed): run.val_scores[SCORE] for run in study.runs},
        {run.variant: run.cost.macs for run in study.runs},
    )


def trained(out: Path, num_seeds: int = NUM_SEEDS, epochs: float = _EPOCHS) -> Study:
    """The study of the pool; what of it is finished is not done again."""
    return compare(
        half_sized_shapes(), ",".join(VARIANTS), _recipe(epochs), num_seeds, num_threads=1, jobs=1, out=out
    )


def half_sized_shapes(
    num_train: int = _NUM_TRAIN, num_val: int = _NUM_VAL, num_test: int = _NUM_TEST
) -> Dataset:
    """`shapes` at half of its side, a quarter of the operations."""
    drawn = load("shapes", num_train=num_train + num_val, num_test=num_test)
    blocks = drawn.images.reshape(len(drawn.images), 3, 16, 2, 16, 2)
    labels = {name: drawn.labels[:, i].tolist() for i, name in enumerate(drawn.taxonomy.level_names)}
    val, test = np.split(np.arange(num_train, len(drawn.images)), [num_val])
    return from_arrays(blocks.mean(axis=(3, 5)).round().astype(np.uint8), labels, val=val, test=test)


def _recipe(epochs: float) -> Recipe:
    """`quick` with a smaller network, larger steps and smaller batches."""
    trunk = CompactSpec(stem_width="whitened", stage_widths=(12, 24))
    network = quick().network.model_copy(update={"trunk": trunk, "branch": BranchSpec(fc_1=(), fc_2=(24,))})
    tiny = quick().model_copy(update={"name": "tiny", "network": network})
    return changed(tiny, {"epochs": epochs, "batch_size": 64, "optimizer.learning_rate": 0.4})
