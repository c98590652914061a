"""Every way of sharing and of balancing by its name, in one study, through to its page."""

from __future__ import annotations

from pathlib import Path

import pytest

import taskgraft as tg
from taskgraft.architecture import EVERY_NAME
from taskgraft.data.sources import load
from taskgraft.recipe import quick
from taskgraft.report.page import write_report
from taskgraft.training.balancers import BALANCERS

# It leaves out a gradient at either end, and refuses to be left with none.
NEEDS_THREE = {("trimmed-mean", 2)}


@pytest.mark.slow
@pytest.mark.parametrize("num_levels", [2, 3])
def test_one_study_holds_them_all(tmp_path: Path, num_levels: int) -> None:
    data = load("shapes", num_levels=num_levels, num_train=640, num_test=128)
    shared = {name: {"architecture": name} for name in EVERY_NAME}
    # With the weights of the recipe `shared` is balanced already.
    balanced = {
        f"by-{name}": {"architecture": "shared", "set": {"balancing": name}}
        for name in BALANCERS
        if name != quick().balancing.kind and (name, num_levels) not in NEEDS_THREE
    }
    study = tg.compare(data, recipe="quick", epochs=1, variants=shared | balanced, out=tmp_path / "study")
    assert not study.failures
    assert {run.variant for run in study.runs} == {*shared, *balanced}
    assert len(balanced) >= 20
    verdict = tg.conclude(study)
    assert all(0 <= each.scores[verdict.primary].estimate <= 1 for each in verdict.standings)
    page = write_report(study, verdict).read_text()
    assert all(name in page for name in (*shared, *balanced))
