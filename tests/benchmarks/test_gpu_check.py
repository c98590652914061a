"""The check of a GPU runs on a CPU as well, says what fails, and stops in time."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from benchmarks.gpu_check import GpuCheck, checked
from taskgraft.hardware import Hardware

HARDWARE = Hardware("cpu", "f32", channels_last=True, num_threads=1)
SCRIPT = Path(__file__).parents[2] / "scripts" / "gpu_check.sh"


@pytest.fixture(scope="module")
def check() -> GpuCheck:
    return GpuCheck(HARDWARE, num_steps=1, largest_batch=16)


@pytest.mark.parametrize(
    "name", ["steps.quick.shared", "steps.finetune.independent", "speed.fast.f32.channels-last"]
)
def test_steps_have_a_rate(check: GpuCheck, name: str) -> None:
    facts = list(checked(check, 60, name))
    assert "error" not in facts[0], facts[0]
    assert facts[0]["images_per_second"] > 0


def test_two_trainings_are_compared_and_a_network_with_itself_elsewhere(check: GpuCheck) -> None:
    [facts] = checked(check, 60, "determinism.quick")
    assert facts["is_identical"]
    [facts] = checked(check, 60, "beside-cpu.quick")
    assert facts["largest_difference"] < 1e-4
    assert facts["same_decisions_ratio"] == 1


def test_a_study_is_made_and_exported(check: GpuCheck) -> None:
    [facts] = checked(check, 60, "study-and-export")
    assert set(facts["full_path_accuracies"]) == {"independent", "shared"}
    assert facts["exported_bytes"] > 0


def test_a_part_that_fails_says_why_and_the_others_go_on(
    check: GpuCheck, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(self: GpuCheck, name: str) -> dict[str, object]:
        raise RuntimeError("no such kernel\nmore of it")

    monkeypatch.setattr(GpuCheck, "determinism", broken)
    facts = list(checked(check, 60, "determinism"))
    assert [each["error"] for each in facts] == ["RuntimeError: no such kernel"] * 2


def test_what_would_begin_too_late_is_left_out(check: GpuCheck) -> None:
    facts = list(checked(check, -1, "steps.quick"))
    assert len(facts) == 6
    assert all(each["left_out"] == "after -1 s" for each in facts)
    json.dumps(facts)


@pytest.mark.parametrize("words", [[], ["run"], ["nothing", "here"]])
def test_the_script_says_what_it_expects(words: list[str]) -> None:
    done = subprocess.run(["bash", SCRIPT, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr.startswith("Expected 'wheels FOLDER' or 'run FOLDER', but got '")
    assert done.stderr.count("\n") == 1
