"""Variants x seeds on one dataset, into a study directory that grows run by run."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from pathlib import Path

from taskgraft.architecture import CONTROL, Architecture
from taskgraft.data import Dataset
from taskgraft.execution._begin import begin_study
from taskgraft.execution._completion import measure_predictions, remove_finished_checkpoints
from taskgraft.execution._events import RunEnded, StudyEnded, StudyEvent, StudyNote, StudyStarted
from taskgraft.execution._gallery import keep_gallery
from taskgraft.execution._plan import Plan, plan_study
from taskgraft.execution._progress import progress_for
from taskgraft.execution.engines import Engine, LocalEngine
from taskgraft.hardware import using_threads
from taskgraft.recipe import Recipe, Vary
from taskgraft.study import Study, StudyRecord, is_gallery_of, lock

Listener = Callable[[StudyEvent], None]


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
    jobs: int | None = None,
    listener: Listener | None = None,
    engine: Engine | None = None,
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
        num_threads: CPU threads of a run; as many as a study's finished runs have, or chosen with the jobs.
        auto_batch: A run for whose batches the memory is not enough begins anew with half as many images a
            batch, down to a 16th of the recipe's; its record says so.
        retry_failed: Runs that failed are done again; otherwise `Study.failures` goes on to say why they did.
        jobs: Runs at once, each in a process; chosen by the size of the networks and the cores.
        listener: Called with each event (`docs/running.md`) in place of the progress on standard error;
            `taskgraft.events.silent` does nothing.
        engine: Does the runs, in place of this machine (`docs/extension.md`).

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
        jobs=jobs,
    )
    return run_plan(plan, listener or progress_for(plan.request), engine=engine)


def run_plan(
    plan: Plan, listener: Listener, command: str | None = None, engine: Engine | None = None
) -> Study:
    """Does the runs of a plan that are not finished, and returns the study; runs may fail, and it goes on.

    Args:
        plan: What to run, and where.
        listener: Called with each event; with a `StudyEnded` also when an error ends the study.
        command: What was typed, for a new study's record; None for a call from Python.
        engine: Does the runs; without one this machine, with the plan's jobs.
    """
    # Not `drained`: each call between the command and the step makes a traceback longer.
    events = study_events(plan, command, engine)
    try:
        while True:
            listener(next(events))
    except StopIteration as end:
        study: Study = end.value
        return study
    except BaseException:
        events.close()
        listener(StudyEnded())
        raise


def study_events(
    plan: Plan, command: str | None = None, engine: Engine | None = None
) -> Generator[StudyEvent, None, Study]:
    """The work of `run_plan`, as a generator that goes on whenever it is asked for the next event.

    Yields:
        What happens, first a `StudyStarted`.

    Returns:
        The study.
    """
    record, mended = begin_study(plan, command)
    todo = plan.todo
    yield StudyStarted(
        tuple((run.spec.variant.name, run.spec.seed, run.train_pflop) for run in todo),
        sum(run.is_finished for run in plan.runs),
        plan.hardware.num_jobs,
        plan.hardware.num_threads,
    )
    damaged = Study.of(record, plan.ledger).damaged
    for line in plan.data.provenance.remarks if todo else ():
        yield StudyNote(f"Data: {line}")
    for line in (*mended, *(f"Damaged, and made again: {line}." for line in damaged)):
        yield StudyNote(line)
    engine = engine or LocalEngine(plan.hardware.num_jobs)
    with using_threads(plan.hardware.num_threads):
        for event in engine.run([run.spec for run in todo]):
            if isinstance(event, RunEnded):
                with lock(plan.directory):
                    kept = Study.of(record, plan.ledger).write_results()
                if kept:
                    yield StudyNote(kept)
            yield event
        yield StudyEnded()
        yield from _complete(plan, record)
    return Study.of(record, plan.ledger)


def _complete(plan: Plan, record: StudyRecord) -> Iterator[StudyNote]:
    """Measures and keeps what a study has besides its runs; whoever comes second finds it done."""
    with lock(plan.directory):
        remove_finished_checkpoints(plan)
        measure_predictions(plan)
        study = Study.of(record, plan.ledger)
        kept = study.write_results()
        if study.runs and not is_gallery_of(study.directory, study.runs):
            keep_gallery(study, plan.data)
    if kept:
        yield StudyNote(kept)
