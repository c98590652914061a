import numpy as np
import pytest
import torch

from taskgraft.data import Dataset
from taskgraft.recipe import FlipShift, Recipe
from taskgraft.training import num_batches, num_steps
from taskgraft.training._batches import Batches


def test_an_epoch_serves_every_train_image_once_and_only_those(
    tiny_data: Dataset, tiny_recipe: Recipe
) -> None:
    plain = tiny_recipe.model_copy(update={"augmentation": None, "batch_size": 20})
    served = list(Batches(tiny_data, plain, 0, "cpu").epoch(0))
    images = np.concatenate([images.numpy() for images, *_ in served])
    expected = tiny_data.images[tiny_data.indices["train"]]
    key = lambda stack: sorted(image.tobytes() for image in stack)  # noqa: E731
    assert key(images) == key(expected)


def test_targets_go_with_their_images(tiny_data: Dataset, tiny_recipe: Recipe) -> None:
    plain = tiny_recipe.model_copy(update={"augmentation": None})
    label_of = {i.tobytes(): tuple(t) for i, t in zip(tiny_data.images, tiny_data.labels, strict=True)}
    for images, targets, *_ in Batches(tiny_data, plain, 0, "cpu").epoch(3):
        assert [label_of[image.numpy().tobytes()] for image in images] == [tuple(t) for t in targets.tolist()]


def test_seed_and_epoch_decide_order_and_augmentation(tiny_data: Dataset, tiny_recipe: Recipe) -> None:
    def epoch(seed: int, number: int) -> torch.Tensor:
        return torch.cat(
            [images for images, *_ in Batches(tiny_data, tiny_recipe, seed, "cpu").epoch(number)]
        )

    assert torch.equal(epoch(0, 1), epoch(0, 1))
    assert not torch.equal(epoch(0, 1), epoch(0, 2))
    assert not torch.equal(epoch(0, 1), epoch(1, 1))


def test_the_last_incomplete_batch_is_left_out(tiny_data: Dataset, tiny_recipe: Recipe) -> None:
    recipe = tiny_recipe.model_copy(update={"batch_size": 50})
    assert num_batches(recipe, tiny_data) == 3
    assert [len(images) for images, *_ in Batches(tiny_data, recipe, 0, "cpu").epoch(0)] == [50, 50, 50]


def test_a_batch_larger_than_the_split_is_the_split(tiny_data: Dataset, tiny_recipe: Recipe) -> None:
    recipe = tiny_recipe.model_copy(update={"batch_size": 10_000})
    assert [len(images) for images, *_ in Batches(tiny_data, recipe, 0, "cpu").epoch(0)] == [160]


@pytest.mark.parametrize(("epochs", "expected"), [(2.0, 10), (0.5, 2), (1.5, 8), (0.01, 1)])
def test_fractions_of_an_epoch_are_steps(
    tiny_data: Dataset, tiny_recipe: Recipe, epochs: float, expected: int
) -> None:
    assert num_steps(tiny_recipe.model_copy(update={"epochs": epochs}), tiny_data) == expected


def test_alternating_flips_show_each_image_from_the_other_side_in_the_next_epoch(
    tiny_data: Dataset, tiny_recipe: Recipe
) -> None:
    augmentation = FlipShift(max_shift=0, alternate=True)
    recipe = tiny_recipe.model_copy(update={"augmentation": augmentation, "batch_size": 20})
    as_it_is = {image.tobytes() for image in tiny_data.images}

    def flipped(epoch: int) -> dict[bytes, bool]:
        """Whether each train image is served mirrored, by its own bytes."""
        served = torch.cat([images for images, *_ in Batches(tiny_data, recipe, 0, "cpu").epoch(epoch)])
        pairs = [(image.numpy().tobytes(), image.flip(-1).numpy().tobytes()) for image in served]
        return {own if own in as_it_is else other: own not in as_it_is for own, other in pairs}

    first, second, third = (flipped(epoch) for epoch in range(3))
    assert len(first) == 160
    assert first == third == {image: not is_flipped for image, is_flipped in second.items()}
    assert 40 < sum(first.values()) < 120
