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

from taskgraft.data import Dataset
from taskgraft.errors import DivergedError, RunError
from taskgraft.inference import InferenceCost
from taskgraft.recipe import Recipe, Variant
from taskgraft.study._checked import CheckedRecord, Record
from taskgraft.study._environment import Environment
from taskgraft.study._files import FLOWS, HISTORY, MODEL, PREDICTIONS
from taskgraft.taxonomy import Taxonomy

# What can name a directory everywhere, and never leads out of one: a twin's name holds two others, that of
# a variant the values that make it one.
_SAFE_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@+=-]{0,159}")
_RUN_FILES = {HISTORY, MODEL, PREDICTIONS, FLOWS}
LARGEST_SEED = 2**32 - 1
MOST_RUNS = 100_000
# A line an epoch: no history is longer.
MOST_HISTORY_BYTES = 256 * 1024 * 1024
_MOST_SCORES = 10_000
_LONGEST_MESSAGE = 4_000


def can_name_a_directory(name: str) -> bool:
    """Whether a variant may have a name.

    Example:
        >>> can_name_a_directory("shared+batch_size=64"), can_name_a_directory("../shared")
        (True, False)
    """
    return _SAFE_NAME.fullmatch(name) is not None


def run_name(variant: str, seed: int) -> str:
    """What a run is called, and its directory.

    Example:
        >>> run_name("shared", 0)
        'shared-seed0'
    """
    return f"{variant}-seed{seed}"


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
    """What a study is to be. Two requests that are equal continue one another.

    Attributes:
        data: The data.
        taxonomy: Its levels, as `Taxonomy.to_dict` gives them.
        variants: What is compared, in the order of the tables.
        seeds: The seeds; every variant runs once with each.
        device: Where runs compute.
        precision: In what precision.
        numerics: The version of our numerics (`taskgraft/numerics.py`).
        cpu_capability: The instructions that torch computes with, where the CPU does; None elsewhere.
    """

    data: DataRecord
    taxonomy: dict[str, Any]
    variants: tuple[Variant, ...] = Field(min_length=1)
    seeds: tuple[Seed, ...] = Field(min_length=1)
    device: str
    precision: str
    numerics: int
    cpu_capability: str | None

    @model_validator(mode="after")
    def _names_its_runs(self, info: ValidationInfo) -> Self:
        """Every run has a directory to itself, and one that a file names is inside the study."""
        names = self.names
        if info.mode == "json":
            if not all(map(can_name_a_directory, names)):
                raise ValueError("one with a variant's name that cannot name a directory")
            if len(names) * len(self.seeds) > MOST_RUNS:
                raise ValueError(f"one of more than {MOST_RUNS:,} runs")
        if len(set(names)) < len(names) or len(set(self.seeds)) < len(self.seeds):
            raise ValueError("one with a variant or a seed twice")
        return self

    @property
    def levels(self) -> tuple[str, ...]:
        """Names of the levels, coarsest first."""
        return Taxonomy.from_dict(self.taxonomy).level_names

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the variants, in the order of the tables."""
        return tuple(variant.name for variant in self.variants)

    @property
    def runs(self) -> tuple[tuple[str, int], ...]:
        """Variant and seed of every run, in the order of the tables."""
        return tuple((name, seed) for name in self.names for seed in self.seeds)

    @property
    def recipes(self) -> tuple[Recipe, ...]:
        """The recipes that the variants are trained with, each once."""
        return tuple(dict.fromkeys(variant.recipe for variant in self.variants))

    def variant(self, name: str) -> Variant:
        """The variant of a name.

        Raises:
            KeyError: If the study has none of that name.
        """
        return {variant.name: variant for variant in self.variants}[name]

    def identities(self) -> dict[str, str]:
        """For each variant, SHA-256 of what decides the numbers of its runs, their seeds apart.

        Names decide none. Fields at their defaults are left out: a version with more of them says the same.
        """
        shared = self.model_dump(mode="json", exclude={"seeds", "variants"}, exclude_defaults=True)
        # Which of several kinds a part of a recipe has is its default in that kind.
        variants = self.model_dump(mode="json", include={"variants"}, exclude_defaults=True)["variants"]
        kinds = (list(_kinds(variant.recipe.model_dump(mode="json"))) for variant in self.variants)
        contents = (
            [{**shared, "architecture": each["architecture"], "recipe": each["recipe"]}, kind]
            for each, kind in zip(variants, kinds, strict=True)
        )
        return {
            name: hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
            for name, content in zip(self.names, contents, strict=True)
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
        request: What the study is; whatever decides a number stands here.
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
        message: The line that the user saw.
        step: The first step whose loss was no finite number; None where that is not what it failed of.
        level: The level of that loss.
        batch_size: Images in a batch.
        environment: What it ran on.
        failed: When, in UTC.
        identity: What `Request.identities` says of its variant.
    """

    variant: str
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
    def of(cls, error: RunError, **fields: Any) -> Self:
        """The record of an error that ended a run just now.

        Args:
            error: What the run failed of.
            **fields: `variant`, `seed`, `batch_size`, `environment` and `identity` of the run.
        """
        diverged = error if isinstance(error, DivergedError) else None
        return cls(
            kind="diverged" if diverged else "out of memory",
            message=str(error)[:_LONGEST_MESSAGE],
            step=(diverged.step or None) if diverged else None,
            level=(diverged.level or None) if diverged else None,
            failed=datetime.now(UTC).isoformat(timespec="microseconds"),
            **fields,
        )

    @property
    def name(self) -> str:
        """What the run is called, and its directory."""
        return run_name(self.variant, self.seed)


class InferenceRecord(CheckedRecord):
    """`inference.json`: what prediction costs, one network of each variant measured in turns.

    Attributes:
        environment: What it was measured on.
        costs: By name of the variant.
    """

    environment: Environment
    costs: dict[str, InferenceCost]
