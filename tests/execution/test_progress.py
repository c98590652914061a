"""What a study shows of its events: bars on a terminal, lines elsewhere; both within 80 columns."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, cast

import pytest
from rich.console import Console

from taskgraft.events import EpochDone, StepDone, TrainingResumed, TrainingStarted
from taskgraft.execution import (
    RoundStarted,
    RunBegan,
    RunElsewhere,
    RunFailed,
    RunProgress,
    StudyEnded,
    StudyNote,
    StudyStarted,
    Waiting,
)
from taskgraft.execution._progress import LiveProgress, PlainProgress
from taskgraft.history import Epoch
from taskgraft.parameter import in_python
from taskgraft.request import search_seed
from taskgraft.study import FailureRecord

A, B, C = ("independent", 0), ("shared-fine-to-coarse", 0), ("shared-fine-to-coarse", 1)
EPOCHS = {"independent": 2.0, "shared-fine-to-coarse": 2.0}


def epoch(number: float, step: int) -> Epoch:
    accuracies = {"coarse": 0.5123, "fine": 0.25}
    losses = dict.fromkeys(accuracies, 1.0)
    return Epoch(
        epoch=number,
        step=step,
        seconds=12.0,
        learning_rate=0.1,
        train_loss=2.5,
        train_losses=losses,
        val_losses=losses,
        val_accuracies=accuracies,
    )


def failure() -> Any:
    environment = {"num_threads": 1}
    return FailureRecord.model_construct(
        variant=B[0], seed=B[1], kind="died", message="Expected more.", batch_size=8, environment=environment
    )


def events(*, are_several: bool) -> Iterator[Any]:
    """Two runs at once, or one: the first has ended an epoch, the second fails."""
    shown = "2 jobs x 1 thread" if are_several else "1 job x 2 threads"
    yield StudyStarted(((*A, 1.0), (*B, 1.0), (*C, 2.0)), 3, shown, are_several, Path(), cast(Any, None))
    yield StudyNote("The study grows.")
    yield RunBegan(*A)
    yield RunProgress(*A, TrainingStarted(20))
    yield RunProgress(*A, TrainingResumed(5))
    if are_several:
        yield RunBegan(*B)
        yield RunProgress(*B, TrainingStarted(20))
    yield RunProgress(*A, StepDone(10))
    yield RunProgress(*A, EpochDone(epoch(1.0, 10)))
    if are_several:
        yield RunProgress(*B, StepDone(4))
        yield RunFailed(failure())
    yield Waiting((("shared-fine-to-coarse-seed1", "process 7 on this machine"),))
    yield RunElsewhere(*C)
    yield StudyEnded()


def shown(kind: Any, *, are_several: bool) -> str:
    stream = io.StringIO()
    console = Console(file=stream, width=80, force_terminal=kind is LiveProgress, color_system=None)
    progress = kind(console, EPOCHS, in_python)
    for event in events(are_several=are_several):
        progress.show(event)
    return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", stream.getvalue())


def test_lines_say_of_which_run_they_are() -> None:
    lines = shown(PlainProgress, are_several=True).splitlines()
    assert lines[:5] == [
        "finished already: 3; to do: 3",
        "runs at once: 2 jobs x 1 thread",
        "The study grows.",
        "[1/3] independent seed 0: begins",
        "[1/3] independent seed 0: goes on behind step 5 of 20",
    ]
    assert lines[5] == "[2/3] shared-fine-to-coarse seed 0: begins"
    assert lines[6].startswith(
        "[1/3] independent seed 0: epoch 1/2, loss 2.500, val % coarse 51.2 fine 25.0, 12 s"
    )
    assert lines[7:] == [
        "[2/3] shared-fine-to-coarse seed 0: failed. Expected more.",
        "Waiting for runs that other processes do: shared-fine-to-coarse-seed1 (process 7 on this machine).",
        "[3/3] shared-fine-to-coarse seed 1: done by another process",
    ]


@pytest.mark.parametrize("kind", [PlainProgress, LiveProgress])
def test_trials_that_are_added_are_counted_and_the_runs_behind_them_by_themselves(kind: Any) -> None:
    stream = io.StringIO()
    console = Console(file=stream, width=80, force_terminal=kind is LiveProgress, color_system=None)
    progress = kind(console, EPOCHS, in_python)
    a, b = (A[0], search_seed(0)), (A[0], search_seed(1))
    for event in (
        RoundStarted(((*a, 1.0),), 0, "2 jobs x 1 thread", True),
        RunBegan(*a),
        RunProgress(*a, TrainingStarted(20)),
        RoundStarted(((*b, 3.0),), 0, "2 jobs x 1 thread", True),
        RunBegan(*b),
        RunElsewhere(*a),
        RunElsewhere(*b),
        StudyEnded(),
        StudyStarted(((*A, 1.0),), 0, "1 job x 2 threads", False, Path(), cast(Any, None)),
        RunElsewhere(*A),
        StudyEnded(),
    ):
        progress.show(event)
    text = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", stream.getvalue())
    # A run that is done elsewhere begins and ends at once.
    assert re.search(r"\[\d/2\] independent trial 1: done by another process", text)
    assert re.search(r"\[\d/2\] independent trial 2: done by another process", text)
    assert "[1/1] independent seed 0: done by another process" in text
    if kind is LiveProgress:
        assert "study: 2 to do, 2 jobs x 1 thread" in text


@pytest.mark.parametrize("are_several", [False, True])
def test_bars_fit_80_columns(are_several: bool) -> None:
    text = shown(LiveProgress, are_several=are_several)
    bars = [line for line in re.split(r"[\r\n]+", text) if "%" in line and "━" in line]
    assert bars
    assert max(map(len, bars)) <= 80
    assert "run 1: independent seed 0" in text
    assert ("2 jobs x 1 thread" in text) == are_several
