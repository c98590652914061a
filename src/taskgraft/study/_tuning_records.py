"""The records of a search: one a trial, and `tuning.json`, which says what came of it."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, FiniteFloat, model_validator

from taskgraft.history import MOST_EPOCHS
from taskgraft.recipe import Range
from taskgraft.study._checked import CheckedRecord, Record, read_record
from taskgraft.study._environment import Environment
from taskgraft.study._files import TUNING, DamagedFileError
from taskgraft.study._records import Seed

_MOST_KEYS, _MOST_TRIALS, _LONGEST_NAME = 1_000, 100_000, 1_000
Name = Annotated[str, Field(max_length=_LONGEST_NAME)]
Values = Annotated[dict[Name, FiniteFloat], Field(max_length=_MOST_KEYS)]
# In 1e15 operations: from a single one to more than anybody has.
Pflop = Annotated[float, Field(ge=1e-15, le=1e15)]
Share = Annotated[float, Field(ge=0, le=1)]


class Trial(Record):
    """What came of one trial.

    Attributes:
        values: Of the keys that are searched.
        state: `finished`; `pruned`, where it was behind and was cut short; `diverged`.
        score: On val, as a share: the score of the search if finished, the last accuracy of the finest level
            if pruned, 0 if diverged.
        train_pflop: What it took, in 1e15 operations; of one that diverged what it would have taken.
    """

    values: Values
    state: Literal["finished", "pruned", "diverged"]
    score: Share
    train_pflop: Pflop


class TrialRecord(CheckedRecord):
    """`trial.json` of one trial, written last.

    Attributes:
        variant: Name of the variant.
        seed: The trial's seed, which no run of the comparison has.
        search: SHA-256 of what the search is; the trials of another say nothing here.
        trial: What came of it.
        curve: By epoch, as text, the accuracy of the finest level on val.
        environment: What it ran on.
        finished: When, in UTC.
    """

    variant: str
    seed: Seed
    search: str
    trial: Trial
    curve: Annotated[dict[Name, Share], Field(max_length=MOST_EPOCHS)]
    environment: Environment
    finished: str


class TunedVariant(Record):
    """The search of one variant.

    Attributes:
        search: SHA-256 of what the search is.
        ranges: By key, what was searched.
        before: The values of the recipe as it was, which the first trial has.
        trials: In their order.
        best: Which of them the recipe is taken from; None where none finished, and it stays as it was.
    """

    search: str
    ranges: Annotated[dict[Name, Range], Field(max_length=_MOST_KEYS)]
    before: Values
    trials: tuple[Trial, ...] = Field(min_length=1, max_length=_MOST_TRIALS)
    best: int | None

    @model_validator(mode="after")
    def _is_of_its_trials(self) -> TunedVariant:
        if self.best is not None and not 0 <= self.best < len(self.trials):
            raise ValueError("one whose best trial does not exist")
        if not all(
            isfinite(one.low) and isfinite(one.high) and one.low <= one.high for one in self.ranges.values()
        ):
            raise ValueError("one with a range that has no values")
        return self

    @property
    def values(self) -> Mapping[str, float]:
        """The values of the tuned recipe."""
        return self.before if self.best is None else self.trials[self.best].values

    @property
    def train_pflop(self) -> float:
        """What all trials took."""
        return sum(trial.train_pflop for trial in self.trials)


class TuningRecord(CheckedRecord):
    """`tuning.json`: a search that is over.

    Attributes:
        num_trials: As it was requested: so many whole trials of the costliest variant.
        budget_pflop: The operations that each variant may take, in 1e15.
        length_ratio: Length of a trial, as a share of a run's.
        score: What trials are judged by, on val.
        variants: By name.
    """

    num_trials: Annotated[int, Field(ge=1, le=_MOST_TRIALS)]
    budget_pflop: Pflop
    length_ratio: Annotated[float, Field(gt=0, le=1)]
    score: Name
    variants: dict[str, TunedVariant]


def read_tuning(study: Path) -> TuningRecord | None:
    """What the search of a study came to; None without one, or where its record is damaged."""
    try:
        return read_record(study / TUNING, TuningRecord)
    except (FileNotFoundError, DamagedFileError):
        return None


def tuning_damage(study: Path) -> str | None:
    """What is wrong with `tuning.json`, on one line; None if nothing is, or there is none."""
    try:
        read_record(study / TUNING, TuningRecord)
    except FileNotFoundError:
        return None
    except DamagedFileError as error:
        return f"{TUNING} is {error.reason}"
    return None
