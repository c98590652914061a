from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from taskgraft.architecture import catalogue
from taskgraft.data import Dataset
from taskgraft.errors import RequestError
from taskgraft.hardware import choose_hardware
from taskgraft.network import stream_generator
from taskgraft.recipe import Recipe
from taskgraft.training import parse_balance, train
from taskgraft.training._balance import EvenDraw, class_weights, even_draw
from taskgraft.training._batches import Batches

LEVELS = ("coarse", "fine")


@pytest.fixture
def uneven(tiny_data: Dataset) -> Dataset:
    """The tiny data with 24 blue, 40 red, 10 yellow and 20 green train images, two of the red unknown."""
    train = tiny_data.indices["train"]
    leaves = tiny_data.labels[train, 1]
    sizes = [40, 10, 24, 20]
    kept = np.sort(np.concatenate([train[leaves == leaf][:size] for leaf, size in enumerate(sizes)]))
    labels = tiny_data.labels.copy()
    labels[train[leaves == 0][:2], 1] = -1
    return replace(tiny_data, labels=labels, indices={**tiny_data.indices, "train": kept})


def balanced(recipe: Recipe, balance: str, *levels: str) -> Recipe:
    return Recipe.model_validate({**dict(recipe), "balance": balance, "balance_levels": levels})


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("none", ("none", ())),
        ("loss", ("loss", ())),
        ("sampler", ("sampler", ())),
        ("fine=loss", ("loss", ("fine",))),
        ("coarse=loss, fine=loss", ("loss", ("coarse", "fine"))),
        ("fine=sampler", ("sampler", ("fine",))),
    ],
)
def test_what_a_user_asks_for_is_read(text: str, expected: tuple[str, tuple[str, ...]]) -> None:
    assert parse_balance(text, LEVELS) == expected


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("weights", r"Expected balance to be none, loss, .* but got 'weights'\."),
        ("", r"Expected balance to be none, loss, .* but got ''\."),
        ("fine=none", "'fine=none' is none of these"),
        ("fine=loss,", "'' is none of these"),
        (
            "fien=loss",
            r"a level of balance to be one of coarse, fine, but got 'fien'\. Did you mean 'fine'",
        ),
        ("fine=loss,fine=loss", "one choice for each level, but got 'fine'"),
        ("coarse=loss,fine=sampler", "loss for any number of levels or sampler for one"),
        ("coarse=sampler,fine=sampler", "loss for any number of levels or sampler for one"),
    ],
)
def test_what_cannot_be_read_is_said_in_one_line(text: str, message: str) -> None:
    with pytest.raises(RequestError, match=message) as caught:
        parse_balance(text, LEVELS)
    assert "\n" not in str(caught.value)


def test_a_level_may_have_an_equals_sign_in_its_name() -> None:
    assert parse_balance("a=b=loss", ["a=b"]) == ("loss", ("a=b",))


def test_weights_are_inverse_to_counts_and_one_on_average(uneven: Dataset, tiny_recipe: Recipe) -> None:
    weights = class_weights(uneven, balanced(tiny_recipe, "loss"), "cpu")
    assert weights is not None
    counts = [[50, 44], [38, 10, 24, 20]]
    for level, (own, expected) in enumerate(zip(weights, counts, strict=True)):
        assert own is not None
        assert (own * torch.tensor(expected)).tolist() == pytest.approx(
            [sum(expected) / len(expected)] * len(own)
        )
        labels = uneven.labels_of("train")[:, level]
        assert own[labels[labels >= 0]].mean().item() == pytest.approx(1)


def test_only_the_levels_named_are_weighted(uneven: Dataset, tiny_recipe: Recipe) -> None:
    weights = class_weights(uneven, balanced(tiny_recipe, "loss", "colour"), "cpu")
    assert weights is not None
    assert weights[0] is None
    assert weights[1] is not None
    for balance in ("none", "sampler"):
        assert class_weights(uneven, balanced(tiny_recipe, balance), "cpu") is None


