"""A recipe made into several: what they are called, and what is refused."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from taskgraft.errors import RequestError
from taskgraft.recipe import changed, label, quick, recipe, varied
from taskgraft.shell_text import ShellText


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
        ("quick", {"batch_size": [ShellText("64")]}, "+batch_size=64"),
        ("quick", {"epochs": [ShellText("1e0")]}, "+epochs=1"),
        ("quick", {"optimizer.learning_rate": [1e300]}, "+learning_rate=1e300"),
        ("quick", {"optimizer.learning_rate": [1e-300]}, "+learning_rate=1e-300"),
        ("quick", {"augmentation": ["none"]}, "+augmentation=none"),
        ("quick", {"test_time_flip": [True]}, "+test_time_flip=true"),
        ("quick", {"growth": [(0.5, 1)]}, "+growth=0.5_1"),
        ("quick", {"optimizer": [{"kind": "adam", "learning_rate": 0.001}]}, "+optimizer=adam_0.001"),
    ],
)
def test_names_say_the_key_and_the_value(base: str, vary: dict[str, Any], expected: str) -> None:
    assert names(vary, base) == [expected]


@given(value=some.integers() | some.floats(allow_nan=False, allow_infinity=False))
def test_a_label_says_its_number(value: float) -> None:
    assert float(label(value)) == float(value)
    assert re.fullmatch(r"[A-Za-z0-9._@+=-]+", label(value))
    assert "+" not in label(value)


def test_what_is_set_holds_for_every_kind_that_is_varied() -> None:
    settings = {"optimizer.learning_rate": 0.1}
    recipes = varied(quick(), {"optimizer.kind": ["sgd", "adam"]}, settings)
    assert [each.optimizer.learning_rate for each in recipes.values()] == [0.1, 0.1]
    assert recipes["+optimizer.kind=adam"] == changed(quick(), {"optimizer.kind": "adam", **settings})
    shifted = {"augmentation.max_shift": 7}
    (only,) = varied(
        changed(quick(), {"augmentation": "none"}), {"augmentation.kind": ["flip-shift"]}, shifted
    ).values()
    assert only.augmentation.max_shift == 7  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("settings", "vary", "message"),
    [
        (
            {"optimizer.momentum": 0.5},
            {"optimizer.kind": ["sgd", "adam"]},
            "got 'optimizer.momentum'. It belongs to optimizer.kind=sgd|muon, and this recipe has "
            "optimizer.kind=adam.",
        ),
        (
            {"optimizer.learning_rate": 0.1},
            {"optimizer": [{"kind": "adam", "learning_rate": 0.001}]},
            "Expected optimizer.learning_rate to be set once, but got 0.1 and 0.001.",
        ),
        ({}, {"optimizer.kind": ["adam"]}, "but got none for optimizer.kind=adam. Set it:"),
    ],
)
def test_what_is_set_and_cannot_be_is_refused_and_not_dropped(
    settings: dict[str, Any], vary: dict[str, Any], message: str
) -> None:
    with pytest.raises(RequestError, match=re.escape(message)):
        varied(quick(), vary, settings)


def test_texts_that_a_name_cannot_tell_apart_are_refused_as_such() -> None:
    timm = {"network.trunk": {"family": "timm", "backbone": "a"}}
    weights = {"network.trunk.weights": ["a/b.safetensors", "a b.safetensors"]}
    with pytest.raises(RequestError, match=r"what values of a varied key are called to be different.*Rename"):
        varied(changed(quick(), timm), weights)


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
        ({"batch_size": [64, ShellText("64")]}, "to be different, but got batch_size=64 twice"),
        ({"batch_size": [64, "64"]}, "batch_size to be a whole number of at least 1, but got '64', a text"),
        (
            {"batch_size": [True]},
            "batch_size to be a whole number of at least 1, but got true, a truth value",
        ),
        (
            {"name": ["a", "b"]},
            "each varied key to be of values that decide the numbers of a run, but got 'n",
        ),
        ({"batch_size": [-1]}, "batch_size"),
        ({"batch_size": range(1, 200), "epochs": range(1, 200)}, "at most 10,000, but got 39601"),
    ],
)
def test_what_makes_no_sense_is_refused(vary: dict[str, Any], message: str) -> None:
    with pytest.raises(RequestError, match=message) as caught:
        varied(quick(), vary)
    assert "\n" not in str(caught.value)
