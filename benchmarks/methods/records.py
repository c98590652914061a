"""What is concluded of a piece, as it stands in its JSON file: all that the page says comes from here."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

Said = Literal["better", "worse", "alike", "undecided"]


class Record(BaseModel):
    """Values that nobody changes."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Estimate(Record):
    """A value, or a difference, with the ends of its 95 % interval over seeds and test images."""

    value: float
    low: float
    high: float


class Spread(Record):
    """A mean over seeds and its standard deviation; of one seed there is none."""

    mean: float
    std: float | None


class Searched(Record):
    """What the search of one variant came to.

    Attributes:
        num_trials: Trials that there were.
        num_pruned: Of these, how many were cut short.
        num_diverged: And how many diverged.
        before: The values of the recipe, by key.
        values: Those that the search came to.
        score_before: On val of the recipe as it is; None where that trial did not finish.
        score: Of the best trial on val; None where none finished.
    """

    num_trials: int
    num_pruned: int
    num_diverged: int
    before: dict[str, float]
    values: dict[str, float]
    score_before: float | None
    score: float | None


class Row(Record):
    """One variant.

    Attributes:
        name: Of the variant.
        kind: Which kind of method it is.
        num_seeds: Runs that its scores rest on.
        num_failed: Runs that diverged.
        searched: What its search came to.
        val: The primary score on val, mean over seeds.
        scores: On test, by name.
        gain: Delta-m: the mean over levels of the accuracy gained over `independent`, relative to it.
        errors: By level the expected calibration error on test, as the probabilities came.
        num_parameters: Weights and batch-norm statistics.
        macs: Multiply-accumulates of one image.
        train_seconds: Of a run, the median over seeds.
        peak_memory_bytes: The most of its runs.
    """

    name: str
    kind: str
    num_seeds: int
    num_failed: int
    searched: Searched
    val: float
    scores: dict[str, Estimate]
    gain: Estimate | None
    errors: dict[str, Spread]
    num_parameters: int
    macs: int
    train_seconds: float
    peak_memory_bytes: int


class Answer(Record):
    """Whether one variant is better than another.

    Attributes:
        name: Of the one.
        rival: Of the other.
        decodings: How the logits of either are turned into paths.
        difference: Of the primary score, the one less the other.
        adjusted_p: After Holm's correction over all answers to the question; None for one seed.
        said: `better` or `worse` where the adjusted p is below 5 %; `alike` where the interval lies within a
            point either way; else `undecided`.
    """

    name: str
    rival: str
    decodings: tuple[str, str]
    difference: Estimate
    adjusted_p: float | None
    said: Said


class Budget(Record):
    """The search that every variant has.

    Attributes:
        num_trials: Whole trials of the costliest variant, whose operations each has.
        pflop: These operations, in 1e15.
        length_ratio: Length of a trial, as a share of a run's.
        score: What trials are judged by, on val.
        ranges: By key what is searched, in words; a variant has those that have a say in it.
    """

    num_trials: int
    pflop: float
    length_ratio: float
    score: str
    ranges: dict[str, str]


class Conclusion(Record):
    """A piece.

    Attributes:
        piece: Its name.
        title: Of its section on the page.
        command: Trains it and writes this record.
        began: The day on which the study began, in UTC.
        ended: The day on which its last run ended.
        source: Of the data.
        split: How it is split, in words.
        options: Of the data.
        num_images: By split.
        levels: By level, coarsest first, the number of classes.
        digest: Of the data.
        recipe: Of all variants, before it was searched.
        epochs: Of each run.
        seeds: Of the study; those of the search are none of these.
        machines: What it ran on, a line each.
        primary: The score that the questions are about.
        budget: The search that every variant has.
        best_flow: Of the flow architectures, the best on val.
        rows: The variants, in the order of the study.
        answers: By question.
        grave: Cautions that could turn conclusions round.
        cautions: What a reader of the verdict has to know, these among them.
    """

    piece: str
    title: str
    command: str
    began: str
    ended: str
    source: str
    split: str
    options: dict[str, str | int | float | None]
    num_images: dict[str, int]
    levels: dict[str, int]
    digest: str
    recipe: str
    epochs: float
    seeds: tuple[int, ...]
    machines: tuple[str, ...]
    primary: str
    budget: Budget
    best_flow: str | None
    rows: tuple[Row, ...]
    answers: dict[str, tuple[Answer, ...]]
    grave: tuple[str, ...]
    cautions: tuple[str, ...]
