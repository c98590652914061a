from __future__ import annotations

import pytest

from taskgraft.data.labels._lookup import looked_up
from taskgraft.errors import TaxonomyError
from taskgraft.taxonomy import Taxonomy

TREE = Taxonomy.from_names(
    ["kind", "thing"],
    [("fruit", "fruit/other"), ("fruit", "apple"), ("tool", "tool/other"), ("bread", "bread (itself)")],
)


def test_a_name_is_looked_up_by_its_path_first() -> None:
    labels = looked_up({"kind": ["tool", "fruit", "fruit"], "thing": ["other", "other", "apple"]}, TREE)
    assert labels.tolist() == [[1, 2], [0, 0], [0, 1]]
    assert looked_up({"thing": ["fruit/other"]}, TREE).tolist() == [[0, 0]]


def test_a_class_that_is_only_itself_below_is_carried_on() -> None:
    labels = looked_up({"kind": ["bread", "fruit", None]}, TREE)
    assert labels.tolist() == [[2, 3], [0, -1], [-1, -1]]


def test_names_that_are_no_class_or_lie_elsewhere_are_refused() -> None:
    with pytest.raises(TaxonomyError, match=r"a class of level 'thing' to be one of .* but got 'other'"):
        looked_up({"thing": ["other"]}, TREE)
    with pytest.raises(TaxonomyError, match="images of class 'apple' to be under 'fruit', but got 'tool'"):
        looked_up({"kind": ["tool"], "thing": ["apple"]}, TREE)


def test_a_level_that_the_taxonomy_lacks_is_refused() -> None:
    with pytest.raises(TaxonomyError, match=r"the level 'Thing' to be one of the taxonomy's \(kind, thing\)"):
        looked_up({"kind": ["fruit"], "Thing": ["apple"]}, TREE)
