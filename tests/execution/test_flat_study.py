"""A study with the flat classifier: by default beside the six, and refused where levels form no tree."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from planned import planned
from taskgraft.architecture import BY_DEFAULT, NAMES, Architecture
from taskgraft.cli.verdict_json import verdict_json
from taskgraft.data import Dataset
from taskgraft.data.sources import from_arrays
from taskgraft.errors import ArchitectureError
from taskgraft.execution import compare, select_architectures
from taskgraft.inference import read_model
from taskgraft.recipe import Recipe
from taskgraft.request import CompareOptions
from taskgraft.study import MODEL, read_history, read_splits, run_directory
from taskgraft.verdict import conclude


@pytest.fixture(scope="module")
def no_tree() -> Dataset:
    """Colours and shapes that have nothing to do with one another."""
    images = np.zeros((40, 3, 12, 12), np.uint8)
    labels = {"colour": [i % 2 for i in range(40)], "shape": [(i // 2) % 3 for i in range(40)]}
    data = from_arrays(images, labels, has_tree=False, test=range(30, 40))
    assert not data.taxonomy.is_tree
    return data


def test_it_stands_beside_the_six_unless_others_are_named(tiny_data: Dataset, tiny_recipe: Recipe) -> None:
    assert CompareOptions.of({"data": "shapes"}).names == "all"
    selected = select_architectures("all", tiny_data, tiny_recipe.network)
    assert [each.name for each in selected] == list(BY_DEFAULT)
    named = select_architectures("shared,independent", tiny_data, tiny_recipe.network)
    assert [each.name for each in named] == ["shared", "independent"]


def test_without_a_tree_all_is_the_six_and_flat_is_refused(no_tree: Dataset, tiny_recipe: Recipe) -> None:
    selected = select_architectures("all", no_tree, tiny_recipe.network)
    assert [each.name for each in selected] == list(NAMES)
    mine = Architecture("mine", no_tree.taxonomy.level_names, derived=no_tree.taxonomy.level_names[:1])
    for name, custom in (("flat", ()), ("mine", (mine,))):
        with pytest.raises(
            ArchitectureError, match=f"the levels for '{name}', which sums .* of a tree"
        ) as error:
            select_architectures(name, no_tree, tiny_recipe.network, custom=custom)
        assert error.value.exit_code == 2
        assert "\n" not in str(error.value)


def test_the_six_are_what_they_were_before(tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path) -> None:
    """Their identities do not change with flat beside them, nor does what a record says of them."""
    small = planned(tiny_data, ",".join(NAMES), tiny_recipe, 1, out=tmp_path).request
    large = planned(tiny_data, "all", tiny_recipe, 1, out=tmp_path).request
    assert small.identities().items() <= large.identities().items()
    assert len(set(large.identities().values())) == 7
    records = [variant["architecture"] for variant in large.model_dump(mode="json")["variants"]]
    assert [("derived" in record) for record in records] == [False] * 6 + [True]


def test_train_images_without_the_finest_label_are_counted(
    tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path
) -> None:
    labels = tiny_data.labels.copy()
    labels[tiny_data.indices["train"][:7], 1] = -1
    gaps = replace(tiny_data, labels=labels)
    plan = planned(gaps, "independent,flat", tiny_recipe, 1, out=tmp_path)
    line = "flat learns of colour labels alone: 7 of 160 train images have none, and no loss"
    assert plan.derived == (line,)
    assert planned(tiny_data, "all", tiny_recipe, 1, out=tmp_path).derived == ()


def test_a_study_of_it_is_trained_scored_and_concluded(
    tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path
) -> None:
    study = compare(tiny_data, "shared,flat", tiny_recipe, 2, out=tmp_path / "study", num_threads=1)
    directory = run_directory(study.directory, "flat", 0)
    assert [set(row.train_losses) for row in read_history(directory, ("group", "colour"))] == [{"colour"}] * 2
    (group, colour), _ = read_splits(directory, ("group", "colour"))["test"]
    probs = np.exp(colour - np.log(np.exp(colour).sum(axis=1, keepdims=True)))
    parents = tiny_data.taxonomy.parents_of(1)
    sums = np.stack([probs[:, parents == k].sum(axis=1) for k in range(2)], axis=1)
    np.testing.assert_allclose(np.exp(group), sums, atol=1e-4)
    verdict = conclude(study)
    (flat,) = [standing for standing in verdict.standings if standing.variant == "flat"]
    for seed in (0, 1):
        plain, summed = (flat.scores[f"{kind}accuracy.group"] for kind in ("", "summed_"))
        assert (plain.low, plain.high) == pytest.approx((summed.low, summed.high), abs=1e-5)
        assert plain.estimate == summed.estimate
        assert read_model(run_directory(study.directory, "flat", seed) / MODEL).network.architecture.derived
    assert any(sentence.startswith("Does predicting group pay?") for sentence in verdict.sentences)
    shown = verdict_json(study, verdict)["over_flat"]
    assert [(row["first"], row["is_detected"]) for row in shown] == [
        (row.first, row.is_detected) for row in verdict.over_flat
    ]
