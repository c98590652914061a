"""Variants of two studies on the same test images, and what one scores less the other."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from taskgraft.scores import about
from taskgraft.statistics import Bounds, Interval, holm_over, unpaired_interval
from taskgraft.verdict._decodings import favoured_on_val
from taskgraft.verdict._evidence import PLAIN, Evidence
from taskgraft.verdict._sample import FloatArray
from taskgraft.verdict._study_differences import StudyDifference


@dataclass(frozen=True)
class _Side:
    """A variant of one study.

    Attributes:
        evidence: The runs of its study.
        variant: Its name.
        decoding: How its logits are turned into paths.
    """

    evidence: Evidence
    variant: str
    decoding: str

    @property
    def num_seeds(self) -> int:
        return len(self.evidence.seeds(self.variant))

    @property
    def partitions(self) -> list[int] | None:
        """Of each seed its partition of train and test images; None where all have the same."""
        return self.evidence.partitions(self.evidence.seeds(self.variant))

    def arrays(self, score: str) -> tuple[FloatArray, FloatArray]:
        """A score for each seed, (S,), and under each resampling, (S, R)."""
        return self.evidence.arrays(self.variant, self.evidence.seeds(self.variant), score, self.decoding)

    def num_images(self, score: str) -> float:
        """As many images as know so much of a score."""
        decodings = {self.variant: self.decoding}
        return self.evidence.bounds((-1.0, 1.0), (self.variant,), (score,), decodings).num_images


@dataclass(frozen=True)
class Rivals:
    """A variant of study A and one of study B."""

    first: _Side
    second: _Side

    @classmethod
    def of(cls, pair: tuple[Evidence, Evidence], names: tuple[str, str]) -> Self:
        """Two variants, each level decoded by itself."""
        return cls(_Side(pair[0], names[0], PLAIN), _Side(pair[1], names[1], PLAIN))

    @classmethod
    def favoured(
        cls, pair: tuple[Evidence, Evidence], names: tuple[str, str], scores: tuple[str, str]
    ) -> Self:
        """Two variants, each in the decoding that its val split shows to be better for its study's score."""
        sides = (
            _Side(evidence, name, favoured_on_val(evidence, name, score))
            for evidence, name, score in zip(pair, names, scores, strict=True)
        )
        return cls(*sides)

    @property
    def is_plain(self) -> bool:
        """Whether each level is decoded by itself in both."""
        return self.first.decoding == self.second.decoding == PLAIN

    def interval(self, score: str) -> Interval:
        """The second less the first."""
        bounds = None
        if about(score).unit == "%":
            bounds = Bounds(-1.0, 1.0, min(side.num_images(score) for side in (self.first, self.second)))
        return unpaired_interval(
            self.second.arrays(score),
            self.first.arrays(score),
            bounds=bounds,
            partitions=(self.second.partitions, self.first.partitions),
        )


def study_differences(rivals: Sequence[Rivals], scores: Sequence[str]) -> tuple[StudyDifference, ...]:
    """All rivals at each score; Holm's correction is over those of one score."""
    return tuple(difference for score in scores for difference in _at(score, rivals))


def _at(score: str, rivals: Sequence[Rivals]) -> list[StudyDifference]:
    intervals = [both.interval(score) for both in rivals]
    return [
        StudyDifference(
            both.first.variant,
            both.second.variant,
            score,
            interval,
            (both.first.num_seeds, both.second.num_seeds),
            p,
            (both.first.decoding, both.second.decoding),
        )
        for both, interval, p in zip(rivals, intervals, holm_over(intervals), strict=True)
    ]
