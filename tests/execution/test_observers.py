"""Observers hear what the listener hears; one that fails is off, and the study goes on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

import taskgraft as tg
from taskgraft.data import Dataset
from taskgraft.errors import RequestError, StudyError
from taskgraft.events import Observer, silent
from taskgraft.execution import (
    Observers,
    RunEnded,
    RunProgress,
    StudyEnded,
    StudyKept,
    StudyNote,
    StudyStarted,
)
from taskgraft.recipe import Recipe


class Hearing(Observer):
    """Keeps what it hears, and may fail when it hears something."""

    def __init__(self, fails_at: type | None = None, fails_closed: bool = False) -> None:
        self.fails_at, self.fails_closed = fails_at, fails_closed
        self.heard: list[Any] = []
        self.num_closed = 0

    def hear(self, event: Any) -> None:
        self.heard.append(event)
        if self.fails_at is not None and isinstance(event, self.fails_at):
            raise ValueError("two\nlines.")

    def close(self) -> None:
        self.num_closed += 1
        if self.fails_closed:
            raise StudyError("Cannot close.")


def kinds(events: list[Any]) -> list[str]:
    return [type(event).__name__ for event in events if not isinstance(event, RunProgress)]


def test_an_observer_hears_the_study_from_its_beginning_to_its_end(
    tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path
) -> None:
    observer, heard = Hearing(), []
    study = tg.compare(tiny_data, "shared", tiny_recipe, out=tmp_path, log=[observer], listener=heard.append)
    assert observer.heard == heard
    assert kinds(heard) == ["StudyStarted", "RunBegan", "RunEnded", "StudyEnded", "StudyKept"]
    assert observer.num_closed == 1
    started, kept = heard[0], heard[-1]
    assert isinstance(started, StudyStarted)
    assert (started.directory, started.record) == (tmp_path, study.record)
    assert isinstance(kept, StudyKept)
    assert kept.study == study


@pytest.mark.parametrize("fails_at", [StudyStarted, RunProgress, RunEnded, StudyEnded, StudyKept])
def test_one_that_fails_is_off_and_the_study_is_the_same(
    fails_at: type, tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path
) -> None:
    broken, sound, heard = Hearing(fails_at), Hearing(), []
    study = tg.compare(
        tiny_data, "shared", tiny_recipe, epochs=0.2, out=tmp_path, log=[broken, sound], listener=heard.append
    )
    assert not study.missing
    assert isinstance(broken.heard[-1], fails_at)
    assert (broken.num_closed, sound.num_closed) == (1, 1)
    assert [event for event in heard if not isinstance(event, StudyNote)] == sound.heard
    said = [event.text for event in heard if isinstance(event, StudyNote)]
    assert said == ["The log Hearing is off from here on, and the study goes on: ValueError, two lines."]


def test_one_that_cannot_be_closed_is_said() -> None:
    heard: list[Any] = []
    with Observers(heard.append, [Hearing(fails_closed=True)]) as observers:
        observers(StudyNote("A note."))
    assert [event.text for event in heard] == [
        "A note.",
        "The log Hearing is off from here on, and the study goes on: Cannot close.",
    ]


def test_what_a_listener_raises_ends_the_study_and_closes_observers() -> None:
    def listener(event: Any) -> None:
        raise KeyError("mine")

    observer = Hearing()
    with pytest.raises(KeyError), Observers(listener, [observer]) as observers:
        observers(StudyNote("A note."))
    assert (observer.heard, observer.num_closed) == ([], 1)


@pytest.mark.parametrize(
    ("log", "rule"),
    [
        ("tensorbord", "Expected log to be one of csv, mlflow, tensorboard, but got 'tensorbord'. Did you"),
        ("", "Expected log to be different names of logs, joined by commas, or observers, but got ''."),
        ("csv,csv", "but got 'csv,csv'. Write it like csv,tensorboard."),
        (["csv", 3], "but got ['csv', 3]."),
        (3, "but got 3."),
        (silent, "different names of logs"),
        ({"csv"}, "but got {'csv'}."),
    ],
)
def test_what_is_no_log_begins_no_study(
    log: Any, rule: str, tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path
) -> None:
    with pytest.raises(RequestError) as caught:
        tg.compare(tiny_data, "shared", tiny_recipe, out=tmp_path / "study", log=log)
    assert rule in str(caught.value)
    assert not (tmp_path / "study").exists()


class Ending(Observer):
    """Ends the process, as some libraries do, and cannot say what it is called."""

    @property
    def title(self) -> str:
        raise OSError("no name")

    def hear(self, event: Any) -> None:
        raise SystemExit(3)

    def close(self) -> None:
        raise SystemExit(4)


class Stopping(Observer):
    """Passes on that the user stops the command."""

    def hear(self, event: Any) -> None:
        raise KeyboardInterrupt


def test_an_observer_that_would_end_the_process_is_off() -> None:
    said: list[Any] = []
    with Observers(said.append, [Ending()]) as observers:
        observers(StudyNote("It begins."))
        observers(StudyNote("It ends."))
    assert [event.text for event in said] == [
        "It begins.",
        "The log Ending is off from here on, and the study goes on: SystemExit, 3.",
        "It ends.",
    ]


def test_a_stop_is_one_in_an_observer_too() -> None:
    with pytest.raises(KeyboardInterrupt), Observers(silent, [Stopping()]) as observers:
        observers(StudyNote("It begins."))
