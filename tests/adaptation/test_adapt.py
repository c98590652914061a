"""A study that goes on from a trained model, and what became of the old classes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from taskgraft.adaptation import adapt, plan_adaptation
from taskgraft.data import Dataset
from taskgraft.errors import RequestError
from taskgraft.execution import compare
from taskgraft.inference import read_model
from taskgraft.recipe import Recipe
from taskgraft.study import MODEL, Study
from taskgraft.taxonomy import Taxonomy


def without(data: Dataset, name: str) -> Dataset:
    """The data without a class of the finest level."""
    gone = data.taxonomy.levels[-1].classes.index(name)
    stays = data.labels[:, -1] != gone
    place = np.cumsum(stays) - 1
    paths = [
        (data.taxonomy.levels[0].classes[group], data.taxonomy.levels[1].classes[colour])
        for group, colour in data.labels[stays].tolist()
    ]
    taxonomy = Taxonomy.from_names(data.taxonomy.level_names, paths)
    numbers = [{k: i for i, k in enumerate(level.classes)} for level in taxonomy.levels]
    labels = np.array([[numbers[0][group], numbers[1][colour]] for group, colour in paths])
    indices = {split: place[chosen[stays[chosen]]] for split, chosen in data.indices.items()}
    return replace(
        data, images=data.images[stays], labels=labels, taxonomy=taxonomy, indices=indices, image_digest=None
    )


@pytest.fixture(scope="module")
def older(tiny_data: Dataset, tiny_recipe: Recipe, tmp_path_factory: pytest.TempPathFactory) -> Study:
    chosen = tiny_recipe.model_copy(update={"epochs": 4.0})
    out = tmp_path_factory.mktemp("older") / "study"
    return compare(without(tiny_data, "red"), "shared", chosen, 1, out=out, num_threads=1)


def test_a_class_is_added_and_the_old_ones_are_compared_by_image(
    older: Study, tiny_data: Dataset, tmp_path: Path
) -> None:
    adapted = adapt(older.directory, tiny_data, out=tmp_path / "new", epochs=1, num_threads=1)
    assert adapted.correspondence.added == (("warm", "red"),)
    assert adapted.study.runs[0].variant == "shared"
    labels = tiny_data.labels_of("test")
    is_old = labels[:, 1] != tiny_data.taxonomy.levels[1].classes.index("red")
    kept = adapted.kept
    assert (kept.num_old_images, kept.num_new_images) == (is_old.sum(), (~is_old).sum())
    # By hand, from both files.
    images = tiny_data.images[tiny_data.indices["test"]]
    before = read_model(older.directory / "runs" / "shared-seed0" / MODEL).predict(images)
    after = read_model(tmp_path / "new" / "runs" / "shared-seed0" / MODEL).predict(images)
    names = [tiny_data.taxonomy.levels[1].classes[k] for k in labels[:, 1]]
    right = [
        np.array([p.path[-1].name == name for p, name in zip(preds, names, strict=True)])[is_old].mean()
        for preds in (before, after)
    ]
    assert kept.older["colour"].estimate == pytest.approx(right[0])
    assert kept.newer["colour"].estimate == pytest.approx(right[1])
    assert kept.difference["colour"].estimate == pytest.approx(right[1] - right[0])
    record = adapted.study.adaptation()
    assert record == adapted.record
    assert record is not None
    assert (record.added, record.retired, record.renamed) == ((("warm", "red"),), (), ())
    assert record.difference == kept.difference
    again = adapt(older.directory, tiny_data, out=tmp_path / "new", epochs=1, num_threads=1)
    assert again.study.runs == adapted.study.runs
    # Of other runs it says nothing; torn, it is named, and the same call writes it again.
    grown = replace(adapted.study, runs=())
    assert grown.adaptation() is None
    file = tmp_path / "new" / "adaptation.json"
    content = file.read_bytes()
    file.write_bytes(content[:-20])
    study = Study.open(tmp_path / "new")
    assert study.adaptation() is None
    assert any(line.startswith("adaptation.json is ") for line in study.damaged)
    adapt(older.directory, tiny_data, out=tmp_path / "new", epochs=1, num_threads=1)
    assert file.read_bytes() == content


def test_a_plan_trains_and_writes_nothing(older: Study, tiny_data: Dataset, tmp_path: Path) -> None:
    planned = plan_adaptation(older.directory, tiny_data, out=tmp_path / "new", epochs=1, num_threads=1)
    assert planned.correspondence.added == (("warm", "red"),)
    assert [run.spec.variant.name for run in planned.plan.todo] == ["shared"]
    assert not (tmp_path / "new").exists()


def test_other_images_and_levels_are_refused(older: Study, tiny_data: Dataset) -> None:
    small = replace(tiny_data, images=tiny_data.images[:, :, :8, :8], image_digest=None)
    with pytest.raises(RequestError, match="the images to be of the model's shape"):
        adapt(older.directory, small)
    levels = tuple(replace(level, name=f"{level.name}s") for level in tiny_data.taxonomy.levels)
    renamed = replace(tiny_data, taxonomy=Taxonomy(levels, tiny_data.taxonomy.parents))
    with pytest.raises(RequestError, match="the levels of the data to be group, colour"):
        adapt(older.directory, renamed)


@pytest.mark.parametrize("name", ["flat", "forked-1"])
def test_an_architecture_that_has_a_name_keeps_it(
    tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path, name: str
) -> None:
    chosen = tiny_recipe.model_copy(update={"epochs": 1.0})
    out = tmp_path / "older"
    study = compare(without(tiny_data, "red"), name, chosen, 1, out=out, num_threads=1)
    adapted = adapt(study.directory, tiny_data, out=tmp_path / "new", epochs=1, num_threads=1)
    assert adapted.study.runs[0].variant == name
    assert adapted.kept.difference
