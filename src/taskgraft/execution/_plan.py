"""What a study would run and what that costs, before anything is trained or written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from taskgraft.data import Dataset
from taskgraft.data.sources import load
from taskgraft.execution._attempt import smaller_batch
from taskgraft.execution._choose import RECIPE_OPTIONS, Choices, choose_recipes
from taskgraft.execution._data_reference import DataReference
from taskgraft.execution._find_study import find_study
from taskgraft.execution._fit import fit_recipe
from taskgraft.execution._jobs import with_jobs
from taskgraft.execution._outside import check_outside
from taskgraft.execution._request import build_request
from taskgraft.execution._run_checkpoints import saved_step
from taskgraft.execution._run_spec import RunSpec
from taskgraft.execution._same_variants import renaming
from taskgraft.execution._tuning import Search, check_untuned
from taskgraft.execution._variants import Selection, check_variants, named_variant, variants_of
from taskgraft.execution.engines import Work
from taskgraft.hardware import Hardware, choose_hardware
from taskgraft.network import Cost, cost
from taskgraft.parameter import Parameter
from taskgraft.place import check_directory_place, safe_name
from taskgraft.recipe import Variant
from taskgraft.request import CompareOptions, DataOptions
from taskgraft.study import (
    FailureRecord,
    Ledger,
    Request,
    StudyRecord,
    score_preferred,
)
from taskgraft.training import train_pflop

# Of the longest path in a study: a file not yet complete, of a run of the longest names.
_INSIDE_BYTES = 320


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
        search: The search of the recipes, if there is one; where it is not over, `runs` have the recipes as
            they are before.
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
    search: Search | None = None
    after_search: Callable[[], Plan] | None = field(default=None, compare=False, repr=False)

    @property
    def todo(self) -> tuple[PlannedRun, ...]:
        """Runs that are not finished, without those that failed and are not to be done again.

        One that was short of memory is done again where smaller batches may help it, and one whose process
        died.
        """
        return tuple(run for run in self.runs if not run.is_finished and self._may_go_on(run))

    def _may_go_on(self, run: PlannedRun) -> bool:
        if run.failure is None or run.failure.kind == "died":
            return True
        return self.retry_failed or run.spec.batch_size is not None

    def allocated(self, num_jobs: int | None, num_threads: int | None) -> Plan:
        """The plan with jobs and threads.

        A study keeps the threads that it began with, as they decide the last bits of its numbers.

        Args:
            num_jobs: Runs at once; chosen if None.
            num_threads: CPU threads of each; if None those of the study or, for a new one, chosen.
        """
        todo = self.todo
        largest = max(todo, key=self._step_macs, default=None)
        work = Work(
            len(todo),
            sum(run.train_pflop for run in todo),
            0.0 if largest is None else self._step_macs(largest) / 1e9,
        )
        hardware = with_jobs(
            self.hardware,
            work,
            None if largest is None else largest.spec,
            self.record,
            num_jobs=num_jobs,
            num_threads=num_threads,
        )
        runs = (replace(run, spec=replace(run.spec, hardware=hardware)) for run in self.runs)
        return replace(self, hardware=hardware, runs=tuple(runs))

    def _step_macs(self, run: PlannedRun) -> int:
        return run.cost.macs * min(run.spec.recipe.batch_size, self.data.num_images["train"])

    @property
    def is_to_be_searched(self) -> bool:
        """Whether recipes are still to be searched, before any of the runs."""
        return self.search is not None and bool(self.search.todo)

    @property
    def derived(self) -> tuple[str, ...]:
        """What follows from data and trunk in the recipes of the variants, each line once."""
        return tuple(dict.fromkeys(line for variant in self.request.variants for line in variant.derived))

    @property
    def finished(self) -> tuple[RunSpec, ...]:
        """Runs that the directory holds now."""
        specs = (run.spec for run in self.runs)
        return tuple(spec for spec in specs if self.ledger.state(spec.variant.name, spec.seed).record)


def plan_study(options: CompareOptions, data: Dataset | None = None) -> Plan:
    """Checks the options of a study against the data and the study directory.

    Args:
        options: Every option of the study.
        data: A dataset, used with the splits that it has, in place of the one that the options name.

    Raises:
        RequestError: For options that make no sense, or others than the directory was made for.
        DataError: If the data cannot be read.
        StudyError: If the directory cannot be read.
    """
    source = options.source
    directory = options.directory(None if data is None else safe_name(data.provenance.source))
    with source.naming("out"):
        check_study_place(directory)
    with source.naming(*RECIPE_OPTIONS):
        choices = choose_recipes(options)
    with source.naming("device", "num_threads"):
        hardware = choose_hardware(options.device, options.num_threads)
    if data is None:
        with source.naming(*DataOptions.model_fields):
            data = load(**options.for_load(choices.val_fraction))
    variants = _variants(options, choices, data)
    with source.naming("prefer"):
        if options.prefer is not None:
            # One that the study cannot have is refused before anything is trained.
            score_preferred(options.prefer, data.taxonomy.level_names)
    with source.naming():
        return plan_chosen(options, data, variants, directory, hardware)


def plan_chosen(
    options: CompareOptions,
    data: Dataset,
    variants: tuple[Variant, ...],
    directory: Path,
    hardware: Hardware,
) -> Plan:
    """The plan of a study of variants: with the recipes that its search came to, if it has one that is over.

    Args:
        options: Every option of the study.
        data: The data.
        variants: What is compared, with the recipes as they are before.
        directory: The study directory.
        hardware: Where and how to compute, set up.
    """
    search = None
    if options.tune is None:
        check_untuned(directory)
    else:
        before = plan_untuned(data, variants, options.seeds, directory=directory, hardware=hardware)
        before = before.allocated(options.jobs, options.num_threads)
        first = {run.spec.variant.name: run.spec for run in reversed(before.runs)}
        search = Search.of(options, data, [first[variant.name] for variant in variants])
        if search.todo:
            again = partial(plan_chosen, options, data, variants, directory, hardware)
            return replace(before, given_goal=options.goal, search=search, after_search=again)
        variants = search.tuned
    plan = plan_variants(
        data,
        variants,
        options.seeds,
        directory=directory,
        hardware=hardware,
        auto_batch=options.auto_batch,
        retry_failed=options.retry_failed,
    )
    check_outside([run.spec for run in plan.todo], data.image_shape)
    plan = plan.allocated(options.jobs, options.num_threads)
    return replace(plan, given_goal=options.goal, search=search)


def _variants(options: CompareOptions, choices: Choices, data: Dataset) -> tuple[Variant, ...]:
    """Every variant of a study, made to fit the data."""
    fit = partial(
        fit_recipe,
        data=data,
        trunk=options.trunk,
        trunk_weights=options.trunk_weights,
        balance=options.balance,
    )
    with options.source.naming("trunk", "trunk_weights", "balance", *RECIPE_OPTIONS):
        crossed = {ending: fit(chosen) for ending, chosen in choices.crossed.items()}
        named = {name: fit(each.chosen) for name, each in choices.named.items()}
    with options.source.naming(
        "architectures", "architecture_file", "forks", "match", "match_to", "variants"
    ):
        selection = Selection.of_options(options)
        variants = (
            *variants_of(selection, data, crossed),
            *(
                named_variant(selection, data, name, each.architecture, named[name])
                for name, each in choices.named.items()
            ),
        )
    with options.source.naming("architectures", *RECIPE_OPTIONS):
        check_variants(variants, data)
    return variants


def plan_variants(
    data: Dataset,
    variants: tuple[Variant, ...],
    seeds: tuple[int, ...],
    *,
    directory: Path,
    hardware: Hardware,
    auto_batch: bool = False,
    retry_failed: bool = False,
) -> Plan:
    """The plan of a study of these variants, which fit the data.

    Args:
        data: The data.
        variants: What is compared.
        seeds: The seeds.
        directory: The study directory.
        hardware: Where and how to compute, set up.
        auto_batch: Whether a run that is out of memory begins again with half the batch size.
        retry_failed: Whether runs that failed are done again.

    Raises:
        RequestError: If no study can hold it, or the directory holds another one.
        StudyError: If the directory cannot be read.
    """
    built = build_request(data, variants, seeds, hardware)
    record, request = find_study(directory, built)
    ledger = Ledger(directory, request)
    runs = _planned_runs(data, hardware, ledger, auto_batch=auto_batch)
    renamed = renaming(built.names, request.names)
    return Plan(data, request, hardware, directory, runs, ledger, retry_failed, record, renamed)


def plan_untuned(
    data: Dataset,
    variants: tuple[Variant, ...],
    seeds: tuple[int, ...],
    *,
    directory: Path,
    hardware: Hardware,
) -> Plan:
    """The plan of a study before its search, whatever the directory holds: what is trained is another."""
    request = build_request(data, variants, seeds, hardware)
    ledger = Ledger(directory, request)
    runs = _planned_runs(data, hardware, ledger, auto_batch=False)
    check_outside([run.spec for run in runs], data.image_shape)
    return Plan(data, request, hardware, directory, runs, ledger)


def _planned_runs(
    data: Dataset, hardware: Hardware, ledger: Ledger, *, auto_batch: bool
) -> tuple[PlannedRun, ...]:
    """Every run of the ledger's study, the variants of a seed next to one another."""
    request, reference = ledger.request, DataReference.of(data, ledger.request.data.digest)
    identities = request.identities()
    costs = {variant.name: _cost(variant, data) for variant in request.variants}
    runs = []
    for seed in request.seeds:
        for variant in request.variants:
            state = ledger.state(variant.name, seed)
            smaller = smaller_batch(state.failure, variant.recipe) if state.failure and auto_batch else None
            spec = RunSpec(
                variant,
                seed,
                reference,
                hardware,
                identities[variant.name],
                ledger.directory,
                batch_size=smaller,
                auto_batch=auto_batch,
                failure=state.failure,
            )
            runs.append(PlannedRun(spec, *costs[variant.name], state.record is not None))
    return tuple(runs)


def _cost(variant: Variant, data: Dataset) -> tuple[Cost, float]:
    """What a run of a variant costs: its size, and PFLOP of training."""
    size = cost(variant.architecture, variant.recipe.network, data.taxonomy.num_classes, data.image_shape)
    return size, train_pflop(variant.architecture, variant.recipe, data)


def check_study_place(directory: Path) -> None:
    """Refuses a place that no study can have, before any work is done for it.

    Raises:
        RequestError: If it is too long, or no text.
    """
    check_directory_place(Parameter("out"), directory, _INSIDE_BYTES)
