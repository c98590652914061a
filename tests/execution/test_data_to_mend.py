"""Data that is to be mended first is said before the runs of a study, in Python as on the command line."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import taskgraft as tg
from taskgraft.data import Dataset
from taskgraft.events import Observer
from taskgraft.execution import StudyNote
from taskgraft.recipe import Recipe

LINE = (
    "Data to mend first: 30 test images (50.0 %) with a duplicate in train or val, 30 of them pixel for pixel"
)


class Hearing(Observer):
    """Keeps what it hears."""

    def __init__(self) -> None:
        self.events: list[Any] = []

    def hear(self, event: Any) -> None:
        self.events.append(event)


@pytest.fixture(scope="module")
def leaking(tiny_data: Dataset) -> Dataset:
    """Half of the test images are train images of their leaf."""
    images, labels = tiny_data.images.copy(), tiny_data.labels
    train = tiny_data.indices["train"]
    for place in tiny_data.indices["test"][:30]:
        alike = train[(labels[train] == labels[place]).all(axis=1)]
        images[place] = images[alike[place % len(alike)]]
    return replace(tiny_data, images=images)


def test_compare_says_it_in_one_line_before_the_runs(
    leaking: Dataset, tiny_recipe: Recipe, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tg.compare(leaking, "shared", tiny_recipe, out=tmp_path)
    lines = capsys.readouterr().err.splitlines()
    (said,) = [number for number, line in enumerate(lines) if "mend first" in line]
    assert lines[said].startswith(LINE)
    assert said < lines.index("[1/1] shared seed 0: begins")
    # Nothing is left to do, so nothing is left to say.
    tg.compare(leaking, "shared", tiny_recipe, out=tmp_path)
    assert "mend first" not in capsys.readouterr().err


def test_a_listener_and_observers_hear_it(
    leaking: Dataset, tiny_recipe: Recipe, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    heard: list[Any] = []
    observer = Hearing()
    tg.compare(leaking, "shared", tiny_recipe, out=tmp_path, listener=heard.append, log=[observer])
    assert isinstance(heard[0], StudyNote)
    assert heard[0].text.startswith(LINE)
    assert observer.events[0] == heard[0]
    assert not capsys.readouterr().err


def test_new_partitions_keep_copies_together(
    leaking: Dataset, tiny_recipe: Recipe, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tg.compare(leaking, "shared", tiny_recipe, out=tmp_path, resplits=2)
    assert "mend first" not in capsys.readouterr().err


def test_clean_data_is_not_spoken_of(
    tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tg.compare(tiny_data, "shared", tiny_recipe, out=tmp_path)
    assert "mend first" not in capsys.readouterr().err
