"""`taskgraft data show` of data with gaps, of levels without a tree, and of names from anywhere."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from command import run

from taskgraft.data import Dataset
from taskgraft.taxonomy import Level, Taxonomy


@pytest.fixture
def show(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    """Runs `data show` of a dataset and gives what it printed."""

    def shown(data: Dataset, *options: str) -> str:
        monkeypatch.setattr("taskgraft.data.sources.load", lambda **_: data)
        assert run(monkeypatch, "data", "show", "shapes", "--sheet", tmp_path / "s.png", *options) == 0
        return capsys.readouterr().out

    return shown


def test_missing_labels_are_counted_and_images_without_them_are_in_no_class(tiny_data: Dataset, show) -> None:
    labels = tiny_data.labels.copy()
    labels[:100, 1] = -1
    data = replace(tiny_data, labels=labels)
    printed = json.loads(show(data, "--json"))
    group, colour = printed["levels"]
    assert group["num_unlabelled"] == {"train": 0, "val": 0, "test": 0}
    assert sum(colour["num_unlabelled"].values()) == 100
    for split, count in printed["num_images"].items():
        assert colour["num_unlabelled"][split] + sum(row[split] for row in colour["classes"]) == count
    text = show(data)
    assert f"no colour label: {colour['num_unlabelled']['train']} train" in text
    assert "no group label" not in text


def test_without_a_tree_classes_stand_under_their_level(tiny_data: Dataset, show) -> None:
    taxonomy = Taxonomy.without_tree([Level("shape", ("bar", "disc")), Level("colour", tuple("rgby"))])
    data = replace(tiny_data, taxonomy=taxonomy)
    lines = show(data).splitlines()
    assert "levels: shape (2), colour (4), with no tree between them" in lines
    first = lines.index("shape")
    assert [line.split()[0] for line in lines[first : first + 8]] == [
        "shape",
        "bar",
        "disc",
        "colour",
        "r",
        "g",
        "b",
        "y",
    ]
    assert json.loads(show(data, "--json"))["is_tree"] is False


def test_notes_and_files_left_out_are_printed_a_line_each(tiny_data: Dataset, show) -> None:
    skipped = tuple((f"a\n{i}\x1b[31m.jpg", "cut off") for i in range(23))
    notes = ("Level 'all' was left out: its only class is 'x'.",)
    data = replace(tiny_data, provenance=replace(tiny_data.provenance, notes=notes, skipped=skipped))
    text = show(data)
    assert "note: Level 'all' was left out: its only class is 'x'.\n" in text
    assert (
        "left out: 23 files\n  a\N{REPLACEMENT CHARACTER}0\N{REPLACEMENT CHARACTER}[31m.jpg: cut off\n"
        in text
    )
    assert "\n  and 3 more; --json names them all\n" in text
    assert "\x1b" not in text
    printed = json.loads(show(data, "--json"))
    assert printed["notes"] == list(notes)
    assert printed["skipped"][22] == {"name": skipped[22][0], "reason": "cut off"}


def test_eight_levels_are_printed(show, tiny_data: Dataset) -> None:
    paths = [[f"{level}{min(leaf, 1) if level < 7 else leaf}" for level in range(8)] for leaf in range(4)]
    taxonomy = Taxonomy.from_names([f"level {i}" for i in range(8)], paths)
    leaves = tiny_data.labels[:, 1]
    labels = np.stack([taxonomy.ancestors(i)[leaves] for i in range(8)], axis=1)
    text = show(replace(tiny_data, taxonomy=taxonomy, labels=labels))
    assert text.count("\n" + 14 * " " + "7") == 4
