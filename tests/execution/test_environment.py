import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from planned import planned
from taskgraft.data import Dataset
from taskgraft.execution import _begin as begin
from taskgraft.execution import describe_environment
from taskgraft.execution._begin import begin_study
from taskgraft.hardware import choose_hardware
from taskgraft.recipe import Recipe
from taskgraft.study import Environment, differing


def here() -> Environment:
    return describe_environment(choose_hardware("cpu", 1))


def test_the_instructions_of_the_cpu_are_on_record() -> None:
    code = (
        "from taskgraft.hardware._device import choose_hardware as choose\n"
        "from taskgraft.execution import describe_environment\n"
        "print(describe_environment(choose('cpu', 1)).cpu_capability)"
    )
    environment = {**os.environ, "ATEN_CPU_CAPABILITY": "default"}
    child = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert child.stdout == "DEFAULT\n"
    assert here().cpu_capability


def test_what_differs_is_told_with_both_values() -> None:
    first = here()
    other = first.model_copy(
        update={"versions": {**first.versions, "torch": "99"}, "num_threads": 7, "cpu_capability": "DEFAULT"}
    )
    told = differing([first, other, first])
    assert told["versions"] == f"torch {first.versions['torch']} and 99"
    assert told["num_threads"] == "1 and 7"
    assert set(told) == {"versions", "num_threads", "cpu_capability"}


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"versions": {"taskgraft": "0.0.1"}}, "versions (taskgraft "),
        ({"cpu_capability": "DEFAULT"}, "cpu capability ("),
        ({"keeps_freed_memory": True, "num_cores": 99}, ""),
    ],
)
def test_a_study_that_goes_on_elsewhere_says_so_before_it_trains(
    change: dict[str, object],
    told: str,
    tiny_data: Dataset,
    tiny_recipe: Recipe,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    plan = planned(tiny_data, "shared", tiny_recipe, 1, out=tmp_path, num_threads=1)
    assert begin_study(plan, None)[1] == ()
    changed = here().model_copy(update=change)
    monkeypatch.setattr(begin, "describe_environment", lambda hardware: changed)
    lines = begin_study(plan, None)[1]
    assert bool(lines) is bool(told)
    assert all(told in line and "Scores may differ" in line for line in lines)
    done = replace(plan, runs=tuple(replace(run, is_finished=True) for run in plan.runs))
    assert begin_study(done, None)[1] == ()
