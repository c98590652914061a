"""What a study would run and what that costs, before anything is trained or written."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from itertools import cycle, islice
from pathlib import Path
from typing import Any

from taskgraft.data import Dataset
from taskgraft.events import Observer
from taskgraft.execution._jobs import with_jobs
from taskgraft.execution._run_checkpoints import saved_step
from taskgraft.execution._run_spec import RunSpec
from taskgraft.execution._tuning import Search
from taskgraft.execution.engines import Engine, Placement, Work
from taskgraft.hardware import Hardware
from taskgraft.network import Cost
from taskgraft.study import AutoRecord, BudgetRecord, FailureRecord, Ledger, Request, StudyRecord


@dataclass(frozen=True)
class PlannedRun:
    """One run of a plan.

    Attributes:
        spec: What it is made from.
        cost: Parameters and multiply-accumulates.
        train_pflop: Training cost, in 1e15 operations, should it not stop early.
        is_finished: Whether the study directory holds it already.
    """

    spec: RunSpec
    cost: Cost
    train_pflop: float
    is_finished: bool

    @property
    def failure(self) -> FailureRecord | None:
        """Why it failed, if it did."""
        return self.spec.failure

    def step_macs(self, data: Dataset) -> int:
        """Multiply-accumulates of a step, forward."""
        return self.cost.macs * min(self.spec.recipe.batch_size, data.num_images["train"])

    @property
    def saved_step(self) -> int | None:
        """At which step it would go on, having been cut off; None if it would begin, or is finished."""
        return None if self.is_finished else saved_step(self.spec)


@dataclass(frozen=True)
class Plan:
    """A study about to run.

    Attributes:
        data: The data.
        request: What the study is, in full.
        hardware: Where and how to compute.
        directory: The study directory.
        runs: Every run, all variants of a seed before the next seed, so that a study cut off anywhere still
            holds complete pairs.
        ledger: What the directory holds of it.
        retry_failed: Whether runs that failed are done again.
        record: What the directory says of the study; None for a new one.
        renamed: A line on variants that have another name in the study; empty for none.
        given_goal: What is given of what the study is to decide: fields of `Goal`.
        most_seeds: To how many seeds it grows, one after another, unless it is decided before; None where it
            has its seeds at once.
        observers: Whoever hears what happens, beside what shows the progress; nothing of theirs is open yet.
        auto: The recipes that a rule chose.
        budget: The time that the study was made to fit into, if any.
        search: The search of the recipes, if there is one; where it is not over, `runs` have the recipes as
            they are before.
        engine: Does the runs; None for this machine, with the jobs of `hardware`.
        placement: Where it does them; None where it does not say, or nothing is to be done.
        after_search: Plans the same again, once the search is over; None where it is, or there is none.
    """

    data: Dataset
    request: Request
    hardware: Hardware
    directory: Path
    runs: tuple[PlannedRun, ...]
    ledger: Ledger = field(compare=False, repr=False)
    retry_failed: bool = False
    record: StudyRecord | None = None
    renamed: str = ""
    given_goal: Mapping[str, Any] = field(default_factory=dict)
    most_seeds: int | None = None
    observers: tuple[Observer, ...] = field(default=(), compare=False, repr=False)
    auto: tuple[AutoRecord, ...] = ()
    budget: BudgetRecord | None = None
    search: Search | None = None
    engine: Engine | None = field(default=None, compare=False, repr=False)
    placement: Placement | None = None
    after_search: Callable[[], Plan] | None = field(default=None, compare=False, repr=False)

    @property
    def todo(self) -> tuple[PlannedRun, ...]:
        """Runs that are not finished, without those that failed and are not to be done again.

        A study that ends when it is decided has none of variants that have left the race.

        One that was short of memory is done again where smaller batches may help it, and one whose process
        died.
        """
        return tuple(run for run in self.runs if not run.is_finished and self._may_go_on(run))

    def _may_go_on(self, run: PlannedRun) -> bool:
        record = self.record if self.most_seeds is not None else None
        if record is not None and record.is_dropped(run.spec.variant.name, run.spec.seed):
            return False
        if run.failure is None or run.failure.kind == "died":
            return True
        return self.retry_failed or run.spec.batch_size is not None

    @property
    def work(self) -> Work:
        """What is to be done."""
        todo, largest = self.todo, self._largest
        step_macs = 0 if largest is None else largest.step_macs(self.data)
        return Work(len(todo), sum(run.train_pflop for run in todo), step_macs / 1e9)

    @property
    def _largest(self) -> PlannedRun | None:
        return max(self.todo or self.runs, key=lambda run: run.step_macs(self.data), default=None)

    def allocated(self, num_jobs: int | None, num_threads: int | None, work: Work | None = None) -> Plan:
        """The plan with jobs and threads.

        A study keeps the threads that it began with, as they decide the last bits of its numbers.

        Args:
            num_jobs: Runs at once; chosen if None.
            num_threads: CPU threads of each; if None those of the study or, for a new one, chosen.
            work: What is to be done, where it is something else than the plan's runs.
        """
        work, largest = work or self.work, self._largest
        hardware = with_jobs(
            self.hardware,
            work,
            None if largest is None else largest.spec,
            self.record,
            num_jobs=num_jobs,
            num_threads=num_threads,
        )
        plan = replace(self, hardware=hardware, runs=_on(hardware, self.runs))
        return plan if self.engine is None else plan._placed(self.engine, work.num_runs)

    def _placed(self, engine: Engine, num_runs: int) -> Plan:
        """The plan with as many jobs as an engine does at once, which a dry run says, too."""
        specs = [*islice(cycle([run.spec for run in self.todo]), num_runs)]
        placement = engine.place(specs) if specs else None
        if placement is None:
            return self
        hardware = replace(self.hardware, num_jobs=placement.num_at_once)
        return replace(self, hardware=hardware, runs=_on(hardware, self.runs), placement=placement)

    @property
    def is_to_be_searched(self) -> bool:
        """Whether recipes are still to be searched, before any of the runs."""
        return self.search is not None and bool(self.search.todo)

    @property
    def derived(self) -> tuple[str, ...]:
        """What follows from data, trunk and minutes in the recipes of the variants, each line once."""
        lines = [] if self.budget is None else [self.budget.line]
        return tuple(dict.fromkeys(lines + [line for each in self.request.variants for line in each.derived]))

    @property
    def finished(self) -> tuple[RunSpec, ...]:
        """Runs that the directory holds now."""
        specs = (run.spec for run in self.runs)
        return tuple(spec for spec in specs if self.ledger.state(spec.variant.name, spec.seed).record)


def _on(hardware: Hardware, runs: Iterable[PlannedRun]) -> tuple[PlannedRun, ...]:
    return tuple(replace(run, spec=run.spec.on(hardware)) for run in runs)
