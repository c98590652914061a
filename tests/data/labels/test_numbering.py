from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskgraft.data.labels import label_columns
from taskgraft.errors import DataError, RequestError, TaxonomyError
from taskgraft.taxonomy import Taxonomy

KINDS = ["pet", "pet", "wild", "pet"]
ANIMALS = ["cat", "dog", "wolf", "cat"]


def names_of(columns: dict[str, list[str | None]], **options: bool) -> list[tuple[str | None, ...]]:
    """Labels read back as names."""
    result = label_columns(columns, **options)
    return [
        tuple(
            None if k < 0 else level.classes[k] for level, k in zip(result.taxonomy.levels, row, strict=True)
        )
        for row in result.labels.tolist()
    ]


def test_classes_are_numbered_by_parent_and_then_by_name() -> None:
    result = label_columns({"kind": ["b", "a", "b", "a"], "thing": ["b10", "z", "b9", "y"]})
    assert [level.classes for level in result.taxonomy.levels] == [("a", "b"), ("y", "z", "b9", "b10")]
    assert result.taxonomy.parents == ((0, 0, 1, 1),)
    assert result.labels.tolist() == [[1, 3], [0, 1], [1, 2], [0, 0]]
    assert result.notes == ()


def test_a_coarser_label_is_filled_in_from_a_finer_one() -> None:
    rows = names_of({"kind": ["pet", "", "wild", ""], "animal": ["cat", "cat", "wolf", ""]})
    assert rows == [("pet", "cat"), ("pet", "cat"), ("wild", "wolf"), (None, None)]


def test_a_class_that_ends_early_stands_for_itself_below() -> None:
    rows = names_of(
        {
            "a": ["x", "x", "y", "x"],
            "b": ["x1", "x2", "", ""],
            "c": ["x11", "", "", ""],
        }
    )
    # x2 and y are never divided further; the last row is an x of unknown kind.
    assert rows == [("x", "x1", "x11"), ("x", "x2", "x2"), ("y", "y", "y"), ("x", None, None)]


def test_a_continued_class_does_not_take_the_name_of_another() -> None:
    rows = names_of({"a": ["orange", "citrus", "citrus"], "b": [None, "orange", "lemon"]})
    assert rows == [("orange", "orange (itself)"), ("citrus", "orange"), ("citrus", "lemon")]


def test_levels_that_do_not_nest() -> None:
    result = label_columns({"colour": ["red", "blue", None], "shape": ["bar", "bar", "disc"]}, has_tree=False)
    assert not result.taxonomy.is_tree
    assert result.labels.tolist() == [[1, 0], [0, 0], [-1, 1]]


def test_a_level_of_one_class_is_left_out_and_said() -> None:
    result = label_columns({"root": ["all"] * 4, "kind": KINDS, "empty": [""] * 4, "animal": ANIMALS})
    assert result.taxonomy.level_names == ("kind", "animal")
    assert result.notes == (
        "Level 'root' was left out: its only class is 'all'.",
        "Level 'empty' was left out: it has no labels.",
    )


def test_an_order_numbers_the_classes() -> None:
    result = label_columns(
        {"kind": KINDS, "animal": ANIMALS}, order={"kind": ["wild", "pet"], "animal": ["wolf", "dog", "cat"]}
    )
    assert [level.classes for level in result.taxonomy.levels] == [("wild", "pet"), ("wolf", "dog", "cat")]
    assert result.taxonomy.parents == ((0, 1, 1),)


def test_a_taxonomy_numbers_the_classes_and_fills_in_the_levels_above() -> None:
    taxonomy = Taxonomy.from_names(["kind", "animal"], [("wild", "wolf"), ("pet", "dog"), ("pet", "cat")])
    result = label_columns({"animal": [*ANIMALS, None]}, taxonomy=taxonomy)
    assert result.labels.tolist() == [[1, 2], [1, 1], [0, 0], [1, 2], [-1, -1]]
    with pytest.raises(TaxonomyError, match="wolf, dog, cat, but got 'dgo'"):
        label_columns({"animal": ["dgo"]}, taxonomy=taxonomy)
    with pytest.raises(TaxonomyError, match="images of class 'cat' to be under 'pet', but got 'wild'"):
        label_columns({"kind": ["wild"], "animal": ["cat"]}, taxonomy=taxonomy)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (
            {"kind": ["pet", None], "animal": ["cat", "dog"]},
            "class 'dog' of level 'animal' to be under a class of level 'kind', but got 'none in any row'",
        ),
        ({"kind": ["pet"], "animal": ["cat", "dog"]}, "label columns to be of one length"),
        ({"kind": ["pet", "pet"]}, "labels to be of two classes or more at some level, but got ['pet']"),
        ({}, "labels to be of two classes or more at some level, but got []"),
    ],
)
def test_labels_that_make_no_levels_are_refused(columns: dict[str, list[str | None]], message: str) -> None:
    with pytest.raises(RequestError) as caught:
        label_columns(columns)
    assert message in str(caught.value)


