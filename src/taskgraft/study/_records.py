"""The records of a study directory, as they stand in its JSON files."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Annotated, Any, Literal, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from taskgraft.architecture import Architecture
from taskgraft.data import Dataset
from taskgraft.errors import DivergedError, RunError
from taskgraft.inference import InferenceCost
from taskgraft.recipe import Recipe
from taskgraft.study._checked import CheckedRecord, Record
from taskgraft.study._environment import Environment
from taskgraft.study._files import FLOWS, HISTORY, PREDICTIONS, WEIGHTS
from taskgraft.taxonomy import Taxonomy

# What can name a directory everywhere, and never leads out of one; a twin's name holds two others.
_SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]{0,159}")
_RUN_FILES = {HISTORY, WEIGHTS, PREDICTIONS, FLOWS}
LARGEST_SEED = 2**32 - 1
MOST_RUNS = 100_000
# A line an epoch: no history is longer.
MOST_HISTORY_BYTES = 256 * 1024 * 1024
_MOST_SCORES = 10_000
_LONGEST_MESSAGE = 4_000


def _check_name(name: str) -> None:
    if not _SAFE_NAME.fullmatch(name):
        raise ValueError("one with an architecture's name that cannot name a directory")


Seed = Annotated[int, Field(ge=0, le=LARGEST_SEED)]
Scores = Annotated[dict[str, float], Field(max_length=_MOST_SCORES)]


class DataRecord(Record):
    """Which data a study is about; `digest` decides whether two studies saw the same."""

    source: str
    split: str
    is_official: bool
    options: dict[str, str | int | float | None]
    notes: tuple[str, ...] = ()
    skipped: tuple[tuple[str, str], ...] = ()
    num_images: dict[str, int]
    image_shape: tuple[int, int, int]
    digest: str

    @classmethod
    def of(cls, data: Dataset) -> Self:
        """Describes a dataset."""
        return cls(
            **asdict(data.provenance),
            num_images=dict(data.num_images),
            image_shape=data.image_shape,
            digest=data.digest(),
        )


class Request(Record):
    """What was asked of a study. Two requests that are equal continue one another.

    Attributes:
        data: The data.
        taxonomy: Its levels, as `Taxonomy.to_dict` gives them.
        architectures: What is compared, in the order of the tables.
        recipe: Every number of a run.
        seeds: The seeds; every architecture runs once with each.
        device: Where runs compute.
        precision: In what precision.
        numerics: The version of our numerics (`taskgraft/numerics.py`).
        cpu_capability: The instructions that torch computes with, where the CPU does; None elsewhere.
    """

    data: DataRecord
    taxonomy: dict[str, Any]
    architectures: tuple[Architecture, ...] = Field(min_length=1)
    recipe: Recipe
    seeds: tuple[Seed, ...] = Field(min_length=1)
    device: str
    precision: str
    numerics: int
    cpu_capability: str | None

    @model_validator(mode="after")
    def _names_its_runs(self, info: ValidationInfo) -> Self:
        """Every run has a directory of its own, and one that a file names is inside the study."""
        names = [architecture.name for architecture in self.architectures]
        if info.mode == "json":
            for name in names:
                _check_name(name)
            if len(names) * len(self.seeds) > MOST_RUNS:
                raise ValueError(f"one of more than {MOST_RUNS:,} runs")
        if len(set(names)) < len(names) or len(set(self.seeds)) < len(self.seeds):
            raise ValueError("one with an architecture or a seed twice")
        return self

    @property
    def levels(self) -> tuple[str, ...]:
        """Names of the levels, coarsest first."""
        return Taxonomy.from_dict(self.taxonomy).level_names

    def identity(self, architecture: str) -> str:
        """What `identities` says of one architecture."""
        return self.identities()[architecture]

    def identities(self) -> dict[str, str]:
        """For each architecture, SHA-256 of what decides the numbers of its runs, their seeds apart.

        Fields at their defaults are left out: a later version with more of them finds the same.
        """
        full = self.model_dump(mode="json", exclude={"seeds", "architectures"})
        told = self.model_dump(mode="json", exclude={"seeds"}, exclude_defaults=True)
        # Which of several kinds a part of the recipe has is its default in that kind.
        kinds = list(_kinds(full["recipe"]))
        contents = ([{**told, "architectures": each}, kinds] for each in told["architectures"])
        return {
            own.name: hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
            for own, content in zip(self.architectures, contents, strict=True)
        }


def _kinds(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in sorted(value.items()):
            if name in ("kind", "family"):
                yield str(inner)
            yield from _kinds(inner)


class StudyRecord(CheckedRecord):
    """`study.json`.

    Attributes:
        request: What was asked; whatever decides a number stands here.
        command: What was typed; None for a study made from Python.
        created: When, in UTC.
        environment: What it began on.
    """

    request: Request
    command: str | None
    created: str
    environment: Environment


class RunCost(Record):
    """What one run cost.

    Attributes:
        num_parameters: Weights and batch-norm statistics.
        num_trainable_parameters: Weights alone.
        macs: Multiply-accumulates for one image, forward.
        train_pflop: 6 x MACs x images trained on, at the sizes they had, in units of 1e15.
        train_seconds: Time in the training loop, validation left out.
        peak_memory_bytes: Most memory held while training: the process's, or the accelerator's.
    """

    num_parameters: int
    num_trainable_parameters: int
    macs: int
    train_pflop: float
    train_seconds: float
    peak_memory_bytes: int


class RunRecord(CheckedRecord):
    """`result.json` of one run. It is written last: a run is finished when it stands and its digests hold.

    Attributes:
        architecture: Name of the architecture.
        seed: The run's seed.
        epochs: Epochs trained; fewer than the recipe's after an early stop.
        steps: Optimizer steps trained.
        scores: Every score on the test split, by name (`evaluation/additive.py`).
        val_scores: The same on the val split.
        cost: What it cost.
        environment: What it ran on.
        finished: When, in UTC.
        digests: SHA-256 of the run's other files.
        identity: What `Request.identity` gives for its study; None in a run older than format 3.
        batch_size: Images in a batch where the memory was too little for the recipe's; None for the recipe's.
    """

    architecture: str
    seed: Seed
    epochs: float
    steps: int
    scores: Scores
    val_scores: Scores
    cost: RunCost
    environment: Environment
    finished: str
    digests: dict[str, str]
    identity: str | None = None
    batch_size: int | None = None

    @field_validator("digests")
    @classmethod
    def _covers_the_run(cls, digests: dict[str, str]) -> dict[str, str]:
        if not {HISTORY, WEIGHTS, PREDICTIONS} <= set(digests) <= _RUN_FILES:
            raise ValueError("one with digests of other files than a run has")
        return digests

    @model_validator(mode="before")
    @classmethod
    def _flatten_format_1(cls, record: Any) -> Any:
        """Format 1 nested three kinds of scores: `accuracies` is what `accuracy.<level>` is now."""
        if not isinstance(record, dict) or record.get("format") != 1:
            return record
        return {**record, **{part: _flat(record.get(part)) for part in ("scores", "val_scores")}}


def _flat(nested: Any) -> Any:
    """Scores of format 1 under the names they have now; anything else as it is, to be refused."""
    names = {"accuracies": "accuracy", "consistencies": "consistency", "summed_accuracies": "summed_accuracy"}
    if not isinstance(nested, dict) or not all(isinstance(of, dict) for of in nested.values()):
        return nested
    return {f"{names.get(kind, kind)}.{of}": v for kind, values in nested.items() for of, v in values.items()}


class FailureRecord(CheckedRecord):
    """`failure.json` of a run that failed: it is left alone until it is asked for again.

    Attributes:
        architecture: Name of the architecture.
        seed: The run's seed.
        kind: What it failed of.
        message: The line that the user was told.
        step: The first step whose loss was no finite number; None where that is not what it failed of.
        level: The level of that loss.
        batch_size: Images in a batch.
        environment: What it ran on.
        failed: When, in UTC.
        identity: What `Request.identity` gives for its study.
    """

    architecture: str
    seed: Seed
    kind: Literal["diverged", "out of memory"]
    message: Annotated[str, Field(max_length=_LONGEST_MESSAGE)]
    step: int | None = None
    level: str | None = None
    batch_size: int
    environment: Environment
    failed: str
    identity: str

    @classmethod
    def of(
        cls,
        error: RunError,
        architecture: str,
        seed: int,
        *,
        batch_size: int,
        environment: Environment,
        identity: str,
    ) -> Self:
        """The record of an error that ended a run just now."""
        diverged = error if isinstance(error, DivergedError) else None
        return cls(
            architecture=architecture,
            seed=seed,
            kind="diverged" if diverged else "out of memory",
            message=str(error)[:_LONGEST_MESSAGE],
            step=(diverged.step or None) if diverged else None,
            level=(diverged.level or None) if diverged else None,
            batch_size=batch_size,
            environment=environment,
            failed=datetime.now(UTC).isoformat(timespec="microseconds"),
            identity=identity,
        )


class InferenceRecord(CheckedRecord):
    """`inference.json`: what prediction costs, one network of each architecture measured in turns.

    Attributes:
        environment: What it was measured on.
        costs: By name of the architecture.
    """

    environment: Environment
    costs: dict[str, InferenceCost]
