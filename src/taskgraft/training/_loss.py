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
    shares: Tensor | None = None,
    rows: slice | None = None,
) -> Tensor:
    """Mean cross-entropy of each level over the images whose class is known there, in f32: shape (L,).

    A level of which no image of the batch is known has loss 0, and no gradient comes from it. An image that
    is mixed has the losses of both its targets, weighted by their shares; the mean is over the shares whose
    class is known, of one image at least.

    Args:
        logits: One tensor (B, K) per level, coarsest first.
        targets: int64 of shape (B, L); -1 where the class is not known.
        label_smoothing: Share of each target spread evenly over the classes.
        class_weights: For each level what an image of each class counts, f32 of shape (K,), or None where
            all count the same. The mean is over images, not over weights.
        is_masked: Whether targets may be -1. Data without gaps is spared the search for them.
        shares: What of each image i is itself, the rest being image B - 1 - i: shape (B,). None where no
            image is mixed.
        rows: Whose logits these are, where targets and shares are of a larger batch: then what these rows add
            to its losses is given. None where they are of all.

    Example:
        >>> level_losses([torch.zeros(2, 4), torch.zeros(2, 4)], torch.tensor([[0, -1], [-1, -1]]), 0.0,
        ...              is_masked=True)
        tensor([1.3863, 0.0000])
    """
    return torch.stack(
        [
            _level_loss(_precise(level), target, label_smoothing, weights, is_masked, rows)
            if shares is None
            else _mixed_loss(_precise(level), target, label_smoothing, weights, shares, rows)
            for level, target, weights in zip(
                logits, targets.unbind(1), class_weights or [None] * len(logits), strict=True
            )
        ]
    )


def _precise(logits: Tensor) -> Tensor:
    return logits if logits.dtype == torch.float64 else logits.float()


def _level_loss(
    logits: Tensor,
    targets: Tensor,
    label_smoothing: float,
    weights: Tensor | None,
    is_masked: bool,
    rows: slice | None,
) -> Tensor:
    if weights is None and not is_masked and rows is None:
        return F.cross_entropy(logits, targets, label_smoothing=label_smoothing)
    losses = _image_losses(logits, targets if rows is None else targets[rows], label_smoothing, weights)
    return losses.sum() / (targets != UNKNOWN).sum().clamp(min=1)


def _mixed_loss(
    logits: Tensor,
    targets: Tensor,
    label_smoothing: float,
    weights: Tensor | None,
    shares: Tensor,
    rows: slice | None,
) -> Tensor:
    total, counted = logits.new_zeros(()), logits.new_zeros(())
    its = slice(None) if rows is None else rows
    for each, share in ((targets, shares), (targets.flip(0), 1 - shares)):
        total = total + (share[its] * _image_losses(logits, each[its], label_smoothing, weights)).sum()
        counted = counted + share[each != UNKNOWN].sum()
    # Less than one image is not made as loud as one: it may be a corner of which hardly anything is seen.
    return total / counted.clamp(min=1)


def _image_losses(logits: Tensor, targets: Tensor, label_smoothing: float, weights: Tensor | None) -> Tensor:
    """The loss of each image, shape (B,); 0 where its class is not known."""
    losses = F.cross_entropy(
        logits, targets, label_smoothing=label_smoothing, ignore_index=UNKNOWN, reduction="none"
    )
    # An ignored image has loss 0, so that it does not matter which weight it is multiplied by.
    return losses if weights is None else losses * weights[targets.clamp(min=0)]
