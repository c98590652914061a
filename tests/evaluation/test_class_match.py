"""Classes match by the path of their names, whatever their numbers."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskgraft.data.labels import label_columns
from taskgraft.errors import RequestError
from taskgraft.evaluation import ClassMatch, match_classes
from taskgraft.taxonomy import Level, Taxonomy

LEVELS = ("kind", "sort")
PATHS = [
    ("apple", "gala"),
    ("apple", "fuji"),
    ("pear", "nashi"),
    ("pear", "williams"),
    ("citrus", "lemon"),
    ("citrus", "lime"),
]
MODEL = Taxonomy.from_names(LEVELS, PATHS)


def matched(rows, levels=LEVELS, model=MODEL, has_tree=True) -> tuple[ClassMatch, list[tuple]]:
    """Rows of names through the data's door, and the classes of the model that each comes to, by name."""
    columns = {level: [row[i] for row in rows] for i, level in enumerate(levels)}
    labelling = label_columns(columns, has_tree=has_tree)
    match = match_classes(labelling.labels, labelling.taxonomy, model, labelling.only_classes)
    names = [
        tuple(None if k < 0 else level.classes[k] for k, level in zip(row, model.levels, strict=True))
        for row in match.targets.tolist()
    ]
    return match, names


def test_the_same_classes_in_another_order_are_the_same() -> None:
    match, names = matched(PATHS[::-1])
    assert names == PATHS[::-1]
    assert (match.unmatched, match.left_out, match.derived) == ((), (), ())
    assert match.without_images == {"kind": (), "sort": ()}


def test_a_renamed_class_counts_above_it_and_is_named_with_the_closest() -> None:
    match, names = matched([*PATHS[1:], ("apple", "Galas"), ("apple", "Galas")])
    assert names[-2:] == [("apple", None)] * 2
    (one,) = match.unmatched
    assert (one.level, one.path, one.num_images) == ("sort", ("apple", "Galas"), 2)
    assert one.closest == ("apple", "gala")
    assert match.without_images == {"kind": (), "sort": ("gala",)}


def test_a_moved_class_is_another_class_and_the_closest_says_where_it_was() -> None:
    match, names = matched([*PATHS[1:], ("pear", "gala")])
    assert names[-1] == ("pear", None)
    assert [(one.path, one.closest) for one in match.unmatched] == [(("pear", "gala"), ("apple", "gala"))]


def test_missing_and_added_classes_shift_nothing() -> None:
    rows = [
        ("apple", "aardvark"),
        ("apple", "gala"),
        ("berry", "sloe"),
        ("citrus", "lime"),
        ("pear", "nashi"),
    ]
    match, names = matched(rows)
    assert names == [("apple", None), ("apple", "gala"), (None, None), ("citrus", "lime"), ("pear", "nashi")]
    assert {one.path for one in match.unmatched} == {("apple", "aardvark"), ("berry",), ("berry", "sloe")}
    assert match.without_images["sort"] == ("fuji", "williams", "lemon")


def test_a_renamed_parent_takes_its_children_along() -> None:
    match, names = matched([("Obst", "gala"), ("pear", "nashi"), ("citrus", "lime")])
    assert names == [(None, None), ("pear", "nashi"), ("citrus", "lime")]
    assert [one.path for one in match.unmatched] == [("Obst",), ("Obst", "gala")]


NAMESAKES = [("animals", "morus"), ("animals", "canis"), ("plants", "morus"), ("plants", "acer")]


def namesakes() -> Taxonomy:
    columns = {"kingdom": [row[0] for row in NAMESAKES], "genus": [row[1] for row in NAMESAKES]}
    return label_columns(columns).taxonomy


