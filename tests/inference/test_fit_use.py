import numpy as np
import pytest

from taskgraft.inference import fit_use
from taskgraft.scores import (
    climbing,
    critical_values,
    equal_weights,
    fit_pool,
    fit_temperature,
    probs_of,
)
from taskgraft.taxonomy import Level, Taxonomy

PETS = Taxonomy.from_names(
    ["coarse", "fine"], [("pet", "cat"), ("pet", "dog"), ("car", "van"), ("car", "bus")]
)


def drawn(num_images: int, taxonomy: Taxonomy = PETS, seed: int = 0) -> tuple[list[np.ndarray], np.ndarray]:
    rng = np.random.default_rng(seed)
    leaves = rng.integers(0, taxonomy.num_classes[-1], num_images)
    targets = np.stack([taxonomy.ancestors(i)[leaves] for i in range(taxonomy.num_levels)], axis=1)
    logits = [
        np.float32(rng.normal(size=(num_images, k)) + 1.5 * np.eye(k)[targets[:, i]])
        for i, k in enumerate(taxonomy.num_classes)
    ]
    return logits, targets


def test_a_tree_is_pooled_and_every_level_calibrated() -> None:
    logits, targets = drawn(400)
    use = fit_use(logits, targets, PETS)
    assert use.decoding is None
    assert list(use.pool_weights.values()) == fit_pool(logits, targets, PETS).tolist()
    assert use.temperatures == {
        name: fit_temperature(logits[i], targets[:, i]) for i, name in enumerate(PETS.level_names)
    }


def test_the_promise_is_of_images_that_the_weights_do_not_know() -> None:
    logits, targets = drawn(50)
    told = fit_use(logits, targets, PETS).promise
    assert told.num_images == 50
    # Five parts of ten: each critical value is that of the weights which the other forty give.
    part_of = np.random.default_rng(0).permutation(50) % 5
    expected = []
    for part in range(5):
        rest = part_of != part
        weights = fit_pool([level[rest] for level in logits], targets[rest], PETS)
        answers = climbing([level[~rest] for level in logits], weights, PETS)
        expected += critical_values(answers.certainties, answers.preds, targets[~rest]).tolist()
    assert told.critical == tuple(sorted(value for value in expected if value > 0))


def test_only_images_labelled_at_every_level_promise() -> None:
    logits, targets = drawn(60)
    targets[:20, 1] = -1
    assert fit_use(logits, targets, PETS).promise.num_images == 40
    targets[:, 1] = -1
    use = fit_use(logits, targets, PETS)
    assert use.promise is None
    assert list(use.pool_weights.values()) == equal_weights(PETS).tolist()
    assert use.temperatures["fine"] is None


@pytest.mark.parametrize("num_images", [1, 2, 4])
def test_a_val_split_of_a_few_images_promises_little_and_moves_little(num_images: int) -> None:
    use = fit_use(*drawn(num_images), PETS)
    assert use.promise.promise().threshold(0.5) is None or num_images > 2
    assert max(abs(weight - 0.5) for weight in use.pool_weights.values()) < 1


def test_one_level_is_not_pooled_but_has_its_temperature_and_a_promise() -> None:
    flat = Taxonomy.from_names(["fine"], [("cat",), ("dog",), ("van",)])
    logits, targets = drawn(100, flat)
    use = fit_use(logits, targets, flat)
    assert use.pool_weights["fine"] == pytest.approx(1 / use.temperatures["fine"])
    answers = climbing(logits, np.array([use.pool_weights["fine"]]), flat)
    # Logits are f32.
    np.testing.assert_allclose(answers.probs[0], probs_of(logits[0] / use.temperatures["fine"]), rtol=1e-6)
    assert use.promise.num_images == 100


def test_levels_without_a_tree_are_calibrated_only() -> None:
    taxonomy = Taxonomy.without_tree([Level("colour", ("red", "blue")), Level("shape", ("disc", "bar"))])
    logits = [np.zeros((3, 2), np.float32)] * 2
    use = fit_use(logits, np.zeros((3, 2), int), taxonomy)
    assert (use.decoding, use.pool_weights, use.promise) == (None, None, None)


def test_a_decoding_that_is_settled_has_its_own_promise() -> None:
    logits, targets = drawn(200)
    plain, pooled = fit_use(logits, targets, PETS, "independent"), fit_use(logits, targets, PETS)
    assert plain.decoding == "independent"
    assert plain.pool_weights == pooled.pool_weights
    # Classes that do not nest are wrong more often.
    assert plain.promise.num_critical > pooled.promise.num_critical
