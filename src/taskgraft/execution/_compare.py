"""Variants x seeds on one dataset, into a study directory that grows run by run."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

from taskgraft.architecture import Architecture
from taskgraft.audit import data_caution
from taskgraft.data import Dataset
from taskgraft.errors import Phrase, RequestError
from taskgraft.execution._begin import begin_study
from taskgraft.execution._completion import measure_predictions, remove_finished_checkpoints
from taskgraft.execution._events import RunEnded, StudyEnded, StudyEvent, StudyKept, StudyNote, StudyStarted
from taskgraft.execution._gallery import keep_gallery
from taskgraft.execution._observers import Observers
from taskgraft.execution._outside import fetch_outside
from taskgraft.execution._plan import Plan
from taskgraft.execution._planning import plan_study
from taskgraft.execution._progress import progress_for
from taskgraft.execution._search_events import search_events
from taskgraft.execution._until_decided import look
from taskgraft.execution.engines import Engine, LocalEngine, Ongoing
from taskgraft.hardware import keeping_threads, using_threads
from taskgraft.kinds import FUNCTION, NAME, NONE, check_kinds, of_class
from taskgraft.parameter import Parameter, spelled
from taskgraft.printing import note
from taskgraft.recipe import Recipe
from taskgraft.request import CompareOptions, DataOptions, has_options, read_study_file
from taskgraft.study import Study, StudyRecord, is_gallery_of, lock, read_study
from taskgraft.toml_file import is_toml

Listener = Callable[[StudyEvent], None]
_KINDS = {"listener": FUNCTION | NONE, "engine": of_class("an Engine", Engine) | NAME | NONE}


@has_options(CompareOptions)
def compare(
    data: Dataset | str,
    architectures: str | Sequence[str | Architecture] | None = None,
    recipe: str | Recipe | None = None,
    seeds: int | Sequence[int] | None = None,
    *,
    listener: Listener | None = None,
    engine: Engine | str | None = None,
    **options: Any,
) -> Study:
    """Trains every variant from every seed, and returns the study.

    Runs that the study directory already holds are not done again: the same call continues a study
    that was cut off. Several processes may make the same call at once: they share the runs. A run that fails
    raises nothing: the others go on, and `Study.failures` says why. What of the data is to be mended first
    (`docs/data-check.md`) is said in a line before the runs, to a listener as a `StudyNote`.

    Args:
        data: A dataset, used with the splits that it has; what `load` takes (a name, a folder, a table); or a
            study file (`study.toml`, see `docs/recipes.md`), whose options yield to those given here.
        architectures: `"all"`, names, names joined by commas, or architectures of your own; a twin of another
            width is named `shared@independent-macs`. Without it: all, or independent and shared with `forks`.
        recipe: A recipe, its name, or a recipe file. Without it: auto, which chooses one by the data and says
            why.
        seeds: How many seeds, counted from 0, or which. Without it: 1.
        listener: Called with each event (`docs/running.md`) in place of the progress on standard error;
            `taskgraft.events.silent` does nothing. What it raises ends the study; logs and observers, which
            fail alone, go into `log`.
        engine: Does the runs, in place of this machine: `"ray"` (`docs/scale.md`), or an engine of your own
            (`docs/extension.md`).
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
    check_kinds({"listener": listener, "engine": engine}, _KINDS)
    given = {"architectures": architectures, "recipe": recipe, "seeds": seeds, **options}
    if not isinstance(engine, Engine):
        given["engine"], engine = engine, None
    with keeping_threads():
        plan = plan_compare(data, {name: value for name, value in given.items() if value is not None})
        if listener is None and plan.todo:
            note(*(f"Recipe: {line}" for line in plan.derived))
        with Observers(listener or progress_for(plan.request), plan.observers) as observers:
            if plan.todo and (caution := plan_caution(plan)):
                observers(StudyNote(caution))
            return run_plan(plan, observers, engine=engine)


