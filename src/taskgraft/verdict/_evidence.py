"""What the finished runs say: every score of every run, as it is and under resampling of the test images."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Self

import numpy as np

from taskgraft.data import Split
from taskgraft.errors import StudyError
from taskgraft.parameter import Parameter
from taskgraft.scores import measure
from taskgraft.statistics import Interval, contrast_interval, image_weights
from taskgraft.study import RunRecord, Study, read_split, run_directory
from taskgraft.taxonomy import IntArray
from taskgraft.verdict._decoded_run import DecodedRun, decode_run
from taskgraft.verdict._sample import FloatArray, Logits, Sample, samples_of

NUM_DRAWS = 1000
RunKey = tuple[str, int]
# The decoding of the scores themselves: the arg-max of every level by itself.
PLAIN = "independent"
# From an architecture and a score to one number for each seed (S,), or for each seed and resampling (S, R).
Values = Callable[[str, str], FloatArray]


@dataclass(frozen=True)
class Evidence:
    """All runs of a study that saw the same test images.

    Attributes:
        study: The study.
        targets: True classes of the test images, int64 of shape (N, L); -1 where not known.
        weights: Of the test images in each resampling, the same for every run: shape (R, N).
        samples: Every score of every run.
        decoded: Accuracies of every run under each decoding; empty for a single level, and without a tree.
        mismatched: Runs left out because they were tested on other images.
    """

    study: Study
    targets: IntArray = field(repr=False)
    weights: FloatArray = field(repr=False)
    samples: Mapping[RunKey, Mapping[str, Sample]] = field(repr=False)
    decoded: Mapping[RunKey, DecodedRun] = field(repr=False)
    mismatched: tuple[RunKey, ...]

    @classmethod
    def gather(cls, study: Study, num_draws: int = NUM_DRAWS) -> Self:
        """Scores every finished run.

        Args:
            study: At least one run must be finished.
            num_draws: Resamplings of the test images.

        Raises:
            StudyError: If no run is finished, no label of the test images is known, or logits are not finite;
                the message names the run.
        """
        if not study.runs:
            again = f" with {Parameter('retry_failed', True)}" if study.failures else ""
            raise StudyError.expected(
                str(study.directory),
                "a study with at least one finished run",
                0,
                f"Run the command of the study again{again} to finish it.",
            ).with_details(f"{one.name} failed. {one.message}" for one in study.failures)
        targets = _most_common_targets(study)
        if not (targets >= 0).any():
            raise StudyError.expected(
                f"the test images of {study.directory}",
                "labelled at some level",
                "no label at all",
                "Test on images whose classes are known.",
            )
        weights = image_weights(len(targets), num_draws)
        samples, decoded, mismatched = {}, {}, []
        for run in study.runs:
            key, test = (run.variant, run.seed), read_logits(study, run, "test")
            if not np.array_equal(test[1], targets):
                mismatched.append(key)
                continue
            samples[key] = _samples(study, run, test[0], targets, weights)
            if study.taxonomy.num_levels > 1 and study.taxonomy.is_tree:
                decoded[key] = decode_run(test, read_logits(study, run, "val"), study.taxonomy, weights)
        return cls(study, targets, weights, samples, decoded, tuple(mismatched))

    @property
    def names(self) -> tuple[str, ...]:
        """Architectures with runs, in the order of the request."""
        return tuple(dict.fromkeys(name for name, _ in self.samples))

    @property
    def score_names(self) -> tuple[str, ...]:
        """Every score."""
        return tuple(next(iter(self.samples.values())))

    def runs(self, name: str) -> list[RunRecord]:
        """Records of one architecture's runs."""
        return [
            run for run in self.study.runs if (run.variant, run.seed) in self.samples and run.variant == name
        ]

    def seeds(self, *names: str) -> tuple[int, ...]:
        """Seeds that all of these architectures have."""
        return tuple(
            seed for seed in self.study.record.request.seeds if all((n, seed) in self.samples for n in names)
        )

    def sample(self, name: str, seed: int, score: str, decoding: str = PLAIN) -> Sample:
        """One score of one run; under another decoding than the plain one, accuracies only."""
        if decoding == PLAIN:
            return self.samples[name, seed][score]
        return self.decoded[name, seed].samples[decoding, score]

    def interval(self, score: str, name: str, decoding: str = PLAIN) -> Interval:
        """One architecture's score, mean over its seeds."""
        return self.contrast(score, {name: 1.0}, {name: decoding})

    def contrast(
        self, score: str, weights: Mapping[str, float], decodings: Mapping[str, str] | None = None
    ) -> Interval:
        """A weighted sum of architectures' scores, paired over the seeds they share.

        Args:
            score: Name of the score.
            weights: Of each architecture: 1 and -1 for a difference.
            decodings: Of each architecture; the plain one unless told.
        """

        def weighted(of: Values) -> FloatArray:
            total: FloatArray = np.sum([w * of(name, score) for name, w in weights.items()], axis=0)
            return total

        return self.derived(tuple(weights), weighted, decodings)

    def derived(
        self,
        names: Sequence[str],
        formula: Callable[[Values], FloatArray],
        decodings: Mapping[str, str] | None = None,
    ) -> Interval:
        """Any quantity made of scores of the same seed, with its interval.

        Args:
            names: Architectures it needs.
            formula: Is given a function from (architecture, score) to an array, and returns an array of
                that shape: once for the values (S,), once for the resamplings (S, R).
            decodings: Of each architecture; the plain one unless told.
        """
        seeds = self.seeds(*names)

        def samples(name: str, score: str) -> list[Sample]:
            return [self.sample(name, seed, score, (decodings or {}).get(name, PLAIN)) for seed in seeds]

        return contrast_interval(
            formula(lambda name, score: np.array([one.value for one in samples(name, score)])),
            formula(lambda name, score: np.stack([one.draws for one in samples(name, score)])),
        )


def read_logits(study: Study, run: RunRecord, split: Split) -> tuple[Logits, IntArray]:
    """A finished run's logits, one array (N, K) a level, and targets (N, L) of a split."""
    directory = run_directory(study.directory, run.variant, run.seed)
    return read_split(directory, study.taxonomy.level_names, split)


def _most_common_targets(study: Study) -> IntArray:
    """The targets most runs were tested on; of several, those of the first run."""
    found: dict[bytes, list[IntArray]] = {}
    for run in study.runs:
        _, targets = read_logits(study, run, "test")
        found.setdefault(targets.tobytes(), []).append(targets)
    return max(found.values(), key=len)[0]


def _samples(
    study: Study, run: RunRecord, logits: Logits, targets: IntArray, weights: FloatArray
) -> dict[str, Sample]:
    for name, level in zip(study.taxonomy.level_names, logits, strict=True):
        if not np.isfinite(level).all():
            raise StudyError.expected(
                f"every logit of level {name!r} of {run.name}",
                "a finite number",
                level[~np.isfinite(level)][0],
                "Delete the run's directory and train it again.",
            )
    return samples_of(measure(logits, targets, study.taxonomy), weights)
