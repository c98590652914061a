from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskgraft.errors import TaxonomyError
from taskgraft.taxonomy import Level, Taxonomy

PETS = Taxonomy.from_names(
    ["kind", "animal", "breed"],
    [
        ("pet", "cat", "siamese"),
        ("pet", "dog", "poodle"),
        ("pet", "dog", "boxer"),
        ("farm", "cow", "angus"),
        ("farm", "cow", "jersey"),
    ],
)


@st.composite
def trees(draw: st.DrawFn) -> Taxonomy:
    """Trees of 1 to 4 levels in which every class has a child and every level is finer than the one above."""
    sizes = [draw(st.integers(2, 4))]
    parents = []
    for _ in range(draw(st.integers(0, 3))):
        extra = draw(st.lists(st.integers(0, sizes[-1] - 1), min_size=1, max_size=4))
        parents.append(tuple(draw(st.permutations([*range(sizes[-1]), *extra]))))
        sizes.append(len(parents[-1]))
    levels = tuple(Level(f"level{i}", tuple(f"{i}.{k}" for k in range(size))) for i, size in enumerate(sizes))
    return Taxonomy(levels, tuple(parents))


def paths_of(taxonomy: Taxonomy) -> list[tuple[str, ...]]:
    """The names from root to leaf, for each leaf: all that a taxonomy says, without numbers."""
    ids = np.stack([taxonomy.ancestors(level) for level in range(taxonomy.num_levels)], axis=1)
    return [tuple(level.classes[k] for level, k in zip(taxonomy.levels, row, strict=True)) for row in ids]


def test_levels_and_parents_are_read_from_paths() -> None:
    assert PETS.level_names == ("kind", "animal", "breed")
    assert PETS.num_classes == (2, 3, 5)
    assert PETS.num_levels == 3
    assert PETS.parents == ((0, 0, 1), (0, 1, 1, 2, 2))
    assert PETS.parents_of(1).tolist() == [0, 0, 1]


def test_ancestors_go_up_any_number_of_levels() -> None:
    assert PETS.ancestors(0).tolist() == [0, 0, 0, 1, 1]
    assert PETS.ancestors(1).tolist() == [0, 1, 1, 2, 2]
    assert PETS.ancestors(2).tolist() == [0, 1, 2, 3, 4]
    assert PETS.ancestors(0, of=1).tolist() == [0, 0, 1]
    assert PETS.ancestors(0).dtype == np.int64


def test_one_level_is_enough() -> None:
    flat = Taxonomy.from_names(["label"], [("yes",), ("no",)])
    assert flat.num_classes == (2,)
    assert flat.parents == ()
    assert flat.ancestors(0).tolist() == [0, 1]


@given(trees())
def test_paths_of_names_rebuild_the_same_tree(taxonomy: Taxonomy) -> None:
    rebuilt = Taxonomy.from_names(taxonomy.level_names, paths_of(taxonomy))
    assert paths_of(rebuilt) == paths_of(taxonomy)


@given(trees())
def test_plain_data_and_back(taxonomy: Taxonomy) -> None:
    assert Taxonomy.from_dict(json.loads(json.dumps(taxonomy.to_dict()))) == taxonomy


@given(trees(), st.data())
def test_renaming_classes_changes_no_number(taxonomy: Taxonomy, data: st.DataObject) -> None:
    new_names = [data.draw(st.permutations(level.classes)) for level in taxonomy.levels]
    renaming = [
        dict(zip(level.classes, new, strict=True))
        for level, new in zip(taxonomy.levels, new_names, strict=True)
    ]
    rows = paths_of(taxonomy)
    renamed = [tuple(to[name] for to, name in zip(renaming, row, strict=True)) for row in rows]
    before, after = (Taxonomy.from_names(taxonomy.level_names, paths) for paths in (rows, renamed))
    assert before.parents == after.parents


@given(trees(), st.data())
def test_renumbering_classes_moves_ancestors_along(taxonomy: Taxonomy, data: st.DataObject) -> None:
    # new[i][k] is the new number of class k of level i.
    new = [np.array(data.draw(st.permutations(range(k)))) for k in taxonomy.num_classes]
    old = [np.argsort(row) for row in new]
    renumbered = Taxonomy(
        tuple(
            Level(level.name, tuple(level.classes[k] for k in old[i]))
            for i, level in enumerate(taxonomy.levels)
        ),
        tuple(
            tuple(new[i][taxonomy.parents_of(i + 1)[old[i + 1]]].tolist())
            for i in range(taxonomy.num_levels - 1)
        ),
    )
    for level in range(taxonomy.num_levels):
        expected = new[level][taxonomy.ancestors(level)]
        assert np.array_equal(renumbered.ancestors(level)[new[-1]], expected)
    assert sorted(paths_of(renumbered)) == sorted(paths_of(taxonomy))


