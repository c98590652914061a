"""`python -m benchmarks.precisions`: a training step in each precision and layout, network by network.

In alternation, in CPU-seconds of one thread. bf16 only where the processor multiplies it. The trunks have
random weights: what they are changes no time. Decision 51 rests on it.
"""

from __future__ import annotations

import itertools
import time
from statistics import median
from typing import Annotated

import torch
import typer

from benchmarks.command import run_main
from benchmarks.crops import FULL, noise, recipe_with
from taskgraft.architecture import catalogue
from taskgraft.data import Dataset
from taskgraft.hardware import choose_hardware
from taskgraft.network import depthwise_share
from taskgraft.printing import say_json
from taskgraft.training import Job
from taskgraft.training._batches import Batch
from taskgraft.training._begin import first_state
from taskgraft.training._step import Step

_LAYOUTS = ("channels-last", "channels-first")
_TRUNKS = ("tf_efficientnet_lite0", "mobilenetv3_large_100", "resnet18", "convnext_atto")


def steps(trunk: str, data: Dataset) -> dict[str, Step]:
    """A step of the network in every way that this processor has."""
    hardware = choose_hardware("cpu", 1)
    made = {}
    for precision, layout in itertools.product(dict.fromkeys(("f32", hardware.precision)), _LAYOUTS):
        recipe = recipe_with(FULL, trunk).model_copy(update={"precision": precision, "layout": layout})
        job = Job(catalogue(data.taxonomy.level_names)["shared"], data, recipe, hardware)
        state = first_state(job, 0)
        made[f"{precision} {layout}"] = Step(state.network.train(), state.balancer, state.optimizer, job)
    return made


def images_per_second(trunk: str, data: Dataset, rounds: int) -> dict[str, float]:
    """Images that a second of one core trains on, in every way."""
    made = steps(trunk, data)
    num_images = len(data.images) // 4
    batch = Batch(
        torch.from_numpy(data.images[:num_images]).float(), torch.from_numpy(data.labels[:num_images])
    )
    seconds: dict[str, list[float]] = {name: [] for name in made}
    for _ in range(1 + rounds):
        for name, step in made.items():
            started = time.process_time()
            step(batch)
            seconds[name].append(time.process_time() - started)
    # The first of each asks for memory, and chooses kernels.
    return {name: round(num_images / median(each[1:]), 1) for name, each in seconds.items()}


def main(
    trunks: Annotated[list[str] | None, typer.Argument()] = None, size: int = 96, rounds: int = 3
) -> None:
    """Prints images a CPU-second of each network, as JSON."""
    data = noise(size)
    for trunk in trunks or _TRUNKS:
        share = depthwise_share(recipe_with(FULL, trunk).network.trunk, data.image_shape)
        speed = images_per_second(trunk, data, rounds)
        say_json({"trunk": trunk, "size": size, "depthwise": round(share, 4), "images_per_second": speed})


if __name__ == "__main__":
    run_main(main)
