"""What a model says of pictures: in Python, as tables, as JSON, and in a notebook."""

from __future__ import annotations

import copy
import csv
import io
import json
import os
import pickle
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from made_predictions import made_predictions
from taskgraft.data import Dataset
from taskgraft.errors import RequestError, TaskgraftError
from taskgraft.hardware import choose_hardware
from taskgraft.inference import Model, Node
from taskgraft.pictures import BadImage
from taskgraft.recipe import Recipe
from taskgraft.taxonomy import Level, Taxonomy
from trained_model import trained_model

PETS = Taxonomy.from_names(
    ["kind", "species"], [("pet", "cat"), ("pet", "dog"), ("car", "van"), ("bread", "bread")]
)
PROBS = [[0.5, 0.3, 0.15, 0.05], [0.1, 0.1, 0.7, 0.1], [0.02, 0.03, 0.05, 0.9]]


@pytest.fixture(scope="module")
def model(tiny_data: Dataset, tiny_recipe: Recipe) -> Model:
    return trained_model(tiny_data, tiny_recipe)


@pytest.fixture(scope="module")
def images(tiny_data: Dataset) -> np.ndarray:
    return tiny_data.images[tiny_data.indices["test"]]


def test_a_path_lies_in_the_tree_and_its_probabilities_add_up(model: Model, images: np.ndarray) -> None:
    predictions = model.predict(images)
    taxonomy = model.taxonomy
    assert len(predictions) == len(images)
    assert predictions.names[7] == "picture 7"
    np.testing.assert_array_equal(taxonomy.ancestors(0)[predictions.preds[:, 1]], predictions.preds[:, 0])
    for level in predictions.probs:
        np.testing.assert_allclose(level.sum(axis=1), 1)
    below = np.stack(
        [predictions.probs[1][:, taxonomy.ancestors(0) == k].sum(axis=1) for k in (0, 1)], axis=1
    )
    np.testing.assert_allclose(below, predictions.probs[0])
    first = predictions[0]
    assert first.path == tuple(
        Node(level.name, level.classes[k], probs[0, k], certainty)
        for level, k, probs, certainty in zip(
            taxonomy.levels, predictions.preds[0], predictions.probs, predictions.certainties[0], strict=True
        )
    )
    assert predictions[-1] == predictions[len(images) - 1] == predictions[10:][-1]
    with pytest.raises(IndexError):
        predictions[len(images)]


def test_probabilities_are_those_of_the_pool_computed_by_hand(model: Model, images: np.ndarray) -> None:
    """Of a leaf the weighted sum of its path's logits; of any other class the sum of its leaves."""
    weights = model.description.pool_weights
    assert weights is not None
    coarse, fine = (torch.from_numpy(level).double() for level in model.logits(images))
    parents = torch.from_numpy(model.taxonomy.ancestors(0))
    scores = weights["group"] * coarse[:, parents] + weights["colour"] * fine
    expected = torch.softmax(scores, dim=1).numpy()
    predictions = model.predict(images)
    np.testing.assert_allclose(predictions.probs[1], expected, atol=1e-12)
    np.testing.assert_array_equal(predictions.preds[:, 1], expected.argmax(axis=1))


def test_without_a_demand_every_level_is_sure_and_with_one_those_above_the_threshold(
    model: Model, images: np.ndarray
) -> None:
    plain = model.predict(images)
    assert plain.threshold is None
    assert (plain.depths == 2).all()
    assert plain[0].sure == plain[0].path
    assert plain[0].perhaps == ()
    demanding = model.predict(images, target_accuracy=0.8)
    threshold = model.threshold(0.8)
    assert threshold is not None
    assert demanding.threshold == threshold
    for prediction in demanding:
        assert all(node.certainty is not None for node in prediction.path)
        is_sure = [(node.certainty or 0.0) >= threshold for node in prediction.path]
        assert prediction.depth == (is_sure.index(False) if False in is_sure else 2)
        assert (*prediction.sure, *prediction.perhaps) == prediction.path
        assert prediction.threshold == threshold
    above_all = made_predictions(PETS, PROBS, threshold=0.99)
    assert above_all.depths.tolist() == [0, 0, 0]
    assert above_all[0].sure == ()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"target_accuracy": 1.0}, "target_accuracy to be above 0 and below 1, but got 1.0"),
        ({"target_accuracy": float("nan")}, "target_accuracy to be above 0 and below 1, but got nan"),
        ({"target_accuracy": "high"}, "target_accuracy to be a number or None, but got the str 'high'"),
        ({"target_accuracy": 0.9, "confidence": 0}, "confidence to be above 0 and below 1, but got 0"),
        ({"target_accuracy": 0.9999}, "one that 40 validation images can promise (at most "),
        ({"num_alternatives": -1}, "num_alternatives to be 0 or more, but got -1"),
        ({"num_alternatives": 2.5}, "num_alternatives to be a whole number, but got the float 2.5"),
    ],
)
def test_a_wrong_demand_is_refused_before_a_picture_is_opened(
    model: Model, options: dict[str, Any], said: str
) -> None:
    with pytest.raises(RequestError) as error:
        model.predict_batches("no such picture.png", **options)
    assert said in str(error.value)


