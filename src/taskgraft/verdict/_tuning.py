"""What the search of the recipes came to: of each variant, at which budget which score on val."""

from __future__ import annotations

from dataclasses import dataclass

from taskgraft.statistics import expected_maximum
from taskgraft.study import Study, TunedVariant, TuningRecord


@dataclass(frozen=True)
class Tuned:
    """The search of one variant.

    Attributes:
        variant: Its name.
        score: What trials are judged by, on val.
        budget_pflop: What all trials might take, in 1e15 operations: the same for every variant.
        train_pflop: What they took.
        num_trials: How many there were.
        num_pruned: Of these, how many were cut short.
        num_diverged: And how many diverged.
        ranges: What was searched, in words, by key.
        before: The values of the recipe as it was.
        values: Those that it has now.
        score_before: Of the recipe as it was; None where its trial did not finish.
        score_best: Of the best trial; None where none finished.
        curve: The best score to be expected on val of so many operations (in 1e15), for one trial and more.
    """

    variant: str
    score: str
    budget_pflop: float
    train_pflop: float
    num_trials: int
    num_pruned: int
    num_diverged: int
    ranges: dict[str, str]
    before: dict[str, float]
    values: dict[str, float]
    score_before: float | None
    score_best: float | None
    curve: tuple[tuple[float, float], ...]


def tuned_variants(study: Study) -> tuple[Tuned, ...]:
    """The search of each variant of a study; empty without one."""
    record = study.tuning()
    if record is None:
        return ()
    searched = ((name, record.variants.get(name)) for name in study.record.request.names)
    return tuple(_tuned(name, one, record) for name, one in searched if one is not None)


def _tuned(name: str, one: TunedVariant, record: TuningRecord) -> Tuned:
    states = [trial.state for trial in one.trials]
    first = one.trials[0]
    each = one.train_pflop / len(one.trials)
    expected = expected_maximum([trial.score for trial in one.trials])
    return Tuned(
        variant=name,
        score=record.score,
        budget_pflop=record.budget_pflop,
        train_pflop=one.train_pflop,
        num_trials=len(states),
        num_pruned=states.count("pruned"),
        num_diverged=states.count("diverged"),
        ranges={path: str(each) for path, each in one.ranges.items()},
        before=dict(one.before),
        values=dict(one.values),
        score_before=first.score if first.state == "finished" else None,
        score_best=None if one.best is None else one.trials[one.best].score,
        curve=tuple((each * (i + 1), float(value)) for i, value in enumerate(expected)),
    )
