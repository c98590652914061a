"""What sections are made of: leaderboard, pairs, confusions, pictures."""

from __future__ import annotations

import base64
import io
from dataclasses import replace

import numpy as np
import pytest
from hand_made import confusion_of
from PIL import Image

from taskgraft.report import Picture, png_uri
from taskgraft.report._score_text import charted_scores, main_scores
from taskgraft.report.page._comparisons import against, comparisons
from taskgraft.report.page._confusion import MOST_CLASSES, nested_confusions
from taskgraft.report.page._leaderboard import leaderboard, other_scores
from taskgraft.taxonomy import Level, Taxonomy

TREE = Taxonomy.from_names(
    ["kind", "animal", "breed"],
    [
        ("pet", "cat", "siamese"),
        ("pet", "dog", "poodle"),
        ("pet", "dog", "boxer"),
        ("farm", "cow", "angus"),
        ("farm", "cow", "jersey"),
    ],
)


def matrices():
    """Nine images: each breed right once, one poodle a boxer, one boxer a siamese, two jerseys a poodle."""
    pairs = [(k, k) for k in range(5)] + [(1, 2), (2, 0), (4, 1), (4, 1)]
    found = {}
    for i, level in enumerate(TREE.levels):
        found[level.name] = np.zeros((level.num_classes, level.num_classes), np.int64)
        for true, pred in pairs:
            found[level.name][TREE.ancestors(i)[true], TREE.ancestors(i)[pred]] += 1
    return found


def nested(matrices, taxonomy):
    return nested_confusions([confusion_of(level, counts) for level, counts in matrices.items()], taxonomy)


def numbers(matrix):
    return [
        [cell.number for cell in row.cells] + ([row.elsewhere.number] if row.elsewhere else [])
        for row in matrix.rows
    ]


def test_the_coarsest_matrix_opens_to_the_children_of_each_class():
    (top,) = nested(matrices(), TREE)
    assert (top.level, top.names, numbers(top)) == ("kind", ("pet", "farm"), [[5, 0], [2, 2]])
    pets, cows = top.children
    assert (pets.parent, numbers(pets)) == ("pet", [[1, 0, 0], [1, 3, 0]])
    (dogs,) = pets.children
    assert (dogs.parent, dogs.level, numbers(dogs)) == ("dog", "breed", [[1, 1, 0], [0, 1, 1]])
    # Farm has one animal, with which nothing can be confused: it opens to what is under that one.
    assert (cows.parent, cows.level, numbers(cows)) == ("farm › cow", "breed", [[1, 0, 0], [0, 1, 2]])
    assert [row.link for row in top.rows] == ["confusion-1-0", "confusion-2-2"] == [pets.key, cows.key]


def test_classes_that_end_early_and_levels_that_nest_one_to_one_open_to_nothing_empty():
    paths = [("rock", "rock", "rock"), ("pet", "the pet", "cat"), ("pet", "the pet", "dog")]
    tree = Taxonomy.from_names(["a", "b", "c"], paths)
    found = {name: np.eye(k, dtype=np.int64) for name, k in zip("abc", tree.num_classes, strict=True)}
    (top,) = nested(found, tree)
    assert [row.link for row in top.rows] == ["", "confusion-2-1"]
    assert [(part.parent, part.names, part.children) for part in top.children] == [
        ("pet › the pet", ("cat", "dog"), ())
    ]


def test_levels_without_a_tree_have_a_whole_matrix_each():
    taxonomy = Taxonomy.without_tree([Level("colour", ("red", "blue")), Level("shape", ("bar", "disc", "x"))])
    found = nested({"colour": np.eye(2, dtype=int), "shape": 2 * np.eye(3, dtype=int)}, taxonomy)
    assert [(matrix.level, matrix.parent, matrix.children) for matrix in found] == [
        ("colour", "", ()),
        ("shape", "", ()),
    ]
    assert numbers(found[1]) == [[2, 0, 0], [0, 2, 0], [0, 0, 2]]
    assert len({matrix.key for matrix in found}) == 2


def test_rows_add_up_to_the_images_of_the_class():
    confusions = matrices()
    dogs = nested(confusions, TREE)[0].children[0].children[0]
    for row in dogs.rows:
        true = TREE.levels[2].classes.index(row.name)
        assert sum(c.number for c in row.cells) + row.elsewhere.number == confusions["breed"][true].sum()
        assert row.right == 0.5


def test_a_class_without_images_has_no_share():
    confusions = {name: np.zeros_like(matrix) for name, matrix in matrices().items()}
    (top,) = nested(confusions, TREE)
    assert [row.right for row in top.rows] == [None, None]
    assert top.summary == "no images"


def test_shades_run_from_none_to_all():
    (top,) = nested(matrices(), TREE)
    assert [cell.shade for cell in top.rows[0].cells] == [9, 0]
    assert all(1 <= cell.shade <= 9 for cell in top.rows[1].cells)


