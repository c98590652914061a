"""A picture gives the numbers that it gave in training, whichever way it comes back."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from taskgraft.data.sources import load
from taskgraft.events import silent
from taskgraft.execution import compare
from taskgraft.models import load_model
from taskgraft.recipe import Recipe
from taskgraft.study import read_split, run_directory


@pytest.fixture(scope="module")
def photographs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """JPEGs of many sizes, most of them far larger than what is trained on, some of them turned."""
    folder = tmp_path_factory.mktemp("photographs")
    rng = np.random.default_rng(0)
    colours = {"warm/red": (200, 60, 60), "warm/yellow": (190, 180, 60), "cold/blue": (60, 60, 200)}
    for name, colour in {**colours, "cold/green": (60, 180, 90)}.items():
        (folder / name).mkdir(parents=True)
        for i in range(16):
            size = int(rng.integers(20, 150)), int(rng.integers(20, 150))
            field = np.array(colour) + rng.normal(0, 40, (*size, 3))
            exif = Image.Exif()
            exif[0x0112] = int(rng.integers(1, 9))
            picture = Image.fromarray(np.uint8(np.clip(field, 0, 255)))
            picture.save(folder / name / f"{i}.jpg", exif=exif, quality=90)
    return folder


@pytest.mark.parametrize("fit", ["crop", "pad"])
def test_predictions_are_those_of_the_study_on_the_same_files(
    photographs: Path, tiny_recipe: Recipe, tmp_path: Path, fit: Any
) -> None:
    data = load(str(photographs), size=16, fit=fit)
    study = compare(data, "shared-coarse-to-fine", tiny_recipe, 1, out=tmp_path / "s", listener=silent)
    model = load_model(tmp_path / "s")
    description = model.description
    assert description.preprocessing.fit == fit
    names = study.predictions(split="test").names
    assert len(names) >= 10
    directory = run_directory(study.directory, "shared-coarse-to-fine", 0)
    logits, _ = read_split(directory, study.taxonomy.level_names, "test")
    # By hand: of a leaf the weighted sum of its path's logits; of any other class the sum of its leaves.
    weights = description.pool_weights
    assert weights is not None
    coarse, fine = (torch.from_numpy(level).double() for level in logits)
    parents = torch.from_numpy(study.taxonomy.ancestors(0))
    first, second = study.taxonomy.level_names
    leaves = torch.softmax(weights[first] * coarse[:, parents] + weights[second] * fine, dim=1)
    groups = torch.zeros_like(coarse).index_add(1, parents, leaves)
    probs = [groups.numpy(), leaves.numpy()]
    best = leaves.argmax(dim=1).numpy()
    preds = np.stack([study.taxonomy.ancestors(0)[best], best], axis=1)
    for files in (
        [photographs / name for name in names],
        [(photographs / name).read_bytes() for name in names],
        [Image.open(photographs / name) for name in names],
        data.images[data.indices["test"]],
    ):
        predictions = model.predict(files)
        assert predictions.notes == predictions.bad == ()
        np.testing.assert_array_equal(predictions.preds, preds)
        for ours, theirs in zip(predictions.probs, probs, strict=True):
            np.testing.assert_allclose(ours, theirs, atol=1e-5)
    # One at a time, a convolution may take another way through the same sums.
    for name, path_probs in zip(names, model.predict(files).path_probs, strict=True):
        np.testing.assert_allclose(model.predict(photographs / name).path_probs[0], path_probs, atol=1e-5)
