"""From the logits of the tree that a network predicts to those of a newer tree: no weight is trained."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from taskgraft.inference._tree_description import RemapDescription
from taskgraft.taxonomy import Taxonomy

Predictor = Callable[[Tensor], list[Tensor]]

# What is less probable than this logarithm says is as good as impossible; some runtimes compute in f32, in
# which it would be 0, and the logarithm of that is no number.
_LEAST = -80.0


class Remap(nn.Module):
    """Logits of each level of an older tree to logits of each level of a newer one.

    The newer logits are logarithms of probabilities. Those of the older leaves are the pool of all older
    levels (`taskgraft.scores.tree_probs`); retired leaves are left out of it, which is to condition
    on the others. A newer leaf has the sum of the older ones in it, a coarser class that of what is under it.
    Everything is computed in f64, in operators that every exported file has.

    Args:
        remap: From which tree, with which weights, and where each leaf goes.
        taxonomy: The newer tree.
    """

    def __init__(self, remap: RemapDescription, taxonomy: Taxonomy) -> None:
        super().__init__()
        older = remap.taxonomy.taxonomy()
        leaves = np.array(remap.leaves, dtype=np.int64)
        stays = np.flatnonzero(leaves >= 0)
        self._weights = list(remap.pool_weights.values())
        self._num_classes = taxonomy.num_classes
        for level in range(older.num_levels):
            self.register_buffer(f"older_{level}", torch.from_numpy(older.ancestors(level)[stays]))
        self.register_buffer("leaves", torch.from_numpy(leaves[stays]))
        for level in range(1, taxonomy.num_levels):
            self.register_buffer(f"parents_{level}", torch.tensor(taxonomy.parents_of(level)))

    def forward(self, logits: Sequence[Tensor]) -> list[Tensor]:
        """Logits (B, K) of each older level to f32 logits (B, K) of each newer one."""
        scores = self._weights[0] * self._of_leaves(logits[0], 0)
        for level in range(1, len(logits)):
            scores = scores + self._weights[level] * self._of_leaves(logits[level], level)
        probs = scores.log_softmax(dim=1).clamp(min=_LEAST).exp()
        levels = [_summed(probs, self.get_buffer("leaves"), self._num_classes[-1])]
        for level in range(len(self._num_classes) - 1, 0, -1):
            parents, num_parents = self.get_buffer(f"parents_{level}"), self._num_classes[level - 1]
            levels.insert(0, _summed(levels[0], parents, num_parents))
        return [level.log().float() for level in levels]

    def _of_leaves(self, of_level: Tensor, level: int) -> Tensor:
        return of_level.double().index_select(1, self.get_buffer(f"older_{level}"))


def remapped(predictor: Predictor, remap: Remap) -> Predictor:
    """A predictor of the newer tree; its logits come on the CPU, as not every device computes in f64.

    Args:
        predictor: From images to logits of the older tree.
        remap: From these to those of the newer one.
    """

    @torch.inference_mode()
    def predicted(images: Tensor) -> list[Tensor]:
        logits: list[Tensor] = remap([level.cpu() for level in predictor(images)])
        return logits

    return predicted


def _summed(probs: Tensor, places: Tensor, num_classes: int) -> Tensor:
    """Probabilities (B, K) added up at places (K,) of `num_classes`."""
    zeros = probs.new_zeros((probs.shape[0], num_classes))
    return zeros.scatter_add(1, places.expand(probs.shape[0], -1), probs)
