"""Variants x seeds on one dataset, into a study directory that grows run by run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from taskgraft.architecture import Architecture
from taskgraft.data import Dataset
from taskgraft.errors import Phrase, RequestError
from taskgraft.execution._attempt import attempt_run
from taskgraft.execution._begin import begin_study
from taskgraft.execution._claim import share_runs
from taskgraft.execution._completion import measure_predictions, remove_finished_checkpoints
from taskgraft.execution._gallery import keep_gallery
from taskgraft.execution._observer import StudyObserver
from taskgraft.execution._plan import Plan, PlannedRun, plan_study
from taskgraft.execution._progress import progress_for
from taskgraft.parameter import Parameter, spelled
from taskgraft.printing import note
from taskgraft.recipe import Recipe
from taskgraft.request import SUFFIX, CompareOptions, DataOptions, has_options, read_study_file
from taskgraft.study import FailureRecord, Study, StudyRecord, holder_of, is_gallery_of, lock


@has_options(CompareOptions)
def compare(
    data: Dataset | str,
    architectures: str | Sequence[str | Architecture] | None = None,
    recipe: str | Recipe | None = None,
    seeds: int | Sequence[int] | None = None,
    *,
    observer: StudyObserver | None = None,
    **options: Any,
) -> Study:
    """Trains every variant from every seed, and returns the study.

    Runs that the study directory already holds are not done again: the same call goes on with a study
    that was cut off. Several processes may make the same call at once: they share the runs. A run that fails
    raises nothing: the others go on, and `Study.failures` says why.

    Args:
        data: A dataset, used with the splits that it has; what `load` takes (a name, a folder, a table); or a
            study file (`study.toml`, see `docs/recipes.md`), whose options yield to those given here.
        architectures: `"all"`, names, names joined by commas, or architectures of your own; a twin of another
            width is named `shared@independent-macs`. Without it: all, or independent and shared with `forks`.
        recipe: A recipe, its name, or a recipe file. Without it: fast.
        seeds: How many seeds, counted from 0, or which. Without it: 1.
        observer: Hears of the progress, which is shown on standard error unless another is given;
            `SilentStudy()` shows nothing.
        **options: Every other option of a study.

    Raises:
        RequestError: For a request that makes no sense, or another than the directory was made for.
        StudyError: If the directory cannot be written.
        DataError: If the data cannot be read.

    Example:
        >>> import tempfile
        >>> from taskgraft.data.sources import load
        >>> data = load("shapes", num_train=640, num_test=64)
        >>> with tempfile.TemporaryDirectory() as out:
        ...     study = compare(data, "independent,shared", "quick", epochs=0.5, out=out)
        >>> [run.variant for run in study.runs]
        ['independent', 'shared']
    """
    given = {"architectures": architectures, "recipe": recipe, "seeds": seeds, **options}
    given = {name: value for name, value in given.items() if value is not None}
    if isinstance(data, Dataset):
        _check_no_data_options(options)
        plan = plan_study(CompareOptions.of(given), data)
    else:
        plan = plan_study(_options(data, given))
    return run_plan(plan, observer or progress_for(plan.request))


def _options(data: str, given: Mapping[str, Any]) -> CompareOptions:
    """The options of a call that names its data, or a study file."""
    if not str(data).endswith(SUFFIX):
        return CompareOptions.of({"data": data, **given})
    chosen, lines = read_study_file(Path(data), given)
    note(*map(spelled, lines))
    return chosen


def _check_no_data_options(options: Mapping[str, Any]) -> None:
    for name in options:
        if name in DataOptions.model_fields:
            raise RequestError.expected(
                Parameter(name), "left out with a dataset that is loaded", Phrase("a value"), "Load it so."
            )


def run_plan(plan: Plan, observer: StudyObserver, command: str | None = None) -> Study:
    """Does the runs of a plan that are not finished, and returns the study; runs may fail, and it goes on.

    Args:
        plan: What to run, and where.
        observer: Hears of the progress.
        command: What was typed, for a new study's record; None for a call from Python.
    """
    record, mended = begin_study(plan, command)
    todo = plan.todo
    observer.on_study(
        [(run.spec.variant.name, run.spec.seed, run.train_pflop) for run in todo],
        sum(run.is_finished for run in plan.runs),
    )
    damaged = Study.of(record, plan.ledger).damaged
    for line in plan.data.provenance.remarks if todo else ():
        observer.on_note(f"Data: {line}")
    for line in (*mended, *(f"Damaged, and made again: {line}." for line in damaged)):
        observer.on_note(line)
    try:
        share_runs(
            todo,
            lambda run: run.spec.directory,
            lambda run: _do(run, plan, record, observer),
            lambda left: observer.on_note(_waiting(left)),
        )
    finally:
        observer.on_study_end()
    return _complete(plan, record, observer)


def _do(run: PlannedRun, plan: Plan, record: StudyRecord, observer: StudyObserver) -> None:
    """Does one run, whose lock is held, unless another process has done it since the plan was made."""
    name, seed = run.spec.variant.name, run.spec.seed
    state = plan.ledger.state(name, seed)
    if state.record is not None or state.failure != run.failure:
        observer.on_run_elsewhere(name, seed)
        return
    outcome = attempt_run(run.spec, plan.data, plan.hardware, observer.on_run(name, seed))
    if isinstance(outcome, FailureRecord):
        observer.on_run_failed(outcome)
        return
    with lock(plan.directory):
        kept = Study.of(record, plan.ledger).write_results()
    if kept:
        observer.on_note(kept)
    observer.on_run_end(outcome)


def _complete(plan: Plan, record: StudyRecord, observer: StudyObserver) -> Study:
    """Measures and keeps what a study has besides its runs; whoever comes second finds it done."""
    with lock(plan.directory):
        remove_finished_checkpoints(plan)
        measure_predictions(plan)
        study = Study.of(record, plan.ledger)
        if kept := study.write_results():
            observer.on_note(kept)
        if study.runs and not is_gallery_of(study.directory, study.runs):
            keep_gallery(study, plan.data)
    return Study.of(record, plan.ledger)


def _waiting(runs: Sequence[PlannedRun]) -> str:
    specs = [run.spec for run in runs]
    holders = ", ".join(f"{spec.name} ({holder_of(spec.directory)})" for spec in specs)
    return f"Waiting for runs that other processes do: {holders}."
