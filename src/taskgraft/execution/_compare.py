"""Variants x seeds on one dataset, into a study directory that grows run by run."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from taskgraft.architecture import CONTROL, Architecture
from taskgraft.data import Dataset
from taskgraft.execution._attempt import attempt_run
from taskgraft.execution._begin import begin_study
from taskgraft.execution._claim import share_runs
from taskgraft.execution._completion import measure_predictions, remove_finished_checkpoints
from taskgraft.execution._gallery import keep_gallery
from taskgraft.execution._observer import StudyObserver
from taskgraft.execution._plan import Plan, PlannedRun, plan_study
from taskgraft.execution._progress import progress_for
from taskgraft.recipe import Recipe, Vary
from taskgraft.study import FailureRecord, Study, StudyRecord, holder_of, is_gallery_of, lock


def compare(
    data: Dataset | str,
    architectures: str | Sequence[str | Architecture] = "all",
    recipe: str | Recipe = "fast",
    seeds: int | Sequence[int] = 1,
    *,
    out: Path | str,
    match: str | None = None,
    match_to: str = CONTROL,
    architecture_file: Path | str | None = None,
    forks: str | Sequence[int] | None = None,
    trunk: str | None = None,
    trunk_weights: str | None = None,
    balance: str | None = None,
    epochs: float | None = None,
    vary: Vary | None = None,
    device: str = "auto",
    num_threads: int | None = None,
    auto_batch: bool = False,
    retry_failed: bool = False,
    observer: StudyObserver | None = None,
) -> Study:
    """Trains every variant from every seed, and returns the study.

    Runs that the study directory already holds are not done again: the same call goes on with a study
    that was cut off. Several processes may make the same call at once: they share the runs. A run that fails
    raises nothing: the others go on, and `Study.failures` says why.

    Args:
        data: A dataset, used with the splits it has, or what `load` takes (a name, a folder, a table), loaded
            with the recipe's validation fraction.
        architectures: `"all"`, names, names joined by commas, or architectures of your own; a twin of another
            width is named `shared@independent-macs`.
        recipe: A recipe or its name.
        seeds: How many seeds (0, 1, ...), or which.
        out: The study directory.
        match: `macs` or `parameters`: adds, for each architecture that does not cost the same as
            `match_to`, a twin that does, within 1 %.
        match_to: The architecture whose cost the twins have.
        architecture_file: Architectures of your own, in TOML or Python (`docs/architectures.md`).
        forks: `all` adds architectures whose trunk forks after each stage; `1,2` after these many.
        trunk: `timm/NAME`: a backbone of timm in place of the recipe's trunk.
        trunk_weights: Its pretrained weights: a .safetensors file, or `hub`.
        balance: `none`, `loss` or `sampler`, for all levels or some: `fine=loss`.
        epochs: In place of the recipe's.
        vary: By key path of the recipe, values to cross with the architectures:
            `{"optimizer.learning_rate": [0.1, 0.2]}` makes `shared+learning_rate=0.1` and so on.
        device: `auto`, `cpu`, `cuda` or `mps`.
        num_threads: CPU threads; torch's own choice unless told.
        auto_batch: A run for whose batches the memory is not enough begins anew with half as many images a
            batch, down to a 16th of the recipe's; its record says so.
        retry_failed: Runs that failed are done again; otherwise `Study.failures` goes on to say why they did.
        observer: Hears of the progress, which is shown on standard error unless another is given;
            `SilentStudy()` shows nothing.

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
    plan = plan_study(
        data,
        architectures,
        recipe,
        seeds,
        out=out,
        match=match,
        match_to=match_to,
        architecture_file=architecture_file,
        forks=forks,
        trunk=trunk,
        trunk_weights=trunk_weights,
        balance=balance,
        epochs=epochs,
        vary=vary,
        device=device,
        num_threads=num_threads,
        auto_batch=auto_batch,
        retry_failed=retry_failed,
    )
    return run_plan(plan, observer or progress_for(plan.request))


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
