"""The loss of images that are mixed, by hand: two targets an image, at every level, known or not."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.special import log_softmax

from taskgraft.data import Dataset
from taskgraft.recipe import FlipShift, Recipe
from taskgraft.training._batches import Batches
from taskgraft.training._growth import shrink
from taskgraft.training._loss import level_losses

CLASSES, SMOOTHING = (2, 5), 0.1


def drawn(num_images: int = 7) -> tuple[list[torch.Tensor], torch.Tensor, torch.Tensor]:
    rng = np.random.default_rng(1)
    logits = [torch.tensor(rng.normal(size=(num_images, k)), dtype=torch.float32) for k in CLASSES]
    targets = torch.tensor(np.stack([rng.integers(0, k, num_images) for k in CLASSES], axis=1))
    return logits, targets, torch.tensor(rng.random(num_images), dtype=torch.float32)


def by_hand(
    logits: torch.Tensor, targets: torch.Tensor, shares: torch.Tensor, weights: list[float] | None = None
) -> float:
    total = counted = 0.0
    num_images, num_classes = logits.shape
    log_probs = log_softmax(logits.numpy().astype(np.float64), axis=1)
    for image in range(num_images):
        partner = num_images - 1 - image
        for which, share in ((image, shares[image].item()), (partner, 1 - shares[image].item())):
            target = int(targets[which])
            if target < 0:
                continue
            smooth = np.full(num_classes, SMOOTHING / num_classes)
            smooth[target] += 1 - SMOOTHING
            loss = -(smooth * log_probs[image]).sum()
            total += share * loss * (1.0 if weights is None else weights[target])
            counted += share
    return total / max(counted, 1.0)


@pytest.mark.parametrize("weights", [None, [0.5, 2.0, 1.0, 0.1, 4.0]])
@pytest.mark.parametrize("unknown", [(), (0, 3), (1, 2, 6)])
def test_it_is_that_of_both_targets_by_their_shares(
    unknown: tuple[int, ...], weights: list[float] | None
) -> None:
    logits, targets, shares = drawn()
    targets[list(unknown), 1] = -1
    classes = None if weights is None else [None, torch.tensor(weights)]
    got = level_losses(logits, targets, SMOOTHING, classes, is_masked=bool(unknown), shares=shares)
    assert got[0].item() == pytest.approx(by_hand(logits[0], targets[:, 0], shares), rel=1e-5)
    assert got[1].item() == pytest.approx(by_hand(logits[1], targets[:, 1], shares, weights), rel=1e-5)


@pytest.mark.parametrize("unknown", [(), (0, 3)])
def test_an_image_that_is_all_itself_has_the_plain_loss(unknown: tuple[int, ...]) -> None:
    logits, targets, shares = drawn()
    targets[list(unknown), 1] = -1
    plain = level_losses(logits, targets, SMOOTHING, is_masked=True)
    mixed = level_losses(logits, targets, SMOOTHING, is_masked=True, shares=torch.ones_like(shares))
    torch.testing.assert_close(mixed, plain)


def test_an_image_of_which_hardly_anything_is_known_is_not_made_loud() -> None:
    logits, targets, shares = drawn(2)
    targets[1, 1], shares[:] = -1, torch.tensor([0.02, 1.0])
    got = level_losses(logits, targets, SMOOTHING, is_masked=True, shares=shares)
    alone = level_losses([logits[1][:1]], targets[:1, 1:], SMOOTHING)
    assert got[1].item() == pytest.approx(0.02 * alone.item(), rel=1e-4)


def test_a_level_without_a_known_image_has_no_loss_and_no_gradient() -> None:
    logits, targets, shares = drawn()
    targets[:, 1] = -1
    leaves = [level.requires_grad_() for level in logits]
    got = level_losses(leaves, targets, SMOOTHING, is_masked=True, shares=shares)
    got.sum().backward()
    assert got[1].item() == 0
    assert not leaves[1].grad.any()
    assert leaves[0].grad.any()


def test_batches_are_mixed_behind_their_augmentation_and_before_they_shrink(
    tiny_data: Dataset, tiny_recipe: Recipe
) -> None:
    plain, mixed = (
        list(Batches(tiny_data, recipe, 3, "cpu").epoch(1))
        for recipe in (
            tiny_recipe.model_copy(update={"augmentation": FlipShift(mixup_alpha=alpha)})
            for alpha in (0, 0.3)
        )
    )
    for before, after in zip(plain, mixed, strict=True):
        assert before.shares is None
        assert torch.equal(before.targets, after.targets)
        share = after.shares[:, None, None, None]
        images = before.images.float()
        expected = share * images + (1 - share) * images.flip(0)
        torch.testing.assert_close(after.images, expected)
        # Mixing and shrinking are linear, and change places.
        torch.testing.assert_close(shrink(after.images, 0.5), shrink(expected, 0.5))
