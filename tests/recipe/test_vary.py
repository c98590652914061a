"""A recipe made into several: what they are called, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest

from taskgraft.errors import RequestError
from taskgraft.recipe import changed, quick, recipe, varied


def names(vary: dict[str, Any], of: str = "quick") -> list[str]:
    return list(varied(recipe(of), vary))


def test_without_keys_there_is_the_recipe_itself() -> None:
    assert varied(quick(), {}) == {"": quick()}


def test_all_combinations_keep_the_order_of_keys_and_values() -> None:
    recipes = varied(quick(), {"batch_size": [64, 32], "label_smoothing": [0, 0.1]})
    assert list(recipes) == [
        "+batch_size=64+label_smoothing=0",
        "+batch_size=64+label_smoothing=0.1",
        "+batch_size=32+label_smoothing=0",
        "+batch_size=32+label_smoothing=0.1",
    ]
    last = recipes["+batch_size=32+label_smoothing=0.1"]
    assert last == changed(quick(), {"batch_size": 32, "label_smoothing": 0.1})


@pytest.mark.parametrize(
    ("base", "vary", "expected"),
    [
        ("quick", {"optimizer.learning_rate": [0.1]}, "+learning_rate=0.1"),
        # Muon has two learning rates.
        ("fast", {"optimizer.learning_rate": [0.1]}, "+optimizer.learning_rate=0.1"),
        ("fast", {"optimizer.rest.learning_rate": [0.1]}, "+rest.learning_rate=0.1"),
        ("quick", {"batch_size": ["64"]}, "+batch_size=64"),
        ("quick", {"epochs": ["1e0"]}, "+epochs=1"),
        ("quick", {"augmentation": ["none"]}, "+augmentation=none"),
        ("quick", {"test_time_flip": [True]}, "+test_time_flip=true"),
        ("quick", {"growth": [(0.5, 1)]}, "+growth=0.5_1"),
        ("quick", {"optimizer": [{"kind": "adam", "learning_rate": 0.001}]}, "+optimizer=adam_0.001"),
    ],
)
def test_names_say_the_key_and_the_value(base: str, vary: dict[str, Any], expected: str) -> None:
    assert names(vary, base) == [expected]


def test_kinds_may_be_varied_with_what_all_of_them_have() -> None:
    recipes = varied(
        quick(), {"optimizer": [{"kind": "adam", "learning_rate": 0.1}], "optimizer.epsilon": [1e-7]}
    )
    assert list(recipes) == ["+optimizer=adam_0.1+epsilon=1e-07"]


@pytest.mark.parametrize(
    ("vary", "message"),
    [
        ({"batch_sizes": [64]}, "Did you mean batch_size"),
        ({"batch_size": []}, "the values of batch_size to be a list of one or more"),
        ({"batch_size": 64}, "the values of batch_size to be a list of one or more"),
        ({"batch_size": "64"}, "the values of batch_size to be a list of one or more"),
        ({"batch_size": [64, "64"]}, "to be different, but got batch_size=64 twice"),
        ({"batch_size": [-1]}, "batch_size"),
        ({"batch_size": range(1, 200), "epochs": range(1, 200)}, "at most 10,000, but got 39601"),
    ],
)
def test_what_makes_no_sense_is_refused(vary: dict[str, Any], message: str) -> None:
    with pytest.raises(RequestError, match=message) as caught:
        varied(quick(), vary)
    assert "\n" not in str(caught.value)
