from __future__ import annotations

from itertools import permutations

import pytest

from taskgraft.data.labels import label_columns
from taskgraft.data.labels._tree import Row, named_rows
from taskgraft.errors import TaxonomyError


def names_of(*rows: Row) -> list[Row]:
    """The completed rows, which must not depend on the order in which they come."""
    levels = ["a", "b", "c", "d"][: len(rows[0])]
    result = named_rows(dict.fromkeys(rows, 1), levels).names
    for mixed in permutations(rows):
        again = named_rows(dict.fromkeys(mixed, 1), levels).names
        assert {row: again[row] for row in rows} == dict(result)
    return [result[row] for row in rows]


def test_a_name_under_two_parents_is_two_classes() -> None:
    rows = names_of(("animals", "morus"), ("plants", "morus"), ("plants", "rosa"))
    assert rows == [("animals", "animals/morus"), ("plants", "plants/morus"), ("plants", "rosa")]
    result = label_columns({"kingdom": ["a", "a", "p"], "genus": ["m", "m", "m"]})
    assert result.notes == (
        "The name 'm' of level 'genus' stands under 2 parents and is taken for as many classes: "
        "'a/m' (2 images), 'p/m' (1 image). If it is one class, mend its parent.",
    )


def test_namesakes_below_namesakes_are_apart() -> None:
    rows = names_of(("a", "x", "g"), ("b", "x", "g"), ("b", "y", "h"))
    assert rows == [("a", "a/x", "a/x/g"), ("b", "b/x", "b/x/g"), ("b", "y", "h")]


def test_a_row_must_say_which_namesake_it_means() -> None:
    with pytest.raises(
        TaxonomyError, match="with its parent too, since a/x, b/x are classes, but got 'no parent'"
    ):
        names_of(("a", "x"), ("b", "x"), (None, "x"))
    columns = {"a": ["p", "q", ""], "b": ["x", "x", "x"]}
    with pytest.raises(
        TaxonomyError, match=r"Expected image 7\.png of class 'x' of level 'b' to be labelled"
    ):
        label_columns(columns, images=["5.png", "6.png", "7.png"])
    # The level above that tells them apart is enough.
    assert names_of(("a", "f", "x"), ("b", "g", "x"), ("b", None, "x"))[2] == ("b", "g", "b/g/x")


def test_a_path_that_reads_like_another_class_is_refused() -> None:
    with pytest.raises(TaxonomyError, match="a path that no other one has, but got 'a/x'"):
        names_of(("a", "x"), ("b", "x"), ("b", "a/x"))


def test_a_rank_that_is_skipped_is_stood_in_for_by_its_parent() -> None:
    rows = names_of(("o", None, "g"), ("p", "f", "h"))
    assert rows == [("o", "o", "g"), ("p", "f", "h")]
    # Where another row has the rank, it is filled in.
    assert names_of(("o", None, "g"), ("o", "f", "g"))[0] == ("o", "f", "g")
    assert names_of(("o", None, None, "k"), ("o", "f", None, "k")) == [
        ("o", "f", "f", "k"),
        ("o", "f", "f", "k"),
    ]


def test_a_class_whose_only_finer_one_is_called_as_it_is_is_itself() -> None:
    rows = names_of(("bread", "bread"), ("bread", None), ("pet", "cat"), ("pet", None))
    assert rows == [("bread", "bread"), ("bread", "bread"), ("pet", "cat"), ("pet", None)]
    assert names_of(("bread", "bread"), ("bread", "roll"), ("bread", None))[2] == ("bread", None)
    # One class of its name and one that stands in for it below are two.
    rows = names_of(("dog", "dog", "a"), ("dog", None, "b"), ("dog", None, None))
    assert rows == [("dog", "dog", "a"), ("dog", "dog (itself)", "b"), ("dog", None, None)]


def test_a_stand_in_is_no_namesake() -> None:
    rows = names_of(("x", None), ("a", "x"), ("b", "x"))
    assert rows == [("x", "x (itself)"), ("a", "a/x"), ("b", "b/x")]


def test_a_class_without_any_parent_is_refused() -> None:
    with pytest.raises(
        TaxonomyError, match="class 'g' of level 'b' to be under a class of level 'a', but got 'none"
    ):
        names_of(("a", "f"), (None, "g"))
