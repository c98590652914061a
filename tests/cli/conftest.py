"""What tests of verbs on trained models share: a model's file, and pictures."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from taskgraft.data import Dataset
from taskgraft.inference import write_model
from taskgraft.recipe import Recipe
from trained_model import trained_model


@pytest.fixture(scope="session")
def model_file(tiny_data: Dataset, tiny_recipe: Recipe, tmp_path_factory: pytest.TempPathFactory) -> Path:
    trained = trained_model(tiny_data, tiny_recipe)
    path = tmp_path_factory.mktemp("model") / "model.safetensors"
    write_model(path, trained.network, trained.description)
    return path


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Three pictures of the model's size, of which one lies deeper; and what is none."""
    folder = tmp_path / "photos"
    (folder / "deep").mkdir(parents=True)
    for name, colour in {"a.png": (200, 60, 60), "b.png": (60, 60, 200), "deep/c.png": (60, 180, 90)}.items():
        Image.new("RGB", (12, 12), colour).save(folder / name)
    return folder
