"""What stands in the place of a branch where a level has none: the finest level's probabilities, summed."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn


class Summed(nn.Module):
    """Logits of a derived level: the logarithm of the finest level's probabilities, summed under each class.

    It has no weights, and nothing of it stands in a model file: the tree does.

    Args:
        ancestors: Of each class of the finest level, the class of this level above it: K_finest numbers, each
            from 0 to K - 1, none of these left out.
        num_classes: K, classes of this level.

    Example:
        >>> finest = torch.tensor([[0.5, 0.2, 0.3]]).log()
        >>> Summed([0, 0, 1], 2)(finest).exp().round(decimals=4)
        tensor([[0.7000, 0.3000]])
    """

    ancestors: Tensor

    def __init__(self, ancestors: Sequence[int], num_classes: int) -> None:
        super().__init__()
        self.num_classes = num_classes
        self.register_buffer("ancestors", torch.tensor(ancestors, dtype=torch.long), persistent=False)

    def forward(self, finest: Tensor) -> Tensor:
        """Logits of the finest level (B, K_finest), of any precision, to f32 (B, K)."""
        logs = finest.float().log_softmax(dim=1)
        places = self.ancestors.expand(logs.shape[0], -1)
        # The largest of each class is taken out of its sum: what is far below all others stays a number.
        nothing = logs.new_full((logs.shape[0], self.num_classes), -torch.inf)
        largest = nothing.scatter_reduce(1, places, logs, "amax")
        shares = (logs - largest.gather(1, places)).exp()
        return largest + torch.zeros_like(largest).scatter_add(1, places, shares).log()


def ancestors_of_leaves(parents: Sequence[Sequence[int]], level: int) -> list[int]:
    """Of each class of the finest level, the class above it at another level.

    Args:
        parents: `Taxonomy.parents`: for each level but the first, of each class the class above.
        level: The place of the other level.

    Example:
        >>> ancestors_of_leaves([(0, 0, 1), (0, 1, 2, 2)], 0)
        [0, 0, 1, 1]
    """
    above = list(range(len(parents[-1])))
    for row in reversed(parents[level:]):
        above = [row[k] for k in above]
    return above
