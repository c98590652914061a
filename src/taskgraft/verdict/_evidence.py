"""What the finished runs say: every score of every run, as it is and under resampling of the test images."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from taskgraft.scores import about
from taskgraft.statistics import Bounds, Interval, Looks, contrast_interval
from taskgraft.study import RunRecord, Study
from taskgraft.taxonomy import IntArray
from taskgraft.verdict._decoded_run import DecodedRun
from taskgraft.verdict._look import looks_of
from taskgraft.verdict._prediction_records import Calibration
from taskgraft.verdict._resplits import Resplits
from taskgraft.verdict._run_reading import Cells
from taskgraft.verdict._sample import FloatArray, Sample
from taskgraft.verdict._selective import Selective

RunKey = tuple[str, int]
# The decoding of the scores themselves: the arg-max of every level by itself.
PLAIN = "independent"
# From a variant and a score to one number for each seed (S,), or for each seed and resampling (S, R).
Values = Callable[[str, str], FloatArray]


@dataclass(frozen=True)
class VariantReading:
    """What the runs of one variant say together.

    Attributes:
        calibrations: At every level that has labels on val and test.
        selective: Answers that stop where they are unsure, by rule.
        confusions: By level, over all seeds.
        answers: What most seeds predict of the gallery's images: shape (G, L).
        confidences: In that, of each seed: shape (S, G).
        without_copies: Of each run, every accuracy of the test images that are not in train or val, too.
    """

    calibrations: tuple[Calibration, ...]
    selective: tuple[Selective, ...]
    confusions: Mapping[str, Cells]
    answers: IntArray
    confidences: FloatArray
    without_copies: tuple[Mapping[str, float], ...] = ()


@dataclass(frozen=True)
class Evidence:
    """All runs of a study that saw the same test images.

    Attributes:
        study: The study.
        targets: True classes of the test images, int64 of shape (N, L); -1 where there is no label.
        weights: Of the test images in each resampling, the same for every run: shape (R, N).
        samples: Every score of every run.
        decoded: Accuracies of every run under each decoding; empty for a single level, and without a tree.
        variants: What the runs of each variant say together.
        mismatched: Runs left out because they were tested on other images.
        positions: Of the gallery's images in the test split, by kind; empty without a gallery.
        primary: The score that the study is to decide by: differences in it pay for the looks at the study.
        leaving: Variants that leave the race at this look.
        resplits: The test images of each partition, and their resamplings; None where all runs have the split
            of the data. `targets` and `weights` are those of the partition that the gallery is of.
        targets_of: By partition the true classes of its test images.
    """

    study: Study
    targets: IntArray = field(repr=False)
    weights: FloatArray = field(repr=False)
    samples: Mapping[RunKey, Mapping[str, Sample]] = field(repr=False)
    decoded: Mapping[RunKey, DecodedRun] = field(repr=False)
    variants: Mapping[str, VariantReading] = field(repr=False)
    mismatched: tuple[RunKey, ...]
    positions: Mapping[str, IntArray] = field(repr=False)
    primary: str = ""
    leaving: tuple[str, ...] = ()
    resplits: Resplits | None = field(default=None, repr=False)
    targets_of: Mapping[int, IntArray] = field(default_factory=dict, repr=False)
    _stacked: dict[Hashable, tuple[FloatArray, FloatArray]] = field(
        default_factory=dict, repr=False, compare=False
    )
    _seeds: dict[tuple[str, ...], tuple[int, ...]] = field(default_factory=dict, repr=False, compare=False)

    @property
    def looks(self) -> Looks | None:
        """How the study is looked at while it grows; None where that was not declared."""
        return looks_of(self.study.record)

    def partitions(self, seeds: Sequence[int]) -> list[int] | None:
        """Of each of these seeds its partition of train and test images; None where all have the same."""
        if self.resplits is None:
            return None
        request = self.study.record.request
        return [part for seed in seeds if (part := request.partition_of(seed)) is not None]

    def num_units(self, seeds: Sequence[int]) -> int:
        """Independent draws that these seeds are: their partitions or, on one split, they themselves."""
        partitions = self.partitions(seeds)
        return len(seeds) if partitions is None else len(set(partitions))

    @property
    def num_images(self) -> int:
        """Images that some run was tested on."""
        return len(self.targets if self.resplits is None else self.resplits.pool)

    def test_split(self, partition: int | None) -> tuple[IntArray, FloatArray]:
        """True classes (N, L) and resamplings (R, N) of the test images of a partition, or of all runs."""
        if self.resplits is None or partition is None:
            return self.targets, self.weights
        return self.targets_of[partition], self.resplits.weights(partition)

    @property
    def names(self) -> tuple[str, ...]:
        """Variants with runs, in the order of the request."""
        return tuple(dict.fromkeys(name for name, _ in self.samples))

    @property
    def score_names(self) -> tuple[str, ...]:
        """Every score."""
        return tuple(next(iter(self.samples.values())))

    def runs(self, name: str) -> list[RunRecord]:
        """Records of one variant's runs."""
        return [
            run for run in self.study.runs if (run.variant, run.seed) in self.samples and run.variant == name
        ]

    def seeds(self, *names: str) -> tuple[int, ...]:
        """Seeds that all of these variants have."""
        if names not in self._seeds:
            self._seeds[names] = tuple(
                seed
                for seed in self.study.record.request.seeds
                if all((n, seed) in self.samples for n in names)
            )
        return self._seeds[names]

    def sample(self, name: str, seed: int, score: str, decoding: str = PLAIN) -> Sample:
        """One score of one run; under another decoding than the plain one, accuracies only."""
        if decoding == PLAIN:
            return self.samples[name, seed][score]
        return self.decoded[name, seed].samples[decoding, score]

    def interval(self, score: str, name: str, decoding: str = PLAIN) -> Interval:
        """One variant's score, mean over its seeds; it claims nothing, and pays for no look."""
        bounds = self.bounds((0.0, 1.0), (name,), [score], {name: decoding}) if is_share(score) else None
        return self.derived((name,), lambda of: of(name, score), {name: decoding}, bounds)

    def contrast(
        self,
        score: str,
        weights: Mapping[str, float],
        decodings: Mapping[str, str] | None = None,
        seeds: tuple[int, ...] | None = None,
    ) -> Interval:
        """A weighted sum of variants' scores, paired over the seeds they share.

        Args:
            score: Name of the score.
            weights: Of each variant: 1 and -1 for a difference.
            decodings: Of each variant; the plain one where left out.
            seeds: Of those that all of them have; all unless given.
        """

        def weighted(of: Values) -> FloatArray:
            total: FloatArray = np.sum([w * of(name, score) for name, w in weights.items()], axis=0)
            return total

        ends = ends_of(weights.values()) if is_share(score) else None
        bounds = ends and self.bounds(ends, tuple(weights), [score], decodings)
        looks = self.looks if score == self.primary else None
        return self.derived(tuple(weights), weighted, decodings, bounds, seeds, looks)

    def bounds(
        self,
        ends: tuple[float, float],
        names: Sequence[str],
        scores: Sequence[str],
        decodings: Mapping[str, str] | None = None,
    ) -> Bounds:
        """The ends of a quantity made of shares, with the fewest images that one of them rests on.

        Args:
            ends: Of the quantity.
            names: Variants it needs.
            scores: Shares it is made of.
            decodings: Of each variant; the plain one where left out.
        """
        seeds = self.seeds(*names)
        samples = (
            self.sample(name, seed, score, (decodings or {}).get(name, PLAIN))
            for name in names
            for seed in seeds
            for score in scores
        )
        return Bounds(*ends, min(sample.num_images for sample in samples))

    def derived(
        self,
        names: Sequence[str],
        formula: Callable[[Values], FloatArray],
        decodings: Mapping[str, str] | None = None,
        bounds: Bounds | None = None,
        seeds: tuple[int, ...] | None = None,
        looks: Looks | None = None,
    ) -> Interval:
        """Any quantity made of scores of the same seed, with its interval.

        Args:
            names: Variants it needs.
            formula: Is given a function from (variant, score) to an array, and returns an array of
                that shape: once for the values (S,), once for the resamplings (S, R).
            decodings: Of each variant; the plain one where left out.
            bounds: Of a quantity made of shares.
            seeds: Of those that all of them have; all unless given.
            looks: At the study; None for a quantity that claims nothing, or is exploratory.
        """
        seeds = self.seeds(*names) if seeds is None else seeds

        def arrays(name: str, score: str) -> tuple[FloatArray, FloatArray]:
            return self.arrays(name, seeds, score, (decodings or {}).get(name, PLAIN))

        return contrast_interval(
            formula(lambda name, score: arrays(name, score)[0]),
            formula(lambda name, score: arrays(name, score)[1]),
            bounds=bounds,
            looks=looks,
            partitions=self.partitions(seeds),
        )

    def arrays(
        self, name: str, seeds: tuple[int, ...], score: str, decoding: str = PLAIN
    ) -> tuple[FloatArray, FloatArray]:
        """A variant's score for each seed, (S,), and under each resampling, (S, R).

        Every pair of variants needs them, so they are stacked once.
        """
        key = (name, seeds, score, decoding)
        if key not in self._stacked:
            samples = [self.sample(name, seed, score, decoding) for seed in seeds]
            values = np.array([sample.value for sample in samples])
            self._stacked[key] = values, np.stack([sample.draws for sample in samples])
        return self._stacked[key]


def is_share(score: str) -> bool:
    """Whether a score is a share of images, which has ends."""
    return about(score).unit == "%"


def ends_of(weights: Iterable[float]) -> tuple[float, float]:
    """Between which ends a sum of weighted shares lies.

    Example:
        >>> ends_of([1.0]), ends_of([1.0, -1.0]), ends_of([0.5, -0.5, 0.5, -0.5])
        ((0.0, 1.0), (-1.0, 1.0), (-1.0, 1.0))
    """
    listed = list(weights)
    return sum(min(weight, 0.0) for weight in listed), sum(max(weight, 0.0) for weight in listed)
