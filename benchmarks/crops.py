"""`python -m benchmarks.crops`: what crops, colours and erased parts cost beside a step of `finetune`.

In alternation, in CPU-seconds, so that what others do on the machine is not counted. The trunk has random
weights: what they are changes no time.
"""

from __future__ import annotations

import time
from statistics import median

import numpy as np
import torch
import typer

from taskgraft.architecture import catalogue
from taskgraft.data import Dataset
from taskgraft.data.augmentation import augmenter
from taskgraft.data.sources import from_arrays
from taskgraft.hardware import choose_hardware
from taskgraft.network import stream_generator
from taskgraft.printing import say_json
from taskgraft.recipe import Crop, Recipe, TimmTrunkSpec, recipe
from taskgraft.training import Job
from taskgraft.training._begin import first_state
from taskgraft.training._step import Step

_BATCH_SIZE = 16
FULL = Crop(min_area_ratio=0.5, brightness=0.3, contrast=0.3, saturation=0.3, erase_probability=0.25)


def recipe_with(crop: Crop, trunk: str) -> Recipe:
    """The recipe on a trunk with random weights."""
    base = recipe("finetune")
    network = base.network.model_copy(update={"trunk": TimmTrunkSpec(backbone=trunk)})
    changes = {"network": network, "augmentation": crop, "batch_size": _BATCH_SIZE, "frozen_ratio": 0.0}
    return base.model_copy(update=changes)


def noise(size: int) -> Dataset:
    """Four batches of random pixels, in 16 classes of 4 kinds; the last for val and test."""
    total = 4 * _BATCH_SIZE
    images = np.random.default_rng(0).integers(0, 256, (total, 3, size, size), dtype=np.uint8)
    classes = np.arange(total) % 16
    positions = np.arange(total)
    labels = {"kind": (classes // 4).tolist(), "thing": classes.tolist()}
    return from_arrays(images, labels, val=positions[-16:-8], test=positions[-8:])


def main(size: int = 128, trunk: str = "tf_efficientnet_lite0", rounds: int = 9) -> None:
    """Prints milliseconds of CPU an image, and the share, as JSON."""
    data = noise(size)
    job = Job(
        catalogue(data.taxonomy.level_names)["shared"],
        data,
        recipe_with(FULL, trunk),
        choose_hardware("cpu", 1),
    )
    state = first_state(job, 0)
    step = Step(state.network.train(), state.balancer, state.optimizer, job)
    crops = augmenter(FULL)
    pixels, targets = torch.from_numpy(data.images), torch.from_numpy(data.labels)
    indices = torch.arange(_BATCH_SIZE)
    draws = crops.draw(_BATCH_SIZE, data.image_shape, stream_generator(0, "augmentation"))
    augmented, stepped = [], []
    for _ in range(rounds):
        started = time.process_time()
        images = crops.apply(pixels, indices, draws)
        middle = time.process_time()
        step(images, targets[:_BATCH_SIZE])
        augmented.append(middle - started)
        stepped.append(time.process_time() - middle)
    crops_ms, step_ms = (1000 * median(seconds) / _BATCH_SIZE for seconds in (augmented, stepped))
    say_json(
        {
            "size": size,
            "crops_ms": round(crops_ms, 3),
            "step_ms": round(step_ms, 2),
            "share": round(crops_ms / step_ms, 4),
        }
    )


if __name__ == "__main__":
    typer.run(main)