def test_bad_pictures_are_named_and_the_others_predicted(model: Model, tmp_path: Path) -> None:
    Image.new("RGB", (40, 30), "red").save(tmp_path / "a.png")
    (tmp_path / "b.png").write_bytes(b"no picture")
    predictions = model.predict([tmp_path / "a.png", tmp_path / "b.png", tmp_path / "gone.png"])
    assert predictions.names == (str(tmp_path / "a.png"),)
    assert [one.name for one in predictions.bad] == [str(tmp_path / name) for name in ("b.png", "gone.png")]
    assert predictions.bad[1].reason == "no such file, or a link to a missing one"
    assert repr(predictions) == "Predictions(1 pictures, 2 that could not be read, levels group, colour)"


@pytest.mark.parametrize("nothing", [[], np.zeros((0, 3, 12, 12), np.uint8), iter(()), [b"no picture"]])
def test_of_nothing_the_table_still_has_its_header(model: Model, nothing: Any) -> None:
    predictions = model.predict(nothing, num_alternatives=2)
    assert len(predictions) == 0
    assert list(predictions) == []
    assert predictions.preds.shape == (0, 2)
    assert [level.shape for level in predictions.probs] == [(0, 2), (0, 4)]
    assert predictions.as_csv() == (
        b"name,predicted.group,probability.group,certainty.group,"
        b"predicted.colour,probability.colour,certainty.colour,depth,sure,"
        b"alternative.1,probability.alternative.1,alternative.2,probability.alternative.2\r\n"
    )
    assert json.loads(json.dumps(predictions.to_dict()))["predictions"] == []


def test_many_pictures_come_in_parts_that_are_together_what_predict_gives(
    model: Model, images: np.ndarray
) -> None:
    many = np.concatenate([images] * 10)
    parts = list(model.predict_batches(many, num_alternatives=1))
    assert [len(part) for part in parts] == [250, 250, 100]
    together = model.predict(many, num_alternatives=1)
    assert together.names == tuple(name for part in parts for name in part.names)
    np.testing.assert_array_equal(together.preds, np.concatenate([part.preds for part in parts]))
    assert [one.path for one in together] == [one.path for part in parts for one in part]


def test_a_resize_that_nobody_chose_is_noted_once(model: Model, images: np.ndarray) -> None:
    assert model.description.preprocessing.fit is None
    assert model.predict(images).notes == ()
    predictions = model.predict([Image.new("RGB", (40, 30))] * 600)
    assert predictions.notes == (
        "Pictures of another size were cropped to 12 x 12. The training images came as pixels that nobody "
        "resized, so how well the model does on resized ones is not known.",
    )


def test_a_precision_of_ones_choice_computes_in_it(model: Model, images: np.ndarray) -> None:
    hardware = choose_hardware()
    for precision in ("f32", "bf16"):
        engine = model.on(replace(hardware, precision=precision))
        expected = [level.numpy() for level in engine(torch.from_numpy(images))]
        chosen = model.in_precision(precision)
        for got in (chosen, pickle.loads(pickle.dumps(chosen))):
            for level, of_engine in zip(got.logits(images), expected, strict=True):
                np.testing.assert_array_equal(level, of_engine)
    apart = zip(*(model.in_precision(one).logits(images) for one in ("f32", "bf16")), strict=True)
    assert any((exact != rough).any() for exact, rough in apart)
    with pytest.raises(RequestError, match="Expected precision to be one of f32, bf16, but got 'int8'"):
        model.in_precision("int8")


def test_alternatives_are_the_likeliest_paths(model: Model, images: np.ndarray) -> None:
    predictions = model.predict(images, num_alternatives=3)
    for i, prediction in enumerate(predictions):
        best = sorted(range(4), key=lambda k: -predictions.probs[1][i, k])[:3]
        assert [path[-1].name for path in prediction.alternatives] == [
            model.taxonomy.levels[1].classes[k] for k in best
        ]
        assert all(path[0].prob >= path[1].prob for path in prediction.alternatives)
    assert len(model.predict(images[:1], num_alternatives=9)[0].alternatives) == 4


