"""Runs that fail, as a user of the command meets them."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest.mock import patch

import pytest
from command import run

from small_shapes import small_shapes
from taskgraft.errors import OutOfMemoryError
from taskgraft.parameter import Parameter
from taskgraft.recipe import Sgd
from taskgraft.study import FAILURE, Study, write_record
from taskgraft.training import Job, training_events

ASK = [*small_shapes("compare"), "--architectures", "independent,shared"]


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
    assert "1 of 2 runs are done, 1 failed; 0 to train: 0 PFLOP." in plan
    assert [line.split()[-1] for line in plan.splitlines() if line.startswith("shared")] == ["failed"]
    assert run(monkeypatch, *ASK, "--out", out, "--dry-run", "--retry-failed") == 0
    assert "1 of 2 runs are done; 1 to train: " in capsys.readouterr().out

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
    assert "What diverged would diverge again: it needs another recipe, in another study directory." in err
    assert "--retry-failed" not in err
    assert "shared-seed0 failed. Expected the loss of level" in err


def test_each_front_end_spells_what_a_failure_advises_its_way(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def short(job: Job, *rest: Any) -> Any:
        if job.architecture.name == "shared":
            raise OutOfMemoryError.expected("memory", "enough", 1, f"Add {Parameter('auto_batch', True)}.")
        return training_events(job, *rest)

    out = tmp_path / "study"
    with patch("taskgraft.execution._run.training_events", short):
        assert run(monkeypatch, *ASK, "--out", out) == 1
    told = capsys.readouterr()
    assert "shared seed 0: failed. Expected memory to be enough, but got 1. Add --auto-batch." in told.err
    (failure,) = Study.open(out).failures
    assert failure.message == "Expected memory to be enough, but got 1. Add auto_batch=True."
    # Nobody knows who reads a page.
    both = "Add --auto-batch (in Python: auto_batch=True)."
    page = re.sub(r"<[^>]*>", "", (out / "report.html").read_text())
    assert both in page
    assert run(monkeypatch, "report", out, "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert said["failures"][0]["message"].endswith("Add --auto-batch.")
    # What older records hold is the message alone.
    path = out / "runs" / "shared-seed0" / FAILURE
    write_record(path, failure.model_copy(update={"text": ""}))
    assert Study.open(out).failures[0].spelled(str.format) == failure.message
    for each in (out / "runs").glob("*/result.json"):
        each.unlink()
    assert run(monkeypatch, "report", out) == 1
    assert capsys.readouterr().err.endswith(f"  shared-seed0 failed. {failure.message}\n")
    write_record(path, failure)
    assert run(monkeypatch, "report", out) == 1
    err = capsys.readouterr().err
    assert "with --retry-failed as before, once more memory is free.\n  shared-seed0 failed. " in err
    assert err.endswith("Add --auto-batch.\n")
