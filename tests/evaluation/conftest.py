"""A model of tiny colours, and the same colours as pictures in folders."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from taskgraft.data import Dataset
from taskgraft.data.sources import load
from taskgraft.evaluation import Evaluation, evaluate
from taskgraft.inference import Model
from taskgraft.recipe import Recipe
from trained_model import trained_model

SIDE = 16


@pytest.fixture(scope="session")
def model(tiny_data: Dataset, tiny_recipe: Recipe) -> Model:
    return trained_model(tiny_data, tiny_recipe)


@pytest.fixture(scope="session")
def evaluation(model: Model, tiny_data: Dataset) -> Evaluation:
    return evaluate(model, tiny_data)


def write_pictures(root: Path, paths: list[tuple[str, ...]], num_images: int, seed: int = 0) -> Path:
    """Noisy pictures of a colour for each path of folders, of other sizes than any model takes."""
    rng = np.random.default_rng(seed)
    for number, path in enumerate(paths):
        folder = root.joinpath(*path)
        folder.mkdir(parents=True, exist_ok=True)
        colour = np.array([(number * 67) % 256, (number * 131) % 256, (number * 29) % 256])
        for k in range(num_images):
            pixels = np.clip(colour + rng.normal(0, 40, (20, 24, 3)), 0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(folder / f"{k}.png")
    return root


FOLDERS = [("warm", "red"), ("warm", "yellow"), ("cold", "blue"), ("cold", "green")]


@pytest.fixture(scope="session")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_pictures(tmp_path_factory.mktemp("data") / "photos", FOLDERS, 12)


@pytest.fixture(scope="session")
def folder_model(photos: Path, tiny_recipe: Recipe) -> Model:
    """A model of pictures in folders, of the size of no other dataset here."""
    return trained_model(load(photos, size=SIDE, fit="pad"), tiny_recipe)