def plan_compare(data: Dataset | str, given: Mapping[str, Any]) -> Plan:
    """What `compare` would run, and what that costs.

    Args:
        data: As there.
        given: Its options, by name.

    Raises:
        RequestError: As there.
        DataError: If the data cannot be read.
    """
    if not isinstance(data, Dataset):
        return plan_study(_options(data, given))
    _check_no_data_options(given)
    chosen = CompareOptions.of(given)
    _check_no_data_options(each.path for each in chosen.spelled_keys())
    return plan_study(chosen, data)


def plan_caution(plan: Plan) -> str | None:
    """What is to be mended of a plan's data before it is trained on, in a line; None for nothing.

    Args:
        plan: What is to run.
    """
    return data_caution(plan.data, is_redrawn=plan.request.resplits is not None)


def _options(data: str, given: Mapping[str, Any]) -> CompareOptions:
    """The options of a call that names its data, or a study file."""
    if not is_toml(data):
        return CompareOptions.of({"data": data, **given})
    chosen, lines = read_study_file(Path(data), given)
    note(*map(spelled, lines))
    return chosen


def _check_no_data_options(names: Iterable[str]) -> None:
    for name in names:
        if name in DataOptions.model_fields:
            raise RequestError.expected(
                Parameter(name), "left out with a dataset that is loaded", Phrase("a value"), "Load it so."
            )


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
    engine = engine or plan.engine
    # Not `drained`: each call between the command and the step makes a traceback longer.
    events = study_events(plan, command, engine)
    if plan.most_seeds is not None:
        events = decided_events(plan, command, engine)
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
    finally:
        if plan.engine is not None:
            plan.engine.close()


def study_events(
    plan: Plan, command: str | None = None, engine: Engine | None = None
) -> Generator[StudyEvent, None, Study]:
    """The work of `run_plan`, as a generator that works up to the next event whenever one is taken.

    Yields:
        What happens, first a `StudyStarted`.

    Returns:
        The study.
    """
    if plan.search is not None and plan.is_to_be_searched and plan.after_search is not None:
        searching = engine or LocalEngine(plan.search.num_jobs)
        yield from search_events(plan.search, searching, plan.data.image_shape)
        plan = plan.after_search()
    todo = plan.todo
    fetch_outside([run.spec for run in todo], plan.data.image_shape)
    record, mended = begin_study(plan, command)
    yield StudyStarted(
        tuple((run.spec.variant.name, run.spec.seed, run.train_pflop) for run in todo),
        sum(run.is_finished for run in plan.runs),
        plan.hardware.jobs_and_threads,
        plan.hardware.num_jobs > 1,
        plan.directory,
        record,
    )
    damaged = Study.of(record, plan.ledger).damaged
    # Once a study: of the data nothing changes from seed to seed.
    for line in () if any(run.is_finished for run in plan.runs) else plan.data.provenance.remarks:
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
    study = Study.of(record, plan.ledger)
    yield StudyKept(study)
    return study


def decided_events(
    plan: Plan, command: str | None = None, engine: Engine | None = None
) -> Generator[StudyEvent, None, Study]:
    """The work of a study that grows seed by seed until it is decided.

    What was decided stands in `study.json`: cut off anywhere, the same command decides the same.

    Yields:
        What happens, a `StudyStarted` and a `StudyEnded` for each of its steps.

    Returns:
        The study.
    """
    engine = engine or LocalEngine(plan.hardware.num_jobs)
    # The workers of a seed do the next one, too.
    with closing(Ongoing(engine)) as ongoing:
        while True:
            study = yield from study_events(plan, command, ongoing)
            if not study.runs:
                return study
            larger = yield from look(plan, study)
            if larger is None:
                return replace(study, record=read_study(plan.directory))
            plan = larger


def _complete(plan: Plan, record: StudyRecord) -> Iterator[StudyNote]:
    """Measures and keeps what a study has besides its runs; whoever comes second finds it done."""
    with lock(plan.directory):
        remove_finished_checkpoints(plan)
        measure_predictions(plan)
        study = Study.of(record, plan.ledger)
        kept = study.write_results()
        if study.shown_runs and not is_gallery_of(study.directory, study.shown_runs):
            keep_gallery(study, plan.data)
    if kept:
        yield StudyNote(kept)
