"""The test images of several partitions, and what each weighs in a resampling of all of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

import numpy as np
import numpy.typing as npt

from taskgraft.statistics import weight_blocks
from taskgraft.study import Study, read_indices, run_directory
from taskgraft.taxonomy import IntArray
from taskgraft.verdict._sample import FloatArray


@dataclass(frozen=True)
class Resplits:
    """Resamplings of every image that some partition tests: the same draw weighs it in all of them.

    So what two partitions have in common stays in what their resamplings have in common.

    Attributes:
        indices: By partition, the test images in the order of its predictions.
        pool: All of them, ascending: shape (U,).
        counts: How often each resampling has each: shape (R, U).
    """

    indices: Mapping[int, IntArray]
    pool: IntArray = field(repr=False)
    counts: npt.NDArray[np.uint8] = field(repr=False)

    @classmethod
    def of(cls, study: Study, num_draws: int) -> Self | None:
        """Those of a study's finished runs; None where all have the split of the data.

        Raises:
            StudyError: If the predictions of a run are damaged.
        """
        first = {study.record.request.partition_of(run.seed): run for run in reversed(study.runs)}
        indices = {
            number: read_indices(run_directory(study.directory, run.variant, run.seed), "test")
            for number, run in first.items()
            if number is not None
        }
        if not indices:
            return None
        pool = np.unique(np.concatenate([*indices.values()]))
        # A draw that has an image 256 times is none that anybody will see.
        counts = [
            np.rint(block * len(pool)).astype(np.uint8) for block in weight_blocks(len(pool), num_draws)
        ]
        return cls(indices, pool, np.concatenate(counts))

    def weights(self, partition: int) -> FloatArray:
        """Of the test images of a partition in each resampling, each row summing to 1: shape (R, N)."""
        places = np.searchsorted(self.pool, self.indices[partition])
        weights = self.counts[:, places].astype(np.float32)
        sums = weights.sum(axis=1, keepdims=True)
        # A draw of a few images may have none of them: all count alike then.
        return np.where(sums > 0, weights / np.maximum(sums, 1), np.float32(1 / len(places)))
