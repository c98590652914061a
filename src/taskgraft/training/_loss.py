"""The training loss: a cross-entropy for each level, weighted and added."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn import functional as F

# The target of an image whose class is not known at a level.
UNKNOWN = -1


def level_weights(num_levels: int, finest_weight: float) -> Tensor:
    """Weight of each level's loss, coarsest first: 1, but for the finest: f32 of shape (L,).

    Args:
        num_levels: L, levels that have a loss; the finest is always among them.
        finest_weight: The recipe's.

    Example:
        >>> level_weights(3, 2.0)
        tensor([1., 1., 2.])
    """
    return torch.tensor([1.0] * (num_levels - 1) + [finest_weight])


def level_losses(
    logits: Sequence[Tensor],
    targets: Tensor,
    label_smoothing: float,
    class_weights: Sequence[Tensor | None] | None = None,
    *,
    is_masked: bool = False,
) -> Tensor:
    """Mean cross-entropy of each level over the images whose class is known there, in f32: shape (L,).

    A level of which no image of the batch is known has loss 0, and no gradient comes from it.

    Args:
        logits: One tensor (B, K) per level, coarsest first.
        targets: int64 of shape (B, L); -1 where the class is not known.
        label_smoothing: Share of each target spread evenly over the classes.
        class_weights: For each level what an image of each class counts, f32 of shape (K,), or None where
            all count the same. The mean is over images, not over weights.
        is_masked: Whether targets may be -1. Data without gaps is spared the search for them.

    Example:
        >>> level_losses([torch.zeros(2, 4), torch.zeros(2, 4)], torch.tensor([[0, -1], [-1, -1]]), 0.0,
        ...              is_masked=True)
        tensor([1.3863, 0.0000])
    """
    return torch.stack(
        [
            _level_loss(level.float(), target, label_smoothing, weights, is_masked)
            for level, target, weights in zip(
                logits, targets.unbind(1), class_weights or [None] * len(logits), strict=True
            )
        ]
    )


def _level_loss(
    logits: Tensor, targets: Tensor, label_smoothing: float, weights: Tensor | None, is_masked: bool
) -> Tensor:
    if weights is None and not is_masked:
        return F.cross_entropy(logits, targets, label_smoothing=label_smoothing)
    # An ignored image has loss 0, so that it does not matter which weight it is multiplied by.
    losses = F.cross_entropy(
        logits, targets, label_smoothing=label_smoothing, ignore_index=UNKNOWN, reduction="none"
    )
    if weights is not None:
        losses = losses * weights[targets.clamp(min=0)]
    return losses.sum() / (targets != UNKNOWN).sum().clamp(min=1)
