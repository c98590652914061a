"""A run described as plain data: small, picklable, and enough for another process."""

from __future__ import annotations

import pickle
from dataclasses import replace
from pathlib import Path

import pytest

from planned import planned
from taskgraft.data import Dataset
from taskgraft.errors import StudyError
from taskgraft.execution import _run_spec as run_spec
from taskgraft.recipe import Recipe


def test_a_spec_is_a_few_kilobytes_and_comes_back_from_a_pickle(
    tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path
) -> None:
    plan = planned(tiny_data, "all", tiny_recipe, 2, out=tmp_path, num_threads=1)
    for run in plan.runs:
        content = pickle.dumps(run.spec)
        assert len(content) < 4096
        assert pickle.loads(content) == run.spec
        assert pickle.loads(content).data.open() is tiny_data


def test_a_spec_says_where_its_run_is_and_with_which_batches(
    tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path
) -> None:
    spec = planned(tiny_data, "shared", tiny_recipe, [3], out=tmp_path, num_threads=1).runs[0].spec
    assert (spec.name, spec.directory) == ("shared-seed3", tmp_path / "runs" / "shared-seed3")
    assert spec.recipe == spec.variant.recipe
    assert replace(spec, batch_size=7).recipe == tiny_recipe.model_copy(update={"batch_size": 7})


def test_a_machine_of_another_precision_is_refused(
    tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = planned(tiny_data, "shared", tiny_recipe, 1, out=tmp_path, num_threads=1).runs[0].spec
    assert spec.open_hardware() == spec.hardware
    other = "f32" if spec.hardware.precision == "bf16" else "bf16"
    hardware = replace(spec.hardware, precision=other)  # type: ignore[arg-type]
    monkeypatch.setattr(run_spec, "choose_hardware", lambda *_: hardware)
    with pytest.raises(StudyError, match="Expected the precision of cpu on this machine to be"):
        spec.open_hardware()
