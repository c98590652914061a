"""The differences of many pairs of variants at one score, all at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from taskgraft.statistics import (
    Bounds,
    Interval,
    by_partition,
    contrast_intervals,
    settled,
    sign_flip_ps,
)
from taskgraft.taxonomy import IntArray
from taskgraft.verdict._evidence import Evidence, ends_of, is_share
from taskgraft.verdict._sample import FloatArray

# Pairs at a time: their resamplings stay in the processor's cache.
_BLOCK = 32
_DIFFERENCE = ends_of([1.0, -1.0])


@dataclass(frozen=True)
class PairDifferences:
    """Differences of pairs over the same seeds, each the first less the second.

    Attributes:
        evidence: The runs.
        pairs: Names of variants.
        seeds: That all of them have.
    """

    evidence: Evidence
    pairs: Sequence[tuple[str, str]]
    seeds: tuple[int, ...]

    def at(self, score: str, decoding: str) -> list[tuple[Interval, float | None]]:
        """Of each pair the interval, as `Evidence.contrast` has it, and the exact p over seeds.

        Every variant is in many pairs: its arrays are stacked once, and pairs are places in the stack.

        Args:
            score: Name of the score.
            decoding: Of both.
        """
        names = list(dict.fromkeys(name for pair in self.pairs for name in pair))
        arrays = [self.evidence.arrays(name, self.seeds, score, decoding) for name in names]
        values, draws = (np.stack(part) for part in zip(*arrays, strict=True))
        place = {name: number for number, name in enumerate(names)}
        firsts, seconds = np.array([[place[name] for name in pair] for pair in self.pairs]).T
        bounds = self._bounds(names, firsts, seconds, (score, decoding))
        intervals: list[Interval] = []
        for start in range(0, len(self.pairs), _BLOCK):
            block = slice(start, start + _BLOCK)
            first, second = firsts[block], seconds[block]
            contrasts = settled(values[first] - values[second], draws[first] - draws[second])
            intervals += contrast_intervals(
                *contrasts,
                bounds[block],
                looks=self.evidence.looks if score == self.evidence.primary else None,
                partitions=self.evidence.partitions(self.seeds),
            )
        return list(zip(intervals, self._exact_ps(values[firsts] - values[seconds]), strict=True))

    def _exact_ps(self, differences: FloatArray) -> list[float | None]:
        """None of one seed."""
        if len(self.seeds) < 2:
            return [None] * len(differences)
        partitions = self.evidence.partitions(self.seeds)
        units = [by_partition(one, one[:, None], partitions)[0] for one in differences]
        ps: list[float | None] = sign_flip_ps(np.stack(units)).tolist()
        return ps

    def _bounds(
        self, names: Sequence[str], firsts: IntArray, seconds: IntArray, of: tuple[str, str]
    ) -> list[Bounds | None]:
        """The ends of each difference of shares, with the fewest images that a run of either rests on."""
        score, decoding = of
        if not is_share(score):
            return [None] * len(firsts)
        images = np.array([self._num_images(name, score, decoding) for name in names])
        shared = np.isfinite(images[firsts]) & np.isfinite(images[seconds])
        least = np.where(shared, np.minimum(images[firsts], images[seconds]), np.inf).min(axis=1)
        return [Bounds(*_DIFFERENCE, number) for number in least.tolist()]

    def _num_images(self, name: str, score: str, decoding: str) -> list[float]:
        """That each run of a variant rests on; infinitely many of a run that it lacks."""
        held = set(self.evidence.seeds(name))
        return [
            self.evidence.sample(name, seed, score, decoding).num_images if seed in held else np.inf
            for seed in self.evidence.study.record.request.seeds
        ]
