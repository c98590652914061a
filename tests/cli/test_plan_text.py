"""What `--dry-run` says of the directory: whose study it holds, what is done, and where runs would go on."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from command import run

from planned import planned
from taskgraft.cli.plan_text import plan_json, plan_lines
from taskgraft.data import Dataset
from taskgraft.events import silent
from taskgraft.execution import Engine, LocalEngine, Plan, compare
from taskgraft.execution._run_checkpoints import checkpoints_of
from taskgraft.execution._run_spec import RunSpec
from taskgraft.recipe import Recipe
from taskgraft.training._checkpoint import Snapshot


class First(Engine):
    """Does the first run alone, and cuts the second off at a step."""

    def run(self, specs: Sequence[RunSpec]) -> Iterator[Any]:
        """Does so."""
        yield from LocalEngine().run(specs[:1])
        specs[1].directory.mkdir(parents=True)
        cut_off(specs[1], 7)
        cut_off(specs[1], 8)


def cut_off(spec: RunSpec, step: int) -> None:
    snapshot = Snapshot({"weight": torch.zeros(2)}, {"step": step, "history": []})
    checkpoints = checkpoints_of(spec, spec.hardware)
    list(checkpoints.snapshots(lambda line: None))
    checkpoints.save(snapshot)


@pytest.fixture
def plan(tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path) -> Plan:
    """Of a study of three runs, one of which is done, and one cut off at its eighth step."""
    given: Any = {"out": tmp_path / "study", "jobs": 1, "num_threads": 1}
    compare(tiny_data, "independent,shared", tiny_recipe, [0], engine=First(), listener=silent, **given)
    return planned(tiny_data, "independent,shared", tiny_recipe, [0, 1], **given)


def test_it_says_what_is_done_and_where_the_rest_goes_on(plan: Plan) -> None:
    lines = plan_lines(plan, [])
    assert f"directory  {plan.directory}, whose study grows" in lines
    states = [line.split("  ")[-1] for line in lines if line.startswith(("independent", "shared"))]
    assert states[:2] == ["finished", "at step 8"]
    assert lines[-1].startswith("1 of 4 runs are done; 3 to train: ")
    runs = plan_json(plan)["runs"]
    assert [each["saved_step"] for each in runs] == [None, 8, None, None]
    assert [each["is_finished"] for each in runs] == [True, False, False, False]


def test_a_checkpoint_that_would_not_be_used_is_not_shown(
    plan: Plan, tiny_data: Dataset, tiny_recipe: Recipe
) -> None:
    given: Any = {"out": plan.directory, "jobs": 1}
    other = planned(tiny_data, "independent,shared", tiny_recipe, [0], num_threads=2, **given)
    assert [each.saved_step for each in other.runs] == [None, None]
    directory = plan.runs[1].spec.directory
    (directory / "checkpoint-b.safetensors").write_bytes(b"torn")
    again = planned(tiny_data, "independent,shared", tiny_recipe, [0], num_threads=1, **given)
    assert f"directory  {plan.directory}, which holds this study" in plan_lines(again, [])
    assert [each.saved_step for each in again.runs] == [None, 7]
    (directory / "checkpoint-a.safetensors").unlink()
    assert [each.saved_step for each in again.runs] == [None, None]


def test_a_directory_of_another_study_or_of_something_else_is_refused(
    plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "photo.png").touch()
    for place, said in (
        (plan.directory, "to be a study of the same request"),
        (tmp_path / "folder", "empty"),
    ):
        ask = ["--data", "shapes", "--recipe", "quick", "--data-option", "num_train=256"]
        assert run(monkeypatch, "compare", *ask, "--out", place, "--dry-run") == 2
        out, err = capsys.readouterr()
        assert out == ""
        assert said in err
