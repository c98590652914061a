"""Laws that every engine keeps, for engines of any kind to be held against."""

from __future__ import annotations

import pickle
from collections import Counter
from collections.abc import Sequence
from typing import Any

from taskgraft.events import EpochDone, StepDone, TrainingResumed, TrainingStarted
from taskgraft.execution import Engine, RunBegan, RunElsewhere, RunEnded, RunFailed, RunProgress
from taskgraft.execution._run_spec import RunSpec

Run = tuple[str, int]


def run_of(event: Any) -> Run | None:
    """The run that an event is of; None for one of the study."""
    match event:
        case RunBegan() | RunProgress() | RunElsewhere():
            return (event.variant, event.seed)
        case RunEnded():
            return (event.record.variant, event.record.seed)
        case RunFailed():
            return (event.failure.variant, event.failure.seed)
    return None


def assert_lawful(engine: Engine, specs: Sequence[RunSpec]) -> list[Any]:
    """Lets an engine do runs, and holds what it says against every law; gives the events."""
    events = list(engine.run(specs))
    assert_each_ends_once(events, specs)
    assert_in_order(events)
    assert_plain(events)
    return events


def assert_each_ends_once(events: Sequence[Any], specs: Sequence[RunSpec]) -> None:
    """Every run ends exactly once: finished, failed, or done elsewhere; and only these runs."""
    over = Counter(
        run_of(event) for event in events if isinstance(event, RunEnded | RunFailed | RunElsewhere)
    )
    assert over == Counter((spec.variant.name, spec.seed) for spec in specs)


def assert_in_order(events: Sequence[Any]) -> None:
    """Of each run: it begins, trains with ever more steps, and ends; nothing comes behind its end."""
    for run in {run_of(event) for event in events} - {None}:
        mine = [event for event in events if run_of(event) == run]
        if isinstance(mine[0], RunElsewhere):
            assert len(mine) == 1
            continue
        assert isinstance(mine[0], RunBegan)
        assert isinstance(mine[-1], RunEnded | RunFailed)
        assert all(isinstance(event, RunProgress) for event in mine[1:-1])
        within = [event.event for event in mine[1:-1]]
        assert steps_of(within) == sorted(steps_of(within))
        if isinstance(mine[-1], RunEnded):
            assert sum(isinstance(event, TrainingStarted) for event in within) >= 1
            assert any(isinstance(event, EpochDone) for event in within)


def steps_of(events: Sequence[Any]) -> list[int]:
    """The steps of a run as they were said to be done, in the order of the events."""
    return [
        event.row.step if isinstance(event, EpochDone) else event.step for event in events if _counts(event)
    ]


def _counts(event: Any) -> bool:
    return isinstance(event, StepDone | EpochDone | TrainingResumed)


def assert_plain(events: Sequence[Any]) -> None:
    """Any process can be given an event: it is pickled small, and comes back equal."""
    for event in events:
        content = pickle.dumps(event)
        assert len(content) < 50_000
        assert pickle.loads(content) == event