def test_a_class_without_train_images_weighs_nothing(uneven: Dataset, tiny_recipe: Recipe) -> None:
    train = uneven.indices["train"]
    without = replace(uneven, indices={**uneven.indices, "train": train[uneven.labels[train, 1] != 3]})
    weights = class_weights(without, balanced(tiny_recipe, "loss"), "cpu")
    assert weights is not None
    assert weights[1] is not None
    assert weights[1].isfinite().all()
    assert weights[1][3] == 0


@pytest.mark.parametrize("balance", ["loss", "sampler"])
def test_a_level_that_is_not_there_is_refused(uneven: Dataset, tiny_recipe: Recipe, balance: str) -> None:
    recipe = balanced(tiny_recipe, balance, "colours")
    with pytest.raises(
        RequestError, match=r"one of group, colour, but got 'colours'\. Did you mean 'colour'"
    ):
        train(catalogue(uneven.taxonomy.level_names)["shared"], uneven, recipe, 0, choose_hardware())


def test_an_epoch_is_drawn_evenly_over_classes_and_unknown_images_keep_their_share() -> None:
    labels = np.repeat([0, 1, 2, -1], [4000, 1000, 3000, 2000])
    draws = EvenDraw(labels, 3).draw(stream_generator(0, "balance", 0))
    drawn = np.bincount(labels[draws.numpy()] + 1, minlength=4)
    assert len(draws) == 10_000
    # Three standard deviations of a binomial are 120 and 133.
    assert drawn[0] == pytest.approx(2000, abs=120)
    assert drawn[1:] == pytest.approx(np.full(3, 8000 / 3), abs=133)


@given(st.lists(st.integers(-1, 4), min_size=1, max_size=40), st.integers(0, 99))
def test_every_draw_is_a_train_image(labels: list[int], seed: int) -> None:
    draws = EvenDraw(np.array(labels), 5).draw(stream_generator(seed))
    assert len(draws) == len(labels)
    assert draws.min() >= 0
    assert draws.max() < len(labels)


def test_the_sampler_draws_train_images_and_the_same_for_a_seed_and_epoch(
    uneven: Dataset, tiny_recipe: Recipe
) -> None:
    recipe = balanced(tiny_recipe, "sampler", "group").model_copy(update={"augmentation": None})

    def served(seed: int, number: int) -> list[bytes]:
        return [
            image.tobytes()
            for images, *_ in Batches(uneven, recipe, seed, "cpu").epoch(number)
            for image in images.numpy()
        ]

    assert set(served(0, 0)) <= {image.tobytes() for image in uneven.images[uneven.indices["train"]]}
    assert served(0, 1) == served(0, 1)
    assert len({tuple(served(*which)) for which in ((0, 0), (0, 1), (1, 0))}) == 3


def test_without_a_level_the_finest_is_drawn_evenly(uneven: Dataset, tiny_recipe: Recipe) -> None:
    drawn, named = (
        even_draw(uneven, balanced(tiny_recipe, "sampler", *levels)) for levels in ((), ("colour",))
    )
    assert drawn is not None
    assert named is not None
    assert torch.equal(drawn.draw(stream_generator(0)), named.draw(stream_generator(0)))


@pytest.mark.parametrize("balance", ["loss", "sampler"])
def test_balanced_runs_train(uneven: Dataset, tiny_recipe: Recipe, balance: str) -> None:
    recipe = balanced(tiny_recipe, balance).model_copy(update={"epochs": 4.0})
    architecture = catalogue(uneven.taxonomy.level_names)["shared"]
    _, history = train(architecture, uneven, recipe, 0, choose_hardware())
    assert history[-1].train_loss < history[0].train_loss


def test_a_recipe_balances_as_many_levels_as_it_can(tiny_recipe: Recipe) -> None:
    with pytest.raises(ValidationError, match="evenly over the classes of one level only"):
        balanced(tiny_recipe, "sampler", "group", "colour")
    with pytest.raises(ValidationError, match="need a balance of loss or sampler"):
        balanced(tiny_recipe, "none", "group")
