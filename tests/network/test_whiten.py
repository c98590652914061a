import numpy as np
import torch
from lane_parts import stem_of

from taskgraft.architecture import catalogue
from taskgraft.network import Network, whiten_stems
from taskgraft.network._whiten import whitening_filters
from taskgraft.recipe._recipes import fast


def blurred(num_images: int, channels: int) -> torch.Tensor:
    """Images whose neighbouring pixels and channels are correlated, as natural ones' are; 0 to 255."""
    rng = np.random.default_rng(0)
    noise = torch.from_numpy(rng.normal(size=(num_images, 1, 14, 14))) + 0.3 * torch.from_numpy(
        rng.normal(size=(num_images, channels, 14, 14))
    )
    return (128 + 60 * torch.nn.functional.avg_pool2d(noise, 3, 1)).float()


def test_whitened_patches_are_uncorrelated_with_unit_variance() -> None:
    pixels = (blurred(300, 3) - 128) / 40
    answers = torch.nn.functional.conv2d(pixels, whitening_filters(pixels, 2))
    flat = answers.permute(0, 2, 3, 1).reshape(-1, 12).double()
    covariance = flat.T @ flat / len(flat)
    variance = covariance.diagonal()
    # The floor keeps the weakest directions from being blown up, so their variance stays below one.
    assert bool((variance < 1.0001).all())
    assert bool((variance[:6] > 0.9).all())
    off = covariance - torch.diag(variance)
    assert float(off.abs().max()) < 1e-3


def test_every_trunk_begins_with_the_same_frozen_filters_and_their_negatives() -> None:
    network = Network(catalogue(["a", "b"])["independent"], fast().network, (2, 4), (3, 32, 32))
    images = torch.randint(256, (20, 3, 32, 32), dtype=torch.uint8)
    whiten_stems(network, images)
    first, second = (stem_of(network, level).weight for level in range(2))
    assert torch.equal(first, second)
    assert torch.equal(first[:12], -first[12:])
    assert not first.requires_grad


def test_grey_images_have_a_stem_of_their_own_width() -> None:
    network = Network(catalogue(["a"])["independent"], fast().network, (2,), (1, 28, 28))
    assert stem_of(network).weight.shape == (8, 1, 2, 2)