def test_namesakes_under_two_parents_are_told_apart_by_their_parents() -> None:
    levels = ("kingdom", "genus")
    match, names = matched(NAMESAKES[::-1], levels, namesakes())
    assert names[1] == ("plants", "plants/morus")
    assert names[3] == ("animals", "animals/morus")
    # Alone in the data, it is named without its path.
    _, names = matched([("plants", "morus"), ("animals", "canis")], levels, namesakes())
    assert names[0] == ("plants", "plants/morus")
    assert not match.unmatched


def test_a_bare_name_that_means_two_classes_is_neither_and_a_path_says_which() -> None:
    match, names = matched([("morus",), ("acer",)], ("genus",), namesakes())
    assert names == [(None, None), ("plants", "acer")]
    assert [one.path for one in match.unmatched] == [("morus",)]
    _, names = matched([("animals/morus",), ("acer",)], ("genus",), namesakes())
    assert names[0] == ("animals", "animals/morus")


def test_two_classes_of_the_data_that_a_missing_level_makes_one_match_neither() -> None:
    tree = Taxonomy.from_names(["genus"], [("morus",), ("canis",)])
    match, names = matched([*NAMESAKES[:3]], ("kingdom", "genus"), tree)
    assert names == [(None,), ("canis",), (None,)]
    assert match.left_out == ("kingdom",)


def test_ragged_trees_match_where_a_class_stands_for_itself() -> None:
    rows = [("bread", None), ("fruit", "apple"), ("fruit", "bread"), ("fruit", "pear")]
    columns = {"a": [row[0] for row in rows], "b": [row[1] for row in rows]}
    model = label_columns(columns).taxonomy
    assert "bread (itself)" in model.levels[1].classes
    # Without the namesake under fruit the data call it plainly.
    match, names = matched([rows[0], rows[1], rows[3]], ("a", "b"), model)
    assert names == [("bread", "bread (itself)"), ("fruit", "apple"), ("fruit", "pear")]
    assert not match.unmatched
    _, names = matched([rows[2], rows[0], rows[1]], ("a", "b"), model)
    assert names[:2] == [("fruit", "bread"), ("bread", "bread (itself)")]


def test_levels_of_other_names_match_by_their_classes() -> None:
    match, names = matched(PATHS, ("Gattung", "Sorte"))
    assert names == PATHS
    assert not match.left_out


def test_a_flat_folder_is_the_level_whose_classes_it_has_whatever_it_is_called() -> None:
    model = Taxonomy.from_names(["level_1", "level_2"], PATHS)
    match, names = matched([(path[1],) for path in PATHS], ("level_1",), model)
    assert names == PATHS
    assert match.derived == ("level_1",)
    match, names = matched([("pear",), ("apple",)], ("level_1",), model)
    assert names == [("pear", None), ("apple", None)]
    assert match.derived == ()
    assert len(match.without_images["level_2"]) == 6


def test_more_levels_than_the_models_are_left_out() -> None:
    rows = [("wood" if kind == "citrus" else "field", kind, sort) for kind, sort in PATHS]
    match, names = matched(rows, ("place", *LEVELS))
    assert names == PATHS
    assert match.left_out == ("place",)


def test_fewer_levels_in_the_middle_are_filled_in() -> None:
    deep = Taxonomy.from_names(
        ["a", "b", "c"], [("x", "x1", "x11"), ("x", "x1", "x12"), ("x", "x2", "x21"), ("y", "y1", "y11")]
    )
    match, names = matched([("x", "x21"), ("y", "y11"), ("x", None)], ("a", "c"), deep)
    assert names == [("x", "x2", "x21"), ("y", "y1", "y11"), ("x", None, None)]
    assert match.derived == ("b",)


def test_a_level_of_one_class_that_data_leave_out_is_part_of_the_paths() -> None:
    match, names = matched([("pear", "gala"), ("pear", "nashi"), ("pear", None)])
    # The gala of the model is an apple.
    assert names == [("pear", None), ("pear", "nashi"), (None, None)]
    assert [one.path for one in match.unmatched] == [("gala",)]
    _, names = matched([("apple", "gala"), ("apple", "fuji")])
    assert names == [("apple", "gala"), ("apple", "fuji")]
    _, names = matched([("plants", "morus"), ("plants", "acer")], ("kingdom", "genus"), namesakes())
    assert names == [("plants", "plants/morus"), ("plants", "acer")]


