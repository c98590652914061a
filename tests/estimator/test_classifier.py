from __future__ import annotations

import pickle
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, KFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from small_estimator import small_classifier, small_recipe

from forked import Forked
from taskgraft.architecture import Architecture, Flow
from taskgraft.data import Dataset
from taskgraft.estimator import TaskgraftClassifier
from taskgraft.estimator._refusal import EstimatorError
from taskgraft.events import silent
from taskgraft.execution import compare
from taskgraft.inference import read_model, write_model
from taskgraft.recipe import changed
from taskgraft.study import run_directory
from taskgraft.study._run_files import read_predictions

Arrays = tuple[np.ndarray, np.ndarray]


@pytest.fixture(scope="module")
def samples(tiny_data: Dataset) -> Arrays:
    """The train images of 16x16 (the fixture's of 12x12, mirrored at the border) and their numbers."""
    images = np.pad(tiny_data.images, ((0, 0), (0, 0), (2, 2), (2, 2)), mode="reflect")
    return images[:200], tiny_data.labels[:200]


@pytest.fixture(scope="module")
def names(tiny_data: Dataset, samples: Arrays) -> np.ndarray:
    levels = tiny_data.taxonomy.levels
    columns = [np.array(level.classes)[k] for level, k in zip(levels, samples[1].T, strict=True)]
    return np.stack(columns, axis=1)


@pytest.fixture(scope="module")
def fitted(samples: Arrays) -> TaskgraftClassifier:
    return small_classifier().fit(*samples)


def test_it_learns_every_level(fitted: TaskgraftClassifier, samples: Arrays) -> None:
    images, labels = samples
    assert fitted.score(images, labels) > 0.9
    assert fitted.predict(images).shape == labels.shape
    assert fitted.taxonomy_.parents == ((0, 0, 1, 1),)
    assert [own.tolist() for own in fitted.classes_] == [[0, 1], [0, 1, 2, 3]]
    assert fitted.n_features_in_ == 3 * 16 * 16


@pytest.mark.parametrize("architecture", ["shared", "coarse-to-fine"])
def test_its_predictions_are_those_of_a_study_of_the_same_samples(
    architecture: str, samples: Arrays, tiny_data: Dataset, tmp_path: Path
) -> None:
    images = np.concatenate([samples[0], samples[0][:60][::-1]])
    labels = np.concatenate([samples[1], samples[1][:60][::-1]])
    indices = {"train": np.arange(0, 150), "val": np.arange(150, 200), "test": np.arange(200, 260)}
    data = Dataset(images, labels, tiny_data.taxonomy, indices, tiny_data.provenance)
    recipe = small_recipe(epochs=2.0, test_time_flip=True)
    compare(data, architecture, recipe, [3], out=tmp_path, listener=silent, device="cpu")
    told = read_predictions(run_directory(tmp_path, architecture, 3))
    model = small_classifier(recipe=recipe, architecture=architecture, random_state=3)
    model.fit(images[:150], labels[:150])
    logits = model.model_.logits(images[200:])
    for name, level in zip(data.taxonomy.level_names, logits, strict=True):
        np.testing.assert_array_equal(level, told[f"test.logits.{name}"])
    np.testing.assert_array_equal(model.predict(images[200:])[:, 1], logits[1].argmax(axis=1))


def test_names_come_back_as_names(names: np.ndarray, samples: Arrays, fitted: TaskgraftClassifier) -> None:
    model = small_classifier(level_names=["group", "colour"]).fit(samples[0], names)
    predicted = model.predict(samples[0])
    assert predicted.dtype.kind == "U"
    assert np.mean(predicted == names) > 0.9
    assert model.taxonomy_.level_names == ("group", "colour")
    assert [own.tolist() for own in model.classes_] == [sorted({*column}) for column in names.T.tolist()]


def test_lists_of_names_and_numbers_come_back_as_objects(names: np.ndarray, samples: Arrays) -> None:
    mixed = [[name, int(leaf)] for name, leaf in zip(names[:, 0], samples[1][:, 1], strict=True)]
    predicted = small_classifier().fit(samples[0], mixed).predict(samples[0])
    assert predicted.dtype == object
    assert np.mean([list(row) == told for row, told in zip(predicted, mixed, strict=True)]) > 0.9


def test_a_data_frame_names_the_levels(names: np.ndarray, samples: Arrays) -> None:
    class Frame(SimpleNamespace):
        def __array__(self, dtype: Any = None, copy: Any = None) -> np.ndarray:
            return names.astype(object)

    model = small_classifier(epochs=0.5).fit(samples[0], Frame(columns=["group", "colour"]))
    assert model.taxonomy_.level_names == ("group", "colour")


