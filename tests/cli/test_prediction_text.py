"""The table of predictions: whatever is in it, no line goes beyond the edge, and nothing is lost."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from made_predictions import chain, made_predictions
from taskgraft.cli.prediction_text import PredictionText
from taskgraft.inference import Predictions
from taskgraft.taxonomy import Level, Taxonomy

RAGGED = Taxonomy.from_names(
    ["kind", "sort", "variety"],
    [
        ("bread", "bread", "bread"),
        ("fruit", "apple", "gala"),
        ("fruit", "apple", "elstar"),
        ("fruit", "kiwi", "kiwi"),
    ],
)


def lines_of(predictions: Predictions, columns: int = 80) -> list[str]:
    text = PredictionText(predictions.names, columns, is_tree=predictions.taxonomy.is_tree)
    return [*text.heading(predictions.taxonomy.level_names), *text.rows(predictions)]


def test_answers_stand_below_one_another_beside_their_names() -> None:
    predictions = made_predictions(
        chain(2, "class {}"), [[0.1, 0.2, 0.7], [0.6, 0.3, 0.1]], ["a.jpg", "longer.jpg"]
    )
    assert lines_of(predictions) == [
        "picture     level 0 > level 1",
        "a.jpg       class 0 1 90% > class 1 2 70%",
        "longer.jpg  class 0 0 60% > class 1 0 60%",
    ]


def test_what_is_sure_stands_before_what_is_perhaps() -> None:
    probs = [[0.9, 0.05, 0.05, 0], [0, 0.5, 0.4, 0.1], [0, 0.1, 0.1, 0.8], [0.34, 0.33, 0.33, 0]]
    assert lines_of(made_predictions(RAGGED, probs, threshold=0.7)) == [
        "picture  kind > sort > variety",
        # Bread has no sorts: it stands for itself, and is said once.
        "0.jpg    bread 90%",
        "1.jpg    fruit 100% > apple 90% (perhaps > gala 50% [0.500])",
        "2.jpg    fruit 100% > kiwi 80%",
        "3.jpg    not sure (perhaps bread 34% [0.340])",
    ]


def test_further_paths_stand_below_and_the_path_itself_once() -> None:
    predictions = made_predictions(RAGGED, [[0.1, 0.5, 0.3, 0.1]], num_alternatives=3)
    assert lines_of(predictions) == [
        "picture  kind > sort > variety",
        "0.jpg    fruit 90% > apple 80% > gala 50%",
        "         or fruit 90% > apple 80% > elstar 30%",
        "         or bread 10%",
    ]


def test_levels_without_a_tree_are_parted_by_commas() -> None:
    flat = Taxonomy.without_tree([Level("colour", ("red", "blue")), Level("shape", ("red", "bar"))])
    predictions = Predictions(
        flat,
        ("a.png",),
        np.array([[0, 0]]),
        (np.array([[0.9, 0.1]]), np.array([[0.8, 0.2]])),
        np.ones((1, 2)),
        np.array([2]),
    )
    # Classes of one name at two levels that do not nest are two.
    assert lines_of(predictions) == ["picture  colour, shape", "a.png    red 90%, red 80%"]


def test_eight_levels_are_broken_between_classes() -> None:
    lines = lines_of(made_predictions(chain(8, "class {}"), [[0.01] * 8 + [0.92]]))
    assert lines[0] == "picture  level 0 > level 1 > level 2 > level 3 > level 4 > level 5 > level 6"
    assert lines[1] == "           > level 7"
    assert lines[2] == "0.jpg    class 0 1 99% > class 1 2 98% > class 2 3 97% > class 3 4 96%"
    assert lines[3].startswith("           > class 4 5 95%")


def test_of_a_long_name_the_end_is_kept_and_of_a_class_the_beginning() -> None:
    taxonomy = Taxonomy.from_names(["a"], [("Rosa canina " * 9 + "x",), ("y",)])
    predictions = made_predictions(taxonomy, [[0.9, 0.1]], ["photos/2026/" * 9 + "IMG_0001.jpg"])
    assert lines_of(predictions) == [
        "picture                         a",
        "...26/photos/2026/IMG_0001.jpg  Rosa canina Rosa canina Rosa canina... 90%",
    ]


def test_where_there_is_little_room_answers_stand_below_the_names() -> None:
    predictions = made_predictions(RAGGED, [[0.1, 0.5, 0.3, 0.1]], ["holidays/1.jpg"])
    assert lines_of(predictions, 30) == [
        "picture",
        "  kind > sort > variety",
        "...ys/1.jpg",
        "  fruit 90% > apple 80%",
        "    > gala 50%",
    ]


@given(
    st.lists(st.text(min_size=1, max_size=60), min_size=1, max_size=4),
    st.integers(1, 8),
    st.integers(20, 130),
    st.sampled_from([None, 0.5, 0.95]),
    st.text(st.characters(exclude_categories=["Cs", "Zs", "Cc"]), min_size=0, max_size=50),
)
def test_no_line_goes_beyond_the_edge_whatever_the_names(
    names: list[str], num_levels: int, columns: int, threshold: float | None, word: str
) -> None:
    taxonomy = chain(num_levels, f"x{word.replace('{', '').replace('}', '')}{{}}")
    rng = np.random.default_rng(len(names))
    probs = rng.dirichlet(np.ones(num_levels + 1), len(names)).tolist()
    predictions = made_predictions(taxonomy, probs, names, threshold=threshold, num_alternatives=2)
    lines = lines_of(predictions, columns)
    assert max(map(cell_len, lines)) <= columns
    assert all(line == line.rstrip() for line in lines)
    assert all(line.isprintable() for line in lines)


@pytest.mark.parametrize("columns", [20, 37, 80])
def test_every_picture_has_its_lines(columns: int) -> None:
    many = made_predictions(RAGGED, [[0.1, 0.5, 0.3, 0.1]] * 300)
    assert sum("gala" in line for line in lines_of(many, columns)) == 300
