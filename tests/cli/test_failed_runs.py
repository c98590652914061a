"""Runs that fail, as a user of the command meets them."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from command import run

from taskgraft.recipe import Sgd
from taskgraft.training import Job, training_events

ASK = [
    "compare",
    "--data",
    "shapes",
    "--data-option",
    "num_train=256",
    "--data-option",
    "num_test=64",
    "--recipe",
    "quick",
    "--epochs",
    "1",
    "--threads",
    "1",
    "--architectures",
    "independent,shared",
]


def wild(job: Job, *rest: Any) -> Any:
    """Trains `shared` with a rate that no network survives."""
    if job.architecture.name == "shared":
        steep = Sgd(learning_rate=1e30, momentum=0.9)
        job = replace(job, recipe=job.recipe.model_copy(update={"optimizer": steep}))
    return training_events(job, *rest)


def test_the_command_ends_with_1_once_all_else_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "study"
    with patch("taskgraft.execution._run.training_events", wild):
        assert run(monkeypatch, *ASK, "--out", out) == 1
    told = capsys.readouterr()
    assert "shared seed 0: failed. Expected the loss of level" in told.err
    assert f"Report: {out / 'report.html'}" in told.out
    assert "Traceback" not in told.out + told.err

    assert run(monkeypatch, *ASK, "--out", out, "--dry-run") == 0
    plan = capsys.readouterr().out
    assert "0 of 2 runs to do" in plan
    assert [line.split()[-1] for line in plan.splitlines() if line.startswith("shared")] == ["failed"]
    assert run(monkeypatch, *ASK, "--out", out, "--dry-run", "--retry-failed") == 0
    assert "1 of 2 runs to do" in capsys.readouterr().out

    assert run(monkeypatch, "report", out, "--json") == 0
    (failure,) = json.loads(capsys.readouterr().out)["failures"]
    assert (failure["variant"], failure["seed"], failure["kind"]) == ("shared", 0, "diverged")

    assert run(monkeypatch, *ASK, "--out", out, "--retry-failed") == 0
    assert "failed" not in capsys.readouterr().out


def test_one_run_that_fails_says_why_and_ends_with_1(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ask = ["train", "shared", *ASK[1:-2], "--out", str(tmp_path / "study")]
    with patch("taskgraft.execution._run.training_events", wild):
        assert run(monkeypatch, *ask) == 1
    err = capsys.readouterr().err
    assert "Run the command of the study again with --retry-failed" in err
    assert "shared-seed0 failed. Expected the loss of level" in err