def test_a_folder_around_all_others_is_no_level() -> None:
    model = Taxonomy.from_names(["level_1", "level_2"], PATHS)
    match, names = matched([("photos", sort) for _, sort in PATHS], ("level_1", "level_2"), model)
    assert names == PATHS
    assert match.derived == ("level_1",)


@pytest.mark.parametrize("is_model_flat", [False, True])
def test_without_a_tree_names_alone_decide(is_model_flat: bool) -> None:
    levels = [Level("kind", ("pear", "apple")), Level("sort", ("nashi", "gala"))]
    flat = Taxonomy.without_tree(levels)
    labels = np.array([[0, 1], [1, 0]])
    if is_model_flat:
        match = match_classes(np.array([[0, 0], [1, 2]]), MODEL, flat)
        assert match.targets.tolist() == [[1, 1], [0, 0]]
    else:
        match = match_classes(labels, flat, MODEL)
        assert match.targets.tolist() == [[1, 0], [0, 2]]


def test_images_without_labels_stay_without() -> None:
    _, names = matched([("apple", "gala"), ("pear", None), (None, None), ("citrus", "lime")])
    assert names == [("apple", "gala"), ("pear", None), (None, None), ("citrus", "lime")]


def test_data_of_other_classes_are_refused_in_one_line() -> None:
    with pytest.raises(
        RequestError, match=r"^Expected the classes of the data to be the model's.*car, van.*gala"
    ):
        matched([("car",), ("van",)], ("thing",))
    with pytest.raises(RequestError, match=r"^Expected the classes of the data .* 'x > gala'.*apple > gala"):
        matched([("x", "gala"), ("y", "lime")])
    with pytest.raises(RequestError, match="labelled at some level, but got 'no label'"):
        match_classes(np.full((3, 2), -1), MODEL, MODEL)


@st.composite
def trees(draw: st.DrawFn) -> list[tuple[str, str, str]]:
    """Leaf paths of a random tree of three levels, namesakes included, two roots at least."""
    words = st.sampled_from("abcdef")
    paths = draw(st.lists(st.tuples(words, words, words), min_size=2, max_size=12, unique=True))
    return [*paths, ("r1", "s", "t"), ("r2", "s", "u")]


@given(trees(), trees(), st.randoms(use_true_random=False))
def test_no_order_of_the_classes_changes_what_matches(model_paths, data_paths, random) -> None:
    levels = ("one", "two", "three")
    model = label_columns({level: [p[i] for p in model_paths] for i, level in enumerate(levels)}).taxonomy
    match, names = matched(data_paths, levels, model)
    order = list(range(len(data_paths)))
    random.shuffle(order)
    other, other_names = matched([data_paths[i] for i in order], levels, shuffled(model, random))
    assert other_names == [names[i] for i in order]
    assert other.unmatched == match.unmatched
    assert {k: set(v) for k, v in other.without_images.items()} == {
        k: set(v) for k, v in match.without_images.items()
    }
    # The reference: whatever either taxonomy calls its classes, a path is in the model or it is not.
    for path, row in zip(data_paths, names, strict=True):
        assert (row[2] is not None) == (path in model_paths)


def shuffled(taxonomy: Taxonomy, random) -> Taxonomy:
    """The same tree with its classes numbered in another order."""
    leaves = list(range(taxonomy.num_classes[-1]))
    random.shuffle(leaves)
    columns = [taxonomy.ancestors(i) for i in range(taxonomy.num_levels)]
    paths = [
        [level.classes[column[leaf]] for level, column in zip(taxonomy.levels, columns, strict=True)]
        for leaf in leaves
    ]
    return Taxonomy.from_names(taxonomy.level_names, paths)
