"""One run to do, as plain data that any process can be given."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from taskgraft.data import Dataset
from taskgraft.errors import Phrase, StudyError
from taskgraft.execution._data_reference import DataReference
from taskgraft.execution._trial_spec import TrialSpec
from taskgraft.hardware import Hardware, choose_hardware
from taskgraft.numerics import NUMERICS
from taskgraft.recipe import Recipe, Variant
from taskgraft.request import trial_number
from taskgraft.study import (
    Expected,
    ExpectedTrial,
    FailureRecord,
    RunState,
    TrialState,
    check_not_linked,
    inspect_run,
    inspect_trial,
    run_directory,
    run_name,
)


def run_label(variant: str, seed: int, *, is_trial: bool = False) -> str:
    """What a line about a run, or a trial, begins with.

    Example:
        >>> run_label("shared", 2), run_label("shared", 2**32 - 1, is_trial=True)
        ('shared seed 2', 'shared trial 1')
    """
    number = trial_number(seed) if is_trial else None
    return f"{variant} seed {seed}" if number is None else f"{variant} trial {number + 1}"


@dataclass(frozen=True)
class RunSpec:
    """Everything that one run is made from; picklable, a few kilobytes.

    Attributes:
        variant: Architecture and recipe.
        seed: The seed.
        data: Which data, and how to open it; not the data.
        hardware: Where and how to compute.
        identity: What `Request.identities` says of the variant; the record of the run carries it.
        study: The study directory.
        batch_size: Images a batch, in place of the recipe's; None for the recipe's.
        diagnose: Whether its epochs are probed, which changes none of its numbers.
        auto_batch: Whether a run that is out of memory begins again with half the batch size.
        numerics: The version of our numerics that it is made with.
        failure: Why it failed before, which is no reason not to do it now; None if it did not.
        trial: What makes it a trial of a search; None for a run of a study.
        partition: Of train and test images; None for the split of the data.
    """

    variant: Variant
    seed: int
    data: DataReference
    hardware: Hardware
    identity: str
    study: Path
    batch_size: int | None = None
    auto_batch: bool = False
    diagnose: bool = False
    numerics: int = NUMERICS
    failure: FailureRecord | None = None
    trial: TrialSpec | None = None
    partition: int | None = None

    @property
    def name(self) -> str:
        """What the run is called, and its directory."""
        return run_name(self.variant.name, self.seed)

    @property
    def label(self) -> str:
        """What a line about the run begins with."""
        return run_label(self.variant.name, self.seed, is_trial=self.trial is not None)

    @property
    def directory(self) -> Path:
        """The directory of the run's files."""
        return run_directory(self.study, self.variant.name, self.seed)

    @property
    def recipe(self) -> Recipe:
        """The recipe with the batch size that the run has."""
        if self.batch_size is None:
            return self.variant.recipe
        return self.variant.recipe.model_copy(update={"batch_size": self.batch_size})

    def open_data(self) -> Dataset:
        """The data in the splits of the run.

        Raises:
            DataError: If they cannot be opened.
        """
        data = self.data.open()
        return data if self.partition is None else data.with_partition(self.partition)

    def state(self) -> RunState | TrialState:
        """How the run stands now.

        Raises:
            StudyError: If its directory is a link, another format's, or cannot be read now.
            DataError: If the data cannot be opened.
        """
        check_not_linked(self.study, self.directory)
        if self.trial is not None:
            return inspect_trial(
                self.directory, ExpectedTrial(self.variant.name, self.seed, self.trial.search)
            )
        expected = Expected(self.variant.name, self.seed, self.identity, self.data.open().taxonomy)
        return inspect_run(self.directory, expected)

    def on(self, hardware: Hardware) -> RunSpec:
        """The same run on a study's hardware, in the precision and layout of its recipe."""
        recipe = self.variant.recipe
        return replace(self, hardware=hardware.computing(recipe.precision, recipe.layout))

    def open_hardware(self) -> Hardware:
        """Sets this process up to compute as the spec says: its threads, its allocator.

        Raises:
            RequestError: If the machine has no such device.
            StudyError: If the machine computes in another precision or with other instructions, or its
                taskgraft has other numerics.
        """
        recipe = self.variant.recipe
        hardware = choose_hardware(self.hardware.device, self.hardware.num_threads)
        hardware = hardware.computing(recipe.precision, recipe.layout)
        self._check_same_numbers(hardware)
        chosen = self.hardware
        return replace(
            hardware,
            num_jobs=chosen.num_jobs,
            num_processes=chosen.num_processes,
            batch_norm=chosen.batch_norm,
        )

    def _check_same_numbers(self, hardware: Hardware) -> None:
        """Refuses hardware, and a taskgraft, on which the run would be of another kind than the study's."""
        if self.numerics != NUMERICS:
            raise StudyError.expected(
                "the taskgraft on this machine",
                f"at numerics {self.numerics}, those of the study",
                Phrase(f"numerics {NUMERICS}"),
                "Install the version that the study was begun with.",
            )
        if hardware.precision != self.hardware.precision:
            raise StudyError.expected(
                f"the precision of {hardware.device} on this machine",
                f"{self.hardware.precision}, that of the study",
                hardware.precision,
                "Run it on a machine like the one that the study was begun on.",
            )
        wanted = self.hardware.cpu_capability
        if hardware.cpu_capability != wanted:
            raise StudyError.expected(
                "the instructions of the CPU on this machine",
                f"{wanted}, those of the study",
                Phrase(str(hardware.cpu_capability)),
                f"Set ATEN_CPU_CAPABILITY={str(wanted).lower()} where the CPU has them.",
            )
