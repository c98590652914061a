"""The older classes behind newer ones, by paths or as a file says: one rule for whoever matches trees."""

from taskgraft.correspondence._correspond import Correspondence, correspond
from taskgraft.correspondence._level_match import alike_levels, match_levels, single_levels
from taskgraft.correspondence._renames import ARROW, Renames, read_renames
from taskgraft.correspondence._same_classes import same_classes, single_classes

__all__ = [
    "ARROW",
    "Correspondence",
    "Renames",
    "alike_levels",
    "correspond",
    "match_levels",
    "read_renames",
    "same_classes",
    "single_classes",
    "single_levels",
]
