"""Does the trials of a search, and writes what came of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing

from taskgraft.errors import StudyError
from taskgraft.execution._claim import make_directory
from taskgraft.execution._events import RoundStarted, RunFailed, StudyEnded, StudyEvent, StudyNote
from taskgraft.execution._outside import fetch_outside
from taskgraft.execution._run_spec import RunSpec
from taskgraft.execution._search import Rounds
from taskgraft.execution._trial_spec import LENGTH_RATIO
from taskgraft.execution._tuning import Search, came_to, search_text
from taskgraft.execution.engines import Engine, Ongoing
from taskgraft.hardware import using_threads
from taskgraft.study import (
    RUNS,
    TRIALS,
    TUNING,
    TuningRecord,
    check_not_linked,
    lock,
    read_tuning,
    write_record,
)


def search_events(search: Search, engine: Engine, image_shape: tuple[int, int, int]) -> Iterator[StudyEvent]:
    """Does the trials that are not over, and writes what came of them.

    Yields:
        What happens, between a `RoundStarted` and a `StudyEnded`; more rounds start in between.

    Raises:
        StudyError: If a trial failed of something else than its values, or a file cannot be written.
    """
    todo = search.todo
    directory = todo[0].spec.study
    fetch_outside([each.spec for each in todo], image_shape)
    directory.mkdir(parents=True, exist_ok=True)
    check_not_linked(directory / TRIALS, directory / TRIALS)
    for path in (directory / TRIALS, directory / TRIALS / RUNS):
        make_directory(path)
    yield StudyNote(f"Search: {search_text(search)}")
    yield from _trial_events(Rounds(todo), engine)
    outcomes = {each.variant.name: each.outcome() for each in todo}
    with lock(directory):
        before = read_tuning(directory)
        record = TuningRecord(
            num_trials=search.num_trials,
            budget_pflop=search.budget_pflop,
            length_ratio=LENGTH_RATIO,
            score=search.score,
            variants={**(before.variants if before else {}), **outcomes},
        )
        write_record(directory / TUNING, record, make_parents=False)
    for name, outcome in outcomes.items():
        yield StudyNote(f"Search of {name}: {came_to(outcome)}.")


def _trial_events(rounds: Rounds, engine: Engine) -> Iterator[StudyEvent]:
    """Has an engine do trials, those that follow from what came of them included."""
    if not (specs := rounds.first()):
        return
    yield _started(specs)
    with closing(Ongoing(engine)) as ongoing, using_threads(specs[0].hardware.num_threads):
        for event in ongoing.run(specs):
            yield event
            if isinstance(event, RunFailed):
                yield StudyEnded()
                raise _failed(event)
            if more := rounds.after(event):
                yield _started(more)
                ongoing.add(more)
    yield StudyEnded()


def _started(specs: Sequence[RunSpec]) -> RoundStarted:
    hardware = specs[0].hardware
    costs = ((spec.variant.name, spec.seed, _pflop(spec)) for spec in specs)
    return RoundStarted(tuple(costs), 0, hardware.jobs_and_threads, hardware.num_jobs > 1)


def _pflop(spec: RunSpec) -> float:
    return spec.trial.whole_pflop if spec.trial else 0.0


def _failed(event: RunFailed) -> StudyError:
    return StudyError.expected(
        f"every trial of {event.failure.variant}",
        "able to end",
        event.failure.text or event.failure.message,
        "The same command tries it again and keeps what is over.",
    )
