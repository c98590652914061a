"""A study directory, read: its record, its finished runs and the tables made of them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Self

from taskgraft.data import Split
from taskgraft.errors import Phrase, RequestError, StudyError
from taskgraft.inference_cost import InferenceCost
from taskgraft.kinds import NAME, NONE, PATH, of_class, of_kinds
from taskgraft.parameter import Parameter
from taskgraft.study._adaptation_record import AdaptationRecord, adaptation_damage, read_adaptation
from taskgraft.study._checked import read_record
from taskgraft.study._data_facts import data_facts_damage
from taskgraft.study._files import FIGURES, INFERENCE, STUDY, DamagedFileError
from taskgraft.study._gallery_file import gallery_damage
from taskgraft.study._image_names import names_damage
from taskgraft.study._inspect_run import check_not_linked
from taskgraft.study._ledger import Ledger
from taskgraft.study._predictions import Predictions, find_run
from taskgraft.study._records import StudyRecord
from taskgraft.study._results import Results
from taskgraft.study._run_records import FailureRecord, InferenceRecord, RunRecord, run_name
from taskgraft.study._study_html import study_html
from taskgraft.study._summary import VariantSummary, summarise
from taskgraft.study._tuning_records import TuningRecord, read_tuning, tuning_damage
from taskgraft.taxonomy import Taxonomy


@dataclass(frozen=True)
class Study:
    """A study and its finished runs.

    Attributes:
        directory: Its directory.
        record: What the study is, and what it ran on.
        runs: The finished runs, in the order of the request.
        missing: (variant, seed) of the runs that are still to be done, damaged ones included; not those of
            further seeds of variants that have left the race.
        failures: Why runs failed; only those that died are done again without `retry_failed`.
        damaged: What is damaged, one line each. Nothing of it is in `runs`.
    """

    directory: Path
    record: StudyRecord = field(repr=False)
    runs: tuple[RunRecord, ...] = field(repr=False)
    missing: tuple[tuple[str, int], ...]
    damaged: tuple[str, ...] = ()
    failures: tuple[FailureRecord, ...] = ()

    @classmethod
    @of_kinds(directory=PATH)
    def open(cls, directory: Path | str) -> Self:
        """Reads a study directory and verifies all that it holds; damaged runs are counted as missing.

        Raises:
            RequestError: If there is no study.
            StudyError: If its record is damaged, or of another format.
        """
        directory = Path(directory)
        record = read_study(directory)
        return cls.of(record, Ledger(directory, record.request))

    @classmethod
    def of(cls, record: StudyRecord, ledger: Ledger) -> Self:
        """The study as a ledger of its runs knows it; what the ledger has verified is not read again."""
        directory = ledger.directory
        check_not_linked(directory, directory / FIGURES)
        states = ledger.states()
        runs = tuple(state.record for state in states.values() if state.record is not None)
        failures = tuple(state.failure for state in states.values() if state.failure is not None)
        missing = tuple(
            key
            for key, state in states.items()
            if state.record is None and not state.failure and not record.is_dropped(*key)
        )
        damage = [state.damage for state in states.values()]
        damage += [tuning_damage(directory), inference_damage(directory), gallery_damage(directory)]
        damage += [adaptation_damage(directory), data_facts_damage(directory)]
        damage.append(names_damage(directory, record.request.data.digest))
        study = cls(directory, record, runs, missing, failures=failures)
        damage.append(study._results().damage())
        return replace(study, damaged=tuple(line for line in damage if line is not None))

    def _repr_html_(self) -> str:
        rest = {"still to be done": self.missing, "failed": self.failures, "damaged": self.damaged}
        counts = {what: len(each) for what, each in rest.items()}
        return study_html(str(self.directory), self.record.request.data, self.summary(), counts)

    def _check_has_runs(self) -> None:
        """Refuses a study of which nothing is finished yet, with a line for each run that failed.

        Raises:
            StudyError: If it is one.
        """
        if not self.runs:
            raise StudyError.expected(
                str(self.directory),
                "a study with at least one finished run",
                Phrase("none"),
                f"{self._again()} to finish it.",
            ).with_details(f"{one.name} failed. {one.text or one.message}" for one in self.failures)

    def _again(self) -> str:
        with_failed = f" with {Parameter('retry_failed', True)}" if self.failures else ""
        return f"Run the command of the study again{with_failed}"

    @property
    def taxonomy(self) -> Taxonomy:
        """The levels the study is about."""
        return self.record.request.tree

    @property
    def shown_runs(self) -> tuple[RunRecord, ...]:
        """The finished runs on whose test images galleries are: of several partitions, the first one's."""
        request = self.record.request
        first = request.partition_of(request.seeds[0])
        return tuple(run for run in self.runs if request.partition_of(run.seed) == first)

    def summary(self) -> list[VariantSummary]:
        """One row per variant with finished runs: means and spread over seeds, and costs."""
        return summarise(self.record.request, self.runs)

    def adaptation(self) -> AdaptationRecord | None:
        """What became of the classes of the model that the study went on from; None if it began from none."""
        return read_adaptation(self.directory, self.runs)

    def inference(self) -> dict[str, InferenceCost]:
        """What prediction costs, by variant; empty where it was not measured."""
        record = read_inference(self.directory)
        return {} if record is None else record.costs

    def inference_record(self) -> InferenceRecord | None:
        """The record of it, with what it was measured on; None where it was not measured, or is damaged."""
        return read_inference(self.directory)

    def tuning(self) -> TuningRecord | None:
        """The search of its recipes; None without one, or where its record is damaged."""
        return read_tuning(self.directory)

    @of_kinds(run=NAME | of_class("a RunRecord", RunRecord) | NONE, split=NAME, decoding=NAME)
    def predictions(
        self, run: RunRecord | str | None = None, split: Split = "test", decoding: str = "independent"
    ) -> Predictions:
        """What a run predicts of each image of a split, under the name that the source calls the image by.

        Args:
            run: One of `runs`, or its name, such as `shared-seed0`; the only one unless given.
            split: `test` or `val`.
            decoding: How classes are chosen: `independent`, the most probable class of each level by itself,
                as in the scores; another of `taskgraft.scores.DECODINGS`; or `pooled`, as `predict` decides.

        Raises:
            RequestError: If there is no such run, split or decoding.
            StudyError: If the run is not finished, or names or predictions are missing or damaged.

        Example:
            >>> import tempfile
            >>> import taskgraft as tg
            >>> data = tg.load("shapes", num_train=640, num_test=64)
            >>> with tempfile.TemporaryDirectory() as out:
            ...     predictions = tg.compare(data, "shared", "quick", epochs=0.5, out=out).predictions()
            >>> predictions.names[:2], predictions.preds.shape
            (('test 0', 'test 1'), (64, 2))
        """
        self._check_has_runs()
        name = run.name if isinstance(run, RunRecord) else run
        if name in {run_name(*key) for key in self.record.request.runs} - {one.name for one in self.runs}:
            raise StudyError.expected(
                f"the run {name}", "finished", Phrase(self._unfinished(name)), f"{self._again()}."
            )
        return Predictions.read(
            self.directory, self.record.request, find_run(self.runs, name), split, decoding
        )

    def _unfinished(self, name: str) -> str:
        if any(one.name == name for one in self.failures):
            return "one that failed"
        return next((line for line in self.damaged if line.startswith(f"{name}: ")), "one still to be done")

    def write_results(self) -> str | None:
        """Writes `results.csv`: one line a run, every score and cost; an equal one stays as it is.

        Returns:
            A line for the user where somebody else had changed it, and that one is kept.
        """
        return self._results().write()

    def _results(self) -> Results:
        return Results(self.directory, self.record.request, self.runs, self.inference())


def read_study(directory: Path) -> StudyRecord:
    """The record of a study directory.

    Raises:
        DamagedFileError: If it is damaged.
        StudyError: If it is of another format.
        RequestError: If there is none.
    """
    try:
        return read_record(directory / STUDY, StudyRecord)
    except FileNotFoundError as error:
        raise RequestError.expected(
            str(directory),
            f"a study directory with a {STUDY}",
            error.strerror or error,
            "Make one with `compare`.",
        ) from error


def read_inference(study: Path) -> InferenceRecord | None:
    """What prediction costs; None where it was not measured, or the file is damaged."""
    try:
        return read_record(study / INFERENCE, InferenceRecord)
    except (FileNotFoundError, DamagedFileError):
        return None


def inference_damage(study: Path) -> str | None:
    """What is wrong with `inference.json`, on one line; None if nothing is, or there is none."""
    try:
        read_record(study / INFERENCE, InferenceRecord)
    except FileNotFoundError:
        return None
    except DamagedFileError as error:
        return f"{INFERENCE} is {error.reason}"
    return None
