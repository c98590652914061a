"""How alike the maps of two lanes are: linear CKA, summed over small batches."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor

# HSIC without bias divides by n (n - 3).
FEWEST_IMAGES = 4


class Similarity:
    """Linear CKA of each pair of lanes (Kornblith et al., 2019), over as many batches as are added.

    Each batch adds its HSIC without bias (Song et al., 2012), so that small batches do not pull it up
    (Nguyen et al., 2021).
    """

    def __init__(self, num_lanes: int) -> None:
        self._sum = torch.zeros(num_lanes, num_lanes, dtype=torch.float64)

    def add(self, maps: Sequence[Tensor]) -> None:
        """Adds a batch.

        Args:
            maps: Of each lane, shape (B, ...), B at least `FEWEST_IMAGES`.
        """
        grams = [_gram(each) for each in maps]
        for i, one in enumerate(grams):
            for j, other in enumerate(grams):
                self._sum[i, j] += hsic(one, other)

    def matrix(self) -> Tensor:
        """CKA of each pair, shape (lanes, lanes); 0 with a lane whose maps do not vary."""
        alone = self._sum.diagonal()
        scale = (alone[:, None] * alone[None, :]).clamp(min=0).sqrt()
        similar = torch.where(scale > 0, self._sum / scale.clamp(min=torch.finfo(scale.dtype).tiny), 0.0)
        return similar.clamp(-1.0, 1.0)


def hsic(one: Tensor, other: Tensor) -> float:
    """The Hilbert-Schmidt independence criterion without bias (Song et al., 2012, equation 5).

    Args:
        one: A Gram matrix with zeros on its diagonal, f64 of shape (B, B).
        other: Another of the same images.
    """
    n = len(one)
    both = (one * other).sum()
    alone = one.sum() * other.sum() / ((n - 1) * (n - 2))
    mixed = 2 / (n - 2) * (one.sum(0) @ other.sum(0))
    return float((both + alone - mixed) / (n * (n - 3)))


def _gram(maps: Tensor) -> Tensor:
    rows = maps.detach().flatten(1).double().cpu()
    gram = rows @ rows.T
    return gram.fill_diagonal_(0.0)
