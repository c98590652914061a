"""From a study directory to its evidence: the predictions of every run are read once, then dropped."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from taskgraft.errors import StudyError
from taskgraft.scores import majority
from taskgraft.sealed_arrays import Array
from taskgraft.statistics import image_weights
from taskgraft.study import RunRecord, Study, read_gallery, read_indices, read_splits, run_directory
from taskgraft.taxonomy import IntArray
from taskgraft.verdict._calibrations import calibrations_of
from taskgraft.verdict._copied_images import copied_positions
from taskgraft.verdict._decoded_run import DecodedRun
from taskgraft.verdict._evidence import Evidence, RunKey, VariantReading
from taskgraft.verdict._failures import check_has_runs
from taskgraft.verdict._reading_cache import ReadingCache
from taskgraft.verdict._resplits import Resplits
from taskgraft.verdict._run_reading import RunReading, read_run
from taskgraft.verdict._sample import FloatArray, Sample
from taskgraft.verdict._selective import selective_of

NUM_DRAWS = 1000


def gather(study: Study, num_draws: int = NUM_DRAWS, readings: ReadingCache | None = None) -> Evidence:
    """Scores every finished run; of runs that were tested on different images, the largest group counts.

    Memory holds the logits of one run at a time, and the confidences of one variant.

    Args:
        study: At least one run must be finished.
        num_draws: Resamplings of the test images.
        readings: Where runs that were scored before are looked for; without it, where this user's are kept.

    Raises:
        StudyError: If no run is finished, no test image has a label, or logits are not finite; the message
            names the run.
    """
    check_has_runs(study)
    readings = readings or ReadingCache.here()
    gathering = _Gathering(study, num_draws, readings)
    for name in study.record.request.names:
        gathering.read_variant(name, [run for run in study.runs if run.variant == name])
    readings.make_room()
    evidence = gathering.evidence()
    if not (evidence.targets >= 0).any():
        raise StudyError.expected(
            f"the test images of {study.directory}",
            "labelled at some level",
            "no label at all",
            "Test on images whose classes are known.",
        )
    return evidence


@dataclass
class _Group:
    """What is kept of runs that were tested on the same images.

    Attributes:
        targets: True classes of these images, shape (N, L).
        weights: Of the images in each resampling, shape (R, N).
        samples: Every score of every run.
        decoded: Every run under each decoding.
        variants: What the runs of a variant say together.
        of_partitions: By partition the true classes of its test images; empty without partitions.
    """

    targets: IntArray
    weights: FloatArray
    samples: dict[RunKey, Mapping[str, Sample]] = field(default_factory=dict)
    decoded: dict[RunKey, DecodedRun] = field(default_factory=dict)
    variants: dict[str, VariantReading] = field(default_factory=dict)
    of_partitions: dict[int, IntArray] = field(default_factory=dict)

    def add(self, name: str, readings: Mapping[int, RunReading], shown: Sequence[int]) -> None:
        """Keeps the runs of one variant, by their seeds; those shown were tested on the gallery's images."""
        for seed, reading in readings.items():
            self.samples[name, seed] = reading.samples
            if reading.decoded is not None:
                self.decoded[name, seed] = reading.decoded
        on_gallery = [reading for seed, reading in readings.items() if seed in shown]
        self.variants[name] = _summed_up(name, list(readings.values()), on_gallery)


