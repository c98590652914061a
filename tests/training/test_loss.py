import numpy as np
import pytest
import torch
from scipy.special import log_softmax

from taskgraft.training.loss import level_losses, level_weights


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
