"""Batches cut from stored pictures that are larger than the images: against the pictures' pixels."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import taskgraft as tg
from taskgraft.data import Dataset
from taskgraft.errors import DataError, RequestError
from taskgraft.recipe import Crop, Recipe
from taskgraft.training import images_served
from taskgraft.training._batches import Batches

WHOLE = Crop(min_area_ratio=1, max_aspect_ratio=1, flip=False, stored_ratio=2)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Eighteen pictures of 64 pixels a side, in two classes and all three splits."""
    for number in range(18):
        split, kind = ("train", "train", "val", "test")[number % 4], "ab"[number // 4 % 2]
        path = tmp_path / split / kind / f"{number:02}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        pixels = np.random.default_rng(number).integers(0, 256, (64, 64, 3), dtype=np.uint8)
        Image.fromarray(pixels).save(path)
    return tmp_path


@pytest.fixture
def photographs(folder: Path) -> Dataset:
    return tg.load(folder, size=32)


def cut(recipe: Recipe, spec: Crop) -> Recipe:
    return recipe.model_copy(update={"augmentation": spec, "batch_size": 5})


def test_what_is_shown_has_the_detail_of_the_larger_pictures(
    photographs: Dataset, folder: Path, tiny_recipe: Recipe
) -> None:
    # All of a picture at half its side: each pixel is looked up in the middle of four.
    served = np.concatenate(
        [batch.images.numpy() for batch in Batches(photographs, cut(tiny_recipe, WHOLE), 0, "cpu").epoch(0)]
    )
    assert served.shape[1:] == (3, 32, 32)
    train = [np.asarray(Image.open(path)) for path in sorted(folder.glob("train/*/*.png"))]
    means = [each.reshape(32, 2, 32, 2, 3).mean(axis=(1, 3)).transpose(2, 0, 1) for each in train]
    for image in served:
        assert min(np.abs(image - mean).max() for mean in means) < 0.01


def test_the_images_that_are_scored_stay_what_they_are(photographs: Dataset, tiny_recipe: Recipe) -> None:
    before, digest = photographs.images.copy(), photographs.digest()
    larger = images_served(photographs, cut(tiny_recipe, WHOLE))
    assert larger.shape == (18, 3, 64, 64)
    np.testing.assert_array_equal(photographs.images, before)
    assert (photographs.image_shape, photographs.digest()) == ((3, 32, 32), digest)


def test_they_are_read_once(photographs: Dataset, folder: Path, tiny_recipe: Recipe) -> None:
    recipe = cut(tiny_recipe, WHOLE)
    larger = images_served(photographs, recipe)
    for path in folder.rglob("*.png"):
        path.unlink()
    assert images_served(photographs, recipe) is larger


def test_pictures_that_changed_meanwhile_are_refused(
    photographs: Dataset, folder: Path, tiny_recipe: Recipe
) -> None:
    next(folder.glob("train/a/*.png")).rename(folder / "train" / "a" / "renamed.png")
    with pytest.raises(DataError, match="to be those that were read before, but got others"):
        images_served(photographs, cut(tiny_recipe, WHOLE))


@pytest.mark.parametrize("ratio", [1.25, 2.0])
def test_data_without_pictures_have_no_larger_ones(
    ratio: float, tiny_data: Dataset, tiny_recipe: Recipe
) -> None:
    with pytest.raises(RequestError) as refusal:
        images_served(tiny_data, cut(tiny_recipe, Crop(stored_ratio=ratio)))
    assert str(refusal.value) == (
        "Expected augmentation.stored_ratio to be 1 with images that are no squares decoded from pictures, "
        f"but got {ratio:g}. Leave it out."
    )
    assert refusal.value.subjects == {"augmentation.stored_ratio"}


def test_stores_end_at_512_pixels(folder: Path, tiny_recipe: Recipe) -> None:
    with pytest.raises(RequestError) as refusal:
        images_served(tg.load(folder, size=320), cut(tiny_recipe, WHOLE))
    assert str(refusal.value) == (
        "Expected augmentation.stored_ratio to be at most 1.6 with images of 320 pixels, as stores go up to "
        "512, but got 2. Lower it, or size."
    )


def test_a_study_says_so_before_it_trains(tiny_data: Dataset, tmp_path: Path) -> None:
    settings = {"augmentation.kind": "crop", "augmentation.stored_ratio": 1.5}
    with pytest.raises(RequestError, match="no squares decoded from pictures"):
        tg.compare(tiny_data, "shared", "quick", set=settings, out=tmp_path / "study")
    assert not (tmp_path / "study").exists()