class _Gathering:
    """Reads runs one after the other, and sorts them by the images they were tested on."""

    def __init__(self, study: Study, num_draws: int, readings: ReadingCache) -> None:
        self._study = study
        self._num_draws = num_draws
        self._readings = readings
        self._positions = {kind: kept.positions for kind, kept in read_gallery(study.directory).items()}
        self._copies = np.concatenate([np.zeros(0, np.int64), *copied_positions(study).values()])
        self._shown = [run.seed for run in study.shown_runs]
        self._resplits = Resplits.of(study, num_draws)
        self._weights: dict[int, FloatArray] = {}
        self._groups: dict[bytes, _Group] = {}

    def read_variant(self, name: str, runs: Sequence[RunRecord]) -> None:
        """Reads all runs of one variant."""
        readings: dict[bytes, dict[int, RunReading]] = {}
        for run in runs:
            group, reading = self._read(run)
            readings.setdefault(group, {})[run.seed] = reading
        for group, of_variant in readings.items():
            self._groups[group].add(name, of_variant, self._shown)

    def evidence(self) -> Evidence:
        """All that was read of the largest group; of several, the one that was met first."""
        group = max(self._groups.values(), key=lambda group: len(group.samples))
        keys = [(run.variant, run.seed) for run in self._study.runs]
        is_gallery = all((of_kind < len(group.targets)).all() for of_kind in self._positions.values())
        num_shown = sum(map(len, self._positions.values()))
        is_gallery &= all(of.confidences.shape[1] == num_shown for of in group.variants.values())
        return Evidence(
            self._study,
            group.targets,
            group.weights,
            group.samples,
            group.decoded,
            group.variants,
            tuple(key for key in keys if key not in group.samples),
            self._positions if is_gallery else {},
            resplits=self._resplits,
            targets_of=group.of_partitions,
        )

    def _read(self, run: RunRecord) -> tuple[bytes, RunReading]:
        """One run, and which images it was tested on."""
        taxonomy = self._study.taxonomy
        directory = run_directory(self._study.directory, run.variant, run.seed)
        splits = read_splits(directory, taxonomy.level_names)
        targets = splits["test"][1]
        weights = {"val": self._weights_of(len(splits["val"][1])), "test": self._test_weights(run, targets)}
        key = self._key(run, targets)
        group = self._groups.setdefault(key, _Group(targets, weights["test"]))
        positions = np.concatenate([np.zeros(0, np.int64), *self._positions.values()])
        if run.seed in self._shown:
            group.targets, group.weights = targets, weights["test"]
        else:
            positions = positions[:0]
        if (partition := self._study.record.request.partition_of(run.seed)) is not None:
            group.of_partitions[partition] = targets
        # A gallery of another study may look beyond these images.
        positions = positions[positions < len(targets)]
        (val, test), copies = (splits["val"], splits["test"]), self._copies
        words = f"{taxonomy.digest()} {self._num_draws}".encode()
        decides: list[Array | bytes] = [words, *val[0], val[1], *test[0], test[1], positions, copies]
        decides += self._resplit(run, targets)
        return key, self._readings.get(
            decides, lambda: read_run(run.name, val, test, taxonomy, weights, positions, copies)
        )

    def _key(self, run: RunRecord, targets: IntArray) -> bytes:
        """On which images a run was tested; of new partitions each has others, and all belong together."""
        partition = self._study.record.request.partition_of(run.seed)
        if self._resplits is None or partition is None:
            return targets.tobytes()
        directory = run_directory(self._study.directory, run.variant, run.seed)
        is_usual = np.array_equal(read_indices(directory, "test"), self._resplits.indices[partition])
        return b"" if is_usual else targets.tobytes()

    def _test_weights(self, run: RunRecord, targets: IntArray) -> FloatArray:
        """The resamplings of the images that a run was tested on."""
        partition = self._study.record.request.partition_of(run.seed)
        if self._resplits is not None and partition is not None and self._resplit(run, targets):
            return self._resplits.weights(partition)
        return self._weights_of(len(targets))

    def _resplit(self, run: RunRecord, targets: IntArray) -> tuple[IntArray, ...]:
        """What decides the resamplings of a partition's images; empty where their number does."""
        partition = self._study.record.request.partition_of(run.seed)
        if self._resplits is None or partition is None:
            return ()
        indices = self._resplits.indices[partition]
        return (self._resplits.pool, indices) if len(indices) == len(targets) else ()

    def _weights_of(self, num_images: int) -> FloatArray:
        """The resamplings of so many images, the same for every run."""
        if num_images not in self._weights:
            self._weights[num_images] = image_weights(num_images, self._num_draws)
        return self._weights[num_images]


def _summed_up(name: str, readings: Sequence[RunReading], on_gallery: Sequence[RunReading]) -> VariantReading:
    # Others have answers to none of its images.
    on_gallery = on_gallery or readings[:1]
    answers = np.stack([reading.answers for reading in on_gallery])
    return VariantReading(
        calibrations_of(name, readings),
        selective_of(name, [reading.rules for reading in readings]),
        {
            level: _total([reading.confusions[level] for reading in readings])
            for level in readings[0].confusions
        },
        np.stack([majority(answers[:, :, level]) for level in range(answers.shape[2])], axis=1),
        np.stack([reading.confidences for reading in on_gallery]),
        tuple(reading.without_copies for reading in readings),
    )


def _total(confusions: Sequence[Mapping[tuple[int, int], int]]) -> dict[tuple[int, int], int]:
    total: Counter[tuple[int, int]] = Counter()
    for cells in confusions:
        total.update(cells)
    return dict(sorted(total.items()))
