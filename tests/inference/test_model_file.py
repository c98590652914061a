from __future__ import annotations

import json
import os
import pickle
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from taskgraft.data import Dataset
from taskgraft.errors import RequestError
from taskgraft.inference import Model, predict_logits, read_model, write_model
from taskgraft.recipe import Recipe, TimmTrunkSpec, follow_images, recipe
from trained_model import F32, parts, trained_model


@pytest.mark.parametrize("flip", [False, True])
@pytest.mark.parametrize("name", ["independent", "shared", "fine-to-coarse", "flat"])
def test_a_model_read_gives_the_logits_of_training_to_the_bit(
    tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path, name: str, flip: bool
) -> None:
    recipe = tiny_recipe.model_copy(update={"test_time_flip": flip})
    trained = trained_model(tiny_data, recipe, name)
    expected = predict_logits(trained.network, tiny_data, "test", F32, flip=flip)
    write_model(tmp_path / "m.safetensors", trained.network, trained.description)
    model = read_model(tmp_path / "m.safetensors")
    model.__dict__["_predictor"] = model.on(F32)
    for ours, theirs in zip(model.logits(tiny_data.images[tiny_data.indices["test"]]), expected, strict=True):
        np.testing.assert_array_equal(ours, theirs)
    for name, weight in trained.network.state_dict().items():
        assert torch.equal(model.network.state_dict()[name], weight)


ALONE = """
import json, sys
import numpy as np
from taskgraft.hardware import Hardware
from taskgraft.inference import read_model
model = read_model(sys.argv[1])
predict = model.on(Hardware("cpu", "f32", channels_last=True, num_threads=1))
images = np.load(sys.argv[2])
import torch
torch.set_num_threads(1)
np.savez(sys.argv[3], *[level.numpy() for level in predict(torch.from_numpy(images))])
preds = model.answers_of(model.logits(images[:2])).preds
print(json.dumps([model.taxonomy.to_dict(), model.named(preds), sorted(sys.modules)]))
"""
TRAINING_STACK = ("taskgraft.training", "taskgraft.study", "taskgraft.execution", "taskgraft.data")
HEAVY = {"pandas", "sklearn", "jinja2", "typer", "rich", "pooch", "PIL", "datasets", "pyarrow", "timm"}


