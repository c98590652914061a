from __future__ import annotations

import numpy as np
import pytest

from taskgraft.data.sources._cifar100_tree import deepen
from taskgraft.errors import DataError, RequestError
from taskgraft.taxonomy import Taxonomy

COARSE = (
    "aquatic_mammals",
    "fish",
    "flowers",
    "food_containers",
    "fruit_and_vegetables",
    "household_electrical_devices",
    "household_furniture",
    "insects",
    "large_carnivores",
    "large_man-made_outdoor_things",
    "large_natural_outdoor_scenes",
    "large_omnivores_and_herbivores",
    "medium_mammals",
    "non-insect_invertebrates",
    "people",
    "reptiles",
    "small_mammals",
    "trees",
    "vehicles_1",
    "vehicles_2",
)
# (coarse, third, second, first level) as the published class table numbers its groups.
PUBLISHED = (
    (0, 6, 0, 0),
    (1, 6, 0, 0),
    (2, 5, 3, 0),
    (3, 0, 1, 1),
    (4, 5, 3, 0),
    (5, 0, 1, 1),
    (6, 0, 1, 1),
    (7, 4, 0, 0),
    (8, 3, 0, 0),
    (9, 1, 1, 1),
    (10, 2, 2, 1),
    (11, 3, 0, 0),
    (12, 3, 0, 0),
    (13, 4, 0, 0),
    (14, 3, 0, 0),
    (15, 4, 0, 0),
    (16, 3, 0, 0),
    (17, 5, 3, 0),
    (18, 7, 1, 1),
    (19, 7, 1, 1),
)
OWN = Taxonomy.from_names(["coarse", "fine"], [(name, f"{name} {i}") for name in COARSE for i in range(5)])


def test_the_groups_are_those_of_the_published_table() -> None:
    fine = np.arange(100)
    taxonomy, labels = deepen("5-level", OWN, np.stack([OWN.ancestors(0)[fine], fine], axis=1))
    assert taxonomy.num_classes == (2, 4, 8, 20, 100)
    published = np.repeat(np.array(PUBLISHED), 5, axis=0)
    for level, column in enumerate((3, 2, 1, 0)):
        pairs = set(zip(labels[:, level].tolist(), published[:, column].tolist(), strict=True))
        assert len(pairs) == taxonomy.num_classes[level]
    assert np.array_equal(labels[:, 4], fine)


def test_another_name_or_other_classes_are_refused() -> None:
    labels = np.zeros((1, 2), dtype=np.int64)
    with pytest.raises(RequestError, match="taxonomy of cifar100 to be one of 5-level, but got '4-level'"):
        deepen("4-level", OWN, labels)
    other = Taxonomy.from_names(["coarse", "fine"], [("a", "1"), ("b", "2"), ("b", "3")])
    with pytest.raises(DataError, match="the coarse classes to be the 20 published ones"):
        deepen("5-level", other, labels)
