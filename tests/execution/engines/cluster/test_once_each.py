"""Of several attempts at a run, each event is heard once."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from taskgraft.events import EpochDone, Note, RunEvent, StepDone, TrainingResumed, TrainingStarted
from taskgraft.execution import RunBegan, RunProgress
from taskgraft.execution.engines.cluster._heard import OnceEach
from taskgraft.history import Epoch


def epoch(number: int) -> EpochDone:
    nothing: dict[str, float] = {}
    return EpochDone(
        Epoch(
            epoch=number,
            step=3 * number,
            seconds=1.0,
            learning_rate=0.1,
            train_loss=0.5,
            train_losses=nothing,
            val_losses=nothing,
            val_accuracies=nothing,
        )
    )


def attempt(first_step: int, last_step: int, num_steps: int = 12) -> list[RunEvent]:
    """What happens from a step on, up to another, with an epoch every three steps."""
    events: list[RunEvent] = [TrainingStarted(num_steps)]
    if first_step:
        events.append(TrainingResumed(first_step, ()))
    for step in range(first_step + 1, last_step + 1):
        events.append(StepDone(step))
        if step % 3 == 0:
            events.append(epoch(step // 3))
    return events


def heard(attempts: list[list[RunEvent]]) -> list[RunEvent]:
    once, passed = OnceEach(), []
    for number, events in enumerate(attempts):
        if number:
            once.begin_again()
        assert once.passes(RunBegan("shared", 0)) == (number == 0)
        passed += [event for event in events if once.passes(RunProgress("shared", 0, event))]
    return passed


@given(st.lists(st.tuples(st.integers(0, 12), st.integers(0, 12)), max_size=6))
def test_however_often_a_run_begins_again_it_is_heard_as_if_it_never_had(ends: list[tuple[int, int]]) -> None:
    """Each attempt goes on from a checkpoint that an earlier one may have made; the last one ends the run."""
    attempts, reached = [attempt(0, 0)], 0
    for wanted_first, wanted_last in ends:
        first = min(wanted_first, reached)
        last = max(first, wanted_last)
        attempts.append(attempt(first, last))
        reached = max(reached, last)
    attempts.append(attempt(reached // 2, 12))
    assert heard(attempts) == attempt(0, 12)


def test_a_run_that_begins_anew_with_smaller_batches_is_heard_from_its_first_step() -> None:
    once = OnceEach()
    first, second = attempt(0, 4), attempt(0, 5, num_steps=24)
    events = [RunProgress("shared", 0, each) for each in (*first, Note("half the batch"), *second)]
    assert all(map(once.passes, events))


def test_the_first_attempt_of_a_command_says_where_it_goes_on() -> None:
    events = attempt(6, 12)
    assert heard([events]) == events
