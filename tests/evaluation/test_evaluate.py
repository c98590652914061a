"""A trained model on labelled data: references from elsewhere, and what the data may be like."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from labelled_pictures import FOLDERS, SIDE, write_pictures
from PIL import Image
from sklearn.metrics import log_loss, precision_recall_fscore_support

import taskgraft as tg
from taskgraft.data import Dataset
from taskgraft.data.sources import load
from taskgraft.errors import DataError, RequestError
from taskgraft.evaluation import Evaluation, classes_csv, evaluate, evaluation_text, plain
from taskgraft.events import silent
from taskgraft.execution import compare
from taskgraft.inference import Model
from taskgraft.recipe import Recipe
from taskgraft.scores import brier, expected_calibration_error, fixed_level, risk_coverage
from taskgraft.taxonomy import Taxonomy
from trained_model import trained_model


@pytest.fixture(scope="module")
def model(tiny_data: Dataset, tiny_recipe: Recipe) -> Model:
    return trained_model(tiny_data, tiny_recipe)


@pytest.fixture(scope="module")
def evaluation(model: Model, tiny_data: Dataset) -> Evaluation:
    return evaluate(model, tiny_data)


@pytest.fixture(scope="module")
def photos(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_pictures(tmp_path_factory.mktemp("data") / "photos", FOLDERS, 12)


@pytest.fixture(scope="module")
def folder_model(photos: Path, tiny_recipe: Recipe) -> Model:
    """A model of pictures in folders, of the size of no other dataset here."""
    return trained_model(load(photos, size=SIDE, fit="pad"), tiny_recipe)


def test_classes_are_scored_as_scikit_learn_does(evaluation: Evaluation, model: Model, tiny_data: Dataset):
    images, targets = tiny_data.images[tiny_data.indices["test"]], tiny_data.labels_of("test")
    preds = model.predict(images).preds
    for i, level in enumerate(("group", "colour")):
        precision, recall, f1, support = precision_recall_fscore_support(
            targets[:, i], preds[:, i], labels=range(tiny_data.taxonomy.num_classes[i]), zero_division=np.nan
        )
        scores = evaluation.classes[level]
        np.testing.assert_allclose(scores.precision, precision)
        np.testing.assert_allclose(scores.recall, recall)
        np.testing.assert_allclose(scores.f1, f1)
        np.testing.assert_array_equal(scores.support, support)
        assert evaluation.decoded[level].estimate == (preds[:, i] == targets[:, i]).mean()
    assert evaluation.decoded["full-path"].estimate == (preds == targets).all(axis=1).mean()


def test_probabilities_are_scored_as_elsewhere(evaluation: Evaluation, model: Model, tiny_data: Dataset):
    targets = tiny_data.labels_of("test")
    probs = model.probs(tiny_data.images[tiny_data.indices["test"]])
    for i, level in enumerate(("group", "colour")):
        one = evaluation.calibrations[level]
        assert one.nll == pytest.approx(log_loss(targets[:, i], probs[i], labels=range(probs[i].shape[1])))
        assert one.brier == pytest.approx(brier(probs[i], targets[:, i]))
        assert one.ece == pytest.approx(expected_calibration_error(probs[i], targets[:, i]))
        assert one.temperature == model.description.temperatures[level]
        assert sum(each.share for each in one.bins) == pytest.approx(1)


def test_intervals_are_those_of_a_bootstrap_over_images(
    evaluation: Evaluation, model: Model, tiny_data: Dataset
):
    targets = tiny_data.labels_of("test")[:, 1]
    preds = model.predict(tiny_data.images[tiny_data.indices["test"]]).preds[:, 1]
    rng = np.random.default_rng(7)
    draws = rng.integers(len(targets), size=(20_000, len(targets)))
    deviation = (preds == targets)[draws].mean(axis=1).std()
    interval = evaluation.decoded["colour"]
    assert interval.high - interval.low == pytest.approx(2 * 1.96 * deviation, rel=0.1)
    assert interval.num_seeds == 1
    # Wilson's interval of a share, by its closed form.
    right, num_images, z = (preds == targets).mean(), len(targets), 1.96
    centre = (right + z**2 / (2 * num_images)) / (1 + z**2 / num_images)
    half = z * np.sqrt(right * (1 - right) / num_images + (z / (2 * num_images)) ** 2)
    half /= 1 + z**2 / num_images
    assert (interval.low, interval.high) == pytest.approx((centre - half, centre + half), abs=0.01)


def test_confusions_are_ranked_and_complete(evaluation: Evaluation, model: Model, tiny_data: Dataset):
    targets = tiny_data.labels_of("test")
    preds = model.predict(tiny_data.images[tiny_data.indices["test"]]).preds
    names = tiny_data.taxonomy.levels[1].classes
    counts: dict[tuple[str, str], int] = {}
    for true, predicted in zip(targets[:, 1], preds[:, 1], strict=True):
        if true != predicted:
            pair = names[true], names[predicted]
            counts[pair] = counts.get(pair, 0) + 1
    worst = [one for one in evaluation.confused if one.level == "colour"]
    assert {(one.true, one.predicted): one.num_images for one in worst} == counts
    assert [one.num_images for one in worst] == sorted(counts.values(), reverse=True)
    assert sum(n for *_, n in evaluation.confusions[1].cells) == len(targets)


@pytest.fixture(scope="module")
def study(tiny_recipe: Recipe, tmp_path_factory: pytest.TempPathFactory) -> Path:
    data = load("shapes", num_train=320, num_test=200)
    out = tmp_path_factory.mktemp("evaluated") / "study"
    compare(data, "shared,independent", tiny_recipe, 2, out=out, listener=silent)
    return out


SHAPES = {"num_train": 320, "num_test": 200}


@pytest.mark.parametrize("seed", [0, 1])
def test_a_studys_test_split_gives_the_studys_scores_to_the_bit(study: Path, seed: int):
    evaluation = tg.evaluate(study, "shapes", variant="shared", seed=seed, **SHAPES)
    run = next(r for r in tg.Study.open(study).runs if (r.variant, r.seed) == ("shared", seed))
    assert {name: one.estimate for name, one in evaluation.scores.items()} == run.scores
    assert evaluation.split_reason == "the test split of the study that trained the model"
    assert evaluation.cautions == ()


@pytest.mark.parametrize(
    ("split", "caution"),
    [
        ("train", "The model was trained on 288 of these 288 images"),
        ("all", "The model was trained on 288 of these 520 images"),
        ("val", "fitted on these images"),
    ],
)
def test_images_of_the_training_are_warned_of(study: Path, split: str, caution: str):
    evaluation = evaluate(study, "shapes", variant="shared", seed=0, split=split, **SHAPES)
    assert caution in evaluation.cautions[0]
    assert evaluation.split == split


def test_data_of_the_same_name_that_are_not_the_same_are_warned_of(study: Path):
    others = evaluate(study, "shapes", variant="shared", seed=0, num_train=320, num_test=201)
    assert others.cautions[0].startswith(
        "The model was trained on data of the same name, shapes, read otherwise"
    )
    assert others.split_reason == "the test split of the data"


def test_folders_are_read_as_the_model_takes_them(folder_model: Model, photos: Path, tmp_path: Path):
    flat = write_pictures(tmp_path / "flat", [path[1:] for path in FOLDERS], 3, seed=5)
    evaluation = evaluate(folder_model, flat)
    assert evaluation.num_images == 12
    assert evaluation.split_reason == "every image: the data bring no test split"
    assert evaluation.match.derived == ("level_1",)
    assert evaluation.num_labelled == {"level_1": 12, "level_2": 12}
    # The pictures as `predict` sees them, which resizes them by itself.
    files = sorted(flat.rglob("*.png"))
    names = folder_model.named(folder_model.predict(files).preds)
    is_right = [path.parent.name == name[1] for path, name in zip(files, names, strict=True)]
    assert evaluation.decoded["level_2"].estimate == pytest.approx(np.mean(is_right))


def test_the_folder_of_the_training_is_recognised_and_its_test_split_taken(folder_model: Model, photos: Path):
    evaluation = evaluate(folder_model, photos)
    assert evaluation.split == "test"
    assert evaluation.split_reason == "the test split of the study that trained the model"
    assert evaluation.num_images == load(photos, size=SIDE).num_images["test"]
    everything = evaluate(folder_model, str(photos), split="all")
    assert "of these 48 images" in everything.cautions[0]


def test_the_folder_of_the_training_is_recognised_though_nobody_names_its_levels(
    photos: Path, tmp_path: Path, tiny_recipe: Recipe
):
    data = load(photos, size=SIDE, levels=("kind", "colour"))
    compare(data, "shared", tiny_recipe, 1, out=tmp_path / "named", listener=silent)
    evaluation = evaluate(tmp_path / "named", photos)
    assert evaluation.split_reason == "the test split of the study that trained the model"
    assert not any("read otherwise" in caution for caution in evaluation.cautions)
    assert evaluation.num_labelled.keys() == {"kind", "colour"}


def test_splits_of_the_data_are_used_and_none_is_drawn(folder_model: Model, tmp_path: Path):
    paths = [(split, *path) for split in ("train", "test") for path in FOLDERS]
    root = write_pictures(tmp_path / "split", paths, 2)
    evaluation = evaluate(folder_model, root)
    assert (evaluation.split, evaluation.num_images) == ("test", 8)
    assert evaluation.split_reason == "the test split of the data"
    assert evaluate(folder_model, root, split="train").num_images == 8
    with pytest.raises(
        RequestError, match=r"^Expected split to be one with images \(train, test, all\), but got 'val'"
    ):
        evaluate(folder_model, root, split="val")
    with pytest.raises(
        RequestError, match=r"^Expected split to be one of train, val, test, all, .* Did you mean 'test'"
    ):
        evaluate(folder_model, root, split="tset")


def test_grey_pictures_and_coloured_ones_meet(folder_model: Model, tmp_path: Path, tiny_recipe: Recipe):
    root = tmp_path / "grey"
    for number, path in enumerate(FOLDERS):
        root.joinpath(*path).mkdir(parents=True)
        for k in range(6):
            pixels = np.full((18, 20), 60 * number + k, np.uint8)
            Image.fromarray(pixels).save(root.joinpath(*path, f"{k}.png"))
    evaluation = evaluate(folder_model, root)
    files = sorted(root.rglob("*.png"))
    preds = folder_model.named(folder_model.predict(files).preds)
    right = np.mean([path.parent.name == name[1] for path, name in zip(files, preds, strict=True)])
    assert evaluation.decoded["level_2"].estimate == pytest.approx(right)


def test_images_without_labels_do_not_count_and_those_with_some_count_there(model: Model, tiny_data: Dataset):
    labels = tiny_data.labels.copy()
    test = tiny_data.indices["test"]
    labels[test[:20], 1] = -1
    labels[test[:10], 0] = -1
    evaluation = evaluate(model, replace(tiny_data, labels=labels))
    assert evaluation.num_labelled == {"group": 50, "colour": 40}
    assert evaluation.classes["colour"].support.sum() == 40
    assert evaluation.num_images == 60
    none = replace(tiny_data, labels=np.full_like(labels, -1), needs=())
    with pytest.raises(RequestError, match="labelled at some level"):
        evaluate(model, none)


def test_data_without_labels_of_a_level_say_what_they_do_not_let_judge(model: Model, tiny_data: Dataset):
    labels = tiny_data.labels.copy()
    labels[:, 1] = -1
    evaluation = evaluate(model, replace(tiny_data, labels=labels))
    assert (evaluation.promises, evaluation.rule_risks) == ((), ())
    assert evaluation.notes[-1].startswith("No image is labelled at every level: what is promised")
    text = evaluation_text(evaluation)
    assert "No image is labelled at every level" in text
    assert "\n\n\n" not in text


def test_unknown_classes_and_those_without_images_are_named(model: Model, tiny_data: Dataset):
    paths = [("warm", "red"), ("warm", "amber"), ("cold", "blue"), ("cold", "green")]
    other = Taxonomy.from_names(["group", "colour"], paths)
    evaluation = evaluate(model, replace(tiny_data, taxonomy=other))
    (one,) = evaluation.match.unmatched
    assert (one.path, one.num_images) == (("warm", "amber"), 15)
    assert evaluation.match.without_images["colour"] == ("yellow",)
    assert evaluation.num_labelled == {"group": 60, "colour": 45}
    content = plain(evaluation)
    assert content["unmatched_classes"][0]["path"] == ("warm", "amber")
    yellow = next(row for row in content["classes"] if row["path"][-1] == "yellow")
    assert (yellow["recall"], yellow["support"]) == (None, 0)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(order=st.permutations(range(4)))
def test_no_order_of_the_datas_classes_changes_a_score(evaluation, model, tiny_data, order):
    old = tiny_data.taxonomy
    paths = [(old.levels[0].classes[old.ancestors(0)[k]], old.levels[1].classes[k]) for k in order]
    taxonomy = Taxonomy.from_names(old.level_names, paths)
    renumbered = [
        np.array([new.classes.index(name) for name in before.classes])
        for new, before in zip(taxonomy.levels, old.levels, strict=True)
    ]
    labels = np.stack([renumbered[i][tiny_data.labels[:, i]] for i in range(2)], axis=1)
    other = evaluate(model, replace(tiny_data, taxonomy=taxonomy, labels=labels))
    for part in ("scores", "decoded", "confused", "confusions", "calibrations", "promises", "rule_risks"):
        assert getattr(other, part) == getattr(evaluation, part)
    assert classes_csv(other) == classes_csv(evaluation)


def test_promises_are_those_of_the_model_and_one_that_it_cannot_make_is_refused(
    model: Model, tiny_data: Dataset
):
    (one,) = evaluate(model, tiny_data, target_accuracies=0.7).promises
    assert one.threshold == model.threshold(0.7)
    predictions = model.predict(tiny_data.images[tiny_data.indices["test"]], target_accuracy=0.7)
    counts = np.bincount(predictions.depths, minlength=3)
    assert one.depths == pytest.approx(counts / 60)
    targets = tiny_data.labels_of("test")
    said = np.arange(2) < predictions.depths[:, None]
    assert one.accuracy.estimate == pytest.approx(((predictions.preds == targets) | ~said).all(axis=1).mean())
    with pytest.raises(RequestError, match=r"^Expected target_accuracy to be one that 40 validation images"):
        evaluate(model, tiny_data, target_accuracies=[0.9999])


def test_risk_against_coverage_is_that_of_the_rules(evaluation: Evaluation, model: Model, tiny_data: Dataset):
    logits = model.logits(tiny_data.images[tiny_data.indices["test"]])
    targets, taxonomy = tiny_data.labels_of("test"), tiny_data.taxonomy
    temperatures = model.description.temperatures
    rules = {"climbing": model.answers_of(logits)} | {
        f"only {level}": fixed_level(logits[i] / temperatures[level], i, taxonomy)
        for i, level in enumerate(taxonomy.level_names)
    }
    assert [one.rule for one in evaluation.rule_risks] == [*rules, "none"]
    for one, rule in zip(evaluation.rule_risks, rules.values(), strict=False):
        curve = risk_coverage(rule.certainties, rule.preds, targets, taxonomy)
        assert one.area == pytest.approx(curve.area)
        assert one.curve[0] == (0, 0)
        assert one.curve[-1][0] <= curve.coverages[-1] + 1e-9 < one.curve[-1][0] + 0.01 + 2e-9
        assert one.at_risks == tuple(
            (risk, pytest.approx(curve.coverage_at(risk))) for risk in (0.05, 0.1, 0.2)
        )
        assert one.most_coverage == pytest.approx(curve.coverages[-1])


def test_no_rule_says_whole_paths_and_leaves_images_out_by_lot(
    evaluation: Evaluation, model: Model, tiny_data: Dataset
):
    preds = model.predict(tiny_data.images[tiny_data.indices["test"]]).preds
    wrong = (preds != tiny_data.labels_of("test")).any(axis=1)
    none = evaluation.rule_risks[-1]
    assert none.curve == ((0, 0), (1, wrong.mean()))
    # What climbing ends with, where it says all.
    assert evaluation.rule_risks[0].curve[-1] == pytest.approx((1, wrong.mean()))
    assert none.area == pytest.approx(wrong.mean() / 2)
    # Half of the images, drawn by lot, tell half and are half as often wrong.
    rng = np.random.default_rng(0)
    draws = [wrong[rng.permutation(60)[:30]].sum() / 60 for _ in range(2000)]
    assert np.mean(draws) == pytest.approx(wrong.mean() / 2, rel=0.02)
    for risk, coverage in none.at_risks:
        assert coverage == pytest.approx(min(1, risk / wrong.mean()))


def test_what_cannot_be_promised_is_named(evaluation: Evaluation):
    assert evaluation.not_promised == (0.95, 0.99)
    assert evaluation.promising_images == 40
    assert plain(evaluation)["not_promised"] == [0.95, 0.99]


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (("nowhere",), {}, r"Expected nowhere to be a study, one of its runs or a model's file"),
        ((3,), {}, r"Expected model to be a model or a path, but got the int 3"),
        ((None, 3), {}, r"Expected data to be a dataset or a path, but got the int 3"),
        ((None, None), {"size": 64}, r"Expected size to be left out where the data are loaded already"),
        (
            (None, "shapes"),
            {},
            r"Expected the images to be of the model's shape \(3, 12, 12\), but got \(3, 32, 32\)",
        ),
        ((), {"target_accuracies": "0.9"}, r"Expected target_accuracies to be a number, numbers or None"),
        ((None, "shapez"), {}, r"Did you mean 'shapes'"),
        ((None, None), {"variant": "shared"}, r"Expected variant to be left out"),
    ],
)
def test_a_wrong_request_is_one_line(model: Model, tiny_data: Dataset, arguments, options, message):
    given = [model, tiny_data]
    for place, argument in enumerate(arguments):
        given[place] = given[place] if argument is None else argument
    with pytest.raises((RequestError, DataError), match=message):
        evaluate(*given, **options)


def test_the_result_is_plain_json_and_a_table(evaluation: Evaluation):
    content = json.loads(json.dumps(plain(evaluation), allow_nan=False))
    assert content["intervals_over"] == "images"
    assert content["scores"].keys() == evaluation.scores.keys()
    assert [row["path"] for row in content["classes"]][-1] == ["cold", "green"]
    lines = classes_csv(evaluation).decode().splitlines()
    assert lines[0] == "level,class,path,precision,recall,f1,support,num_predicted"
    assert len(lines) == 1 + 2 + 4
    assert lines[3].startswith("colour,red,warm > red,")
    assert asdict(evaluation.confused[0]) in content["confusions"]
