"""The label hierarchy: levels coarsest first, finer classes under coarser ones, what classes are called."""

from taskgraft.taxonomy._checks import MOST_LEVELS, check_levels
from taskgraft.taxonomy._class_paths import Names, class_paths
from taskgraft.taxonomy._judged_taxonomy import JudgedTaxonomy, judged_taxonomy
from taskgraft.taxonomy._level import Level
from taskgraft.taxonomy._stand_ins import ITSELF, continued_name, is_itself
from taskgraft.taxonomy._taxonomy import IntArray, Taxonomy

__all__ = [
    "ITSELF",
    "MOST_LEVELS",
    "IntArray",
    "JudgedTaxonomy",
    "Level",
    "Names",
    "Taxonomy",
    "check_levels",
    "class_paths",
    "continued_name",
    "is_itself",
    "judged_taxonomy",
]
