"""`taskgraft studies`: lists, and removes what was confirmed."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from command import run
from PIL import Image

import taskgraft as tg
from taskgraft.data import Dataset, list_stores
from taskgraft.events import silent
from taskgraft.recipe import Recipe
from taskgraft.shelf import StudyEntry


@pytest.fixture(scope="module")
def finished(tiny_data: Dataset, tiny_recipe: Recipe, tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("shelf") / "study"
    tg.compare(tiny_data, ["shared"], tiny_recipe, out=out, listener=silent)
    return out


@pytest.fixture
def study(finished: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TASKGRAFT_CACHE", str(tmp_path / "cache"))
    return Path(shutil.copytree(finished, tmp_path / "study"))


def test_studies_are_a_table(
    study: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (study.parent / "broken").mkdir()
    (study.parent / "broken" / "study.json").write_text("{")
    assert run(monkeypatch, "studies") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].split() == ["study", "data", "variants", "runs", "highest", "%", "size", "begun"]
    assert lines[2].split()[:5] == ["study", "colours", "1", "1/1", "shared"]
    assert lines[3].split()[:2] == ["broken", "damaged"]
    assert lines[4:] == ["", "highest: mean on test of full path, over finished seeds; no verdict."]
    assert max(map(len, lines)) <= 80
    assert run(monkeypatch, "studies", "list", study.parent, "--json") == 0
    listed = json.loads(capsys.readouterr().out)
    assert [entry["num_done"] for entry in listed["studies"]] == [1, 0]
    assert listed["stores"] == []


def test_names_too_long_for_a_table_are_shown_whole_within_80_columns(
    study: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    long = StudyEntry(
        path="studies/fruit",
        data="fruit",
        num_variants=12,
        num_runs=36,
        num_done=36,
        highest="shared-coarse-to-fine+frozen_ratio=0.1,lr=0.01",
        score="full_path_accuracy",
        value=0.684,
        num_bytes=10**6,
        created="2026-11-30T01:00:00",
    )
    entries = [long, replace(long, path="x" * 200)]
    monkeypatch.setattr("taskgraft.shelf.list_studies", lambda folder: entries)
    assert run(monkeypatch, "studies") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "studies/fruit"
    assert " ".join(line.strip() for line in lines[1:4]) == (
        "data fruit, variants 12, runs 36/36, highest shared-coarse-to-fine+frozen_ratio=0.1,lr=0.01, "
        "68.4 %, size 1.0 MB, begun 2026-11-30"
    )
    assert "".join(lines[4:7]) == "x" * 200
    assert max(map(len, lines)) <= 80


def test_nothing_is_said_to_be_nothing(
    study: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (study / "empty").mkdir()
    assert run(monkeypatch, "studies", study / "empty") == 0
    assert capsys.readouterr().out == f"No study in {study / 'empty'}.\n"


def test_a_removal_is_confirmed(
    study: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "studies", "rm", study) == 2
    assert capsys.readouterr().err == (
        "taskgraft: Expected a removal to be confirmed, but got no terminal to ask on. Add --yes.\n"
    )
    monkeypatch.setattr("sys.stdin.isatty", lambda: True)
    answers = iter([False, True])
    monkeypatch.setattr("typer.confirm", lambda *_, **__: next(answers))
    assert run(monkeypatch, "studies", "rm", study) == 1
    assert study.exists()
    assert f"the study {study} (" in capsys.readouterr().err
    assert run(monkeypatch, "studies", "rm", study) == 0
    assert not study.exists()
    assert capsys.readouterr().out == f"Removed {study}.\n"


def test_one_wrong_name_removes_nothing(
    study: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "studies", "rm", study, study.parent, "--yes") == 2
    assert study.exists()
    assert run(monkeypatch, "studies", "rm", "--yes") == 2
    assert "but got nothing. Name studies, or add --stores." in capsys.readouterr().err


def test_decoded_pictures_are_counted_and_removed(
    study: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for kind in "ab":
        for i in range(10):
            path = study.parent / "pictures" / kind / f"{i}.png"
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(np.full((16, 16), 20 * i + (kind == "a"), np.uint8)).save(path)
    data = tg.load(study.parent / "pictures")
    assert run(monkeypatch, "studies") == 0
    said = capsys.readouterr().out
    assert "Decoded pictures: 1 store, 5.1 kB. Remove: taskgraft studies rm --stores" in said
    assert run(monkeypatch, "studies", "rm", "--stores", "--yes") == 0
    assert capsys.readouterr().out == "Removed 1 store, 5.1 kB.\n"
    assert list_stores() == []
    # What is mapped stays, and what is gone is decoded again.
    assert np.array_equal(data.images, tg.load(study.parent / "pictures").images)
    assert study.exists()
