"""The training loss: a cross-entropy for each level, weighted and added."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F


def level_weights(num_levels: int, finest_weight: float) -> Tensor:
    """Weight of each level's loss, coarsest first: 1, but for the finest: f32 of shape (L,).

    Example:
        >>> level_weights(3, 2.0)
        tensor([1., 1., 2.])
    """
    return torch.tensor([1.0] * (num_levels - 1) + [finest_weight])


def level_losses(logits: Sequence[Tensor], targets: Tensor, label_smoothing: float) -> Tensor:
    """Mean cross-entropy of each level, in f32: shape (L,).

    Args:
        logits: One tensor (B, K) per level, coarsest first.
        targets: int64 of shape (B, L).
        label_smoothing: Share of each target spread evenly over the classes.
    """
    return torch.stack(
        [
            F.cross_entropy(level.float(), target, label_smoothing=label_smoothing)
            for level, target in zip(logits, targets.unbind(1), strict=True)
        ]
    )
