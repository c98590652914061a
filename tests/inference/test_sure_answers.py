"""How far down a model's answers go, and what it says of why."""

from typing import Any

import numpy as np
import pytest

from taskgraft.data import Dataset
from taskgraft.errors import RequestError
from taskgraft.inference import Model, PromiseDescription
from taskgraft.recipe import Recipe
from taskgraft.scores import class_information
from trained_model import trained_model


@pytest.fixture(scope="module")
def model(tiny_data: Dataset, tiny_recipe: Recipe) -> Model:
    return trained_model(tiny_data, tiny_recipe)


def promising(model: Model, critical: list[float], num_images: int) -> Model:
    promise = PromiseDescription(critical=tuple(critical), num_critical=len(critical), num_images=num_images)
    return Model(model.network, model.description.model_copy(update={"promise": promise}))


def test_a_trained_tree_answers_with_paths_whose_probabilities_add_up(
    model: Model, tiny_data: Dataset
) -> None:
    assert model.description.decoding == "pooled"
    predictions = model.predict(tiny_data.images[:20])
    np.testing.assert_array_equal(predictions.preds[:, 0], predictions.preds[:, 1] // 2)
    np.testing.assert_array_equal(predictions.preds[:, 1], predictions.probs[1].argmax(axis=1))
    np.testing.assert_allclose(predictions.probs[0][:, 0], predictions.probs[1][:, :2].sum(axis=1))
    assert (predictions.depths == 2).all()
    assert predictions[0].reason is None
    assert "threshold" not in predictions[0].to_dict()


def test_answers_go_down_to_the_class_that_is_worth_most_at_the_threshold(
    model: Model, tiny_data: Dataset
) -> None:
    sure = promising(model, [0.6] * 40 + [0.9] * 60, 100).predict(tiny_data.images, target_accuracy=0.3)
    assert sure.threshold == 0.6
    information = class_information(model.taxonomy)
    worth = np.stack(
        [
            np.full(len(sure), 0.6),
            *(
                0.6 * path_prob + 0.4 * information[level][sure.preds[:, level]]
                for level, path_prob in enumerate(sure.path_probs.T)
            ),
        ],
        axis=1,
    )
    np.testing.assert_array_equal(sure.depths, worth.argmax(axis=1))
    assert len(set(sure.depths.tolist())) > 1


def test_an_answer_says_which_class_was_too_uncertain(model: Model, tiny_data: Dataset) -> None:
    strict = promising(model, [0.99999] * 100, 100).predict(tiny_data.images, target_accuracy=0.9)
    place = int(np.flatnonzero(strict.depths == 0)[0])
    prediction = strict[place]
    first = prediction.path[0]
    assert prediction.sure == ()
    assert first.certainty == strict.certainties[place, 0] < 0.99999
    assert prediction.reason == (
        f"{first.name} (group) is {100 * first.prob:.1f} % probable: its certainty of {first.certainty:.3f} "
        "is below 1.000."
    )
    told = prediction.to_dict()
    assert (told["threshold"], told["reason"]) == (0.99999, prediction.reason)
    assert told["path"][0]["certainty"] == first.certainty
    assert strict.columns()["certainty.group"][place] == first.certainty


def test_certainties_alone_let_a_reader_choose_another_threshold(model: Model, tiny_data: Dataset) -> None:
    loose, strict = (
        promising(model, [threshold] * 100, 100).predict(tiny_data.images, target_accuracy=0.9)
        for threshold in (0.5, 0.8)
    )
    np.testing.assert_array_equal((loose.certainties >= 0.8).sum(axis=1), strict.depths)


def test_a_threshold_keeps_the_promise_of_its_validation_images(model: Model) -> None:
    one = promising(model, [i / 1000 for i in range(1, 1001)], 1000)
    # 915 of 1,000 right is the least that makes 90 % of all certain enough.
    assert one.threshold(0.9) == 0.916
    assert one.threshold(0.9, 0.5) < one.threshold(0.9) < one.threshold(0.9, num_future=500)
    assert one.threshold(None) is None


@pytest.mark.parametrize(
    ("target", "options", "reason"),
    [
        (0.95, {}, r"one that 40 validation images can promise \(at most 0\.927\), but got 0\.95"),
        (1.0, {}, "target_accuracy to be above 0 and below 1, but got 1"),
        (0.9, {"confidence": 0.0}, "confidence to be above 0 and below 1, but got 0"),
        (0.9, {"num_future": 0}, "num_future to be 1 or more, but got 0"),
        (0.9, {"num_future": 3}, r"40 validation images can promise \(for the next 3\), but got 0\.9"),
        (0.9, {"num_future": 1.5}, "num_future to be a whole number or None, but got the float 1.5"),
        ("most", {}, "target_accuracy to be a number or None, but got the str 'most'"),
    ],
)
def test_what_cannot_be_promised_is_one_line(
    model: Model, target: Any, options: dict[str, float], reason: str
) -> None:
    with pytest.raises(RequestError, match=reason):
        promising(model, [0.5] * 40, 40).threshold(target, **options)


def test_what_the_message_names_can_be_promised(model: Model) -> None:
    assert promising(model, [0.5] * 40, 40).threshold(0.927) == 0.5


def test_a_model_without_a_promise_says_so(model: Model, tiny_data: Dataset) -> None:
    alone = Model(model.network, model.description.model_copy(update={"promise": None}))
    with pytest.raises(RequestError, match="left out for a model without a tree, without validation"):
        alone.predict(tiny_data.images[:1], target_accuracy=0.9)


def test_without_weights_all_levels_count_alike(model: Model, tiny_data: Dataset) -> None:
    told = dict.fromkeys(model.taxonomy.level_names, 0.5)
    both = (
        Model(model.network, model.description.model_copy(update={"pool_weights": weights}))
        for weights in (None, told)
    )
    first, second = (one.predict(tiny_data.images[:9]) for one in both)
    np.testing.assert_array_equal(first.probs[1], second.probs[1])
