"""Mixup and cutmix: a batch against its images mixed one by one in NumPy."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import stats

from taskgraft.data.augmentation import Mixing
from taskgraft.recipe import Crop, FlipShift

BOTH = FlipShift(mixup_alpha=0.4, cutmix_alpha=1.0, mix_probability=0.8)


def seeded(seed: int = 0) -> torch.Generator:
    return torch.Generator().manual_seed(seed)


def by_hand(images: np.ndarray, draws: list[list[float]]) -> tuple[np.ndarray, list[float]]:
    """Each image with its partner, pixel by pixel."""
    mixed, shares = [], []
    for place, (share, is_cut, x, y) in enumerate(draws):
        one, other = images[place].astype(np.float64), images[len(images) - 1 - place].astype(np.float64)
        if not is_cut:
            mixed.append(share * one + (1 - share) * other)
            shares.append(share)
            continue
        _, height, width = one.shape
        half, covered = np.sqrt(1 - share) / 2, 0
        for row in range(height):
            for column in range(width):
                if abs((column + 0.5) / width - x) < half and abs((row + 0.5) / height - y) < half:
                    one[:, row, column] = other[:, row, column]
                    covered += 1
        mixed.append(one)
        shares.append(1 - covered / (height * width))
    return np.stack(mixed), shares


@pytest.mark.parametrize("spec", [BOTH, Crop(mixup_alpha=1.0), Crop(cutmix_alpha=0.5)], ids=repr)
@pytest.mark.parametrize("shape", [(12, 3, 24, 24), (7, 1, 9, 14)])
@pytest.mark.parametrize("dtype", [torch.uint8, torch.float32])
def test_a_batch_equals_its_images_mixed_one_by_one(
    shape: tuple[int, ...], spec: FlipShift, dtype: torch.dtype
) -> None:
    images = torch.randint(0, 256, shape, generator=seeded(5)).to(dtype)
    mixing = Mixing(spec)
    draws = mixing.draw(shape[0], seeded(2))
    mixed, shares = mixing.apply(images, draws)
    expected, its_shares = by_hand(images.numpy(), draws.tolist())
    np.testing.assert_allclose(mixed.numpy(), expected, atol=1e-3)
    np.testing.assert_allclose(shares.numpy(), its_shares, atol=1e-6)


def test_shares_are_of_the_beta_distribution_and_as_many_are_mixed_as_wanted() -> None:
    draws = Mixing(BOTH).draw(20_000, seeded())
    shares, is_cut, centres = draws[:, 0], draws[:, 1].bool(), draws[:, 2:]
    is_mixed = shares < 1
    assert abs(is_mixed.float().mean().item() - 0.8) < 0.02
    assert abs(is_cut.float().mean().item() - 0.5) < 0.02
    for chosen, alpha in ((is_mixed & ~is_cut, 0.4), (is_mixed & is_cut, 1.0)):
        assert stats.kstest(shares[chosen].numpy(), stats.beta(alpha, alpha).cdf).pvalue > 0.001
    assert stats.kstest(centres.flatten().numpy(), "uniform").pvalue > 0.001


@pytest.mark.parametrize(("spec", "cut"), [(Crop(mixup_alpha=0.2), 0), (Crop(cutmix_alpha=0.2), 1)])
def test_one_alone_is_all_that_is_done(spec: Crop, cut: int) -> None:
    draws = Mixing(spec).draw(500, seeded())
    assert (draws[:, 1] == cut).all()
    assert (draws[:, 0] < 1).float().mean() > 0.9


def test_an_image_without_a_partner_stays_as_it_is() -> None:
    images = torch.randint(0, 256, (5, 3, 8, 8), dtype=torch.uint8, generator=seeded())
    mixing = Mixing(Crop(mixup_alpha=1.0, cutmix_alpha=1.0))
    assert torch.equal(mixing.apply(images, mixing.draw(5, seeded())).images[2], images[2].float())
