"""A recipe that follows the number of train images."""

from __future__ import annotations

import pytest

from taskgraft.history import MOST_EPOCHS
from taskgraft.recipe import Recipe, changed, follow_length, quick


def with_length(**values: object) -> Recipe:
    return changed(quick(), {"batch_size": 64, "epochs": 10, "min_steps": 1500, **values})


def num_steps(recipe: Recipe, num_train: int) -> int:
    return round(recipe.epochs * (num_train // min(recipe.batch_size, num_train)))


@pytest.mark.parametrize(
    "num_train", [3, 16, 17, 40, 63, 64, 100, 1142, 2000, 2400, 5000, 9599, 9600, 60_000]
)
def test_every_train_split_gets_its_steps_and_what_has_them_is_left_alone(num_train: int) -> None:
    before = with_length()
    after = follow_length(before, num_train)
    assert num_steps(after, num_train) >= 1500
    assert (after == before) == (num_steps(before, num_train) >= 1500)
    assert after.batch_size >= min(16, num_train)
    assert follow_length(after, num_train) == after


@pytest.mark.parametrize(
    ("num_train", "batch_size", "epochs"),
    [
        (1142, 16, 22),
        # Smaller batches are enough.
        (2400, 16, 10),
        (5000, 32, 10),
        (40, 20, 750),
    ],
)
def test_batches_get_smaller_before_epochs_get_more(num_train: int, batch_size: int, epochs: float) -> None:
    after = follow_length(with_length(), num_train)
    assert (after.batch_size, after.epochs) == (batch_size, epochs)


def test_what_was_set_stays() -> None:
    assert follow_length(with_length(), 1142, {"batch_size"}) == with_length(epochs=89)
    assert follow_length(with_length(), 1142, {"epochs"}) == with_length(batch_size=16)
    assert follow_length(with_length(), 1142, {"epochs", "batch_size"}) == with_length()


def test_a_recipe_without_a_fewest_number_of_steps_follows_nothing() -> None:
    assert follow_length(quick(), 20) is not None
    assert follow_length(quick(), 20) == quick()


def test_there_are_no_more_epochs_than_a_history_holds() -> None:
    assert follow_length(with_length(min_steps=10**9), 20).epochs == MOST_EPOCHS
