from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import Tensor

from taskgraft.data.augmentation import augmenter
from taskgraft.recipe import FlipShift


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def pictures(*shape: int) -> Tensor:
    return torch.randint(0, 256, shape, dtype=torch.uint8, generator=seeded(5))


def by_hand(image: np.ndarray, down: int, right: int, flip: int, max_shift: int) -> np.ndarray:
    """One image: reflected beyond its border, cropped where the shift says, then mirrored."""
    _, height, width = image.shape
    padded = np.pad(image, ((0, 0), (max_shift, max_shift), (max_shift, max_shift)), mode="reflect")
    top, left = max_shift - down, max_shift - right
    cropped = padded[:, top : top + height, left : left + width]
    return cropped[:, :, ::-1] if flip else cropped


@pytest.mark.parametrize("max_shift", [0, 1, 2, 4])
@pytest.mark.parametrize("shape", [(40, 3, 32, 32), (40, 1, 9, 14)])
def test_a_batch_equals_its_images_done_one_by_one(shape: tuple[int, ...], max_shift: int) -> None:
    images = pictures(*shape)
    augmentation = augmenter(FlipShift(max_shift=max_shift))
    indices = torch.randperm(shape[0], generator=seeded(1))[:30]
    draws = augmentation.draw(30, (shape[1], shape[2], shape[3]), seeded(2))
    result = augmentation.apply(images, indices, draws)
    expected = [
        by_hand(images[index].numpy(), *draw, max_shift)
        for index, draw in zip(indices.tolist(), draws.tolist(), strict=True)
    ]
    assert result.dtype == torch.uint8
    np.testing.assert_array_equal(result.numpy(), np.stack(expected))


def test_every_shift_and_both_flips_are_equally_likely() -> None:
    num_images = 20_000
    draws = augmenter(FlipShift(max_shift=2)).draw(num_images, (3, 32, 32), seeded())
    _, counts = draws.unique(dim=0, return_counts=True)
    assert len(counts) == 5 * 5 * 2
    expected = num_images / 50
    assert ((counts - expected) ** 2 / expected).sum() < 90, "chi-square of 49 degrees, p < 0.001"


def test_flips_can_be_left_out_without_changing_the_shifts() -> None:
    with_flips, without = (
        augmenter(FlipShift(flip=flip)).draw(100, (3, 8, 8), seeded(3)) for flip in (True, False)
    )
    assert with_flips[:, 2].any()
    assert not without[:, 2].any()
    assert torch.equal(with_flips[:, :2], without[:, :2])


def test_images_are_only_read() -> None:
    images = pictures(5, 3, 8, 8)
    kept = images.clone()
    augmentation = augmenter(FlipShift())
    result = augmentation.apply(images, torch.arange(5), augmentation.draw(5, (3, 8, 8), seeded()))
    result.zero_()
    assert torch.equal(images, kept)
