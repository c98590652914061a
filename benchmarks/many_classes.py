"""`python -m benchmarks.many_classes`: what softmax and loss take of a step, with 10,000 leaves and 7 levels.

The step is that of a run of `shared`; the loss is timed by itself, forward and backward, on logits of the
same shapes and precision. CPU seconds, medians.
"""

from __future__ import annotations

import time
from statistics import median
from typing import Annotated

import numpy as np
import torch
import typer
from torch.nn import functional as F

from benchmarks.command import run_main
from benchmarks.large_tree import LEVELS, leaf_paths
from taskgraft.architecture import catalogue
from taskgraft.data import SPLITS, Dataset, Provenance
from taskgraft.events import StepDone
from taskgraft.hardware import Hardware, choose_hardware
from taskgraft.printing import say
from taskgraft.recipe import Recipe, recipe
from taskgraft.taxonomy import Level, Taxonomy
from taskgraft.training import Job, training_events

_HELD_OUT = 100


def bench(
    recipes: Annotated[list[str], typer.Option("--recipe", help="Whose step.")] = ["quick", "fast"],  # noqa: B006
    leaves: Annotated[int, typer.Option(help="Leaf classes.")] = 10_000,
    batch: Annotated[int, typer.Option(help="Images a step.")] = 128,
    steps: Annotated[int, typer.Option(help="Steps that count.")] = 8,
) -> None:
    """Measure the step, and the loss alone."""
    hardware = choose_hardware("cpu", 1)
    data = _data(leaves, batch * (steps + 2))
    for name in recipes:
        changes = {"growth": (), "epochs": 1.0, "batch_size": batch}
        chosen = recipe(name).model_copy(update=changes)
        step = _step_seconds(data, chosen, hardware, steps)
        loss = _loss_seconds(data, chosen, hardware, steps)
        say(name, f"step {1e3 * step:.1f} ms, softmax and loss {1e3 * loss:.1f} ms: {loss / step:.1%}")


def _step_seconds(data: Dataset, chosen: Recipe, hardware: Hardware, steps: int) -> float:
    job = Job(catalogue(data.taxonomy.level_names)["shared"], data, chosen, hardware)
    moments = []
    events = training_events(job, 0)
    for event in events:
        if isinstance(event, StepDone):
            moments.append(time.process_time())
        if len(moments) > steps + 1:
            break
    events.close()
    return median(np.diff(moments[1:]).tolist())


def _loss_seconds(data: Dataset, chosen: Recipe, hardware: Hardware, steps: int) -> float:
    targets = torch.from_numpy(data.labels_of("train")[: chosen.batch_size])
    shapes = [(chosen.batch_size, number) for number in data.taxonomy.num_classes]
    logits = [torch.randn(shape).to(hardware.dtype).requires_grad_() for shape in shapes]
    seconds = []
    for _ in range(steps + 2):
        start = time.process_time()
        losses = [
            F.cross_entropy(level.float(), target, label_smoothing=chosen.label_smoothing)
            for level, target in zip(logits, targets.unbind(1), strict=True)
        ]
        torch.autograd.backward(losses)
        for level in logits:
            level.grad = None
        seconds.append(time.process_time() - start)
    return median(seconds[2:])


def _data(num_leaves: int, num_train: int) -> Dataset:
    """Random images of 3 x 32 x 32 under the tree of `large_tree`."""
    rng, paths = np.random.default_rng(0), leaf_paths(num_leaves)
    total = num_train + 2 * _HELD_OUT
    images = rng.integers(0, 256, (total, 3, 32, 32), dtype=np.uint8)
    labels = paths[rng.integers(0, num_leaves, total)]
    parts = np.split(np.arange(total), [num_train, num_train + _HELD_OUT])
    indices = {split: part.astype(np.int64) for split, part in zip(SPLITS, parts, strict=True)}
    return Dataset(images, labels, _tree(paths), indices, Provenance("random", "random", False))


def _tree(paths: np.ndarray) -> Taxonomy:
    sizes = paths.max(axis=0) + 1
    levels = tuple(
        Level(name, tuple(f"{name} {k}" for k in range(size)))
        for name, size in zip(LEVELS, sizes.tolist(), strict=True)
    )
    firsts = [np.unique(column, return_index=True)[1] for column in paths.T]
    parents = tuple(tuple(paths[firsts[i], i - 1].tolist()) for i in range(1, len(LEVELS)))
    return Taxonomy(levels, parents)


if __name__ == "__main__":
    run_main(bench)
