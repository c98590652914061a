"""`python -m benchmarks.crops`: what the augmentation of photographs costs beside a step of `finetune`.

In alternation, in CPU-seconds, so that what others do on the machine is not counted. The trunk has random
weights: what they are changes no time.
"""

from __future__ import annotations

import time
from statistics import median

import numpy as np
import torch

from benchmarks.command import run_main
from taskgraft.architecture import catalogue
from taskgraft.data import Dataset
from taskgraft.data.augmentation import Mixing, augmenter
from taskgraft.data.sources import from_arrays
from taskgraft.hardware import choose_hardware
from taskgraft.network import stream_generator
from taskgraft.printing import say_json
from taskgraft.recipe import Crop, Recipe, TimmTrunkSpec, recipe
from taskgraft.training import Job, follow_hardware
from taskgraft.training._batches import Batch
from taskgraft.training._begin import first_state
from taskgraft.training._step import Step

_BATCH_SIZE = 16
_NUM_BATCHES = 4
_PLAIN = Crop(min_area_ratio=0.5)
FULL = Crop(min_area_ratio=0.5, brightness=0.3, contrast=0.3, saturation=0.3, erase_probability=0.25)
AUGMENTATIONS = {
    "crops, colours, erased parts": FULL,
    "crops, colours with hue, erased parts": FULL.model_copy(update={"hue": 0.1}),
    "crops, trivial-augment": _PLAIN.model_copy(update={"policy": "trivial-augment"}),
    "crops, rand-augment": _PLAIN.model_copy(update={"policy": "rand-augment"}),
    "crops, mixup": _PLAIN.model_copy(update={"mixup_alpha": 0.2}),
    "crops, mixup, cutmix": _PLAIN.model_copy(update={"mixup_alpha": 0.2, "cutmix_alpha": 1.0}),
    "everything": FULL.model_copy(update={"policy": "rand-augment", "mixup_alpha": 0.2, "cutmix_alpha": 1.0}),
}


def recipe_with(crop: Crop, trunk: str) -> Recipe:
    """The recipe on a trunk with random weights."""
    base = recipe("finetune")
    network = base.network.model_copy(update={"trunk": TimmTrunkSpec(backbone=trunk)})
    changes = {"network": network, "augmentation": crop, "batch_size": _BATCH_SIZE, "frozen_ratio": 0.0}
    return base.model_copy(update=changes)


def noise(size: int) -> Dataset:
    """A few batches of random pixels, in 16 classes of 4 kinds; the last for val and test."""
    total = _NUM_BATCHES * _BATCH_SIZE
    images = np.random.default_rng(0).integers(0, 256, (total, 3, size, size), dtype=np.uint8)
    classes = np.arange(total) % 16
    positions = np.arange(total)
    labels = {"kind": (classes // 4).tolist(), "thing": classes.tolist()}
    return from_arrays(images, labels, val=positions[-16:-8], test=positions[-8:])


class Augmented:
    """Batches of one augmentation, as a training makes them.

    Args:
        spec: Of what.
        data: Of which images.
    """

    def __init__(self, spec: Crop, data: Dataset) -> None:
        generator = stream_generator(0, "augmentation")
        self._pixels, self._targets = torch.from_numpy(data.images), torch.from_numpy(data.labels)
        self._indices = torch.arange(_BATCH_SIZE)
        self._crops, self._mixing = augmenter(spec), Mixing(spec) if spec.is_mixing else None
        self._draws = self._crops.draw(len(data.images), data.image_shape, generator)
        self._mixes = None if self._mixing is None else self._mixing.draw(len(data.images), generator)

    def batch(self, number: int) -> Batch:
        """The images of the first batch, with the draws of another."""
        drawn = slice(number * _BATCH_SIZE, (number + 1) * _BATCH_SIZE)
        images = self._crops.apply(self._pixels, self._indices, self._draws[drawn])
        shares = None
        if self._mixing is not None and self._mixes is not None:
            images, shares = self._mixing.apply(images, self._mixes[drawn])
        return Batch(images, self._targets[:_BATCH_SIZE], shares)


def main(size: int = 128, trunk: str = "tf_efficientnet_lite0", rounds: int = 9) -> None:
    """Prints milliseconds of CPU an image, and the shares of a step, as JSON."""
    data = noise(size)
    hardware = choose_hardware("cpu", 1)
    # In the precision that a study would choose.
    recipe = follow_hardware(recipe_with(FULL, trunk), data.image_shape, hardware)
    job = Job(catalogue(data.taxonomy.level_names)["shared"], data, recipe, hardware)
    state = first_state(job, 0)
    step = Step(state.network.train(), state.balancer, state.optimizer, job)
    augmented = {name: Augmented(spec, data) for name, spec in AUGMENTATIONS.items()}
    seconds: dict[str, list[float]] = {name: [] for name in ("step", *augmented)}
    for number in range(rounds):
        for name, each in augmented.items():
            started = time.process_time()
            batch = each.batch(number % _NUM_BATCHES)
            seconds[name].append(time.process_time() - started)
        started = time.process_time()
        step(batch)
        seconds["step"].append(time.process_time() - started)
    # The first of each asks for memory.
    ms = {name: 1000 * median(each[1:]) / _BATCH_SIZE for name, each in seconds.items()}
    shares = {name: round(ms[name] / ms["step"], 4) for name in augmented}
    say_json({"size": size, "ms": {name: round(each, 3) for name, each in ms.items()}, "shares": shares})


if __name__ == "__main__":
    run_main(main)
