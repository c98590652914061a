"""The recipes: each a function that returns a full Recipe."""

from __future__ import annotations

from collections.abc import Callable

from taskgraft.data.affine import Affine
from taskgraft.data.flip_shift import FlipShift
from taskgraft.errors import unknown_name
from taskgraft.model.spec import BranchSpec, NetworkSpec, TrunkSpec
from taskgraft.training.recipe import Adam, EarlyStop, Muon, Recipe, Sgd


def original() -> Recipe:
    """The networks and the training of the project that posed the question, exactly.

    What differs is what is reported: no epoch is picked, and the test split is read once, at the end.
    """
    return Recipe(
        name="original",
        network=NetworkSpec(
            trunk=TrunkSpec(family="keras-blocks", stem_width=64, stage_widths=(64, 128)),
            branch=BranchSpec(fc_1=(1024, 512), fc_2=(256, 128), dropout=0.25),
            conventions="keras",
        ),
        epochs=100,
        batch_size=100,
        optimizer=Adam(learning_rate=5e-4),
        schedule="constant",
        finest_weight=2,
        augmentation=Affine(rotation_degrees=60, shift_ratio=0.3, shear_degrees=0.3, zoom_range=(0.7, 1.3)),
        normalisation="unit",
        early_stop=EarlyStop(patience=10, min_delta=1e-3),
        val_fraction=0.2,
    )


def fast() -> Recipe:
    """A small modern trunk of about 220 M multiply-accumulates, eight epochs on growing images."""
    return Recipe(
        name="fast",
        network=NetworkSpec(
            trunk=TrunkSpec(family="compact", stem_width="whitened", stage_widths=(64, 256, 768)),
            branch=BranchSpec(fc_1=(), fc_2=(256,)),
            conventions="modern",
        ),
        epochs=8,
        batch_size=1024,
        optimizer=Muon(
            learning_rate=0.24, momentum=0.6, rest=Sgd(learning_rate=0.3, momentum=0.85, weight_decay=5e-4),
        ),
        schedule="triangular",
        warmup_ratio=0.05,
        label_smoothing=0.1,
        augmentation=FlipShift(max_shift=2),
        growth=(0.625, 0.75, 0.875, 1.0),
        normalisation="standard",
    )  # fmt: skip


def accurate() -> Recipe:
    """`fast` with wider and deeper stages, trained three times as long; flips averaged at test."""
    base = fast()
    trunk = TrunkSpec(family="compact", stem_width="whitened", stage_widths=(128, 384, 512), stage_depth=3)
    return base.model_copy(
        update={
            "name": "accurate",
            "network": base.network.model_copy(update={"trunk": trunk}),
            "epochs": 24.0,
            "augmentation": FlipShift(max_shift=4),
            "test_time_flip": True,
        }
    )


def quick() -> Recipe:
    """A tiny network for the demo and the tests: six architectures and two seeds in minutes."""
    return Recipe(
        name="quick",
        network=NetworkSpec(
            trunk=TrunkSpec(family="compact", stem_width="whitened", stage_widths=(24, 48, 96)),
            branch=BranchSpec(fc_1=(), fc_2=(64,)),
            conventions="modern",
        ),
        epochs=6,
        batch_size=128,
        optimizer=Sgd(learning_rate=0.2, momentum=0.9, weight_decay=5e-4),
        schedule="triangular",
        warmup_ratio=0.25,
        label_smoothing=0.1,
        augmentation=FlipShift(max_shift=2),
        normalisation="standard",
        val_fraction=0.1,
    )


RECIPES: dict[str, Callable[[], Recipe]] = {
    "original": original, "fast": fast, "accurate": accurate, "quick": quick,
}  # fmt: skip


def recipe(name: str) -> Recipe:
    """The recipe of a name.

    Raises:
        RequestError: For an unknown name, with the closest one that is known.

    Example:
        >>> recipe("original").batch_size
        100
    """
    if name not in RECIPES:
        raise unknown_name("recipe", name, RECIPES)
    return RECIPES[name]()
