"""What a study does not import."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import torch

import taskgraft as tg
from forked import Forked
from taskgraft.recipe import changed, recipe

# torch's compiler: a second of CPU and 70 MB a process.
COMPILER = "torch._dynamo"


def modules_after_a_study(folder: Path, name: str) -> list[str]:
    """A study from Python in a process of its own: the modules that are loaded then.

    Of the recipe's large networks one step of a few images is enough; `quick` has more variants.
    """
    torch.set_num_threads(1)
    data = tg.load("shapes", num_train=160, num_test=64)
    short = changed(recipe(name), {"epochs": 0.1, "batch_size": 16})
    names, match = ("shared,coarse-to-fine", "macs") if name == "quick" else ("shared", None)
    study = tg.compare(data, names, short, match=match, out=folder)
    assert not study.failures
    tg.write_report(study)
    return sorted(sys.modules)


@pytest.mark.parametrize("name", ["quick", "fast", "original"])
def test_a_study_does_not_import_the_compiler(tmp_path: Path, name: str) -> None:
    loaded = Forked(modules_after_a_study, tmp_path / "study", name).result()
    assert "torch" in loaded
    assert COMPILER not in loaded
