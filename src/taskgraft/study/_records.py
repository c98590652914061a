"""What a study is to be, and `study.json`, which says so."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict
from functools import cached_property
from typing import Annotated, Any, Self

from pydantic import Field, ValidationInfo, field_validator, model_validator

from taskgraft.data import SPLIT_AS_GIVEN, Dataset
from taskgraft.recipe import Recipe, Variant, is_variant_name, without_idle_stages
from taskgraft.request import LARGEST_SEED, MOST_RESPLITS, MOST_RUNS
from taskgraft.study._checked import CheckedRecord, Record
from taskgraft.study._environment import Environment
from taskgraft.study._goal import Goal
from taskgraft.taxonomy import Taxonomy

# What `SPLIT_AS_GIVEN` was called, and what runs of before have in their identity.
_SPLIT_BEFORE = "own split"
# What of a variant has no say in the numbers of its runs.
_NO_NUMBERS: Any = {"name": True, "derived": True, "architecture": {"name"}, "recipe": {"name", "base"}}


Seed = Annotated[int, Field(ge=0, le=LARGEST_SEED)]


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

    @field_validator("split", mode="before")
    @classmethod
    def _in_words(cls, split: Any) -> Any:
        return split.replace(_SPLIT_BEFORE, SPLIT_AS_GIVEN) if isinstance(split, str) else split

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
        resplits: How many partitions of train and test images the seeds take in turns; None where all are on
            the split of the data.
        shards: Into how many parts a batch is divided for its batch norms; None where they see all of it.
    """

    data: DataRecord
    taxonomy: dict[str, Any]
    variants: tuple[Variant, ...] = Field(min_length=1)
    seeds: tuple[Seed, ...] = Field(min_length=1)
    device: str
    precision: str
    numerics: int
    cpu_capability: str | None
    resplits: Annotated[int, Field(ge=2, le=MOST_RESPLITS)] | None = None
    shards: Annotated[int | None, Field(ge=2, exclude_if=lambda number: number is None)] = None

    @model_validator(mode="after")
    def _names_its_runs(self, info: ValidationInfo) -> Self:
        """Every run has a directory to itself, and one that a file names is inside the study."""
        names = self.names
        if info.mode == "json":
            if not all(map(is_variant_name, names)):
                raise ValueError("one with a variant's name that cannot name a directory")
            if len(names) * len(self.seeds) > MOST_RUNS:
                raise ValueError(f"one of more than {MOST_RUNS:,} runs")
        if len(set(names)) < len(names) or len(set(self.seeds)) < len(self.seeds):
            raise ValueError("one with a variant or a seed twice")
        return self

    @cached_property
    def tree(self) -> Taxonomy:
        """The taxonomy, built once: of ten thousand classes that takes as long as scoring hundreds of images.

        Raises:
            TaxonomyError: If the levels make none.
        """
        return Taxonomy.from_dict(self.taxonomy)

    @property
    def levels(self) -> tuple[str, ...]:
        """Names of the levels, coarsest first."""
        return self.tree.level_names

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

    @property
    def split(self) -> str:
        """How train, val and test images are split, in a few words."""
        if self.resplits is None:
            return self.data.split
        return f"{self.resplits} new partitions of train and test"

    @property
    def varying(self) -> str:
        """What of a study an interval of its scores covers, in words."""
        if len(self.seeds) == 1:
            return "test images (one seed)"
        return "seeds and test images" if self.resplits is None else "training sets, seeds and test images"

    def partition_of(self, seed: int) -> int | None:
        """Which partition of train and test images a seed is on; None for the split of the data.

        Seeds take turns, so that each number of them is spread as evenly over partitions as it can be.
        """
        return None if self.resplits is None else seed % self.resplits

    def variant(self, name: str) -> Variant:
        """The variant of a name.

        Raises:
            KeyError: If the study has none of that name.
        """
        return {variant.name: variant for variant in self.variants}[name]

    def identities(self) -> dict[str, str]:
        """For each variant, SHA-256 of what decides the numbers of its runs, their seeds apart.

        Names decide none, nor does what a recipe began from, or how many stages a trunk has that nobody looks
        at. Fields at their defaults are left out: a version with more of them says the same.
        """
        shared = self.model_dump(mode="json", exclude={"seeds", "variants"}, exclude_defaults=True)
        shared["data"]["split"] = shared["data"]["split"].replace(SPLIT_AS_GIVEN, _SPLIT_BEFORE)
        # Which of several kinds a part of a recipe has is its default in that kind.
        deciding = self.model_copy(update={"variants": tuple(map(without_idle_stages, self.variants))})
        variants = deciding.model_dump(
            mode="json",
            include={"variants"},
            exclude={"variants": {"__all__": _NO_NUMBERS}},
            exclude_defaults=True,
        )["variants"]
        kinds = (list(_kinds(_set_on_purpose(variant.recipe))) for variant in self.variants)
        contents = (
            [{**shared, "architecture": each["architecture"], "recipe": each["recipe"]}, kind]
            for each, kind in zip(variants, kinds, strict=True)
        )
        return {
            name: hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
            for name, content in zip(self.names, contents, strict=True)
        }