def test_a_process_with_only_the_file_predicts_the_same_bits_without_data_or_training(
    model: Model, original: Path, tiny_data: Dataset, tmp_path: Path
) -> None:
    lone = tmp_path / "elsewhere" / "copy.safetensors"
    lone.parent.mkdir()
    lone.write_bytes(original.read_bytes())
    images = tiny_data.images[tiny_data.indices["test"]]
    np.save(tmp_path / "images.npy", images)
    arguments = [str(lone), str(tmp_path / "images.npy"), str(tmp_path / "logits.npz")]
    ended = subprocess.run(
        [sys.executable, "-c", ALONE, *arguments],
        capture_output=True,
        text=True,
        check=True,
        cwd=lone.parent,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    taxonomy, named, modules = json.loads(ended.stdout)
    assert taxonomy == tiny_data.taxonomy.to_dict()
    assert [len(names) for names in named] == [2, 2]
    assert [name for name in modules if name.startswith(TRAINING_STACK)] == []
    assert HEAVY & {name.partition(".")[0] for name in modules} == set()
    expected = predict_logits(model.network, tiny_data, "test", F32)
    with np.load(tmp_path / "logits.npz") as found:
        for ours, theirs in zip(found.values(), expected, strict=True):
            np.testing.assert_array_equal(ours, theirs)


def test_a_file_says_what_its_model_is(original: Path, tiny_data: Dataset) -> None:
    told = parts(original)[0]
    assert told["format"] == 1
    assert told["network"]["image_shape"] == [3, 12, 12]
    assert told["network"]["num_classes"] == [2, 4]
    assert [level["classes"] for level in told["taxonomy"]["levels"]] == [
        ["warm", "cold"],
        ["red", "yellow", "blue", "green"],
    ]
    assert told["taxonomy"]["parents"] == [[0, 0, 1, 1]]
    assert told["taxonomy"]["digest"] == tiny_data.taxonomy.digest()
    assert (told["preprocessing"]["fit"], told["preprocessing"]["resampling"]) == (None, None)
    assert len(told["preprocessing"]["mean"]) == 3
    assert list(told["temperatures"]) == ["group", "colour"]
    origin = told["origin"]
    assert (origin["study"], origin["variant"], origin["seed"]) == ("a study", "shared-coarse-to-fine", 0)
    assert (origin["data"], origin["data_digest"]) == ("colours", tiny_data.digest())


def test_how_pictures_were_resized_is_on_record(tiny_data: Dataset, tiny_recipe: Recipe) -> None:
    provenance = replace(tiny_data.provenance, options={"size": "12x12", "fit": "pad"})
    prepared = trained_model(replace(tiny_data, provenance=provenance), tiny_recipe).description.preprocessing
    assert (prepared.fit, prepared.resampling, prepared.height, prepared.width) == ("pad", "bicubic", 12, 12)


def test_the_recipe_need_not_be_known_that_followed_larger_images(tiny_data: Dataset, tmp_path: Path) -> None:
    """Rebuilt from `recipe("quick")`, such a network had a stage too few and its file was called damaged."""
    images = tiny_data.images.repeat(6, axis=2).repeat(6, axis=3)[:, :, :64, :64]
    larger = replace(tiny_data, images=images)
    followed = follow_images(recipe("quick"), larger.image_shape)
    assert followed.network != recipe("quick").network
    trained = trained_model(larger, followed.model_copy(update={"batch_size": 32}))
    write_model(tmp_path / "m.safetensors", trained.network, trained.description)
    assert read_model(tmp_path / "m.safetensors").image_shape == (3, 64, 64)


def test_equal_models_are_equal_files(model: Model, original: Path, tmp_path: Path) -> None:
    again = read_model(original)
    write_model(tmp_path / "again", again.network, again.description)
    assert (tmp_path / "again").read_bytes() == original.read_bytes()


def test_reading_leaves_random_numbers_and_the_file_alone(path: Path) -> None:
    torch.manual_seed(3)
    before = torch.get_rng_state(), path.read_bytes()
    model = read_model(path)
    with torch.no_grad():
        next(model.network.parameters()).zero_()
    assert torch.equal(torch.get_rng_state(), before[0])
    assert path.read_bytes() == before[1]


def test_a_model_is_pickled_as_plain_data(model: Model, tiny_data: Dataset) -> None:
    content = pickle.dumps(model)
    assert b"torch" not in content
    again = pickle.loads(content)
    assert again.description == model.description
    images = tiny_data.images[:5]
    for ours, theirs in zip(again.logits(images), model.logits(images), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    assert pickle.loads(pickle.dumps(model.in_precision("bf16"))).precision == "bf16"


def test_a_model_that_was_pickled_before_it_had_a_precision_has_none(model: Model) -> None:
    restored, (description, weights, _) = model.__reduce__()
    assert restored(description, weights).precision is None


def test_predictions_are_classes_of_the_decoding_and_have_names(model: Model, tiny_data: Dataset) -> None:
    images = tiny_data.images[:7]
    alone = Model(model.network, model.description.model_copy(update={"decoding": "independent"}))
    preds = alone.predict(images).preds
    assert preds.shape == (7, 2)
    np.testing.assert_array_equal(preds[:, 1], model.probs(images)[1].argmax(axis=1))
    assert model.named(np.array([[0, 1], [1, 3]])) == [("warm", "yellow"), ("cold", "green")]
    joint = Model(model.network, model.description.model_copy(update={"decoding": "joint"}))
    nested = joint.predict(images).preds
    np.testing.assert_array_equal(nested[:, 0], nested[:, 1] // 2)


@pytest.mark.parametrize(
    ("images", "got"),
    [
        (np.zeros((2, 3, 9, 9), np.uint8), r"uint8 of shape \(2, 3, 9, 9\)"),
        (np.zeros((2, 3, 12, 12)), "float64 of shape"),
        ("a.png", "str"),
    ],
)
def test_other_images_are_refused(model: Model, images: Any, got: str) -> None:
    with pytest.raises(
        RequestError, match=rf"images to be a uint8 array of shape \(N, 3, 12, 12\), but got .*{got}"
    ):
        model.logits(images)


def test_a_trunk_from_timm_is_read_without_its_published_weights(
    tiny_data: Dataset, tiny_recipe: Recipe, tmp_path: Path
) -> None:
    spec = tiny_recipe.network.model_copy(update={"trunk": TimmTrunkSpec(backbone="resnet18")})
    recipe = tiny_recipe.model_copy(update={"network": spec, "epochs": 0.2})
    larger = replace(tiny_data, images=tiny_data.images.repeat(3, axis=2).repeat(3, axis=3))
    trained = trained_model(larger, recipe, "shared")
    gone = spec.model_copy(update={"trunk": TimmTrunkSpec(backbone="resnet18", weights="gone.safetensors")})
    network = trained.description.network.model_copy(update={"spec": gone})
    write_model(tmp_path / "m", trained.network, trained.description.model_copy(update={"network": network}))
    model = read_model(tmp_path / "m")
    for ours, theirs in zip(model.logits(larger.images[:3]), trained.logits(larger.images[:3]), strict=True):
        np.testing.assert_array_equal(ours, theirs)
