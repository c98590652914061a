import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import log_softmax

from taskgraft.training._loss import level_losses, level_weights


def test_each_level_is_the_mean_smoothed_cross_entropy() -> None:
    rng = np.random.default_rng(0)
    logits = [rng.normal(size=(6, k)) for k in (2, 5)]
    targets = np.stack([rng.integers(0, k, 6) for k in (2, 5)], axis=1)
    got = level_losses([torch.tensor(level) for level in logits], torch.tensor(targets), 0.1)
    for i, level in enumerate(logits):
        smooth = np.full(level.shape, 0.1 / level.shape[1])
        smooth[np.arange(6), targets[:, i]] += 0.9
        expected = -(smooth * log_softmax(level, axis=1)).sum(1).mean()
        assert got[i].item() == pytest.approx(expected, rel=1e-5)


def test_only_the_finest_level_is_weighted() -> None:
    assert level_weights(1, 2.0).tolist() == [2.0]
    assert level_weights(3, 2.0).tolist() == [1.0, 1.0, 2.0]


def drawn(seed: int, num_images: int = 8) -> tuple[list[torch.Tensor], torch.Tensor]:
    rng = np.random.default_rng(seed)
    logits = [torch.tensor(rng.normal(size=(num_images, k)), dtype=torch.float32) for k in (2, 5)]
    return logits, torch.tensor(np.stack([rng.integers(0, k, num_images) for k in (2, 5)], axis=1))


def test_images_of_unknown_class_are_as_if_they_were_not_there() -> None:
    logits, targets = drawn(0)
    targets[[1, 4], 0] = -1
    targets[[0, 2, 3], 1] = -1
    got = level_losses(logits, targets, 0.1, is_masked=True)
    for i, level in enumerate(logits):
        known = targets[:, i] >= 0
        alone = level_losses([level[known]], targets[known, i : i + 1], 0.1)
        assert got[i].item() == pytest.approx(alone.item(), rel=1e-6)


def test_a_level_without_a_known_image_has_no_loss_and_no_gradient() -> None:
    logits, targets = drawn(0)
    targets[:, 1] = -1
    leaves = [level.requires_grad_() for level in logits]
    got = level_losses(leaves, targets, 0.1, is_masked=True)
    got.sum().backward()
    assert got[1].item() == 0
    assert torch.equal(leaves[1].grad, torch.zeros_like(leaves[1]))
    assert leaves[0].grad.abs().sum() > 0


@given(st.integers(0, 99), st.sampled_from([0.0, 0.1]))
def test_looking_for_unknown_classes_changes_nothing_where_there_are_none(
    seed: int, label_smoothing: float
) -> None:
    logits, targets = drawn(seed)
    plain = level_losses(logits, targets, label_smoothing)
    torch.testing.assert_close(level_losses(logits, targets, label_smoothing, is_masked=True), plain)


def test_a_class_counts_what_it_weighs_and_the_mean_is_over_images() -> None:
    logits, targets = drawn(3)
    weights = torch.tensor([0.5, 2.0, 1.0, 0.0, 4.0])
    targets[2, 1] = -1
    got = level_losses(logits, targets, 0.1, [None, weights], is_masked=True)
    alone = level_losses(logits[:1], targets[:, :1], 0.1)
    assert got[0].item() == pytest.approx(alone.item(), rel=1e-6)
    each = [
        weights[target].item() * level_losses([logits[1][i : i + 1]], target.view(1, 1), 0.1).item()
        for i, target in enumerate(targets[:, 1])
        if target >= 0
    ]
    assert got[1].item() == pytest.approx(sum(each) / 7, rel=1e-5)
