"""From logits to a path and how far down it is sure, as `taskgraft.scores` decides it, in operators of torch.

Sums of the tree are gathered and scattered: a matrix of two levels' classes would be larger than a network.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from taskgraft.scores import POOLED, class_information
from taskgraft.taxonomy import Taxonomy

Levels = Sequence[Tensor]
"""Of each level, coarsest first, float64 (B, K)."""

# The floor of `decode_joint`, as a logarithm.
_FLOOR = float(np.log(np.finfo(np.float64).tiny))
# Below it a probability is 0 in f64, and no child more probable than another.
_NOTHING = -746.0
# What `certainties` takes for rounding.
_ROUNDING = 1e-9


class Tree(nn.Module):
    """What is looked up of a taxonomy: parents, the leaves' ancestors, how much each class says.

    Args:
        taxonomy: The L levels; without a tree, nothing is looked up.
    """

    def __init__(self, taxonomy: Taxonomy) -> None:
        super().__init__()
        self.num_classes, self.is_tree = taxonomy.num_classes, taxonomy.is_tree
        if not self.is_tree:
            return
        for level, information in enumerate(class_information(taxonomy)):
            self.register_buffer(f"information_{level}", torch.tensor(information))
        for level in range(taxonomy.num_levels - 1):
            self.register_buffer(f"parents_{level + 1}", torch.tensor(taxonomy.parents_of(level + 1)))
            self.register_buffer(f"ancestors_{level}", torch.tensor(taxonomy.ancestors(level)))

    def parents(self, level: int) -> Tensor:
        """Of each class of a level but the first: int64 (K,)."""
        return self.get_buffer(f"parents_{level}")

    def above_leaves(self, of_level: Tensor, level: int) -> Tensor:
        """Values of a level's classes (B, K), given to the leaves under them: (B, leaves)."""
        is_finest = level == len(self.num_classes) - 1
        return of_level if is_finest else of_level.index_select(1, self.get_buffer(f"ancestors_{level}"))

    def along_leaf_paths(self, levels: Levels) -> Tensor:
        """Of each leaf, the values of its ancestors and of itself, added up: (B, leaves)."""
        total = self.above_leaves(levels[0], 0)
        for level in range(1, len(levels)):
            total = total + self.above_leaves(levels[level], level)
        return total

    def nested(self, leaves: Tensor) -> list[Tensor]:
        """Probabilities of the leaves (B, leaves), and of each class above the sum of its children's."""
        levels = [leaves]
        for level in range(len(self.num_classes) - 1, 0, -1):
            children, num_parents = levels[0], self.num_classes[level - 1]
            places = self.parents(level).expand(children.shape[0], -1)
            zeros = children.new_zeros((children.shape[0], num_parents))
            levels.insert(0, zeros.scatter_add(1, places, children).clamp(max=1.0))
        return levels

    def path_of(self, leaves: Tensor) -> Tensor:
        """Leaves (B,) and their ancestors: (B, L)."""
        levels = range(len(self.num_classes) - 1)
        return torch.stack([*(self.get_buffer(f"ancestors_{i}")[leaves] for i in levels), leaves], dim=1)

    def path_information(self, path: Tensor) -> Tensor:
        """How much each class of a path (B, L) says: (B, L)."""
        levels = range(path.shape[1])
        return torch.stack([self.get_buffer(f"information_{i}")[path[:, i]] for i in levels], dim=1)


def independent(logs: Levels, tree: Tree) -> Tensor:
    """The most probable class of each level."""
    return torch.stack([level.argmax(dim=1) for level in logs], dim=1)


def summed(logs: Levels, tree: Tree) -> Tensor:
    """At every level, the class under which most probability of the leaves lies."""
    return independent(tree.nested(logs[-1].exp()), tree)


def joint(logs: Levels, tree: Tree) -> Tensor:
    """The path of largest product of probabilities."""
    floored = [level.clamp(min=_FLOOR) for level in logs]
    return tree.path_of(tree.along_leaf_paths(floored).argmax(dim=1))


