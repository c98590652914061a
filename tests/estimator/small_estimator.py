"""A classifier small enough for tests: one stage of eight channels, batches of 32."""

from __future__ import annotations

from typing import Any

from taskgraft.estimator import TaskgraftClassifier
from taskgraft.recipe import BranchSpec, CompactSpec, NetworkSpec, Recipe, quick


def small_recipe(**changes: Any) -> Recipe:
    network = NetworkSpec(
        trunk=CompactSpec(stem_width="whitened", stage_widths=(8,)),
        branch=BranchSpec(fc_1=(), fc_2=(8,)),
        conventions="modern",
    )
    plain = {"name": "small", "network": network, "epochs": 12.0, "batch_size": 32, "augmentation": None}
    return quick().model_copy(update={**plain, **changes})


def small_classifier(**parameters: Any) -> TaskgraftClassifier:
    return TaskgraftClassifier(**{"recipe": small_recipe(), "device": "cpu", **parameters})
