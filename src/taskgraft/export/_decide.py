"""From logits to a path and how far down it is sure, as `taskgraft.scores` decides it, in operators of torch.

Sums of the tree are gathered and scattered: a matrix of two levels' classes would be larger than a network.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor, nn

from taskgraft.taxonomy import Taxonomy

# The floor of `decode_joint`, as a logarithm.
_FLOOR = float(np.log(np.finfo(np.float64).tiny))
# Below it a probability is 0 in f64, and no child more probable than another.
_NOTHING = -746.0


class Tree(nn.Module):
    """What decodings look up of a taxonomy: the parent of every class, and the ancestors of every leaf.

    Args:
        taxonomy: The L levels; without a tree, nothing is looked up.
    """

    def __init__(self, taxonomy: Taxonomy) -> None:
        super().__init__()
        self.num_classes, self.is_tree = taxonomy.num_classes, taxonomy.is_tree
        for level in range(1, taxonomy.num_levels if self.is_tree else 1):
            parents = taxonomy.parents_of(level)
            self.register_buffer(f"parents_{level}", torch.from_numpy(parents))
            # Where a head gives all of a family nothing, its members are alike.
            self.register_buffer(f"alike_{level}", torch.from_numpy(1 / np.bincount(parents)[parents]))
        for level in range(taxonomy.num_levels - 1 if self.is_tree else 0):
            self.register_buffer(f"ancestors_{level}", torch.from_numpy(taxonomy.ancestors(level)))

    def parents(self, level: int) -> Tensor:
        """Of each class of a level but the first: int64 (K,)."""
        return self.get_buffer(f"parents_{level}")

    def above_leaves(self, of_level: Tensor, level: int) -> Tensor:
        """Values of a level's classes (B, K), given to the leaves under them: (B, leaves)."""
        is_finest = level == len(self.num_classes) - 1
        return of_level if is_finest else of_level.index_select(1, self.get_buffer(f"ancestors_{level}"))

    def sum_leaves(self, leaves: Tensor, level: int) -> Tensor:
        """Values of the leaves (B, leaves), summed under each class of a level: (B, K)."""
        is_finest = level == len(self.num_classes) - 1
        return leaves if is_finest else self._sum(leaves, self.get_buffer(f"ancestors_{level}"), level)

    def sum_children(self, children: Tensor, level: int) -> Tensor:
        """Values of a level's classes (B, K), summed under each of the level above."""
        return self._sum(children, self.parents(level), level - 1)

    def path_of(self, leaves: Tensor) -> Tensor:
        """Leaves (B,) and their ancestors: (B, L)."""
        levels = range(len(self.num_classes) - 1)
        return torch.stack([*(self.get_buffer(f"ancestors_{i}")[leaves] for i in levels), leaves], dim=1)

    def _sum(self, values: Tensor, places: Tensor, level: int) -> Tensor:
        zeros = values.new_zeros((values.shape[0], self.num_classes[level]))
        return zeros.scatter_add(1, places.expand(values.shape[0], -1), values)


Levels = Sequence[Tensor]
"""Of each level, coarsest first, float64 (B, K)."""


def independent(logs: Levels, tree: Tree) -> Tensor:
    """The most probable class of each level."""
    return torch.stack([level.argmax(dim=1) for level in logs], dim=1)


def summed(logs: Levels, tree: Tree) -> Tensor:
    """At every level, the class under which most probability of the leaves lies."""
    return independent(_nested(logs[-1].exp(), tree), tree)


def joint(logs: Levels, tree: Tree) -> Tensor:
    """The path of largest product of probabilities."""
    return tree.path_of(_path_logs(logs, tree).argmax(dim=1))


def top_down(logs: Levels, tree: Tree) -> Tensor:
    """The most probable class of the coarsest level, then its most probable child, and so on down."""
    chosen = [logs[0].argmax(dim=1)]
    for level in range(1, len(logs)):
        is_child = tree.parents(level) == chosen[-1][:, None]
        of_level = logs[level].clamp(min=_NOTHING)
        chosen.append(of_level.masked_fill(~is_child, -torch.inf).argmax(dim=1))
    return torch.stack(chosen, dim=1)


def crm(logs: Levels, tree: Tree) -> Tensor:
    """The leaf of least expected distance: of each level on its path, the chance to be wrong, added up."""
    return tree.path_of(_sum_of_path(_nested(logs[-1].exp(), tree), tree).argmax(dim=1))


DECODINGS: dict[str, Callable[[Levels, Tree], Tensor]] = {
    "independent": independent,
    "summed": summed,
    "joint": joint,
    "top-down": top_down,
    "crm": crm,
}
"""From logarithms of probabilities to classes, int64 (B, L): each as in `taskgraft.scores.DECODINGS`."""


def tree_probs(logs: Levels, tree: Tree, decoding: str) -> list[Tensor]:
    """Probabilities of all classes that agree along the tree, as in `taskgraft.scores.tree_probs`."""
    if not tree.is_tree:
        return [level.exp() for level in logs]
    if decoding == "joint":
        leaves = _path_logs(logs, tree).softmax(dim=1)
    elif decoding == "top-down":
        leaves = _top_down_leaves(logs, tree)
    else:
        leaves = logs[-1].exp()
    return _nested(leaves, tree)


def depths(path_probs: Tensor, threshold: float) -> Tensor:
    """To how many levels of its path each image is sure, as in `taskgraft.scores.depths_at`: int64 (B,)."""
    sure = path_probs[:, 0] >= threshold
    depth = sure.long()
    for level in range(1, path_probs.shape[1]):
        sure = sure & (path_probs[:, level] >= threshold)
        depth = depth + sure.long()
    return depth


def along_path(probs: Levels, path: Tensor) -> Tensor:
    """The probability of each class on the path: (B, L)."""
    return torch.cat([level.gather(1, path[:, i, None]) for i, level in enumerate(probs)], dim=1)


def _nested(leaves: Tensor, tree: Tree) -> list[Tensor]:
    return [tree.sum_leaves(leaves, level) for level in range(len(tree.num_classes))]


def _path_logs(logs: Levels, tree: Tree) -> Tensor:
    return _sum_of_path([level.clamp(min=_FLOOR) for level in logs], tree)


def _sum_of_path(levels: Levels, tree: Tree) -> Tensor:
    """Of each leaf, the values of its ancestors and of itself, added up: (B, leaves)."""
    total = tree.above_leaves(levels[0], 0)
    for level in range(1, len(levels)):
        total = total + tree.above_leaves(levels[level], level)
    return total


def _top_down_leaves(logs: Levels, tree: Tree) -> Tensor:
    leaves = logs[0].exp()
    for level in range(1, len(logs)):
        parents, of_level = tree.parents(level), logs[level].exp()
        siblings = tree.sum_children(of_level, level).index_select(1, parents)
        among = torch.where(siblings > 0, of_level / siblings, tree.get_buffer(f"alike_{level}"))
        leaves = leaves.index_select(1, parents) * among
    return leaves
