"""Studies that are killed and begun again: five architectures, two optimizers, dropout, growth, a fork."""

from __future__ import annotations

import functools
import gc
import json
import os
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Any
from unittest.mock import patch

import torch
from small_study import differing_files, leftovers, small_data

from forked import PROCESSES
from planned import planned
from taskgraft.architecture import Architecture
from taskgraft.events import silent
from taskgraft.execution import run_plan
from taskgraft.hardware import Hardware
from taskgraft.recipe import BranchSpec, NetworkSpec, Recipe, ResidualSpec
from taskgraft.recipe._recipes import fast, original
from taskgraft.study import Study
from taskgraft.training import Checkpoints

SIGKILL = -9

FORKED = Architecture("forked", ("group", "colour"), "forked", forks=(1, 1))
ARCHITECTURES: dict[str, list[str | Architecture]] = {
    "adam": ["independent", "shared-fine-to-coarse", "shared"],
    "muon": [FORKED, "coarse-to-fine"],
}


def recipe_of(case: str) -> Recipe:
    """`original` and `fast` in everything but size: two epochs of three steps."""
    base = original() if case == "adam" else fast()
    old = base.network
    changes: dict[str, object] = {"stage_widths": (4, 4)}
    if isinstance(old.trunk, ResidualSpec):
        changes["stages"] = tuple(stage.with_inner_width(3) for stage in old.trunk.stages[-2:])
    else:
        changes["stem_width"] = 4
    network = NetworkSpec(
        trunk=old.trunk.model_copy(update=changes),
        branch=BranchSpec(fc_1=old.branch.fc_1 and (6,), fc_2=(4,), dropout=old.branch.dropout),
        conventions=old.conventions,
    )
    growth = (0.75, 1.0) if base.growth else ()
    return base.model_copy(
        update={"network": network, "epochs": 2.0, "batch_size": 16, "growth": growth, "name": case}
    )


def run_study(out: Path, case: str) -> Study:
    """Runs, or goes on with, a study that saves its state after each step."""
    torch.set_num_threads(1)
    hardware = Hardware("cpu", "f32", channels_last=True, num_threads=1)
    often = functools.partial(Checkpoints, interval_seconds=0.0, most_share=1e9)
    with (
        patch("taskgraft.execution._planning.choose_hardware", return_value=hardware),
        patch("taskgraft.execution._run_checkpoints.Checkpoints", often),
    ):
        plan = planned(small_data(), ARCHITECTURES[case], recipe_of(case), 1, out=out)
        return run_plan(plan, silent)


def attempt(out: Path, case: str, failpoint: str, begun: Event | None) -> None:
    """What each process does."""
    os.environ["TASKGRAFT_FAILPOINT"] = failpoint
    gc.freeze()  # what was imported need not be looked through before each run
    if begun is not None:
        begun.set()
    run_study(out, case)


def start(out: Path, case: str, failpoint: str = "", begun: Event | None = None) -> Any:
    """Begins an attempt in a process of its own."""
    process = PROCESSES.Process(target=attempt, args=(out, case, failpoint, begun))
    process.start()
    return process


def end_of(process: Any) -> int:
    """Waits for a process; its exit code."""
    process.join(300)
    code: int = process.exitcode
    return code


def check_same(out: Path, untouched: Path) -> None:
    """A study that was killed is the one that was not: to the bit but for times, and nothing is left over."""
    study = Study.open(out)
    assert (study.missing, study.damaged) == ((), ())
    assert differing_files(out, untouched) == []
    assert leftovers(out) == []
    for path in untouched.glob("runs/*/history.jsonl"):
        assert _history(out / path.relative_to(untouched)) == _history(path)


def _history(path: Path) -> list[dict[str, Any]]:
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    return [{name: value for name, value in row.items() if name != "seconds"} for row in rows]
