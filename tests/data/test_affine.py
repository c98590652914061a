from __future__ import annotations

import importlib
import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import torch
from scipy import ndimage
from torch import Tensor

from taskgraft.data.augmentation import augmenter
from taskgraft.recipe import Affine

NUM_IMAGES = 12
# Far more shear than the recipe's, so that its axis and sign are seen.
STRONG = Affine(rotation_degrees=60, shift_ratio=0.3, shear_degrees=25, zoom_range=(0.7, 1.3))
STILL = Affine(rotation_degrees=0, shift_ratio=0, shear_degrees=0, zoom_range=(1, 1))


@pytest.fixture
def keras_affine(
    monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., Any]:
    """Keras' own function, its settings file kept out of the user's home."""
    monkeypatch.setenv("KERAS_BACKEND", "torch")
    monkeypatch.setenv("KERAS_HOME", str(tmp_path_factory.mktemp("keras")))
    module = importlib.import_module("keras.src.legacy.preprocessing.image")
    return module.apply_affine_transform


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def pictures(height: int, width: int) -> Tensor:
    return torch.randint(0, 256, (NUM_IMAGES, 3, height, width), dtype=torch.uint8, generator=seeded(5))


def keras_parameters(affine: Affine, side: int, seed: int) -> list[dict[str, float]]:
    """What Keras would be told for the draws of a seed: degrees, pixels and factors."""
    unit = torch.rand(NUM_IMAGES, 6, generator=seeded(seed), dtype=torch.float64)
    spread = (
        affine.rotation_degrees,
        affine.shift_ratio * side,
        affine.shift_ratio * side,
        affine.shear_degrees,
    )
    low, high = affine.zoom_range
    values = torch.cat(
        [(2 * unit[:, :4] - 1) * torch.tensor(spread), low + (high - low) * unit[:, 4:]], dim=1
    )
    return [
        dict(zip(("theta", "tx", "ty", "shear", "zx", "zy"), row, strict=True)) for row in values.tolist()
    ]


@pytest.mark.filterwarnings("ignore:Please import `affine_transform`:DeprecationWarning")
@pytest.mark.parametrize("seed", range(3))
def test_images_are_those_keras_makes(keras_affine: Callable[..., Any], seed: int) -> None:
    images = pictures(32, 32)
    result = augmenter(STRONG).apply(
        images, torch.arange(NUM_IMAGES), augmenter(STRONG).draw(NUM_IMAGES, (3, 32, 32), seeded(seed))
    )
    axes = {"row_axis": 1, "col_axis": 2, "channel_axis": 0, "fill_mode": "reflect", "order": 1}
    for image, ours, parameters in zip(images, result, keras_parameters(STRONG, 32, seed), strict=True):
        theirs = keras_affine(image.numpy().astype(np.float32), **parameters, **axes)
        np.testing.assert_allclose(ours.numpy(), theirs, atol=1e-2)


def test_draws_compose_rotation_shift_shear_and_zoom_in_that_order() -> None:
    draws = augmenter(STRONG).draw(NUM_IMAGES, (3, 20, 20), seeded(1)).double().numpy()
    for result, p in zip(draws, keras_parameters(STRONG, 20, seed=1), strict=True):
        angle, shear = math.radians(p["theta"]), math.radians(p["shear"])
        rotation = [[math.cos(angle), -math.sin(angle), 0], [math.sin(angle), math.cos(angle), 0], [0, 0, 1]]
        shift = [[1, 0, p["tx"]], [0, 1, p["ty"]], [0, 0, 1]]
        sheared = [[1, -math.sin(shear), 0], [0, math.cos(shear), 0], [0, 0, 1]]
        composed = np.linalg.multi_dot([rotation, shift, sheared, np.diag([p["zx"], p["zy"], 1])])
        np.testing.assert_allclose(result, composed[:2], atol=1e-5)


def test_draws_stay_within_their_ranges() -> None:
    shape = (3, 40, 80)
    draws = augmenter(STILL.model_copy(update={"rotation_degrees": 30.0})).draw(5000, shape, seeded())
    angles = torch.atan2(draws[:, 1, 0], draws[:, 0, 0]).rad2deg()
    assert 29 < angles.abs().max() <= 30.001
    assert abs(angles.mean().item()) < 1
    assert not draws[:, :, 2].any()
    draws = augmenter(STILL.model_copy(update={"shift_ratio": 0.25})).draw(5000, shape, seeded())
    assert 19 < draws[:, 0, 2].abs().max() <= 20, "x is shifted by a share of the width"
    assert 9 < draws[:, 1, 2].abs().max() <= 10, "y is shifted by a share of the height"
    draws = augmenter(STILL.model_copy(update={"zoom_range": (0.5, 1.5)})).draw(5000, shape, seeded())
    zoom = draws[:, [0, 1], [0, 1]]
    assert 0.5 <= zoom.min() < 0.51
    assert 1.49 < zoom.max() <= 1.5
    assert abs(np.corrcoef(zoom.numpy().T)[0, 1]) < 0.1, "axes are zoomed apart"


def test_images_that_are_not_square_keep_their_angles() -> None:
    images = pictures(16, 40)
    draws = augmenter(STRONG).draw(NUM_IMAGES, (3, 16, 40), seeded(2))
    result = augmenter(STRONG).apply(images, torch.arange(NUM_IMAGES), draws)
    centre = np.array([(16 - 1) / 2, (40 - 1) / 2])
    for image, ours, draw in zip(images.numpy(), result.numpy(), draws.double().numpy(), strict=True):
        matrix, shift = draw[::-1, 1::-1], draw[::-1, 2]  # SciPy speaks (row, column)
        offset = centre + shift - matrix @ centre
        channels = [
            ndimage.affine_transform(c.astype(np.float32), matrix, offset, order=1, mode="reflect")
            for c in image
        ]
        np.testing.assert_allclose(ours, channels, atol=1e-2)


def test_nothing_drawn_changes_nothing_and_indices_choose_the_images() -> None:
    images = pictures(8, 12)
    indices = torch.tensor([3, 0, 3])
    result = augmenter(STILL).apply(images, indices, augmenter(STILL).draw(3, (3, 8, 12), seeded()))
    torch.testing.assert_close(result, images[indices].float(), atol=1e-3, rtol=0)


def test_a_positive_shift_looks_further_right() -> None:
    images = torch.arange(10.0).expand(1, 1, 10, 10).to(torch.uint8)
    draws = torch.tensor([[[1.0, 0.0, 2.0], [0.0, 1.0, 0.0]]])
    result = augmenter(STILL).apply(images, torch.tensor([0]), draws)
    torch.testing.assert_close(
        result[0, 0, 0], torch.tensor([2.0, 3, 4, 5, 6, 7, 8, 9, 9, 8]), atol=1e-3, rtol=0
    )
