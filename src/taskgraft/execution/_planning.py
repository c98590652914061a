"""Plans a study: its options checked against the data and the study directory."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

from taskgraft.data import Dataset
from taskgraft.data.sources import load
from taskgraft.errors import Phrase, RequestError
from taskgraft.execution._auto import AutoRecipes
from taskgraft.execution._begun_seeds import begun_seeds, most_seeds
from taskgraft.execution._budget import MOST_SEEDS, Wish, budget_line, fit_budget, minutes_text
from taskgraft.execution._choose import RECIPE_OPTIONS, Choices, choose_recipes, is_auto, trunk_wanted
from taskgraft.execution._fit import ChosenRecipe, FittedRecipe, fit_recipe, shortened
from taskgraft.execution._fitted_study import FittedStudy, plan_unsearched, plan_variants
from taskgraft.execution._forecast import Forecast
from taskgraft.execution._frozen import frozen_variants
from taskgraft.execution._outside import check_outside
from taskgraft.execution._plan import Plan
from taskgraft.execution._processes import with_processes
from taskgraft.execution._stages import in_stages
from taskgraft.execution._tuning import Search, check_untuned
from taskgraft.execution._variants import Selection, check_variants, named_variant, variants_of
from taskgraft.execution.engines import Engine, Work, engine_of
from taskgraft.execution.loggers import observers_of
from taskgraft.hardware import Hardware, choose_hardware
from taskgraft.parameter import Parameter
from taskgraft.place import check_directory_place, safe_name
from taskgraft.recipe import Variant
from taskgraft.request import CompareOptions, DataOptions
from taskgraft.study import (
    STUDY,
    AutoRecord,
    BudgetRecord,
    DamagedFileError,
    StudyRecord,
    read_record,
    score_preferred,
)

# Of the longest path in a study: a file not yet complete, of a run of the longest names.
_INSIDE_BYTES = 320
# Photographs under a pretrained trunk, unless somebody says otherwise: docs/photographs.md.
_PRETRAINED_SIZE = 128


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
    options = options.sample if options.suggest else options
    source = options.source
    directory = options.directory(None if data is None else safe_name(data.provenance.source))
    with source.naming("out"):
        check_study_place(directory)
    with source.naming("log"):
        observers = observers_of(options.log)
    with source.naming(*RECIPE_OPTIONS):
        choices = choose_recipes(options)
    with source.naming("device", "num_threads"):
        hardware = choose_hardware(options.device, options.num_threads)
    with source.naming():
        record = _recorded(directory)
    if options.suggest:
        _check_not_grown(directory, record)
    with source.naming("processes_per_run", "batch_norm"):
        hardware = with_processes(hardware, options, record, directory)
    if data is None:
        with source.naming(*DataOptions.model_fields):
            data = load(**_for_load(options, choices, record))
    with source.naming("engine", "address"):
        engine = engine_of(options)
    auto = None
    if is_auto(options):
        auto = AutoRecipes(data, trunk_wanted(options), () if record is None else record.auto)
        with source.naming(*RECIPE_OPTIONS):
            choices = choose_recipes(options, auto.choose)
    with source.naming("prefer"):
        if options.prefer is not None:
            # One that the study cannot have is refused before anything is trained.
            score_preferred(options.prefer, data.taxonomy.level_names)
    records = () if auto is None else auto.records
    wanted = _Wanted(options, choices, data, hardware, directory, records, engine)
    plan = _within_minutes(wanted, record) if options.minutes else _as_recorded(wanted, record)
    return replace(plan, observers=observers)


@dataclass(frozen=True)
class _Wanted:
    """What a study is to be, but for its seeds and the length of its runs."""

    options: CompareOptions
    choices: Choices
    data: Dataset
    hardware: Hardware
    directory: Path
    auto: tuple[AutoRecord, ...] = ()
    engine: Engine | None = None

    def plan(self, seeds: tuple[int, ...], budget: BudgetRecord | None = None) -> Plan:
        """The plan with these seeds, and runs as long as the budget has them."""
        plan = self._planned(seeds, budget)
        return replace(plan, given_goal=self.options.goal, budget=budget, auto=self.auto)

    def _planned(self, seeds: tuple[int, ...], budget: BudgetRecord | None) -> Plan:
        options, data = self.options, self.data
        variants = _variants(self, budget)
        study = FittedStudy(data, variants, self.hardware, self.directory)
        with options.source.naming():
            search = None
            if options.tune is None:
                check_untuned(self.directory)
            else:
                before = plan_unsearched(study, seeds)
                first = {run.spec.variant.name: run.spec for run in reversed(before.runs)}
                search = Search.of(options, data, [first[variant.name] for variant in variants])
                if search.todo:
                    again = partial(self.plan, seeds, budget)
                    trials = self._allocated(before, search.work(before.work), search.num_threads)
                    search = search.on(trials.hardware)
                    return replace(self._allocated(before), search=search, after_search=again)
                study = replace(study, variants=search.tuned)
            plan = plan_variants(study, seeds, options)
            check_outside([run.spec for run in plan.todo], data.image_shape)
            return replace(self._allocated(plan), search=search)

    def _allocated(self, plan: Plan, work: Work | None = None, num_threads: int | None = None) -> Plan:
        """The plan with jobs and threads.

        Args:
            plan: Without.
            work: What is to be done, where it is something else than the plan's runs.
            num_threads: Where no option says how many.
        """
        num_threads, work = self.options.num_threads or num_threads, work or self._work(plan)
        if self.engine is None:
            return plan.allocated(self.options.jobs, num_threads, work)
        # Its jobs are those of all machines together, and no reason for fewer threads on one.
        return replace(plan, engine=self.engine).allocated(None, num_threads, work)

    def _work(self, plan: Plan) -> Work:
        """What is to be done; by a study that adds seeds itself the runs of one of them at least."""
        work = plan.work
        if not self.options.until_decided:
            return work
        of_one = [run.train_pflop for run in plan.runs[: len(plan.request.variants)]]
        num_runs, pflop = max(work.num_runs, len(of_one)), max(work.pflop, sum(of_one))
        return replace(work, num_runs=num_runs, pflop=pflop)


def _within_minutes(wanted: _Wanted, record: StudyRecord | None) -> Plan:
    """The plan of a study that is to take some minutes at most: as it began, or as it fits now."""
    options = wanted.options
    are_set = "seeds" in options.model_fields_set
    if record is not None:
        if record.budget is None or record.budget.minutes != options.minutes:
            _refuse_minutes(options, wanted.directory, record)
        return wanted.plan(options.seeds if are_set else record.request.seeds, record.budget)
    # Five of them, of which the first few may be taken.
    full = wanted.plan(options.seeds if are_set else MOST_SEEDS)
    # Of all runs: of a study whose record was lost some may be done.
    forecast, num_seeds = Forecast(full, full.runs), len(options.seeds) if are_set else None
    of_one = full.runs[: len(full.request.variants)]
    wish = Wish(float(options.minutes or 0), num_seeds, wanted.choices.sets("epochs"))
    with options.source.naming("minutes"):
        fit = fit_budget(wish, lambda number: forecast.of_runs(of_one * number))
    line = budget_line(wish.minutes, fit)
    budget = BudgetRecord(minutes=wish.minutes, length_ratio=fit.length_ratio, line=line)
    return wanted.plan(options.seeds if are_set else MOST_SEEDS[: fit.num_seeds], budget)


def _as_recorded(wanted: _Wanted, record: StudyRecord | None) -> Plan:
    """The plan of a study without a bound of time; one that began with one keeps the length that it chose."""
    options, budget = wanted.options, None if record is None else record.budget
    if not options.until_decided:
        return wanted.plan(options.seeds, budget)
    return replace(wanted.plan(begun_seeds(record), budget), most_seeds=most_seeds(record, options))


def _refuse_minutes(options: CompareOptions, directory: Path, record: StudyRecord) -> NoReturn:
    began = "no bound" if record.budget is None else f"{record.budget.minutes:g}"
    raise RequestError.expected(
        Parameter("minutes"),
        f"as the study in {directory} began, with {began}",
        Phrase(f"{options.minutes:g}"),
        f"Leave it out and name {Parameter('seeds')}, or use another {Parameter('out')}.",
    ).about("minutes")


def _check_not_grown(directory: Path, record: StudyRecord | None) -> None:
    """Refuses to suggest what to train where more than the run to suggest it by is planned already."""
    if record is None:
        return
    size = {"variants": len(record.request.variants), "seeds": len(record.request.seeds)}
    if max(size.values()) > 1:
        of = ", ".join(f"{name}: {number}" for name, number in size.items())
        raise RequestError.expected(
            Parameter("suggest"),
            "used before the rest of a study is trained",
            Phrase(f"the study in {directory} ({of})"),
            f"Leave it out to continue that study, or use another {Parameter('out')}.",
        ).about("suggest")


def _recorded(directory: Path) -> StudyRecord | None:
    """What a directory says of the study in it; None without one that can be read."""
    try:
        return read_record(directory / STUDY, StudyRecord)
    except (FileNotFoundError, DamagedFileError):
        return None


def _for_load(options: CompareOptions, choices: Choices, record: StudyRecord | None) -> dict[str, Any]:
    """How the data is loaded: photographs for a pretrained trunk larger than for others."""
    given = options.for_load(choices.val_fraction)
    if is_auto(options) and trunk_wanted(options) == "pretrained" and not options.is_named:
        size = _PRETRAINED_SIZE if record is None else record.request.data.image_shape[1]
        return {"size": size, **given}
    return given


def _variants(wanted: _Wanted, budget: BudgetRecord | None) -> tuple[Variant, ...]:
    """Every variant of a study, made to fit the data and the budget."""
    options, choices, data, hardware = wanted.options, wanted.choices, wanted.data, wanted.hardware
    fit = partial(_fitted, wanted=wanted, budget=budget)
    with options.source.naming("trunk", "trunk_weights", "balance", *RECIPE_OPTIONS):
        crossed = {ending: fit(chosen) for ending, chosen in choices.crossed.items()}
        named = {name: fit(each.chosen) for name, each in choices.named.items()}
    with options.source.naming(
        "architectures", "architecture_file", "forks", "match", "match_to", "variants"
    ):
        selection, levels = Selection.of_options(options), data.taxonomy.level_names
        crossed, named = in_stages(selection, choices, crossed, named, data.image_shape, levels)
        variants = (
            *variants_of(selection, data, crossed),
            *(
                named_variant(selection, data, name, each.architecture, named[name])
                for name, each in choices.named.items()
            ),
        )
    with options.source.naming("freeze"):
        variants = (*variants, *frozen_variants(options, data, crossed, variants, hardware))
    with options.source.naming("architectures", *RECIPE_OPTIONS):
        check_variants(variants, data, hardware)
    return variants


def _fitted(chosen: ChosenRecipe, *, wanted: _Wanted, budget: BudgetRecord | None) -> FittedRecipe:
    options = wanted.options
    fitted = fit_recipe(
        chosen,
        wanted.data,
        trunk=options.trunk,
        trunk_weights=options.trunk_weights,
        balance=options.balance,
        hardware=wanted.hardware,
    )
    if budget is None or budget.length_ratio == 1:
        return fitted
    return shortened(fitted, budget.length_ratio, chosen.is_set, minutes_text(budget.minutes))


def check_study_place(directory: Path) -> None:
    """Refuses a place that no study can have, before any work is done for it.

    Raises:
        RequestError: If it is too long, or no text.
    """
    check_directory_place(Parameter("out"), directory, _INSIDE_BYTES)
