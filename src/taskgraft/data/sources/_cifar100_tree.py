"""The five-level tree of CIFAR-100 on which mistakes are measured in print: 2, 4, 8, 20 and 100 classes.

HXE and soft labels (Bertinetto et al., 2020), CRM (Karthik et al., 2021), HAF (Garg et al., 2022) and BiLT
use it.
The grouping is that of HAF's published code, `cifar100/cifar100_get_tree_target_level5.py`, which numbers its
groups; their names here are ours.
"""

from __future__ import annotations

import numpy as np

from taskgraft.errors import DataError, unknown_name
from taskgraft.parameter import Parameter
from taskgraft.taxonomy import IntArray, Level, Taxonomy

FIVE_LEVELS = "5-level"
_TREE: dict[str, dict[str, dict[str, tuple[str, ...]]]] = {
    "living": {
        "animals": {
            "mammals": (
                "large_carnivores",
                "large_omnivores_and_herbivores",
                "medium_mammals",
                "people",
                "small_mammals",
            ),
            "invertebrates and reptiles": ("insects", "non-insect_invertebrates", "reptiles"),
            "aquatic animals": ("aquatic_mammals", "fish"),
        },
        "plants": {"plants": ("flowers", "fruit_and_vegetables", "trees")},
    },
    "non-living": {
        "man-made things": {
            "household objects": (
                "food_containers",
                "household_electrical_devices",
                "household_furniture",
            ),
            "buildings": ("large_man-made_outdoor_things",),
            "vehicles": ("vehicles_1", "vehicles_2"),
        },
        "natural scenes": {"natural scenes": ("large_natural_outdoor_scenes",)},
    },
}
_UPPER_LEVELS = ("domain", "realm", "group")


def check_name(name: str) -> None:
    """Refuses the name of a tree that is not here.

    Raises:
        RequestError: For another name than `5-level`.
    """
    if name != FIVE_LEVELS:
        raise unknown_name(f"{Parameter('taxonomy')} of cifar100", name, [FIVE_LEVELS])


def deepen(name: str, taxonomy: Taxonomy, labels: IntArray) -> tuple[Taxonomy, IntArray]:
    """Puts the tree's three upper levels above CIFAR-100's own two.

    Args:
        name: `5-level`.
        taxonomy: The published levels, `coarse` and `fine`.
        labels: Of those levels, int64 of shape (N, 2).

    Returns:
        The taxonomy of 2, 4, 8, 20 and 100 classes, and labels of shape (N, 5).

    Raises:
        RequestError: As `check_name`.
        DataError: If the coarse classes are not the published ones.
    """
    check_name(name)
    above = {
        coarse: (domain, realm, group)
        for domain, realms in _TREE.items()
        for realm, groups in realms.items()
        for group, members in groups.items()
        for coarse in members
    }
    coarse = taxonomy.levels[0].classes
    if set(coarse) != set(above):
        unknown = sorted(set(coarse) ^ set(above))
        raise DataError.expected(
            "the coarse classes", "the 20 published ones", unknown[0], "Use the published names."
        )
    # The order of the tree above, not that of the coarse classes, numbers the upper levels.
    upper = Taxonomy.from_names(_UPPER_LEVELS, list(dict.fromkeys(above.values())))
    groups = {name: k for k, name in enumerate(upper.levels[-1].classes)}
    parents = tuple(groups[above[name][-1]] for name in coarse)
    levels = tuple(
        Level(name, level.classes) for name, level in zip(_UPPER_LEVELS, upper.levels, strict=True)
    )
    deep = Taxonomy((*levels, *taxonomy.levels), (*upper.parents, parents, *taxonomy.parents))
    fine = labels[:, -1]
    return deep, np.stack([deep.ancestors(level)[fine] for level in range(deep.num_levels)], axis=1)
