"""The records of runs, as they stand in the JSON files of a study directory."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import Field, field_validator

from taskgraft.errors import DiedError, DivergedError, RunError
from taskgraft.inference_cost import InferenceCost
from taskgraft.parameter import Spelling, spelled
from taskgraft.recipe import Recipe, halved
from taskgraft.study._checked import CheckedRecord, Record
from taskgraft.study._environment import Environment
from taskgraft.study._files import DIAGNOSIS, FLOWS, HISTORY, MODEL, PREDICTIONS
from taskgraft.study._records import Seed

_RUN_FILES = {HISTORY, MODEL, PREDICTIONS, FLOWS, DIAGNOSIS}
_MOST_SCORES = 10_000
_LONGEST_MESSAGE = 4_000
# What a quiet machine does beside what is measured, as a share of its cores.
_NOISE = 0.1

Scores = Annotated[dict[str, float], Field(max_length=_MOST_SCORES)]


def run_name(variant: str, seed: int) -> str:
    """What a run is called, and its directory.

    Example:
        >>> run_name("shared", 0)
        'shared-seed0'
    """
    return f"{variant}-seed{seed}"


class RunCost(Record):
    """What one run cost.

    Attributes:
        num_parameters: Weights and batch-norm statistics.
        num_trainable_parameters: Weights alone.
        macs: Multiply-accumulates for one image, forward.
        train_pflop: 6 x MACs x images trained on, at the sizes they had, in units of 1e15.
        train_seconds: Time in the training loop, validation left out.
        peak_memory_bytes: Most memory held while training: the process's, or the accelerator's.
        finest_macs: Of the multiply-accumulates those for one image where the finest level alone is read, and
            what flows into it; None in records of before.
    """

    num_parameters: int
    num_trainable_parameters: int
    macs: int
    train_pflop: float
    train_seconds: float
    peak_memory_bytes: int
    finest_macs: Annotated[int | None, Field(exclude_if=lambda macs: macs is None)] = None


class RunRecord(CheckedRecord):
    """`result.json` of one run. It is written last: a run is finished when it exists and its digests hold.

    Attributes:
        variant: Name of the variant.
        seed: The run's seed.
        epochs: Epochs trained; fewer than the recipe's after an early stop.
        steps: Optimizer steps trained.
        scores: Every score on the test split, by name.
        val_scores: The same on the val split.
        cost: What it cost.
        environment: What it ran on.
        finished: When, in UTC.
        digests: SHA-256 of the run's other files.
        identity: What `Request.identities` says of its variant.
        batch_size: Images in a batch where the memory was too little for the recipe's; None for the recipe's.
    """

    variant: str
    seed: Seed
    epochs: float
    steps: int
    scores: Scores
    val_scores: Scores
    cost: RunCost
    environment: Environment
    finished: str
    digests: dict[str, str]
    identity: str
    batch_size: int | None = None

    @field_validator("digests")
    @classmethod
    def _covers_the_run(cls, digests: dict[str, str]) -> dict[str, str]:
        if not {HISTORY, MODEL, PREDICTIONS} <= set(digests) <= _RUN_FILES:
            raise ValueError("one with digests of other files than a run has")
        return digests

    @property
    def name(self) -> str:
        """What the run is called, and its directory."""
        return run_name(self.variant, self.seed)


class FailureRecord(CheckedRecord):
    """`failure.json` of a run that failed: it is left alone until the user wants it done again.

    Attributes:
        variant: Name of the variant.
        seed: The run's seed.
        kind: What it failed of.
        message: The line that the user saw, with parameters as Python spells them.
        text: The same with parameters as data (`taskgraft.parameter`), for whoever spells them otherwise.
        step: The first step whose loss was no finite number; None where that is not what it failed of.
        level: The level of that loss.
        batch_size: Images in a batch.
        environment: What it ran on.
        failed: When, in UTC.
        identity: What `Request.identities` says of its variant.
    """

    variant: str
    seed: Seed
    kind: Literal["diverged", "out of memory", "died"]
    message: Annotated[str, Field(max_length=_LONGEST_MESSAGE)]
    text: Annotated[str, Field(max_length=_LONGEST_MESSAGE)] = ""
    step: int | None = None
    level: str | None = None
    batch_size: int
    environment: Environment
    failed: str
    identity: str

    @classmethod
    def of(cls, error: RunError, **fields: Any) -> Self:
        """The record of an error that ended a run just now.

        Args:
            error: What the run failed of.
            **fields: `variant`, `seed`, `batch_size`, `environment` and `identity` of the run.
        """
        diverged = error if isinstance(error, DivergedError) else None
        return cls(
            kind="diverged" if diverged else "died" if isinstance(error, DiedError) else "out of memory",
            message=str(error)[:_LONGEST_MESSAGE],
            text=error.text[:_LONGEST_MESSAGE],
            step=(diverged.step or None) if diverged else None,
            level=(diverged.level or None) if diverged else None,
            failed=datetime.now(UTC).isoformat(timespec="microseconds"),
            **fields,
        )

    @property
    def is_short_of_memory(self) -> bool:
        """Whether more memory, or smaller batches, may help."""
        return self.kind == "out of memory"

    def smaller_batch(self, recipe: Recipe) -> int | None:
        """Half the batch size that the run had not the memory for; None if it failed of something else.

        None, too, below a 16th of the recipe's batch size.
        """
        return halved(self.batch_size, recipe.batch_size) if self.is_short_of_memory else None

    def spelled(self, spelling: Spelling) -> str:
        """The message, with its parameters in the spelling of whoever reads it."""
        return spelled(self.text or self.message, spelling)

    @property
    def name(self) -> str:
        """What the run is called, and its directory."""
        return run_name(self.variant, self.seed)


class InferenceRecord(CheckedRecord):
    """`inference.json`: what prediction costs, one network of each variant measured in turns.

    Attributes:
        environment: What it was measured on.
        costs: By name of the variant.
        other_cores: How many cores other processes used meanwhile; None where that is not on record.
    """

    environment: Environment
    costs: dict[str, InferenceCost]
    other_cores: float | None = None

    @property
    def is_of_busy_machine(self) -> bool:
        """Whether others used cores that these threads needed, or half of all."""
        if self.other_cores is None:
            return False
        cores, threads = self.environment.num_cores, self.environment.num_threads
        free = max(cores - threads, 0)
        return self.other_cores > min(free + _NOISE * cores, cores / 2)