def test_levels_without_a_tree_are_said_side_by_side(tiny_data: Dataset, tiny_recipe: Recipe) -> None:
    taxonomy = Taxonomy.without_tree([Level("group", ("cold", "warm")), Level("odd", ("even", "odd"))])
    labels = tiny_data.labels % 2
    data = Dataset(tiny_data.images, labels, taxonomy, tiny_data.indices, tiny_data.provenance)
    flat = trained_model(data, tiny_recipe, "shared")
    predictions = flat.predict(tiny_data.images[:5])
    for ours, theirs in zip(predictions.probs, flat.probs(tiny_data.images[:5]), strict=True):
        np.testing.assert_array_equal(ours, theirs)
    np.testing.assert_array_equal(
        predictions.preds, np.stack([p.argmax(axis=1) for p in predictions.probs], axis=1)
    )
    assert (predictions.depths == 2).all()
    for options, said in (
        ({"num_alternatives": 2}, "num_alternatives to be 0 where there is no tree, but got 2"),
        ({"target_accuracy": 0.9}, "target_accuracy to be left out for a model without a tree"),
    ):
        with pytest.raises(RequestError, match=said):
            flat.predict(tiny_data.images[:5], **options)  # type: ignore[arg-type]


def test_logits_that_are_no_numbers_are_one_line(model: Model, images: np.ndarray) -> None:
    network = copy.deepcopy(model.network)
    with torch.no_grad():
        next(network.parameters()).fill_(float("nan"))
    with pytest.raises(
        TaskgraftError, match="Expected the logits of level 'group' to be finite numbers, but got nan"
    ):
        Model(network, model.description).predict(images)


ODD_NAMES = (
    "a\x1b[31m\n.png",
    "\u200bzero \u00a0.png",
    "caf\udce9.png",
    'quo"ted,\r.png',
    "日本\U0001f436.png",
)


def test_names_survive_in_csv_to_the_byte() -> None:
    predictions = made_predictions(PETS, [PROBS[0]] * len(ODD_NAMES), ODD_NAMES, num_alternatives=2)
    text = predictions.as_csv().decode("utf-8", "surrogateescape")
    rows = list(csv.DictReader(io.StringIO(text, newline="")))
    assert tuple(row["name"] for row in rows) == ODD_NAMES
    for row, prediction in zip(rows, predictions, strict=True):
        for node in prediction.path:
            assert row[f"predicted.{node.level}"] == node.name
            assert float(row[f"probability.{node.level}"]) == node.prob
        assert (row["depth"], row["sure"]) == ("2", "cat")
        assert (row["alternative.1"], row["alternative.2"]) == ("cat", "dog")
        assert float(row["probability.alternative.2"]) == 0.3
    assert predictions.as_csv(has_header=False) == predictions.as_csv().split(b"\r\n", 1)[1]


def test_names_survive_in_lines_of_json_that_are_ascii() -> None:
    predictions = made_predictions(PETS, [PROBS[0]] * len(ODD_NAMES), ODD_NAMES)
    lines = list(predictions.as_jsonl())
    for line, name in zip(lines, ODD_NAMES, strict=True):
        assert line.isascii()
        assert line.isprintable()
        content = json.loads(line)
        if "\udce9" in name:
            assert content["name"] == "caf\\xe9.png"
            assert os.fsdecode(bytes.fromhex(content["name_bytes"])) == name
        else:
            assert content["name"] == name
            assert "name_bytes" not in content
        assert content["path"][0] == {"level": "kind", "class": "pet", "prob": 0.8, "certainty": 0.8}
        assert content["depth"] == 2
        assert "threshold" not in content


def test_plain_data_says_what_was_demanded_and_what_is_bad() -> None:
    bad = (BadImage("caf\udce9.png", "an empty file"),)
    content = made_predictions(
        PETS, PROBS, threshold=0.75, num_alternatives=1, bad=bad, notes=("A note.",)
    ).to_dict()
    assert content["threshold"] == 0.75
    assert content["bad"] == [
        {"name": "caf\\xe9.png", "name_bytes": "636166e92e706e67", "reason": "an empty file"}
    ]
    assert content["notes"] == ["A note."]
    assert [one["depth"] for one in content["predictions"]] == [1, 0, 2]
    assert content["predictions"][0]["threshold"] == 0.75
    assert content["predictions"][0]["reason"] == (
        "cat (species) is 50.0 % probable: its certainty of 0.500 is below 0.750."
    )
    assert content["predictions"][2]["reason"] is None
    assert content["predictions"][0]["alternatives"][0][-1]["class"] == "cat"


def test_a_prediction_in_one_line() -> None:
    first, second, third = made_predictions(PETS, PROBS, threshold=0.75)
    assert repr(first) == "Prediction('0.jpg': pet 80%, perhaps cat 50%)"
    assert repr(second) == "Prediction('1.jpg': not sure, perhaps car 70% > van 70%)"
    # Bread ends early, and stands for itself below.
    assert repr(third) == "Prediction('2.jpg': bread 90%)"
    assert third.path[1].is_stand_in
    bread = {"level": "species", "class": "bread", "prob": 0.9, "certainty": 0.9}
    assert third.to_dict()["path"][1] == bread
