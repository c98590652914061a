"""Architectures x seeds on one dataset, into a study directory that grows run by run."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from taskgraft.architecture.catalogue import CONTROL
from taskgraft.data.dataset import Dataset
from taskgraft.study.completion import measure_predictions, update_runs
from taskgraft.study.environment import describe_environment
from taskgraft.study.files import GALLERY, STUDY, write_text
from taskgraft.study.gallery import keep_gallery
from taskgraft.study.observer import StudyObserver
from taskgraft.study.plan import Plan, plan_study
from taskgraft.study.progress import progress_for
from taskgraft.study.records import StudyRecord
from taskgraft.study.run import execute_run, run_directory
from taskgraft.study.study import Study
from taskgraft.training.recipe import Recipe


def compare(
    data: Dataset | str, architectures: str | Sequence[str] = "all", recipe: str | Recipe = "fast",
    seeds: int | Sequence[int] = 1, *, out: Path | str, match: str | None = None,
    match_to: str = CONTROL, epochs: float | None = None,
    device: str = "auto", num_threads: int | None = None, observer: StudyObserver | None = None,
) -> Study:  # fmt: skip
    """Trains every architecture from every seed, and returns the study.

    Runs that the study directory already holds are not done again: the same call goes on with a study
    that was cut off.

    Args:
        data: A dataset, used with the splits it has, or the name of a source, loaded with the recipe's
            validation fraction.
        architectures: `"all"`, names, or names joined by commas; a twin of another width is named
            `shared@independent-macs`.
        recipe: A recipe or its name.
        seeds: How many seeds (0, 1, ...), or which.
        out: The study directory.
        match: `macs` or `parameters`: adds, for each architecture that does not cost the same as
            `match_to`, a twin that does, within 1 %.
        match_to: The architecture whose cost the twins have.
        epochs: In place of the recipe's.
        device: `auto`, `cpu`, `cuda` or `mps`.
        num_threads: CPU threads; torch's own choice unless told.
        observer: Told of the progress, which is shown on standard error unless another is given;
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
        >>> [run.architecture for run in study.runs]
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
        epochs=epochs,
        device=device,
        num_threads=num_threads,
    )
    return run_plan(plan, observer or progress_for(plan.request.recipe.epochs))


def run_plan(plan: Plan, observer: StudyObserver, command: str | None = None) -> Study:
    """Does the runs of a plan that are not finished, and returns the study.

    Args:
        plan: What to run, and where.
        observer: Told of the progress.
        command: What was typed, for a new study's record; None for a call from Python.
    """
    if not (plan.directory / STUDY).exists():
        write_text(plan.directory / STUDY, _record(plan, command).model_dump_json(indent=2) + "\n")
    todo = plan.todo
    observer.on_study(
        [(run.architecture.name, run.seed, run.train_pflop) for run in todo], len(plan.runs) - len(todo)
    )
    try:
        for run in todo:
            record = execute_run(
                run.architecture, plan.data, plan.request.recipe, run.seed, plan.hardware,
                run_directory(plan.directory, run.architecture.name, run.seed),
                observer.on_run(run.architecture.name, run.seed),
            )  # fmt: skip
            Study.open(plan.directory).write_results()
            observer.on_run_end(record)
    finally:
        observer.on_study_end()
    update_runs(plan)
    measure_predictions(plan)
    study = Study.open(plan.directory)
    study.write_results()
    if todo or not (plan.directory / GALLERY).exists():
        keep_gallery(study, plan.data)
    return study


def _record(plan: Plan, command: str | None) -> StudyRecord:
    return StudyRecord(
        request=plan.request,
        command=command,
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        environment=describe_environment(plan.hardware),
    )