def _set_on_purpose(recipe: Recipe) -> dict[str, Any]:
    """A recipe without the parts that are as every recipe has them unless it says so."""
    fields = type(recipe).model_fields
    usual = {name for name, field in fields.items() if getattr(recipe, name) == field.default}
    return recipe.model_dump(mode="json", exclude=usual)


def _kinds(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for name, inner in sorted(value.items()):
            if name in ("kind", "family"):
                yield str(inner)
            yield from _kinds(inner)


Variance = Annotated[float, Field(ge=0, allow_inf_nan=False)]


class LookRecord(Record):
    """A verdict that was shown.

    Attributes:
        seeds: Those that all variants in the race had.
        shown: When first, in UTC.
        dropped: Variants that left the race at this look, and have no runs of further seeds; None where the
            look decided nothing of what is trained.
        variances: Of a typical pair's difference in the primary score, as `VarianceParts`: what more seeds
            make smaller, what images do to all seeds alike, and of the first what they do to each apart; None
            where fewer than two variants have two seeds in common.
    """

    seeds: tuple[Seed, ...] = Field(min_length=1)
    shown: str
    dropped: tuple[str, ...] | None = None
    variances: Annotated[
        tuple[Variance, Variance, Variance] | None, Field(exclude_if=lambda parts: parts is None)
    ] = None


class AutoRecord(Record):
    """What a rule chose for a study that left its recipe to it.

    Attributes:
        given: What was set beside it, as text by key path.
        recipe: With all that was set, before it was made to fit the images.
        lines: Why, a line each.
    """

    given: dict[str, str]
    recipe: Recipe
    lines: tuple[str, ...]


class BudgetRecord(Record):
    """How a study was made to fit into a time.

    Attributes:
        minutes: That it was to take at most.
        length_ratio: How long its runs are, as a share of what they would be otherwise.
        line: What was chosen and why.
    """

    minutes: float = Field(gt=0, allow_inf_nan=False)
    length_ratio: float = Field(gt=0, le=1)
    line: str


class StudyRecord(CheckedRecord):
    """`study.json`.

    Attributes:
        request: What the study is; whatever decides a number stands here.
        command: What was typed; None for a study made from Python.
        created: When, in UTC.
        environment: What it began on.
        goal: What it is to decide, as it was declared when it began.
        auto: The recipes that a rule chose, for the study to grow by the same ones.
        budget: The time that it was made to fit into; None without one.
        looks: The verdicts that were shown of it, in order, each set of seeds once.
    """

    request: Request
    command: str | None
    created: str
    environment: Environment
    goal: Goal = Goal()
    auto: tuple[AutoRecord, ...] = ()
    budget: BudgetRecord | None = None
    looks: tuple[LookRecord, ...] = ()

    @property
    def dropped(self) -> dict[str, tuple[int, ...]]:
        """Variants that have left the race, each with the seeds that it was judged by."""
        return {name: look.seeds for look in self.looks for name in look.dropped or ()}

    def is_dropped(self, variant: str, seed: int) -> bool:
        """Whether a run is not wanted, as its variant left the race before its seed began."""
        left = self.dropped.get(variant)
        return left is not None and seed not in left

    @property
    def computed_in(self) -> tuple[tuple[str, str], ...]:
        """Precision and layout of the runs, each pair once: of most studies one."""
        return tuple(dict.fromkeys(self._computed_in(recipe) for recipe in self.request.recipes))

    def _computed_in(self, recipe: Recipe) -> tuple[str, str]:
        here = self.environment
        precision = here.precision if recipe.precision == "auto" else recipe.precision
        own_layout = "channels-last" if here.channels_last else "channels-first"
        return precision, own_layout if recipe.layout == "auto" else recipe.layout
