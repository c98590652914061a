"""Model files spoilt at random: whatever they hold, a model that predicts or one line."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from mutate import spoil_json, spoil_tensors

from taskgraft.data import Dataset
from taskgraft.inference import ModelFileError, read_model, write_model
from taskgraft.recipe import Recipe
from taskgraft.remapping import remap
from taskgraft.taxonomy import Taxonomy
from trained_model import parts, put_together, trained_model


@pytest.fixture(scope="module")
def original(tiny_data: Dataset, tiny_recipe: Recipe, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model") / "model.safetensors"
    model = trained_model(tiny_data, tiny_recipe)
    write_model(path, model.network, model.description)
    return path


@pytest.fixture(scope="module")
def remapped(original: Path) -> Path:
    """The same model under a tree without one class."""
    older = read_model(original).taxonomy
    newer = Taxonomy.from_names(older.level_names, older.paths(1)[1:])
    return remap(original, taxonomy=newer, out=original.with_name("remapped.safetensors")).path


def test_spoilt_files_are_models_or_one_line(original: Path, tmp_path: Path) -> None:
    rng = random.Random(0)
    content = original.read_bytes()
    spoilt = tmp_path / "spoilt"
    for _ in range(300):
        spoilt.write_bytes(spoil_tensors(content, rng))
        check_one_line(fault(spoilt))


@pytest.mark.parametrize("kind", ["original", "remapped"])
def test_spoilt_descriptions_under_a_seal_that_holds_are_models_or_one_line(
    kind: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    original = request.getfixturevalue(kind)
    rng = random.Random(1)
    spoilt = tmp_path / "spoilt"
    for _ in range(400):
        description, tensors = parts(original)
        for _ in range(rng.randint(1, 3)):
            description = spoil_json(description, rng)
        try:
            put_together(spoilt, description, tensors)
        except (UnicodeEncodeError, ValueError):
            continue
        check_one_line(fault(spoilt))


def fault(path: Path) -> str:
    """The line that a file is refused with; nothing for a model that predicts."""
    try:
        model = read_model(path)
    except ModelFileError as error:
        return str(error)
    images = np.zeros((1, *model.image_shape), np.uint8)
    assert len(model.named(model.predict(images).preds)[0]) == 2
    return ""


def check_one_line(line: str) -> None:
    assert "\n" not in line
    assert len(line) < 1_000