def test_missing_labels_are_left_out_and_filled_in(samples: Arrays, fitted: TaskgraftClassifier) -> None:
    images, labels = samples
    gappy = labels.copy()
    gappy[::3, 0] = -1
    gappy[1::5, 1] = -1
    model = small_classifier().fit(images, gappy)
    assert model.taxonomy_.is_tree
    assert [own.tolist() for own in model.classes_] == [[0, 1], [0, 1, 2, 3]]
    assert model.score(images, labels) > 0.85
    assert model.score(images, gappy) >= model.score(images, labels)
    # What a finer label says of the coarser one is known as well: such gaps change nothing at all.
    redundant = np.where(np.arange(200)[:, None] % 3 == [0, 3], -1, labels)
    np.testing.assert_array_equal(
        small_classifier().fit(images, redundant).predict(images), fitted.predict(images)
    )


def test_levels_without_a_tree_are_learned_side_by_side(samples: Arrays) -> None:
    images, labels = samples
    crossed = np.stack([labels[:, 1], (images.mean(axis=(1, 2, 3)) > 100).astype(int)], axis=1)
    crossed[:4] = [[0, 0], [0, 1], [1, 0], [1, 1]]
    model = small_classifier(architecture="shared-coarse-to-fine").fit(images, crossed)
    assert not model.taxonomy_.is_tree
    assert np.mean(model.predict(images)[:, 0] == labels[:, 1]) > 0.8
    with pytest.raises(ValueError, match="decoding to be 'independent' where the labels of y form no tree"):
        clone(model).set_params(decoding="joint").fit(images, crossed)


