"""The search of the recipes of a study: the same operations for every variant, judged on val."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from statistics import median

from taskgraft.execution._events import EngineEvent, run_over
from taskgraft.execution._run_spec import RunSpec
from taskgraft.execution._sampler import propose
from taskgraft.execution._trial_spec import LENGTH_RATIO, TrialSpec
from taskgraft.recipe import Range, Variant, changed, recipe_values
from taskgraft.request import search_seed
from taskgraft.study import TRIALS, Trial, TrialRecord, TrialState, TunedVariant
from taskgraft.training import train_pflop

ROUND = 4
"""Trials of a variant that are proposed at once, whatever the jobs: the most that may be under way."""

# A trial is cut short only beside so many that were not, and not before a third of its length.
_NUM_BEFORE_PRUNING = 4
_RATIO_BEFORE_PRUNING = 1 / 3
# Of rounding, in what is left of a budget.
_TINY = 1e-9


@dataclass(frozen=True)
class VariantSearch:
    """The search of one variant.

    Attributes:
        spec: A run of it, from which trials are made.
        ranges: What is searched.
        score: What trials are judged by on val.
        budget_pflop: What all trials may take.
    """

    spec: RunSpec
    ranges: Mapping[str, Range]
    score: str
    budget_pflop: float

    @property
    def variant(self) -> Variant:
        """What is searched: architecture, and the recipe as it was."""
        return self.spec.variant

    @property
    def before(self) -> dict[str, float]:
        """The values of the recipe as it was."""
        values = recipe_values(self.variant.recipe)
        return {path: values[path] for path in self.ranges}

    @property
    def digest(self) -> str:
        """SHA-256 of what decides which trials come, in which order, and how they are judged."""
        ranges = {path: asdict(each) for path, each in self.ranges.items()}
        content = [self.spec.identity, ranges, self.score, LENGTH_RATIO, ROUND]
        return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()

    def trial(self, number: int, values: Mapping[str, float], least: Mapping[str, float]) -> RunSpec:
        """The run of a trial."""
        recipe = changed(self.variant.recipe, {**values, "epochs": self.variant.recipe.epochs * LENGTH_RATIO})
        architecture, data = self.variant.architecture, self.spec.data.open()
        trial = TrialSpec(
            self.digest,
            tuple(values.items()),
            self.score,
            train_pflop(architecture, recipe, data),
            tuple(least.items()),
        )
        spec = replace(
            self.spec,
            variant=replace(self.variant, recipe=recipe),
            seed=search_seed(number),
            # The checkpoint of a trial is of no other.
            identity=f"{self.digest} {sorted(values.items())}",
            study=self.spec.study / TRIALS,
            trial=trial,
        )
        return replace(spec, failure=spec.state().failure)

    def records(self) -> list[TrialRecord]:
        """The trials that are over, up to the first that is not."""
        records: list[TrialRecord] = []
        while True:
            probe = replace(
                self.spec,
                seed=search_seed(len(records)),
                study=self.spec.study / TRIALS,
                trial=TrialSpec(self.digest, (), self.score, 0.0),
            )
            state = probe.state()
            if not isinstance(state, TrialState) or state.record is None:
                return records
            records.append(state.record)

    def next_round(self) -> list[RunSpec]:
        """The trials that come next and are not over; none once the budget is spent."""
        records = self.records()
        # Of a round that was cut off the trials are those that were proposed when it began.
        begun = len(records) - len(records) % ROUND
        over = records[:begun]
        spent = sum(each.trial.train_pflop for each in over)
        left = (self.budget_pflop - spent) / self.whole_pflop + _TINY
        count = min(ROUND, int(left))
        if count <= len(records) - begun:
            return []
        least = _least(over, self.variant.recipe.epochs * LENGTH_RATIO)
        proposed = self._proposed([each.trial for each in over], count)
        specs = [self.trial(begun + i, values, least) for i, values in enumerate(proposed)]
        return [spec for spec in specs if _record(spec) is None]

    def _proposed(self, over: Sequence[Trial], count: int) -> list[dict[str, float]]:
        """The first trial has the recipe as it was: no search ends below it on val."""
        first = [] if over else [self.before]
        return [*first, *propose(self.ranges, over, count - len(first), seed=len(over))]

    @cached_property
    def whole_pflop(self) -> float:
        """What a trial of the recipe as it was takes if it is not cut short."""
        recipe = changed(self.variant.recipe, {"epochs": self.variant.recipe.epochs * LENGTH_RATIO})
        return train_pflop(self.variant.architecture, recipe, self.spec.data.open())

    @property
    def num_at_once(self) -> int:
        """How many of its trials may be under way."""
        return min(ROUND, self.num_whole_trials)

    @property
    def num_whole_trials(self) -> int:
        """How many trials the budget has room for if none is cut short."""
        return int(self.budget_pflop / self.whole_pflop + _TINY)

    def outcome(self) -> TunedVariant:
        """What came of it, once there are no more trials."""
        trials = tuple(each.trial for each in self.records())
        finished = [i for i, trial in enumerate(trials) if trial.state == "finished"]
        best = max(finished, key=lambda i: (trials[i].score, -i), default=None)
        return TunedVariant(
            search=self.digest, ranges=dict(self.ranges), before=self.before, trials=trials, best=best
        )


class Rounds:
    """Which trials come next while others are under way.

    Each variant has its next round as soon as all of its last one is over, whatever the others do: its trials
    follow from its trials alone.

    Args:
        searches: One of each variant.
    """

    def __init__(self, searches: Sequence[VariantSearch]) -> None:
        self._searches = {each.variant.name: each for each in searches}
        self._under_way: dict[str, set[str]] = {}

    def first(self) -> list[RunSpec]:
        """Those that may begin now."""
        return [spec for name in self._searches for spec in self._begin(name)]

    def after(self, event: EngineEvent) -> list[RunSpec]:
        """Those that may begin now that this has happened."""
        over = run_over(event)
        for name, under_way in self._under_way.items():
            if over in under_way:
                under_way.remove(over)
                return [] if under_way else self._begin(name)
        return []

    def _begin(self, name: str) -> list[RunSpec]:
        specs = self._searches[name].next_round()
        self._under_way[name] = {spec.name for spec in specs}
        return specs


def _record(spec: RunSpec) -> TrialRecord | None:
    state = spec.state()
    return state.record if isinstance(state, TrialState) else None


def _least(records: Sequence[TrialRecord], epochs: float) -> dict[str, float]:
    """By epoch, the median of the trials before, below which one is cut short (Golovin et al., 2017)."""
    finished = [each for each in records if each.trial.state == "finished"]
    if len(finished) < _NUM_BEFORE_PRUNING:
        return {}
    by_epoch: dict[str, list[float]] = {}
    for record in finished:
        for epoch, value in record.curve.items():
            by_epoch.setdefault(epoch, []).append(value)
    return {
        epoch: median(values)
        for epoch, values in by_epoch.items()
        if epochs * _RATIO_BEFORE_PRUNING <= float(epoch) < epochs
    }
