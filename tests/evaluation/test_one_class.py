"""A model judged on images of one class: their tree alone could not be trained on, and need not be."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from labelled_pictures import FOLDERS, SIDE, write_pictures
from typer.testing import CliRunner

from taskgraft.cli.main import app
from taskgraft.data.labels import label_columns
from taskgraft.data.sources import load
from taskgraft.errors import TaskgraftError
from taskgraft.evaluation import (
    classes_csv,
    evaluate,
    evaluation_text,
    match_classes,
    plain,
    write_evaluation,
)
from taskgraft.events import silent
from taskgraft.execution import compare
from taskgraft.inference import Model
from taskgraft.recipe import Recipe
from taskgraft.taxonomy import JudgedTaxonomy, Level, Taxonomy
from trained_model import trained_model

LEVELS = ("kind", "sort")
PATHS = [("apple", "gala"), ("apple", "fuji"), ("pear", "nashi"), ("pear", "williams"), ("citrus", "lime")]
MODEL = Taxonomy.from_names(LEVELS, PATHS)
Row = tuple[str | None, ...]


def names_of(rows: list[Row], levels: tuple[str, ...] = LEVELS, model: Taxonomy = MODEL) -> list[Row]:
    """What each row of names comes to among a model's classes."""
    columns = {level: [row[i] for row in rows] for i, level in enumerate(levels)}
    labelling = label_columns(columns, keeps_single=True)
    match = match_classes(labelling.labels, labelling.taxonomy, model)
    return [
        tuple(None if k < 0 else level.classes[k] for k, level in zip(row, model.levels, strict=True))
        for row in match.targets.tolist()
    ]


@given(st.lists(st.sampled_from([*PATHS, ("apple", None), ("pear", None)]), min_size=1))
def test_whatever_classes_the_images_are_of_they_match(rows: list[Row]) -> None:
    assert names_of(rows) == rows


@given(st.lists(st.sampled_from(PATHS), min_size=1))
def test_a_folder_around_them_and_other_names_of_levels_change_nothing(rows: list[Row]) -> None:
    assert names_of([("photos", *row) for row in rows], ("level_1", "level_2", "level_3")) == rows
    assert names_of([("photos", row[1]) for row in rows], ("level_1", "level_2")) == rows


@given(st.lists(st.sampled_from(PATHS), min_size=1))
def test_levels_that_only_the_data_have_are_left_out(rows: list[Row]) -> None:
    kinds = Taxonomy.from_names(["kind"], [(path[0],) for path in PATHS])
    numbered = [(*row, f"tray {i % 2}") for i, row in enumerate(rows)]
    assert names_of(numbered, (*LEVELS, "tray"), kinds) == [(row[0],) for row in rows]


def test_a_class_that_ends_early_stands_for_itself() -> None:
    model = Taxonomy.from_names(["a", "b"], [("bread", "bread"), ("fruit", "apple"), ("fruit", "fig")])
    assert names_of([("bread",)], ("level_1",), model) == [("bread", "bread")]
    assert names_of([("bread", None)], ("level_1", "level_2"), model) == [("bread", "bread")]


def test_a_class_under_another_parent_is_another_one() -> None:
    assert names_of([("pear", "gala")]) == [("pear", None)]


def test_without_a_tree_images_are_of_the_only_class_where_they_say_so() -> None:
    model = Taxonomy.without_tree([Level("colour", ("red", "blue")), Level("shape", ("disc", "bar"))])
    columns = {"colour": ["red", None, "red"], "shape": ["disc", "bar", None]}
    for keeps_single, expected in ((True, [[0, 0], [-1, 1], [0, -1]]), (False, [[-1, 0], [-1, 1], [-1, -1]])):
        labelling = label_columns(columns, has_tree=False, keeps_single=keeps_single)
        match = match_classes(labelling.labels, labelling.taxonomy, model, labelling.only_classes)
        assert match.targets.tolist() == expected


def test_the_order_of_a_source_numbers_what_lies_under_a_single_class_as_without_it() -> None:
    columns = {"kind": ["apple"] * 2, "sort": ["gala", "fuji"]}
    order = {"sort": ["gala", "elstar", "fuji"]}
    kept, dropped = (label_columns(columns, order=order, keeps_single=keeps) for keeps in (True, False))
    assert isinstance(kept.taxonomy, JudgedTaxonomy)
    assert kept.taxonomy.varied == dropped.taxonomy
    assert kept.labels[:, 1:].tolist() == dropped.labels.tolist()


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory, tiny_recipe: Recipe) -> Model:
    photos = write_pictures(tmp_path_factory.mktemp("data") / "photos", FOLDERS, 12)
    return trained_model(load(photos, size=SIDE, levels=("kind", "colour")), tiny_recipe)


