"""The recipes: each a function that returns a full Recipe."""

from __future__ import annotations

from collections.abc import Callable

from taskgraft.recipe._augmentation import Affine, Crop, FlipShift
from taskgraft.recipe._network_spec import BranchSpec, NetworkSpec
from taskgraft.recipe._optimizer_spec import Adam, AdamW, Muon, Sgd
from taskgraft.recipe._recipe import EarlyStop, Recipe
from taskgraft.recipe._trunk_families import (
    CompactSpec,
    KerasBlocksSpec,
    ResidualSpec,
    StageSpec,
    TimmTrunkSpec,
)


def original() -> Recipe:
    """The networks and the training of the project that posed the question, exactly.

    What differs is what is reported: no epoch is picked, and the test split is read once, at the end.
    """
    return Recipe(
        name="original",
        base="original",
        network=NetworkSpec(
            trunk=KerasBlocksSpec(stem_width=64, stage_widths=(64, 128)),
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
    """A small modern trunk of about 165 M multiply-accumulates, nine epochs on growing images.

    Trunk, sizes, smoothing and warm-up are those of two entries to the CIFAR-100 speedrun (NAVIER-STOKED and
    futurebiohackers, 2026), which go back to airbench (Jordan, 2024). The branches with their hidden block,
    the weight of the finest level and the rates of what Muon does not move are our own.
    """
    return Recipe(
        name="fast",
        base="fast",
        network=NetworkSpec(
            trunk=ResidualSpec(
                stem_width="whitened",
                stage_widths=(64, 256, 768),
                # Cheap where the maps are large: 3x3 kernels pay where the channels are many.
                stages=(
                    StageSpec(inner_width=64, inner_kernels=(1, 1)),
                    StageSpec(inner_width=192, inner_kernels=(3, 1)),
                    StageSpec(entry_kernel=2, inner_width=512, inner_kernels=(3, 3)),
                ),
            ),
            branch=BranchSpec(fc_1=(), fc_2=(256,)),
            conventions="modern",
        ),
        epochs=9.25,
        batch_size=1024,
        optimizer=Muon(
            learning_rate=0.18,
            momentum=0.6,
            rest=Sgd(learning_rate=0.3, momentum=0.9, weight_decay=1.5e-3),
        ),
        schedule="triangular",
        warmup_ratio=0.25,
        finest_weight=3,
        label_smoothing=0.25,
        augmentation=FlipShift(max_shift=2, alternate=True),
        # The first 15 % of the steps at 20 of 32 pixels, up to the half at 24.
        growth=(*[0.625] * 3, *[0.75] * 7, *[1.0] * 10),
        normalisation="standard",
    )


def compact() -> Recipe:
    """`fast` as it was: two convolutions a stage, about 220 M multiply-accumulates, eight epochs.

    The studies of 2026-11 in `docs/results` were made with it, under the name `fast`.
    """
    return Recipe(
        name="compact",
        base="compact",
        network=NetworkSpec(
            trunk=CompactSpec(stem_width="whitened", stage_widths=(64, 256, 768)),
            branch=BranchSpec(fc_1=(), fc_2=(256,)),
            conventions="modern",
        ),
        epochs=8,
        batch_size=1024,
        optimizer=Muon(
            learning_rate=0.24,
            momentum=0.6,
            rest=Sgd(learning_rate=0.3, momentum=0.85, weight_decay=5e-4),
        ),
        schedule="triangular",
        warmup_ratio=0.05,
        label_smoothing=0.1,
        augmentation=FlipShift(max_shift=2),
        growth=(0.625, 0.75, 0.875, 1.0),
        normalisation="standard",
    )


def accurate() -> Recipe:
    """`fast`, trained two and a half times as long on images shifted further; flips averaged at test."""
    return fast().model_copy(
        update={
            "name": "accurate",
            "base": "accurate",
            "epochs": 24.0,
            "augmentation": FlipShift(max_shift=4, alternate=True),
            "test_time_flip": True,
        }
    )


def quick() -> Recipe:
    """A tiny network for the demo and the tests: six architectures and two seeds in minutes."""
    return Recipe(
        name="quick",
        base="quick",
        network=NetworkSpec(
            trunk=CompactSpec(stem_width="whitened", stage_widths=(24, 48, 96)),
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


def finetune() -> Recipe:
    """A pretrained trunk, moved gently: linear heads first and fast, the trunk later and more slowly.

    For photographs of 64 pixels and more. Its length is a number of steps, however few images there are.
    """
    return Recipe(
        name="finetune",
        base="finetune",
        network=NetworkSpec(
            trunk=TimmTrunkSpec(backbone="tf_efficientnet_lite0.in1k", weights="hub", drop_path=0.1),
            branch=BranchSpec(fc_1=(), fc_2=()),
            conventions="modern",
        ),
        epochs=10,
        batch_size=64,
        min_steps=1500,
        optimizer=AdamW(learning_rate=2e-3, weight_decay=0.05),
        schedule="cosine",
        # A trunk with kept statistics bears three times the rate when it rises slowly.
        warmup_ratio=0.25,
        trunk_rate_ratio=0.3,
        trunk_statistics="kept",
        frozen_ratio=0.1,
        label_smoothing=0.1,
        augmentation=Crop(min_area_ratio=0.35, brightness=0.3, contrast=0.3, saturation=0.3),
        normalisation="standard",
        side_pixels=224,
    )


RECIPES: dict[str, Callable[[], Recipe]] = {
    "original": original,
    "fast": fast,
    "compact": compact,
    "accurate": accurate,
    "quick": quick,
    "finetune": finetune,
}
