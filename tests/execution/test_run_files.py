"""What a run writes besides its record: the model, and logits that are computed once."""

from __future__ import annotations

from pathlib import Path
from unittest.mock import patch

import numpy as np
import pytest
import torch

from taskgraft.data import Dataset
from taskgraft.events import silent
from taskgraft.execution import _run as run
from taskgraft.execution import compare
from taskgraft.inference import read_model
from taskgraft.recipe import Recipe
from taskgraft.scores import fit_temperature
from taskgraft.study import MODEL, read_flows, read_split, run_directory

NAME = "shared-coarse-to-fine"


@pytest.mark.parametrize("flip", [False, True])
def test_a_run_writes_a_model_that_gives_its_logits(
    tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path, flip: bool
) -> None:
    recipe = tiny_recipe.model_copy(update={"test_time_flip": flip, "epochs": 1.0})
    study = compare(tiny_data, NAME, recipe, [3], out=tmp_path / "mine", listener=silent, device="cpu")
    directory = run_directory(study.directory, NAME, 3)
    model = read_model(directory / MODEL)
    names = tiny_data.taxonomy.level_names
    logits, _ = read_split(directory, names, "test")
    for ours, written in zip(model.logits(tiny_data.images[tiny_data.indices["test"]]), logits, strict=True):
        np.testing.assert_array_equal(ours, written)
    origin = model.description.origin
    assert (origin.study, origin.variant, origin.seed) == ("mine", NAME, 3)
    assert origin.data_digest == tiny_data.digest()
    val_logits, targets = read_split(directory, names, "val")
    assert model.description.temperatures == {
        name: fit_temperature(val_logits[i], targets[:, i]) for i, name in enumerate(names)
    }


@pytest.mark.parametrize(("flip", "num_predictions"), [(False, 2), (True, 4)])
def test_logits_are_computed_once_unless_those_for_the_flows_are_others(
    tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path, flip: bool, num_predictions: int
) -> None:
    recipe = tiny_recipe.model_copy(update={"test_time_flip": flip, "epochs": 1.0})
    with patch.object(run, "predict_logits", wraps=run.predict_logits) as predicting:
        compare(tiny_data, NAME, recipe, 1, out=tmp_path, listener=silent, device="cpu")
    assert predicting.call_count == num_predictions
    directory = run_directory(tmp_path, NAME, 0)
    model = read_model(directory / MODEL)
    plain = model.description.model_copy(update={"test_time_flip": False})
    logits = type(model)(model.network, plain).logits(tiny_data.images[tiny_data.indices["test"]])
    preds = read_flows(directory)["group>colour.none"]
    np.testing.assert_array_equal(preds, torch.from_numpy(logits[1]).argmax(dim=1).numpy())
