from __future__ import annotations

import re

import pytest

from taskgraft.data.sources import _shapes as shapes
from taskgraft.recipe import few_steps_caution, quick
from taskgraft.recipe._few_steps import FEWEST_STEPS
from taskgraft.training import num_steps


@pytest.mark.parametrize("steps", [FEWEST_STEPS, FEWEST_STEPS + 1, 10_000])
def test_enough_steps_need_no_caution(steps: int) -> None:
    assert few_steps_caution(steps, 128, 10_000) is None


@pytest.mark.parametrize("steps", [1, 3, FEWEST_STEPS - 1])
def test_few_steps_are_told_with_what_makes_them_few(steps: int) -> None:
    caution = few_steps_caution(steps, 128, 2_000)
    assert caution is not None
    assert caution.startswith(
        f"A run makes {steps} optimizer step{'s' if steps > 1 else ''} (2,000 train images,"
    )


def test_a_batch_is_no_larger_than_the_data() -> None:
    assert "(90 train images, 90 a step)" in str(few_steps_caution(8, 1024, 90))


@pytest.mark.parametrize("num_train", [200, 700])
def test_the_epochs_it_asks_for_are_enough_and_one_less_is_not(num_train: int) -> None:
    data = shapes.load(num_train=num_train, num_test=64)
    told = few_steps_caution(3, quick().batch_size, data.num_images["train"])
    epochs = float(re.search(r"Train for (\d+) epochs", str(told)).group(1))
    enough, fewer = (
        num_steps(quick().model_copy(update={"epochs": number}), data) for number in (epochs, epochs - 1)
    )
    assert fewer < FEWEST_STEPS <= enough
