"""A study of all soft architectures: they train, are compared at equal cost, shown and read again."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import torch

from taskgraft.architecture import SOFT_NAMES
from taskgraft.data import Dataset
from taskgraft.data.sources import load
from taskgraft.execution import compare, select_architectures
from taskgraft.hardware import Hardware
from taskgraft.inference import predict_logits, read_model
from taskgraft.network import cost
from taskgraft.recipe import Recipe, quick
from taskgraft.report import write_report
from taskgraft.study import MODEL, Study, run_directory

NAMES = ("independent", *SOFT_NAMES)


@pytest.fixture(scope="module")
def study(tiny_data: Dataset, tiny_recipe: Recipe, tmp_path_factory: pytest.TempPathFactory) -> Study:
    out = tmp_path_factory.mktemp("soft") / "study"
    return compare(tiny_data, NAMES, tiny_recipe, seeds=1, out=out)


def test_all_train_and_differ(study: Study) -> None:
    assert not study.failures
    assert [run.variant for run in study.runs] == list(NAMES)
    assert len({run.cost.num_parameters for run in study.runs}) == len(NAMES)
    assert len({tuple(run.scores.items()) for run in study.runs}) == len(NAMES)


def test_all_have_twins_of_equal_cost() -> None:
    data, spec = load("shapes", num_train=320, num_test=64), quick().network
    selected = select_architectures(NAMES, data, spec, match="macs")
    macs = {
        each.name: cost(each, spec, data.taxonomy.num_classes, data.image_shape).macs for each in selected
    }
    for name in SOFT_NAMES:
        twin = macs.get(f"{name}@independent-macs", macs[name])
        assert abs(twin / macs["independent"] - 1) <= 0.01


def test_their_models_are_files_like_all_others(study: Study, tiny_data: Dataset, tmp_path: Path) -> None:
    """Read without the study, they give logits of every level, to the bit what the run's model gives."""
    hardware = Hardware("cpu", "f32", channels_last=False, num_threads=1)
    for name in SOFT_NAMES:
        place = run_directory(study.directory, name, 0) / MODEL
        moved = shutil.copy(place, tmp_path / f"{name}.safetensors")
        model = read_model(Path(moved))
        assert model.network.architecture.name == name
        logits = predict_logits(model.network, tiny_data, "test", hardware)
        again = predict_logits(read_model(place).network, tiny_data, "test", hardware)
        assert [level.shape for level in logits] == [(60, 2), (60, 4)]
        assert all(
            torch.equal(torch.as_tensor(a), torch.as_tensor(b)) for a, b in zip(logits, again, strict=True)
        )


def test_the_report_draws_what_is_mixed(study: Study) -> None:
    page = write_report(study).read_text(encoding="utf-8")
    for words in ("behind conv 1–2: cross-stitch", "attention for each level", "experts: 3 shared", "gates"):
        assert words in page
