"""A model's file under a newer tree: what it says, and what everything that uses models makes of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import taskgraft as tg
from f32_model import in_f32
from taskgraft.adaptation import adapt
from taskgraft.data import Dataset
from taskgraft.errors import RequestError
from taskgraft.execution import compare
from taskgraft.inference import Model, ModelFileError, read_model, write_model
from taskgraft.models import model_file
from taskgraft.recipe import Recipe
from taskgraft.scores import tree_probs
from taskgraft.sharing import model_card
from taskgraft.study import Study
from taskgraft.taxonomy import Taxonomy
from trained_model import parts, put_together, trained_model

LEVELS = ["group", "colour"]
PATHS = [("warm", "red"), ("warm", "yellow"), ("cold", "green"), ("cold", "blue")]
# Warm ones are one now, green has gone, and blue stands elsewhere.
MERGED = Taxonomy.from_names(LEVELS, [("all", "hot"), ("rest", "blue")])
RENAMES = '[renames]\n"all > hot" = ["warm > red", "warm > yellow"]\n"rest" = "cold"\n'


@pytest.fixture(scope="module")
def older(tiny_data: Dataset, tiny_recipe: Recipe, tmp_path_factory: pytest.TempPathFactory) -> Path:
    trained = trained_model(tiny_data, tiny_recipe)
    path = tmp_path_factory.mktemp("older") / "model.safetensors"
    write_model(path, trained.network, trained.description)
    return path


@pytest.fixture
def renames(tmp_path: Path) -> Path:
    path = tmp_path / "renames.toml"
    path.write_text(RENAMES)
    return path


def leaf_probs(model: Model, images: np.ndarray) -> np.ndarray:
    """Of the leaves that a trained model has, in f32."""
    logits = in_f32(model).logits(images)
    weights = np.array(list(model.description.pool_weights.values()))
    return tree_probs(logits, weights, model.taxonomy)[-1]


def test_the_data_are_those_that_the_tests_speak_of(tiny_data: Dataset) -> None:
    assert [tiny_data.taxonomy.levels[i].name for i in (0, 1)] == LEVELS
    assert set(tiny_data.taxonomy.paths(1)) == set(PATHS)


def test_predictions_are_sums_over_the_older_leaves(
    older: Path, renames: Path, tiny_data: Dataset, tmp_path: Path
) -> None:
    remapped = tg.remap(older, taxonomy=MERGED, out=tmp_path / "newer.safetensors", renames=renames)
    assert remapped.promise == "dropped"
    images = tiny_data.images[:40]
    before = read_model(older)
    leaves = {path[-1]: k for k, path in enumerate(before.taxonomy.paths(1))}
    probs = leaf_probs(before, images)
    hot = probs[:, [leaves["red"], leaves["yellow"]]].sum(axis=1)
    expected = hot / (hot + probs[:, leaves["blue"]])
    model = tg.load_model(remapped.path)
    for each in (model, remapped.model):
        predictions = in_f32(each).predict(images)
        for level in predictions.probs:
            np.testing.assert_allclose(level, np.stack([expected, 1 - expected], axis=1), atol=1e-6)
        names = [prediction.path[-1].name for prediction in predictions]
        assert names == ["hot" if share > 0.5 else "blue" for share in expected]
    with pytest.raises(RequestError, match="or whose tree was remapped since"):
        model.predict(images, target_accuracy=0.5)


def test_the_same_tree_changes_nothing(older: Path, tiny_data: Dataset, tmp_path: Path) -> None:
    before = in_f32(read_model(older))
    paths = [before.taxonomy.paths(1)[k] for k in (2, 0, 3, 1)]
    remapped = tg.remap(older, taxonomy=Taxonomy.from_names(LEVELS, paths), out=tmp_path / "m.safetensors")
    assert remapped.promise == "kept"
    images = tiny_data.images[:60]
    after = in_f32(tg.load_model(remapped.path))
    for target in (None, 0.5):
        first, second = (model.predict(images, target_accuracy=target) for model in (before, after))
        for one, other in zip(first, second, strict=True):
            assert [node.name for node in one.path] == [node.name for node in other.path]
            np.testing.assert_allclose(
                [node.prob for node in one.path], [node.prob for node in other.path], atol=1e-6
            )
        np.testing.assert_allclose(first.certainties, second.certainties, atol=1e-5)
        np.testing.assert_array_equal(first.depths, second.depths)


def test_a_promise_of_another_decoding_is_dropped(older: Path, tmp_path: Path) -> None:
    before = read_model(older)
    joint = before.description.model_copy(update={"decoding": "joint"})
    write_model(tmp_path / "joint.safetensors", before.network, joint)
    out = tmp_path / "m.safetensors"
    assert tg.remap(tmp_path / "joint.safetensors", taxonomy=before.taxonomy, out=out).promise == "dropped"
    bare = before.description.model_copy(update={"promise": None})
    write_model(tmp_path / "bare.safetensors", before.network, bare)
    assert tg.remap(tmp_path / "bare.safetensors", taxonomy=before.taxonomy, out=out).promise == "none"


def test_a_remapped_model_is_remapped_again(
    older: Path, renames: Path, tiny_data: Dataset, tmp_path: Path
) -> None:
    three = Taxonomy.from_names(["colour"], [("blue",), ("red",), ("yellow",)])
    first = tg.remap(older, taxonomy=three, out=tmp_path / "1.safetensors")
    rules = tmp_path / "again.toml"
    rules.write_text('[renames]\n"all > hot" = ["red", "yellow"]\n')
    second = tg.remap(first.path, taxonomy=MERGED, out=tmp_path / "2.safetensors", renames=rules)
    at_once = tg.remap(older, taxonomy=MERGED, out=tmp_path / "3.safetensors", renames=renames)
    one, other = second.model.description, at_once.model.description
    assert one.remap == other.remap
    images = tiny_data.images[:20]
    np.testing.assert_array_equal(second.model.predict(images).probs, at_once.model.predict(images).probs)
    trained = read_model(older).description
    assert [(each.digest, each.change) for each in one.tree_versions] == [
        (trained.taxonomy.digest, "trained"),
        (three.digest(), "remapped"),
        (MERGED.digest(), "remapped"),
    ]
    assert one.tree_versions[0].date == trained.origin.created


def test_a_model_whose_file_lists_no_versions_has_the_one_that_it_was_trained_on(
    older: Path, renames: Path, tmp_path: Path
) -> None:
    before = read_model(older)
    unlisted = before.description.model_copy(update={"tree_versions": ()})
    write_model(tmp_path / "old.safetensors", before.network, unlisted)
    out = tmp_path / "m.safetensors"
    remapped = tg.remap(tmp_path / "old.safetensors", taxonomy=MERGED, out=out, renames=renames)
    assert [each.change for each in remapped.model.description.tree_versions] == ["trained", "remapped"]


def test_a_taxonomy_comes_from_a_table_or_from_what_a_server_and_a_sidecar_say(
    older: Path, tmp_path: Path
) -> None:
    (tmp_path / "t.csv").write_text("group,colour\nwarm,red\nwarm,yellow\ncold,blue\n")
    from_csv = tg.remap(older, taxonomy=tmp_path / "t.csv", out=tmp_path / "1.safetensors")
    described = from_csv.model.description.taxonomy
    (tmp_path / "t.json").write_text(json.dumps(described.model_dump()))
    from_json = tg.remap(older, taxonomy=str(tmp_path / "t.json"), out=tmp_path / "2.safetensors")
    assert from_json.model.taxonomy == from_csv.model.taxonomy
    (tmp_path / "nested.json").write_text('{"warm": ["red", "yellow"], "cold": ["blue"]}')
    out = tmp_path / "3.safetensors"
    nested = tg.remap(older, taxonomy=tmp_path / "nested.json", out=out, levels="group,colour")
    assert nested.model.taxonomy == from_csv.model.taxonomy


def test_an_evaluation_is_of_the_newer_classes(older: Path, tiny_data: Dataset, tmp_path: Path) -> None:
    newer = Taxonomy.from_names(LEVELS, PATHS[:3])
    remapped = tg.remap(older, taxonomy=newer, out=tmp_path / "m.safetensors")
    evaluation = tg.evaluate(remapped.path, tiny_data, split="test", taxonomy_digest=newer.digest())
    chosen = tiny_data.indices["test"]
    names = [tiny_data.taxonomy.levels[1].classes[k] for k in tiny_data.labels[chosen, 1]]
    is_known = np.array([name != "blue" for name in names])
    predictions = remapped.model.predict(tiny_data.images[chosen])
    right = np.array([p.path[-1].name == name for p, name in zip(predictions, names, strict=True)])
    assert evaluation.num_labelled["colour"] == is_known.sum()
    assert evaluation.decoded["colour"].estimate == pytest.approx(right[is_known].mean())
    # Each level by itself says what the answers say: it is the same distribution.
    assert evaluation.scores["accuracy.colour"].estimate == pytest.approx(right[is_known].mean())
    assert [each.path for each in evaluation.match.unmatched] == [("cold", "blue")]


def test_a_card_names_every_version(older: Path, renames: Path, tmp_path: Path) -> None:
    remapped = tg.remap(older, taxonomy=MERGED, out=tmp_path / "m.safetensors", renames=renames)
    card = model_card(remapped.path)
    for each in remapped.model.description.tree_versions:
        assert f"| `{each.digest}` | {each.date} |" in card
    assert "a change without training |" in card
    assert "are summed into those of this tree" in card
    assert "summed into" not in model_card(older)
    assert "| training |" in model_card(older)


@pytest.fixture(scope="module")
def study(tiny_data: Dataset, tiny_recipe: Recipe, tmp_path_factory: pytest.TempPathFactory) -> Study:
    out = tmp_path_factory.mktemp("remapped") / "study"
    return compare(tiny_data, "shared", tiny_recipe, 1, out=out, epochs=0.2, num_threads=1)


def test_a_remapped_file_in_a_study_has_no_scores_of_the_studys_labels(study: Study, renames: Path) -> None:
    out = model_file(study.directory).with_name("newer.safetensors")
    remapped = tg.remap(study.directory, taxonomy=MERGED, out=out, renames=renames)
    assert "Not known: the file lies by itself." in model_card(remapped.path)
    with pytest.raises(RequestError, match="out to be another file than the model's"):
        tg.remap(study.directory, taxonomy=MERGED, out=model_file(study.directory), renames=renames)


def test_what_goes_on_by_training_lists_the_trees_before_it(
    study: Study, tiny_data: Dataset, tmp_path: Path
) -> None:
    paths = [tiny_data.taxonomy.paths(1)[k] for k in (1, 0, 2, 3)]
    taxonomy = Taxonomy.from_names(LEVELS, paths)
    names = [
        [level.classes.index(name) for name in names]
        for level, names in zip(
            taxonomy.levels, [level.classes for level in tiny_data.taxonomy.levels], strict=True
        )
    ]
    labels = np.stack([np.array(names[i])[tiny_data.labels[:, i]] for i in (0, 1)], axis=1)
    changed = replace(tiny_data, taxonomy=taxonomy, labels=labels)
    adapted = adapt(study.directory, changed, out=tmp_path / "adapted", epochs=0.2, num_threads=1)
    versions = tg.load_model(adapted.study.directory).description.tree_versions
    assert [(each.digest, each.change) for each in versions] == [
        (tiny_data.taxonomy.digest(), "trained"),
        (taxonomy.digest(), "adapted"),
    ]


def test_no_training_goes_on_from_a_remapped_model(
    older: Path, renames: Path, tiny_data: Dataset, tmp_path: Path
) -> None:
    remapped = tg.remap(older, taxonomy=MERGED, out=tmp_path / "m.safetensors", renames=renames)
    with pytest.raises(RequestError, match="the tree that it was trained on, but got one whose tree was rem"):
        adapt(remapped.path, tiny_data, out=tmp_path / "adapted")
    assert not (tmp_path / "adapted").exists()


def test_a_demanded_tree_is_the_models_or_the_model_is_refused(older: Path) -> None:
    digest = read_model(older).taxonomy.digest()
    assert tg.load_model(older, taxonomy_digest=digest).taxonomy.digest() == digest
    message = f"Expected the taxonomy of the model to be that of the digest 'beef', but got '{digest}'. Take"
    with pytest.raises(RequestError, match=message):
        tg.load_model(older, taxonomy_digest="beef")
    with pytest.raises(RequestError, match=message):
        tg.evaluate(older, "nothing", taxonomy_digest="beef")


FAULTS: dict[str, tuple[Callable[[dict[str, Any]], object], str]] = {
    "a leaf that is none": (
        lambda said: said["remap"]["leaves"].__setitem__(0, 7),
        "remapped to other leaves than its taxonomy's",
    ),
    "a leaf of which nothing is": (
        lambda said: said["remap"].update(leaves=[0, 0, 0, -1]),
        "remapped to other leaves than its taxonomy's",
    ),
    "a leaf fewer": (lambda said: said["remap"]["leaves"].pop(), "other leaves than its network's"),
    "a leaf below none": (lambda said: said["remap"]["leaves"].__setitem__(0, -2), r"leaves\.0 is wrong"),
    "weights of other levels": (
        lambda said: said["remap"].update(pool_weights={"colour": 1.0}),
        "weights of other levels than its network's",
    ),
    "an older tree of other classes": (
        lambda said: said["remap"].update(taxonomy=said["taxonomy"], leaves=[0, 1]),
        "a network of other classes than its taxonomy",
    ),
    "another decoding": (lambda said: said.update(decoding="joint"), "decoded otherwise than a remapped one"),
    "temperatures": (
        lambda said: said.update(temperatures={"group": 1.0, "colour": 1.0}),
        "decoded otherwise than a remapped one",
    ),
    "weights that count twice": (
        lambda said: said.update(pool_weights={"group": 1.0, "colour": 1.0}),
        "decoded otherwise than a remapped one",
    ),
    "a version that is another tree": (
        lambda said: said["tree_versions"].pop(),
        "a last version of its tree that is another one",
    ),
}


@pytest.mark.parametrize("case", FAULTS)
def test_a_remap_that_does_not_fit_is_one_line(older: Path, renames: Path, tmp_path: Path, case: str) -> None:
    out = tmp_path / "m.safetensors"
    tg.remap(older, taxonomy=MERGED, out=out, renames=renames)
    change, reason = FAULTS[case]
    description, tensors = parts(out)
    change(description)
    put_together(out, description, tensors)
    with pytest.raises(ModelFileError, match=reason) as caught:
        read_model(out)
    assert "\n" not in str(caught.value)
