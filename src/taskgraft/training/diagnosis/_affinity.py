"""What a step for one level does to the losses of the others (Fifty et al., 2021)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

# Of the norm of all shared weights: as far as a step goes. Long enough to be seen behind rounding,
# short enough that the loss is nearly straight: 1 % overshoots where a loss is near its end.
_STEP_RATIO = 0.003


def affinities(
    losses_of: Callable[[], Tensor],
    before: Tensor,
    shared: Sequence[nn.Parameter],
    rows: Sequence[Sequence[Tensor]],
) -> Tensor:
    """1 minus the ratio of each loss behind a step to that before it, for a step along each level's gradient.

    All steps have one length, whatever the gradient's: 0.3 % of the norm of the weights. Fifty et al. step as
    their optimizer would; so two optimizers would have two affinities for one network.

    Args:
        losses_of: Computes the losses (L,) of one batch with the weights as they are, and the same draws.
        before: Those losses before any step, shape (L,).
        shared: The weights that several losses reach; moved, and put back as they were.
        rows: For each level its gradient by each of these weights.

    Returns:
        f64 of shape (L, L): row i is a step for level i, column j the loss of level j. 0 where there is no
        gradient to follow, or no loss to fall.
    """
    kept = [weight.detach().clone() for weight in shared]
    length = _STEP_RATIO * _norm(kept)
    result = torch.zeros(len(rows), len(rows), dtype=torch.float64)
    for place, row in enumerate(rows):
        norm = _norm(row)
        if norm == 0:
            continue
        with torch.no_grad():
            for weight, gradient in zip(shared, row, strict=True):
                weight.sub_(gradient, alpha=float(length / norm))
            ratio = losses_of().double() / before.double().clamp(min=torch.finfo(torch.float32).tiny)
            result[place] = torch.where(before > 0, 1 - ratio, 0.0).cpu()
            for weight, was in zip(shared, kept, strict=True):
                weight.copy_(was)
    return result


def _norm(tensors: Sequence[Tensor]) -> Tensor:
    total: Tensor = torch.stack([each.float().norm() for each in tensors]).norm()
    return total