def test_too_many_classes_become_a_list_of_mistakes():
    number = MOST_CLASSES + 1
    flat = Taxonomy.from_names(["label"], [(f"c{i}",) for i in range(number)])
    matrix = np.eye(number, dtype=np.int64) * 9
    matrix[3, 7], matrix[5, 2] = 4, 6
    (found,) = nested({"label": matrix}, flat)
    assert found.rows == ()
    assert found.pairs == (("c5", "c2", 6), ("c3", "c7", 4))


def test_a_level_without_confusions_leaves_the_section_out():
    assert nested({}, TREE) == ()


def test_the_leaderboard_holds_main_scores_gain_and_costs(tell):
    verdict = tell().verdict
    table = leaderboard(verdict)
    assert [column.title for column in table.columns] == [
        "architecture",
        "coarse accuracy, %",
        "fine accuracy, %",
        "fine in coarse, %",
        "full path, %",
        "mistake severity",
        "gain Δm, %",
        "parameters",
        "MACs",
        "training, s",
        "PFLOP",
        "memory, GB",
        "latency p50, ms",
        "images/s",
        "seeds",
    ]
    assert [row.name for row in table.rows] == [s.variant for s in verdict.standings]
    first = verdict.standings[0].scores["accuracy.coarse"]
    assert table.rows[0].cells[0].text == f"{100 * first.estimate:.1f}"
    assert table.rows[0].cells[0].note == f"{100 * first.low:.1f}–{100 * first.high:.1f}"
    assert table.rows[0].badges == ("control",)
    assert "recommended" in table.rows[-1].badges


def test_the_best_of_a_column_is_the_lowest_where_lower_is_better(tell):
    table = leaderboard(tell().verdict)
    severities = [row.cells[4] for row in table.rows]
    assert [cell.is_strong for cell in severities] == [
        cell.key == min(c.key for c in severities) for cell in severities
    ]


def test_scores_are_in_one_table_or_the_other(tell):
    verdict = tell().verdict
    rest = other_scores(verdict)
    assert len(rest.columns) - 2 + len(main_scores(verdict.score_names)) == len(verdict.score_names)
    only_main = tuple(main_scores(verdict.score_names))
    assert other_scores(replace(verdict, score_names=only_main)) is None


def test_latency_that_was_not_measured_has_no_column(tell):
    titles = [column.title for column in leaderboard(tell(has_inference=False).verdict).columns]
    assert "latency p50, ms" not in titles
    assert "MACs" in titles


def test_differences_are_turned_to_face_the_control(tell):
    verdict = tell().verdict
    straight = against(verdict, "independent", "accuracy.fine")
    assert {c.second for c in straight} == {"independent"}
    pair = straight[0]
    back = replace(
        pair,
        first=pair.second,
        second=pair.first,
        interval=replace(
            pair.interval, estimate=-pair.interval.estimate, low=-pair.interval.high, high=-pair.interval.low
        ),
    )
    assert against(replace(verdict, comparisons=(back,)), "independent", "accuracy.fine") == [pair]


def test_every_pair_at_every_score_has_a_row(tell):
    verdict = tell().verdict
    found = comparisons(verdict)
    assert (
        sum(len(table.rows) for _, table in found.tables)
        == len(verdict.comparisons)
        == 21 * len(verdict.score_names)
    )
    assert len(found.figures) == len(charted_scores(verdict.score_names)) == 3


@pytest.mark.parametrize("num_channels", [1, 2, 3, 4, 7])
@pytest.mark.parametrize("side", [1, 28, 300])
def test_a_picture_becomes_a_png_whatever_its_channels(num_channels, side):
    image = np.arange(num_channels * side * side, dtype=np.uint8).reshape(num_channels, side, side)
    uri = png_uri(image)
    picture = Image.open(io.BytesIO(base64.b64decode(uri.removeprefix("data:image/png;base64,"))))
    assert picture.mode == ("RGB" if num_channels > 2 else "L")
    assert max(picture.size) == min(side, 128)
    if side <= 128:
        shown = np.asarray(picture)
        assert np.array_equal(shown if shown.ndim == 2 else shown[..., 0], image[0])


@pytest.mark.parametrize(
    ("size", "shown"), [((28, 28), (84, 84)), ((32, 16), (48, 96)), ((224, 112), (48, 96))]
)
def test_pictures_are_enlarged_by_whole_factors_or_made_smaller(size, shown):
    picture = Picture(np.zeros((3, *size), np.uint8), ("a",), (), 0.5)
    assert picture.shape == shown


def test_predictions_are_grouped_by_path_most_voices_first():
    paths = (("one", ("a", "c")), ("two", ("b", "d")), ("three", ("b", "d")))
    picture = Picture(np.zeros((1, 2, 2), np.uint8), ("a", "d"), paths, 0.5)
    assert picture.by_path == [
        ([("b", True), ("d", False)], ["two", "three"]),
        ([("a", False), ("c", True)], ["one"]),
    ]


def test_nothing_is_wrong_where_the_truth_is_not_known():
    picture = Picture(np.zeros((1, 2, 2), np.uint8), ("a", None), (("one", ("b", "d")),), 0.5)
    assert picture.by_path == [([("b", True), ("d", False)], ["one"])]
    assert picture.true_parts == [("a", False), (None, False)]
