"""What was set stays; what follows from it is derived."""

from __future__ import annotations

import pytest

from taskgraft.recipe import FlipShift, changed, differences_of, follow_images, keys_set, quick, recipe
from taskgraft.recipe._recipes import fast

LARGE = (3, 128, 128)


def test_what_differs_from_the_base_was_set() -> None:
    assert keys_set(fast()) == frozenset()
    adam = changed(fast(), {"optimizer": {"kind": "adam", "learning_rate": 0.1}})
    assert keys_set(adam) == {"optimizer.kind", "optimizer.learning_rate", "optimizer.epsilon"}
    assert {"epochs", "optimizer.rest.momentum"} < keys_set(fast().model_copy(update={"base": ""}))


@pytest.mark.parametrize("path", ["network.trunk.stage_widths", "network.trunk.stages.0.inner_width"])
def test_a_trunk_whose_widths_are_set_gets_no_more_stages(path: str) -> None:
    followed = follow_images(fast(), LARGE, {path})
    assert followed.network == fast().network
    assert isinstance(followed.augmentation, FlipShift)
    assert followed.augmentation.max_shift == 8
    assert followed.side_pixels == 128


def test_shifts_that_are_set_stay() -> None:
    followed = follow_images(fast(), LARGE, {"augmentation.max_shift"})
    assert followed == changed(follow_images(fast(), LARGE), {"augmentation.max_shift": 2})


def test_what_has_nothing_to_do_with_the_size_changes_nothing() -> None:
    is_set = {"epochs", "network.trunk.family", "network.trunk.stage_depth", "side_pixels"}
    assert follow_images(fast(), LARGE, is_set) == follow_images(fast(), LARGE)
    # A compact trunk has no `stages`: that they are set says nothing of its widths.
    assert follow_images(quick(), LARGE, {"network.trunk.stages"}) == follow_images(quick(), LARGE)


def test_differences_are_lines_with_key_and_both_values() -> None:
    lines = differences_of(recipe("quick"), follow_images(quick(), (3, 64, 64)))
    assert lines == (
        "network.trunk.stage_widths=[16, 24, 48, 96], not [24, 48, 96]",
        "augmentation.max_shift=4, not 2",
        "side_pixels=64, not 32",
    )
