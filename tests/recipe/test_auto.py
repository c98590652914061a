"""What the rule chooses, and that what is set stays."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some

from taskgraft.errors import RequestError
from taskgraft.recipe import RECIPES, AutoRecipe, Facts, Recipe, Trunk, auto_bases, auto_recipe, recipe


def chosen(num_train: int, side: int = 32, trunk: Trunk = "the recipe's", **settings: Any) -> AutoRecipe:
    return auto_recipe(Facts(num_train, side, (num_train // 10,) * 10, trunk), settings)


def num_steps(recipe: Recipe, num_train: int) -> int:
    return round(recipe.epochs * (num_train // min(recipe.batch_size, num_train)))


@given(
    num_train=some.integers(1, 100_000),
    side=some.sampled_from([8, 32, 64, 224]),
    trunk=some.sampled_from(["the recipe's", "untrained", "pretrained"]),
)
def test_no_run_has_fewer_steps_than_1500_and_few_lines_say_why(
    num_train: int, side: int, trunk: Trunk
) -> None:
    auto = chosen(num_train, side, trunk)
    assert num_steps(auto.recipe, num_train) >= 1_500
    assert auto.recipe.base in auto_bases(trunk)
    assert 3 <= len(auto.lines) <= 5
    assert all(line.startswith("auto: ") and line.endswith(".") for line in auto.lines)
    assert f"{auto.recipe.batch_size:,}" in auto.lines[1] or num_train < auto.recipe.batch_size


@pytest.mark.parametrize(
    ("num_train", "base", "batch_size"),
    [
        (999, "quick", 16),
        (1_000, "quick", 32),
        (5_000, "quick", 64),
        (19_999, "quick", 64),
        (20_000, "fast", 256),
    ],
)
def test_the_table_of_the_docs(num_train: int, base: str, batch_size: int) -> None:
    made = chosen(num_train).recipe
    assert (made.base, made.batch_size) == (base, batch_size)
    ratio = (batch_size / RECIPES[base]().batch_size) ** 0.5
    assert made.optimizer.learning_rate == pytest.approx(
        ratio * RECIPES[base]().optimizer.learning_rate, rel=0.05
    )


def test_long_recipes_keep_their_length() -> None:
    assert chosen(60_000).recipe.epochs == recipe("fast").epochs
    assert chosen(19_999).recipe.epochs == recipe("quick").epochs


def test_a_pretrained_trunk_is_tuned_as_by_name() -> None:
    auto = chosen(2_370, 96, "pretrained")
    assert (auto.recipe.base, auto.recipe.batch_size, auto.recipe.epochs) == ("finetune", 16, 11.0)
    assert auto.recipe.optimizer == recipe("finetune").optimizer


def test_what_is_set_stays_and_the_rest_follows() -> None:
    made = chosen(2_000, batch_size=128).recipe
    assert (made.batch_size, made.optimizer.learning_rate) == (128, 0.2)
    assert num_steps(made, 2_000) >= 1_500
    short = chosen(2_000, epochs=1).recipe
    assert (short.epochs, short.batch_size) == (1, 16)
    assert chosen(2_000, **{"optimizer.learning_rate": 0.3}).recipe.optimizer.learning_rate == 0.3
    assert num_steps(chosen(2_000, min_steps=700).recipe, 2_000) < 800
    adam = {"optimizer.kind": "adam", "optimizer.learning_rate": 0.001}
    assert chosen(2_000, **adam).recipe.optimizer.learning_rate == 0.001
    with pytest.raises(RequestError, match=r"momentu.*Did you mean optimizer.momentum\?"):
        chosen(2_000, **{"optimizer.momentu": 0.3})


def test_it_says_what_somebody_may_want_otherwise() -> None:
    uneven = auto_recipe(Facts(1_000, 32, (900, 90, 10, 0)), {})
    assert uneven.lines[2] == (
        "auto: images of 32 pixels, each counts the same: the largest class has 900, the smallest 10, "
        "which balance evens out."
    )
    even = auto_recipe(Facts(100, 32, (60, 40)), {}).lines
    assert even[2:] == (
        "auto: images of 32 pixels, each counts the same: the largest class has 60, the smallest 40.",
    )
    balanced = auto_recipe(Facts(1_000, 32, (900, 90, 10)), {"balance": "loss"}).lines
    assert balanced[2:] == ("auto: images of 32 pixels, balance loss.",)
    assert "pretrained" in chosen(1_000, 96).lines[-1]
    assert not chosen(1_000, 63).lines[3:]
    assert auto_recipe(Facts(1_000, 32, ()), {}).lines[2:] == (
        "auto: images of 32 pixels, each of which counts the same.",
    )


def test_it_is_no_recipe_by_name() -> None:
    with pytest.raises(RequestError, match=r"but got 'auto'\. It is what is chosen once there is data"):
        recipe("auto")