@pytest.mark.parametrize(
    ("paths", "message"),
    [
        (
            [("pet", "cat"), ("farm", "cat")],
            "class 'cat' to be under one parent, but got ['pet', 'farm']",
        ),
        ([("pet", "cat"), ("pet", "dog")], "level 'a' to be two classes or more, but got ['pet']"),
        (
            [("pet", "cat"), ("farm", "cow"), ("wild", "cow")],
            "class 'cow' to be under one parent, but got ['farm', 'wild']",
        ),
        ([("pet", "cat"), ("", "cow"), ("pet", "dog")], "every class of level 'a' to be a name, but got ''"),
        (
            [("pet", " "), ("farm", "cow"), ("pet", "dog")],
            "every class of level 'b' to be a name, but got ' '",
        ),
        ([("pet", "cat", "siamese")], "('pet', 'cat', 'siamese') to be 2 class names long, but got 3"),
        ([], "level 'a' to be two classes or more, but got []"),
    ],
)
def test_paths_that_are_no_tree_are_refused(paths: list[tuple[str, ...]], message: str) -> None:
    with pytest.raises(TaxonomyError) as caught:
        Taxonomy.from_names(["a", "b"], paths)
    assert message in str(caught.value)


FOUR = Level("b", ("1", "2", "3", "4"))
TWO = Level("a", ("x", "y"))


@pytest.mark.parametrize(
    ("levels", "parents", "message"),
    [
        ((), (), "a taxonomy to be of 1 to 16 levels, but got 0"),
        ((TWO, Level("a", ("1", "2", "3"))), ((0, 1, 1),), "every level to be named once, but got 'a'"),
        ((TWO, Level("b", ("1", "2 "))), ((0, 1),), "named without white space at its ends, but got '2 '"),
        ((TWO, Level("", ("1", "2", "3"))), ((0, 1, 1),), "every level to be a name, but got ''"),
        (
            (TWO, Level("b", ("1", "2", "1"))),
            ((0, 1, 1),),
            "every class of level 'b' to be named once, but got '1'",
        ),
        ((TWO, FOUR), ((0, 1, 1, 2),), "parent of class '4' to be a class of level 'a', but got 2. Use 0"),
        ((TWO, FOUR), ((0, -1, 1, 1),), "the parent of class '2' to be a class of level 'a', but got -1"),
        ((TWO, FOUR), ((0, 0, 0, 0),), "class 'y' of level 'a' to be the parent of a class of 'b'"),
        ((TWO, FOUR), ((0, 1, 1),), "one for each class of each level but the first, but got [3]"),
        ((FOUR, Level("a", ("x", "y"))), ((0, 1),), "level 'a' to be as fine as 'b' (4 classes) or finer"),
        (tuple(Level(f"{i}", ("x", "y")) for i in range(17)), (), "of 1 to 16 levels, but got 17"),
    ],
)
def test_numbers_that_are_no_tree_are_refused(
    levels: tuple[Level, ...], parents: tuple[tuple[int, ...], ...], message: str
) -> None:
    with pytest.raises(TaxonomyError) as caught:
        Taxonomy(levels, parents)
    assert message in str(caught.value)


def test_levels_may_nest_one_to_one() -> None:
    twice = Taxonomy.from_names(["a", "b"], [("pet", "cat"), ("farm", "cow")])
    assert twice.num_classes == (2, 2)
    assert twice.parents == ((0, 1),)


def test_levels_without_a_tree_know_no_parents() -> None:
    flat = Taxonomy.without_tree([FOUR, TWO])
    assert not flat.is_tree
    assert flat.num_classes == (4, 2)
    assert Taxonomy.from_dict(json.loads(json.dumps(flat.to_dict()))) == flat
    with pytest.raises(TaxonomyError, match="level 'a' to be below another one, but got 'no tree"):
        flat.parents_of(1)
    with pytest.raises(TaxonomyError, match="no tree between the levels"):
        flat.ancestors(0)
    assert PETS.is_tree
    assert Taxonomy.without_tree([TWO]).is_tree


@pytest.mark.parametrize("name", ["caf\udce9", "\ud800"])
def test_names_that_no_record_can_hold_are_refused(name: str) -> None:
    with pytest.raises(TaxonomyError, match=r"every level to be named in UTF-8"):
        Taxonomy.from_names([name], [("a",), ("b",)])
    with pytest.raises(TaxonomyError, match=r"every class of level 'kind' to be named in UTF-8"):
        Taxonomy.from_names(["kind"], [("a",), (name,)])


def test_a_class_stands_in_only_where_it_is_the_only_one_below() -> None:
    taxonomy = Taxonomy.from_names(
        ["a", "b", "c"],
        [
            ("bread", "bread", "bread (itself)"),
            ("other", "other", "bread"),
            ("other", "odd", "odd one"),
            ("fruit", "apple", "gala"),
        ],
    )
    assert [
        sorted(taxonomy.levels[i].classes[k] for k in stand) for i, stand in enumerate(taxonomy.stand_ins)
    ] == [
        [],
        ["bread"],
        ["bread (itself)"],
    ]
    flat = Taxonomy.without_tree([Level("a", ("x", "y")), Level("b", ("x", "y"))])
    assert flat.stand_ins == (frozenset(), frozenset())
