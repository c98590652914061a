"""Where leaves go when a tree changes, and which trees no network can follow."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drawn_remaps import permuted
from drawn_taxonomies import taxonomies
from taskgraft.errors import RequestError
from taskgraft.remapping import map_leaves
from taskgraft.taxonomy import Level, Taxonomy

SHOP = [
    ("fruit", "apple", "gala"),
    ("fruit", "apple", "fuji"),
    ("fruit", "lemon", "lemon"),
    ("veg", "leek", "leek"),
    ("veg", "onion", "red"),
    ("veg", "onion", "white"),
]
LEVELS = ["kind", "group", "sort"]
OLDER = Taxonomy.from_names(LEVELS, SHOP)


def tree(*paths: tuple[str, ...], levels: list[str] | None = None) -> Taxonomy:
    return Taxonomy.from_names(levels or LEVELS, paths)


def under(newer: Taxonomy, **options: object) -> dict[str, list[str]]:
    """By newer leaf, the older ones in it."""
    leaves = map_leaves(OLDER, newer, **options).leaves
    return {
        name: [OLDER.levels[-1].classes[old] for old, leaf in enumerate(leaves) if leaf == k]
        for k, name in enumerate(newer.levels[-1].classes)
    }


@settings(deadline=None)
@given(taxonomies(), st.integers(0, 99))
def test_a_tree_in_another_order_is_the_same_tree(taxonomy: Taxonomy, seed: int) -> None:
    assert map_leaves(taxonomy, taxonomy).leaves == tuple(range(taxonomy.num_classes[-1]))
    other, orders = permuted(taxonomy, seed)
    leaf_map = map_leaves(taxonomy, other)
    assert leaf_map.leaves == tuple(np.argsort(orders[-1]).tolist())
    assert leaf_map.is_same_tree
    assert (leaf_map.retired, leaf_map.merged, leaf_map.renamed) == ((), {}, {})


def test_leaves_are_retired_with_the_classes_above_them() -> None:
    leaf_map = map_leaves(OLDER, tree(SHOP[0], SHOP[1], SHOP[3]))
    assert leaf_map.leaves == (0, 1, -1, 2, -1, -1)
    assert leaf_map.retired == (SHOP[2], SHOP[4], SHOP[5])
    assert not leaf_map.is_same_tree


def test_leaves_are_merged_renamed_and_moved_as_a_file_says() -> None:
    newer = tree(
        ("fruit", "pome", "apple"),
        ("fruit", "citrus", "lemon"),
        ("veg", "leek", "leek"),
        ("veg", "bulb", "red"),
    )
    renames = {
        ("fruit", "pome", "apple"): (SHOP[0], SHOP[1]),
        ("fruit", "citrus", "lemon"): (("fruit", "lemon"),),
        ("veg", "bulb"): (("veg", "onion"),),
    }
    leaf_map = map_leaves(OLDER, newer, renames)
    assert leaf_map.leaves == (0, 0, 1, 2, 3, -1)
    assert leaf_map.merged == {("fruit", "pome", "apple"): (SHOP[0], SHOP[1])}
    assert leaf_map.renamed == {("fruit", "citrus", "lemon"): SHOP[2], ("veg", "bulb", "red"): SHOP[4]}
    assert leaf_map.retired == (SHOP[5],)


def test_a_class_that_ends_early_now_takes_all_that_was_below_it() -> None:
    newer = tree(("fruit", "apple", "apple"), *SHOP[2:])
    assert under(newer) == {
        "apple": ["gala", "fuji"],
        **{name: [name] for name in ("lemon", "leek", "red", "white")},
    }
    # By a rename, likewise.
    pome = tree(("fruit", "pome", "pome"), *SHOP[2:])
    assert under(pome, renames={("fruit", "pome"): (("fruit", "apple"),)})["pome"] == ["gala", "fuji"]


@pytest.mark.parametrize(
    ("levels", "paths", "expected"),
    [
        (["kind", "group"], [path[:2] for path in SHOP], [0, 0, 1, 2, 3, 3]),
        (["group", "sort"], [path[1:] for path in SHOP], [0, 1, 2, 3, 4, 5]),
        (["kind", "sort"], [(path[0], path[2]) for path in SHOP], [0, 1, 2, 3, 4, 5]),
        (["shelf", "group", "sort"], [(path[0][0], *path[1:]) for path in SHOP], [0, 1, 2, 3, 4, 5]),
        (["a", "b", "c", "d"], [(path[0][0], *path) for path in SHOP], [0, 1, 2, 3, 4, 5]),
        (["colour", "sort"], [("yn"[i % 2], path[2]) for i, path in enumerate(SHOP)], [0, 1, 2, 3, 4, 5]),
    ],
)
def test_levels_come_and_go(levels: list[str], paths: list[tuple[str, ...]], expected: list[int]) -> None:
    newer = Taxonomy.from_names(levels, paths)
    leaf_map = map_leaves(OLDER, newer)
    assert list(leaf_map.leaves) == expected
    # A shelf is another name for a kind, and nothing else.
    assert leaf_map.is_same_tree is (levels[0] == "shelf")


def test_names_alone_make_the_same_tree() -> None:
    newer = Taxonomy.from_names(["a", "b", "c"], [tuple(f"{name}!" for name in path) for path in SHOP])
    leaf_map = map_leaves(
        OLDER,
        newer,
        {(f"{kind}!",): ((kind,),) for kind in ("fruit", "veg")}
        | {tuple(f"{name}!" for name in path): (path,) for path in SHOP},
    )
    assert leaf_map.is_same_tree
    assert len(leaf_map.renamed) == len(SHOP)
    # A class that goes elsewhere is more than a name.
    moved = tree(*SHOP[:4], ("fruit", "onion", "red"), ("veg", "chive", "white"))
    renames = {("fruit", "onion"): (("veg", "onion"),), ("veg", "chive"): (("veg", "onion"),)}
    assert not map_leaves(OLDER, moved, renames).is_same_tree


def test_a_new_class_is_refused_by_name_with_the_line_that_would_explain_it() -> None:
    with pytest.raises(RequestError) as caught:
        map_leaves(OLDER, tree(*SHOP[:4], ("veg", "bulb", "red"), ("veg", "bulb", "shallot")))
    assert str(caught.value) == (
        "Expected every finest class of the new taxonomy to be one that the model has, at the same path of "
        "names, but got veg > bulb > red, veg > bulb > shallot. If it was renamed, moved or merged, say so "
        'in a file of renames: "veg > bulb > red" = "veg > onion > red". What is new or split has to be '
        "trained: taskgraft adapt."
    )
    many = tree(*SHOP, *(("veg", "new", f"new {i}") for i in range(6)))
    with pytest.raises(RequestError, match="veg > new > new 2 and 3 more"):
        map_leaves(OLDER, many)


def test_a_split_is_refused() -> None:
    newer = tree(*SHOP[:5], ("veg", "onion", "hot"), ("veg", "onion", "mild"))
    renames = {("veg", "onion", name): (SHOP[5],) for name in ("hot", "mild")}
    rule = "veg > onion > white of the model to be part of one class of the new taxonomy, but got part of veg"
    with pytest.raises(RequestError, match=rule):
        map_leaves(OLDER, newer, renames)
    # A class that ended early and no longer does.
    with pytest.raises(RequestError, match="but got fruit > lemon > eureka, fruit > lemon > meyer"):
        map_leaves(
            OLDER, tree(*SHOP[:2], ("fruit", "lemon", "eureka"), ("fruit", "lemon", "meyer"), *SHOP[3:])
        )


def test_what_is_no_tree_has_no_sums() -> None:
    flat = Taxonomy.without_tree([Level("colour", ("red", "blue")), Level("shape", ("disc", "bar"))])
    with pytest.raises(RequestError, match="Expected the model to be one with a tree between its levels"):
        map_leaves(flat, OLDER)
    with pytest.raises(RequestError, match="Expected the new taxonomy to be one with a tree"):
        map_leaves(OLDER, flat)


def test_namesakes_go_where_their_words_say() -> None:
    older = Taxonomy.from_names(
        ["kingdom", "genus"],
        [("animals", "animals/morus"), ("animals", "apis"), ("plants", "plants/morus"), ("plants", "malus")],
    )
    newer = Taxonomy.from_names(
        ["kingdom", "genus"], [("plants", "malus"), ("plants", "morus"), ("animals", "apis")]
    )
    leaf_map = map_leaves(older, newer)
    assert leaf_map.leaves == (-1, 2, 1, 0)
    assert leaf_map.retired == (("animals", "morus"),)