@pytest.mark.parametrize(
    ("folders", "num_labelled"),
    [
        ([("warm", "red")], {"kind": 6, "colour": 6}),
        ([("red",)], {"kind": 6, "colour": 6}),
        ([("photos", "warm", "red")], {"kind": 6, "colour": 6}),
        ([("warm",)], {"kind": 6, "colour": 0}),
        ([("warm", "red"), ("warm", "yellow")], {"kind": 12, "colour": 12}),
        ([("warm",), ("warm", "red"), ("warm", "yellow")], {"kind": 18, "colour": 12}),
        ([("warm", "amber")], {"kind": 6, "colour": 0}),
        ([("test", "warm", "red"), ("train", "warm", "red")], {"kind": 6, "colour": 6}),
    ],
)
def test_folders_of_one_class_at_some_level_are_judged(
    model: Model, tmp_path: Path, folders: list[tuple[str, ...]], num_labelled: dict[str, int]
) -> None:
    root = write_pictures(tmp_path / "some", folders, 6)
    evaluation = evaluate(model, root)
    assert evaluation.num_labelled == num_labelled
    # As where the tree comes from elsewhere: the pictures as `predict` sees them.
    files = sorted(path for path in root.rglob("*.png") if "train" not in path.parts)
    names = model.named(model.predict(files).preds)
    is_right = np.mean([name[0] == "warm" for name in names])
    assert evaluation.decoded["kind"].estimate == pytest.approx(is_right)
    assert evaluation.classes["kind"].recall[1] == pytest.approx(is_right)
    assert any("is of one class" in caution for caution in evaluation.cautions)
    # It can be shown in every form.
    assert "of one class" in evaluation_text(evaluation)
    json.dumps(plain(evaluation), allow_nan=False)
    classes_csv(evaluation)
    write_evaluation(evaluation, tmp_path / "page.html")


def test_a_table_of_one_class_is_judged(model: Model, tmp_path: Path) -> None:
    root = write_pictures(tmp_path / "some", [("red",)], 5)
    with (root / "labels.csv").open("w", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["image", "colour"])
        rows.writerows([path.relative_to(root), "red"] for path in root.rglob("*.png"))
    evaluation = evaluate(model, root / "labels.csv", label_columns="colour")
    assert evaluation.num_labelled == {"kind": 5, "colour": 5}
    assert evaluation.match.derived == ("kind",)


def test_the_command_judges_one_class(
    tiny_recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    data = load(write_pictures(tmp_path / "photos", FOLDERS, 12), size=SIDE)
    compare(data, "shared", tiny_recipe, 1, out=tmp_path / "study", listener=silent)
    write_pictures(tmp_path / "reds", [("red",)], 4)
    answer = CliRunner().invoke(app, ["evaluate", "study", "reds", "--json"])
    assert answer.exit_code == 0, answer.output
    assert json.loads(answer.stdout)["num_labelled"] == {"level_1": 4, "level_2": 4}


def test_a_class_that_the_model_does_not_have_is_refused_by_name(model: Model, tmp_path: Path) -> None:
    root = write_pictures(tmp_path / "some", [("plaid",)], 3)
    with pytest.raises(TaskgraftError, match=r"^Expected the classes of the data to be the model's.*plaid"):
        evaluate(model, root)


def test_data_of_the_training_below_one_folder_are_recognised(tmp_path: Path, tiny_recipe: Recipe) -> None:
    write_pictures(tmp_path / "photos" / "all", FOLDERS, 12)
    trained = trained_model(load(tmp_path / "photos", size=SIDE), tiny_recipe)
    evaluation = evaluate(trained, tmp_path / "photos")
    assert evaluation.split_reason == "the test split of the study that trained the model"


def test_what_is_judged_is_opened_again_and_cannot_be_trained_on(tmp_path: Path) -> None:
    root = write_pictures(tmp_path / "some", [("warm", "red")], 6)
    options = {"size": SIDE, "test_fraction": None, "keeps_single": True}
    first, again = load(root, **options), load(root, **options)
    assert first.taxonomy == again.taxonomy == JudgedTaxonomy.from_names(["level_1", "level_2"], [FOLDERS[0]])
    assert first.labels.tolist() == again.labels.tolist() == [[0, 0]] * 6
    refused = r"^Expected level 'level_1' to be two classes or more, but got \['warm'\]"
    with pytest.raises(TaskgraftError, match=refused):
        replace(first, needs=("train",))
    with pytest.raises(TaskgraftError, match=refused):
        compare(first, "shared", out=tmp_path / "study", listener=silent)
    with pytest.raises(TaskgraftError, match="labels to be of two classes or more at some level"):
        load(root, size=SIDE, test_fraction=None)
