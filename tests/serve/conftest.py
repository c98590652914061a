"""A tiny model, its file, pictures of it, and a server of it in a process of its own."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pytest
from PIL import Image
from running import Running
from starlette.testclient import TestClient

from taskgraft.data import Dataset
from taskgraft.inference import Model, write_model
from taskgraft.recipe import Recipe
from taskgraft.serve import create_app
from trained_model import trained_model


@pytest.fixture(scope="session")
def model(tiny_data: Dataset, tiny_recipe: Recipe) -> Model:
    """Of two levels, one epoch old."""
    return trained_model(tiny_data, tiny_recipe)


@pytest.fixture(scope="session")
def other_model(tiny_data: Dataset, tiny_recipe: Recipe) -> Model:
    """Another network of the same classes."""
    return trained_model(tiny_data, tiny_recipe, "independent")


@pytest.fixture(scope="session")
def model_file(model: Model, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model's file."""
    path = tmp_path_factory.mktemp("served") / "colours.safetensors"
    write_model(path, model.network, model.description)
    return path


def png_of(pixels: object) -> bytes:
    """Pixels (C, H, W) as a PNG file."""
    file = BytesIO()
    Image.fromarray(pixels.transpose(1, 2, 0)).save(file, "PNG")  # type: ignore[attr-defined]
    return file.getvalue()


@pytest.fixture(scope="session")
def files(tiny_data: Dataset) -> list[bytes]:
    """Sixteen test pictures."""
    return [png_of(pixels) for pixels in tiny_data.images[tiny_data.indices["test"][:16]]]


@pytest.fixture(scope="session")
def client(model: Model) -> TestClient:
    """Requests to the app of the model, without a network."""
    return TestClient(create_app(model), base_url="http://localhost")


@pytest.fixture(scope="module")
def server(model_file: Path) -> Iterator[Running]:
    """The command, serving the model with small limits."""
    words = ["--head-seconds", "1", "--body-seconds", "1", "--body-bytes", "200000", "--num-pictures", "8"]
    with Running([str(model_file), *words, "--num-connections", "24"]) as running:
        yield running
        assert running.stop() == 0
