"""A trained model and its file, which tests of several kinds look at."""

from __future__ import annotations

from pathlib import Path

import pytest

from taskgraft.data import Dataset
from taskgraft.inference import Model, write_model
from taskgraft.recipe import Recipe
from trained_model import trained_model


@pytest.fixture(scope="module")
def model(tiny_data: Dataset, tiny_recipe: Recipe) -> Model:
    return trained_model(tiny_data, tiny_recipe)


@pytest.fixture(scope="module")
def original(model: Model, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("model") / "model.safetensors"
    write_model(path, model.network, model.description)
    return path


@pytest.fixture
def path(original: Path, tmp_path: Path) -> Path:
    """A copy that a test may spoil."""
    copy = tmp_path / "model.safetensors"
    copy.write_bytes(original.read_bytes())
    return copy