def top_down(logs: Levels, tree: Tree) -> Tensor:
    """The most probable class of the coarsest level, then its most probable child, and so on down."""
    chosen = [logs[0].argmax(dim=1)]
    for level in range(1, len(logs)):
        is_child = tree.parents(level) == chosen[-1][:, None]
        of_level = logs[level].clamp(min=_NOTHING)
        chosen.append(of_level.masked_fill(~is_child, -torch.inf).argmax(dim=1))
    return torch.stack(chosen, dim=1)


def crm(logs: Levels, tree: Tree) -> Tensor:
    """The leaf of least expected distance: of each level on its path, the chance to be right, added up."""
    return tree.path_of(tree.along_leaf_paths(tree.nested(logs[-1].exp())).argmax(dim=1))


DECODINGS: dict[str, Callable[[Levels, Tree], Tensor]] = {
    "independent": independent,
    "summed": summed,
    "joint": joint,
    "top-down": top_down,
    "crm": crm,
}
"""From logarithms of probabilities to classes, int64 (B, L): each as in `taskgraft.scores.DECODINGS`."""


def answers_of(
    logits: Levels, logs: Levels, tree: Tree, decoding: str, weights: Sequence[float]
) -> tuple[Tensor, list[Tensor], Tensor]:
    """The path, the probabilities that agree along the tree, and the certainties of the path's classes.

    Args:
        logits: As they leave the network.
        logs: Logarithms of each head's calibrated probabilities.
        tree: Of the taxonomy.
        decoding: `POOLED` or one of `DECODINGS`.
        weights: How much each level counts in the pool.
    """
    if not tree.is_tree:
        path = DECODINGS[decoding](logs, tree)
        return path, [level.exp() for level in logs], torch.ones_like(path, dtype=logs[0].dtype)
    scores = tree.along_leaf_paths([w * level for w, level in zip(weights, logits, strict=True)])
    nodes = tree.nested(scores.softmax(dim=1))
    path = tree.path_of(scores.argmax(dim=1)) if decoding == POOLED else DECODINGS[decoding](logs, tree)
    return path, nodes, certainties(_along_path(nodes, path), tree.path_information(path))


def certainties(path_probs: Tensor, information: Tensor) -> Tensor:
    """Up to which threshold each class of a path is said, as `taskgraft.scores.certainties`: (B, L).

    Args:
        path_probs: Probability of each class on the path, coarsest first: (B, L).
        information: How much each says: (B, L).
    """
    root = torch.ones_like(path_probs[:, :1])
    probs = _running(torch.minimum, torch.cat([root, path_probs], dim=1))
    says = _running(torch.maximum, torch.cat([0 * root, information], dim=1))
    lost = probs[:, :, None] - probs[:, None, :]
    won = says[:, None, :] - says[:, :, None]
    free = torch.where(lost > _ROUNDING, torch.inf, 0.0)
    prices = torch.where(won > 0, lost / torch.where(won > 0, won, 1.0), free)
    num_levels = path_probs.shape[1]
    # From each start above a class, the cheapest of the ends that lie as deep or deeper.
    dearest = [prices[:, :level, level:].amin(dim=2).amax(dim=1) for level in range(1, num_levels + 1)]
    return _running(torch.minimum, 1 / (1 + torch.stack(dearest, dim=1)))


def depths(certainties: Tensor, threshold: float) -> Tensor:
    """To how many classes of its path each answer goes, as `taskgraft.scores.depths_at`: int64 (B,)."""
    # They never rise along a path.
    return (certainties >= threshold).long().sum(dim=1)


def _along_path(probs: Levels, path: Tensor) -> Tensor:
    return torch.cat([level.gather(1, path[:, i, None]) for i, level in enumerate(probs)], dim=1)


def _running(keep: Callable[[Tensor, Tensor], Tensor], values: Tensor) -> Tensor:
    """The least or the largest so far along a row."""
    so_far = [values[:, 0]]
    for place in range(1, values.shape[1]):
        so_far.append(keep(so_far[-1], values[:, place]))
    return torch.stack(so_far, dim=1)
