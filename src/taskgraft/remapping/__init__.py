"""A trained model under a changed tree, without training."""

from taskgraft.remapping._leaf_map import LeafMap, map_leaves
from taskgraft.remapping._remap import Remapped, remap

__all__ = ["LeafMap", "Remapped", "map_leaves", "remap"]
