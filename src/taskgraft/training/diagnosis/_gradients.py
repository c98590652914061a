"""Gradients of each level's loss by the weights of each stage, and what two of them have in common."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn


def level_gradients(losses: Tensor, weights: Sequence[nn.Parameter]) -> list[list[Tensor]]:
    """For each level the gradient of its loss by each weight; zeros where it does not reach one.

    Args:
        losses: With their graph, shape (L,).
        weights: Of any number.
    """
    rows = []
    for loss in losses.unbind():
        # A level without a label in the batch has a loss that reaches no weight: its gradient is zero.
        its = torch.autograd.grad(loss, weights, retain_graph=True, allow_unused=True)
        rows.append(
            [torch.zeros_like(w) if g is None else g.detach() for g, w in zip(its, weights, strict=True)]
        )
    return rows


def products(rows: Sequence[Sequence[Tensor]], places: Sequence[int]) -> Tensor:
    """Inner products of the levels' gradients by some of the weights: f64 of shape (L, L).

    Args:
        rows: What `level_gradients` gave.
        places: Of the weights that count, among all of them.
    """
    gram = torch.zeros(len(rows), len(rows), dtype=torch.float64)
    for place in places:
        of_levels = torch.stack([row[place].flatten() for row in rows]).float()
        gram += (of_levels @ of_levels.T).double().cpu()
    return gram


def cosines(gram: Tensor) -> Tensor:
    """Cosines of inner products (L, L); 0 with a gradient that is zero, and 1 of one with itself.

    Example:
        >>> cosines(torch.tensor([[4.0, -1.0], [-1.0, 1.0]]))
        tensor([[ 1.0000, -0.5000],
                [-0.5000,  1.0000]])
    """
    norms = gram.diagonal().clamp(min=0).sqrt()
    lengths = norms[:, None] * norms[None, :]
    angles = torch.where(lengths > 0, gram / lengths.clamp(min=torch.finfo(gram.dtype).tiny), 0.0)
    angles = angles.clamp(-1.0, 1.0)
    angles.fill_diagonal_(1.0)
    return angles