def test_a_tree_can_be_decoded(fitted: TaskgraftClassifier, samples: Arrays) -> None:
    noise = np.random.default_rng(0).integers(0, 256, samples[0].shape, dtype=np.uint8)
    model = pickle.loads(pickle.dumps(fitted)).set_params(decoding="joint")
    predicted = model.predict(noise)
    np.testing.assert_array_equal(predicted[:, 0], predicted[:, 1] // 2)


def test_one_level_is_one_column(samples: Arrays) -> None:
    images, labels = samples
    model = small_classifier().fit(images, labels[:, 1])
    assert model.model_.network.architecture.name == "independent"
    assert model.predict(images).shape == (200,)
    assert model.predict_proba(images).shape == (200, 4)
    assert model.classes_.tolist() == [0, 1, 2, 3]


def test_probabilities_are_a_list_of_one_array_a_level(fitted: TaskgraftClassifier, samples: Arrays) -> None:
    probs = fitted.predict_proba(samples[0])
    assert [level.shape for level in probs] == [(200, 2), (200, 4)]
    for level, log, column in zip(
        probs, fitted.predict_log_proba(samples[0]), fitted.predict(samples[0]).T, strict=True
    ):
        assert level.dtype == np.float32
        np.testing.assert_allclose(level.sum(axis=1), 1, rtol=1e-6)
        np.testing.assert_allclose(np.exp(log), level, rtol=1e-5)
        np.testing.assert_array_equal(level.argmax(axis=1), column)


def test_score_is_the_weighted_share_of_whole_rows(fitted: TaskgraftClassifier, samples: Arrays) -> None:
    images, labels = samples[0][:4], fitted.predict(samples[0][:4])
    wrong = labels.copy()
    wrong[0, 0] = 1 - wrong[0, 0]
    wrong[1] = -1
    assert fitted.score(images, labels) == 1
    assert fitted.score(images, wrong) == pytest.approx(2 / 3)
    assert fitted.score(images, wrong, sample_weight=[2, 7, 1, 1]) == pytest.approx(1 / 2)
    with_gaps = np.where(wrong == -1, pd.NA, wrong)
    assert fitted.score(images, with_gaps) == pytest.approx(2 / 3)


def test_labels_that_cannot_be_scored_are_one_line(fitted: TaskgraftClassifier, samples: Arrays) -> None:
    images, labels = samples
    with pytest.raises(EstimatorError, match="Expected y to be of 2 levels, as in fit, but got 1"):
        fitted.score(images, labels[:, 0])
    with pytest.raises(EstimatorError, match="Expected y to be labels, some of them known"):
        fitted.score(images, np.full_like(labels, -1))


def test_floats_and_channels_last_give_the_same_network(fitted: TaskgraftClassifier, samples: Arrays) -> None:
    images, labels = samples
    wide = images.copy()
    wide[0, 0, 0, :2] = 0, 255
    plain = small_classifier(epochs=1).fit(wide, labels).predict_proba(wide)
    last = wide.transpose(0, 2, 3, 1)
    flat = (wide / 255).reshape(200, -1)
    for X, shape in ((last, None), (wide / 255, None), (flat, (3, 16, 16))):
        model = small_classifier(epochs=1, image_shape=shape).fit(X, labels)
        for one, other in zip(model.predict_proba(X), plain, strict=True):
            np.testing.assert_array_equal(one, other)


def test_the_same_seed_gives_the_same_bits_and_another_does_not(
    fitted: TaskgraftClassifier, samples: Arrays
) -> None:
    again, other = (small_classifier(random_state=seed).fit(*samples) for seed in (0, 1))
    weights, same, different = (each.model_.network.state_dict() for each in (fitted, again, other))
    assert all(torch.equal(same[name], weight) for name, weight in weights.items())
    assert not all(torch.equal(different[name], weight) for name, weight in weights.items())
    drawn = [small_classifier(random_state=np.random.RandomState(5), epochs=0.1).fit(*samples) for _ in "ab"]
    for one, two in zip(*(model.predict_proba(samples[0]) for model in drawn), strict=True):
        np.testing.assert_array_equal(one, two)


def test_the_process_is_left_as_it_was(samples: Arrays) -> None:
    torch.manual_seed(7)
    np.random.seed(7)
    before = torch.get_rng_state(), np.random.get_state()[1].tolist(), torch.get_num_threads()
    model = small_classifier(epochs=0.2, num_threads=2).fit(*samples)
    model.predict(samples[0])
    assert torch.equal(torch.get_rng_state(), before[0])
    assert np.random.get_state()[1].tolist() == before[1]
    assert torch.get_num_threads() == before[2] == 1


def predicted(content: bytes, images: np.ndarray) -> list[np.ndarray]:
    """What a pickled model predicts."""
    torch.set_num_threads(1)
    model = pickle.loads(content)
    return model.predict_proba(images)


def test_a_pickle_predicts_the_same_in_another_process_and_holds_no_torch(
    fitted: TaskgraftClassifier, samples: Arrays
) -> None:
    content = pickle.dumps(fitted)
    assert b"torch" not in content
    found = Forked(predicted, content, samples[0]).result()
    for one, other in zip(found, fitted.predict_proba(samples[0]), strict=True):
        np.testing.assert_array_equal(one, other)


def test_clones_keep_parameters_and_forget_what_was_learned(fitted: TaskgraftClassifier) -> None:
    copy = clone(fitted.set_params(balance="none"))
    assert copy.get_params() == fitted.get_params()
    assert not hasattr(copy, "classes_")


def test_it_can_be_searched_over_in_a_pipeline(samples: Arrays) -> None:
    pipeline = make_pipeline(FunctionTransformer(lambda X: 255 - X), small_classifier(epochs=1))
    grid = {
        "taskgraftclassifier__architecture": ["independent", "shared"],
        "taskgraftclassifier__epochs": [0.1, 6],
    }
    search = GridSearchCV(pipeline, grid, cv=KFold(2, shuffle=True, random_state=0)).fit(*samples)
    assert search.best_params_["taskgraftclassifier__epochs"] == 6
    assert search.predict(samples[0]).shape == (200, 2)


def test_it_can_be_cross_validated(samples: Arrays, names: np.ndarray) -> None:
    folds = KFold(2, shuffle=True, random_state=0)
    scores = cross_val_score(small_classifier(), samples[0], names, cv=folds)
    assert scores.shape == (2,)
    assert scores.min() > 0.6


def test_history_tells_of_validation_only_if_there_was_some(samples: Arrays) -> None:
    rows = [
        small_classifier(validation_fraction=fraction, epochs=2).fit(*samples).history_
        for fraction in (None, 0.2)
    ]
    assert [len(history) for history in rows] == [2, 2]
    assert "val_losses" not in rows[0][0]
    assert set(rows[1][0]["val_accuracies"]) == {"level_1", "level_2"}
    assert [history[-1]["step"] for history in rows] == [2 * (200 // 32), 2 * (160 // 32)]


def test_it_prints_a_line_an_epoch_if_asked(samples: Arrays, capfd: pytest.CaptureFixture[str]) -> None:
    small_classifier(epochs=2).fit(*samples)
    assert capfd.readouterr() == ("", "")
    small_classifier(epochs=2, verbose=1).fit(*samples)
    assert [line.split(":")[0] for line in capfd.readouterr().out.splitlines()] == ["epoch 1", "epoch 2"]


def test_an_architecture_of_ones_own_is_taken(samples: Arrays) -> None:
    mine = Architecture(
        "mine", ("group", "colour"), "shared", (Flow("colour", "group", passes_gradient=False),)
    )
    model = small_classifier(architecture=mine, level_names=["group", "colour"], epochs=0.1).fit(*samples)
    assert model.model_.network.architecture == mine
    with pytest.raises(
        EstimatorError, match=r"'mine' to be those of y, level_1, level_2, but got 'group, colour'"
    ):
        small_classifier(architecture=mine).fit(*samples)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"architecture": "shard"}, "Expected architecture to be one of .* Did you mean 'shared'"),
        ({"architecture": "all"}, "Expected architecture to be one architecture, but got 'all'"),
        ({"recipe": "fats"}, "Did you mean 'fast'"),
        (
            {"recipe": changed(small_recipe(), {"balancing": "trimmed-mean"})},
            "Expected the levels with a loss to be at least 3",
        ),
        ({"epochs": 0}, "a number above 0"),
        ({"random_state": -1}, "whole numbers from 0"),
        ({"decoding": "jiont"}, "Did you mean 'joint'"),
        ({"balance": "losss"}, "to be none, loss, sampler"),
        (
            {"level_names": ["one"]},
            "Expected level_names to be a list of 2, one for each level of y, but got",
        ),
        ({"level_names": ["a", "a"]}, "Expected every level to be named once, but got 'a'"),
        ({"image_shape": (3, 8, 8)}, "Expected a sample's shape in X to be that of images"),
        ({"validation_fraction": 1.0}, "between 0 and 1"),
        ({"device": "gpu"}, "Expected device to be one of"),
        ({"num_threads": 0}, "at least 1"),
    ],
)
def test_a_wrong_parameter_is_one_line_when_fitting(
    parameters: dict[str, Any], message: str, samples: Arrays
) -> None:
    with pytest.raises(ValueError, match=message) as caught:
        small_classifier(**parameters).fit(*samples)
    assert isinstance(caught.value, EstimatorError)
    assert "\n" not in str(caught.value)


