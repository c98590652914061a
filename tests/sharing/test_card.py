"""What stands on a model's card."""

from __future__ import annotations

import re
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml

from taskgraft.data import Dataset
from taskgraft.execution import compare
from taskgraft.inference import read_model
from taskgraft.models import model_file
from taskgraft.recipe import Recipe
from taskgraft.sharing import model_card
from taskgraft.study import Study, read_split
from taskgraft.taxonomy import Level, Taxonomy


@pytest.fixture(scope="module")
def study(tiny_data: Dataset, tiny_recipe: Recipe, tmp_path_factory: pytest.TempPathFactory) -> Study:
    colours = ("a](x", "yellow", "`green`", "blue")
    levels = (Level("group", ("warm|er", "<b>cold</b>")), Level("colour", colours))
    odd = replace(tiny_data, taxonomy=Taxonomy(levels, tiny_data.taxonomy.parents))
    out = tmp_path_factory.mktemp("carded") / "study"
    return compare(odd, "shared", tiny_recipe, 1, out=out, num_threads=1)


def test_the_scores_are_those_of_the_models_decisions_on_test(study: Study) -> None:
    card = model_card(model_file(study.directory))
    model = read_model(model_file(study.directory))
    row = re.search(r"\| colour \| ([\d.]+) \| ([\d.]+) to ([\d.]+) \|", card)
    assert row is not None
    value, low, high = map(float, row.groups())
    logits, targets = read_split(study.directory / "runs" / "shared-seed0", ("group", "colour"), "test")
    right = np.mean(model.answers_of(logits).preds[:, 1] == targets[:, 1])
    assert value == pytest.approx(100 * right, abs=0.05)
    assert low <= value <= high
    assert f"On the {len(targets)} test images" in card


def test_names_from_anywhere_are_no_markup(study: Study) -> None:
    card = model_card(model_file(study.directory))
    assert "<b>" not in card
    assert "a](x" not in card
    assert "warm\\|er" in card
    header = card.split("---")[1]
    assert yaml.safe_load(header)["library_name"] == "taskgraft"


def test_a_file_by_itself_has_a_card_without_scores(study: Study, tmp_path: Path) -> None:
    copy = tmp_path / "m.safetensors"
    shutil.copy(model_file(study.directory), copy)
    card = model_card(copy)
    assert "Not known: the file lies by itself." in card
    assert 'tg.load_model("m.safetensors")' in card
