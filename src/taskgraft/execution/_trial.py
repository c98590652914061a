"""One trial: trained for a share of a run, judged on val, and written. It never sees the test split."""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Iterator, Sequence
from datetime import UTC, datetime

from taskgraft.errors import DivergedError
from taskgraft.events import EpochDone, RunEvent, TrainingResumed
from taskgraft.execution._environment import describe_environment
from taskgraft.execution._events import RunEnded
from taskgraft.execution._run_checkpoints import checkpoints_of
from taskgraft.execution._run_spec import RunSpec
from taskgraft.execution._trial_spec import TrialSpec, point
from taskgraft.hardware import ALONE, Hardware, Team
from taskgraft.history import Epoch
from taskgraft.inference import predict_logits
from taskgraft.scores import score
from taskgraft.study import FAILURE, TRIAL, Trial, TrialRecord, write_record
from taskgraft.training import Job, Trained, train_pflop, training_events, within_memory

_Curve = dict[str, float]


def execute_trial(
    spec: RunSpec, trial: TrialSpec, hardware: Hardware, team: Team = ALONE
) -> Iterator[RunEvent | RunEnded]:
    """Trains and judges one trial and writes its record.

    Args:
        spec: Its run; its directory exists.
        trial: What makes it a trial.
        hardware: Where and how to compute, set up.
        team: As for a run.

    Yields:
        What happens while it trains; the last is a `RunEnded`.

    Raises:
        DataError: If the data cannot be opened.
        RunError: If the memory is not enough; to diverge is an outcome like another.
        StudyError: If a file cannot be written.
    """
    job = Job(spec.variant.architecture, spec.data.open(), spec.recipe, hardware, team)
    checkpoints = checkpoints_of(spec, hardware)
    curve: _Curve = {}
    try:
        with within_memory(job):
            events = training_events(job, spec.seed, checkpoints)
            trained = yield from _until_behind(events, trial, curve)
        outcome = _judged(job, trial, trained, curve)
    except DivergedError:
        outcome = Trial(values=dict(trial.values), state="diverged", score=0.0, train_pflop=trial.whole_pflop)
    record = TrialRecord(
        variant=spec.variant.name,
        seed=spec.seed,
        search=trial.search,
        trial=outcome,
        curve=curve,
        environment=describe_environment(hardware),
        finished=datetime.now(UTC).isoformat(timespec="seconds"),
    )
    write_record(spec.directory / TRIAL, record, make_parents=False)
    checkpoints.remove()
    with contextlib.suppress(OSError):
        (spec.directory / FAILURE).unlink(missing_ok=True)
    yield RunEnded(record)


def _until_behind(
    events: Generator[RunEvent, None, Trained], trial: TrialSpec, curve: _Curve
) -> Generator[RunEvent, None, Trained | int]:
    """Passes events on and draws the curve; what training gives or, cut short, the steps that were done."""
    with contextlib.closing(events):
        while True:
            try:
                event = next(events)
            except StopIteration as end:
                trained: Trained = end.value
                return trained
            yield event
            rows: Sequence[Epoch] = ()
            if isinstance(event, TrainingResumed):
                rows = event.history
            elif isinstance(event, EpochDone):
                rows = (event.row,)
            curve.update(map(point, rows))
            # Also of one that was stopped in the moment in which it fell behind.
            if rows and trial.is_behind(curve):
                return rows[-1].step


def _judged(job: Job, trial: TrialSpec, trained: Trained | int, curve: _Curve) -> Trial:
    values = dict(trial.values)
    if isinstance(trained, int):
        pflop = train_pflop(job.architecture, job.recipe, job.data, trained)
        last = next(reversed(curve.values()))
        return Trial(values=values, state="pruned", score=last, train_pflop=pflop)
    network, history = trained
    pflop = train_pflop(job.architecture, job.recipe, job.data, history[-1].step)
    logits = predict_logits(network, job.data, "val", job.hardware, flip=job.recipe.test_time_flip)
    scores = score(logits, job.data.labels_of("val"), job.data.taxonomy)
    return Trial(values=values, state="finished", score=scores[trial.score], train_pflop=pflop)