def test_wrong_samples_are_one_line(samples: Arrays, fitted: TaskgraftClassifier) -> None:
    images, labels = samples
    with pytest.raises(ValueError, match=r"inconsistent numbers of samples: \[200, 199\]"):
        small_classifier().fit(images, labels[1:])
    with pytest.raises(
        ValueError, match="of two classes or more at every level, but got '1 class in n_samples=200'"
    ):
        small_classifier().fit(images, labels * [0, 1])
    with pytest.raises(ValueError, match="Unknown label type"):
        small_classifier().fit(images, labels + 0.5 * np.random.default_rng(0).random(labels.shape))
    with pytest.raises(ValueError, match="Input X contains NaN"):
        small_classifier().fit(np.where(images == images[0, 0, 0, 0], np.nan, images), labels)
    with pytest.raises(ValueError, match=r"shape in X to be \(3, 16, 16\) as in fit, but got \(3, 15, 16\)"):
        fitted.predict(images[:, :, :15])


@pytest.mark.parametrize("balance", ["loss", "level_2=sampler"])
def test_balance_is_handed_to_the_recipe(balance: str, samples: Arrays) -> None:
    model = small_classifier(balance=balance, epochs=0.1).fit(*samples)
    assert model.recipe_.balance == balance.rpartition("=")[2]


def test_a_table_is_not_flipped_nor_whitened() -> None:
    table = np.random.default_rng(0).normal(size=(80, 5))
    y = (table[:, 0] > table[:, 1]).astype(int)
    model = TaskgraftClassifier(recipe=small_recipe(augmentation=small_recipe().augmentation)).fit(table, y)
    assert model.model_.image_shape == (5, 16, 16)
    assert model.recipe_.network.trunk.stem_width == 8
    assert model.score(table, y) > 0.85


@pytest.mark.parametrize(
    ("parameter", "value"),
    [
        ("architecture", 5),
        ("architecture", ["shared"]),
        ("recipe", None),
        ("epochs", "3"),
        ("decoding", ["joint"]),
        ("balance", 3),
        ("level_names", 5),
        ("image_shape", "32"),
        ("image_shape", [3.5, 16, 16]),
        ("validation_fraction", "x"),
        ("random_state", 1.5),
        ("device", None),
        ("num_threads", 1.5),
        ("verbose", "x"),
    ],
)
def test_a_parameter_of_another_type_is_one_line(samples: Arrays, parameter: str, value: object) -> None:
    with pytest.raises(ValueError, match=rf"^Expected {parameter} to be .*, but got [^\n]*$"):
        small_classifier(**{parameter: value}).fit(*samples)


def test_the_trained_model_can_be_written_and_read_without_the_estimator(
    samples: Arrays, tmp_path: Path
) -> None:
    images, labels = samples
    fitted = small_classifier(level_names="group,colour", validation_fraction=0.2).fit(images, labels)
    write_model(tmp_path / "m.safetensors", fitted.model_.network, fitted.model_.description)
    model = read_model(tmp_path / "m.safetensors")
    assert model.taxonomy == fitted.taxonomy_
    assert all(value is not None for value in model.description.temperatures.values())
    np.testing.assert_array_equal(model.predict(images[:9]).preds, fitted.predict(images[:9]))