@given(st.lists(st.tuples(st.integers(0, 2), st.integers(0, 2), st.booleans(), st.booleans()), min_size=6))
def test_what_is_known_is_never_contradicted(rows: list[tuple[int, int, bool, bool]]) -> None:
    truth = [(f"k{kind}", f"a{kind}{animal}") for kind, animal, *_ in rows]
    columns: dict[str, list[str | None]] = {
        "kind": [kind if shows else None for (kind, _), (*_, shows, _) in zip(truth, rows, strict=True)],
        "animal": [animal if shows else None for (_, animal), (*_, shows) in zip(truth, rows, strict=True)],
    }
    try:
        result = label_columns(columns)
    except TaxonomyError:
        return
    for i, level in enumerate(result.taxonomy.levels):
        for shown, number in zip(columns[level.name], result.labels[:, i], strict=True):
            if shown is not None:
                assert level.classes[number] == shown
    if result.taxonomy.num_levels == 2:
        expected = result.labels[:, 1] >= 0
        assert (result.taxonomy.parents_of(1)[result.labels[expected, 1]] == result.labels[expected, 0]).all()


def test_a_level_of_a_source_that_numbers_its_classes_keeps_those_without_images() -> None:
    order = {"animal": ["cat", "dog ", "eel", "fox"]}
    labelling = label_columns({"animal": ["fox", "cat", "fox"]}, order=order)
    assert labelling.taxonomy.levels[0].classes == ("cat", "dog", "eel", "fox")
    assert labelling.labels.tolist() == [[3], [0], [3]]
    flat = label_columns({"animal": ["fox", "cat"], "colour": ["red", "blue"]}, order=order, has_tree=False)
    assert flat.taxonomy.num_classes == (4, 2)


def test_a_class_without_images_has_no_place_in_a_tree_and_is_named() -> None:
    labelling = label_columns(
        {"kind": ["pet", "pet", "wild"], "animal": ["cat", "dog", "wolf"]},
        order={"kind": ["pet", "wild"], "animal": ["dog", "eel", "wolf", "cat"]},
    )
    assert labelling.taxonomy.levels[1].classes == ("dog", "wolf", "cat")
    assert labelling.notes == (
        "Level 'animal' is numbered without 'eel': no image says what their parent is.",
    )


def test_classes_of_equal_numbers_are_numbered_the_same_in_every_process() -> None:
    columns = {"k": ["7", "007", "07", "8"]}
    assert label_columns(columns).taxonomy.levels[0].classes == ("007", "07", "7", "8")


def test_names_of_levels_follow_the_rule_of_names() -> None:
    assert label_columns({" kind ": ["a", "b"]}).taxonomy.level_names == ("kind",)
    with pytest.raises(DataError, match="every level to be named once, but got 'kind'"):
        label_columns({"kind": ["a", "b"], "kind ": ["a", "b"]})
    with pytest.raises(DataError, match=r"given by level, as {level: labels}, but got \['a', 'b'\]"):
        label_columns(["a", "b"])  # type: ignore[arg-type]


def test_a_column_a_class_is_refused() -> None:
    marks = {"cat": [True, False, False], "cow": [False, True, False], "dog": [False, False, True]}
    with pytest.raises(DataError, match=r"with the name of .* but got one a class: cat, cow, dog\. Give one"):
        label_columns(marks)
    with pytest.raises(DataError, match="but got one a class"):
        label_columns({name: [int(mark) for mark in column] for name, column in marks.items()})


def test_homonyms_without_their_middle_parents_take_linear_time() -> None:
    count = 20_000
    columns = {
        "a": [f"p{i}" for i in range(count)] * 2,
        "b": [f"q{i}" for i in range(count)] + [None] * count,
        "c": ["x"] * (2 * count),
    }
    labels = label_columns(columns).labels
    assert (labels[:count] == labels[count:]).all()


def test_levels_the_wrong_way_round_are_suspected() -> None:
    columns = {"thing": ["apple", "pear", "saw"], "kind": ["fruit", "fruit", "tool"]}
    assert label_columns(columns).notes[-1] == (
        "Each class of level 'thing' has one class of level 'kind', which has fewer. "
        "If the levels are the wrong way round, name them coarsest first: kind,thing."
    )
    assert label_columns(dict(reversed(columns.items()))).notes == ()
