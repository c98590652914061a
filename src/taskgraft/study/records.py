"""The records of a study directory, as they stand in its JSON files."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from taskgraft.architecture.spec import Architecture
from taskgraft.data.dataset import Dataset
from taskgraft.evaluation.inference_cost import InferenceCost
from taskgraft.study.environment import Environment
from taskgraft.taxonomy import Taxonomy
from taskgraft.training.recipe import Recipe

# 2: a run's scores are one flat mapping; flows and inference are measured.
FORMAT = 2


class Record(BaseModel):
    """A frozen record that refuses unknown fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class DataRecord(Record):
    """Which data a study is about; `digest` decides whether two studies saw the same."""

    source: str
    split: str
    is_official: bool
    options: dict[str, str | int | float | None]
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
    """

    data: DataRecord
    taxonomy: dict[str, Any]
    architectures: tuple[Architecture, ...] = Field(min_length=1)
    recipe: Recipe
    seeds: tuple[int, ...] = Field(min_length=1)
    device: str
    precision: str

    @property
    def levels(self) -> tuple[str, ...]:
        """Names of the levels, coarsest first."""
        return Taxonomy.from_dict(self.taxonomy).level_names


class StudyRecord(Record):
    """`study.json`.

    Attributes:
        format: Version of the records of a study directory.
        request: What was asked; whatever decides a number stands here.
        command: What was typed; None for a study made from Python.
        created: When, in UTC.
        environment: What it began on.
    """

    format: int = FORMAT
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


class RunRecord(Record):
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
    """

    format: int = FORMAT
    architecture: str
    seed: int
    epochs: float
    steps: int
    scores: dict[str, float]
    val_scores: dict[str, float]
    cost: RunCost
    environment: Environment
    finished: str
    digests: dict[str, str]

    @model_validator(mode="before")
    @classmethod
    def _flatten_format_1(cls, record: Any) -> Any:
        """Format 1 nested three kinds of scores: `accuracies` is what `accuracy.<level>` is now."""
        if not isinstance(record, dict) or record.get("format") != 1:
            return record
        names = {
            "accuracies": "accuracy",
            "consistencies": "consistency",
            "summed_accuracies": "summed_accuracy",
        }
        flat = {
            part: {
                f"{names[kind]}.{of}": v for kind, values in record[part].items() for of, v in values.items()
            }
            for part in ("scores", "val_scores")
        }
        return {**record, **flat}


class InferenceRecord(Record):
    """`inference.json`: what prediction costs, one network of each architecture measured in turns.

    Attributes:
        environment: What it was measured on.
        costs: By name of the architecture.
    """

    format: int = FORMAT
    environment: Environment
    costs: dict[str, InferenceCost]
