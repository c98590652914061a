"""What the benchmark of several processes a run counts. How fast they are stands in its output."""

from __future__ import annotations

from benchmarks.images import random_images
from benchmarks.jobs import Size
from benchmarks.processes import row
from taskgraft.recipe import Recipe


def test_one_process_and_two_make_every_step_but_the_first(tiny_recipe: Recipe) -> None:
    size = Size("tiny", tiny_recipe.model_copy(update={"epochs": 1.0, "growth": ()}), 3)
    measured = row(size, random_images(num_train=size.num_train), 2)
    assert measured["size"] == "tiny"
    for name in ("fastest", "median", "cpu"):
        one, two = measured[f"{name}_ms"]
        assert one > 0
        assert two > 0
        assert measured[f"{name}_gain"] > 0
