"""`python -m benchmarks.lengths`: which batch and how many steps suit a train split of some size?

Trains `shared` from scratch, a run for each combination, and scores images of the train split that were held
out. The rule of `--recipe auto` was chosen with it. The test split is never looked at.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from benchmarks.command import run_main
from taskgraft.architecture import catalogue
from taskgraft.data import Dataset, Provenance
from taskgraft.data.sources import load
from taskgraft.events import silent
from taskgraft.hardware import Hardware, choose_hardware
from taskgraft.inference import predict_logits
from taskgraft.printing import say_json
from taskgraft.recipe import Recipe, changed, follow_images, recipe
from taskgraft.training import num_batches, train

_ARCHITECTURE = "shared"
# Scored after every epoch, which these runs do not need.
_FEW = 64


@dataclass(frozen=True)
class Length:
    """How a run is trained.

    Attributes:
        recipe: Its network and everything but the rest.
        batch_size: Images a step.
        num_steps: About how many.
        rate: The learning rate; None for the recipe's.
    """

    recipe: str
    batch_size: int
    num_steps: int
    rate: float | None = None

    def of(self, data: Dataset) -> Recipe:
        """The recipe for the data."""
        changes: dict[str, Any] = {"batch_size": self.batch_size}
        if self.rate is not None:
            changes["optimizer.learning_rate"] = self.rate
        chosen = follow_images(changed(recipe(self.recipe), changes), data.image_shape)
        return changed(chosen, {"epochs": self.num_steps / num_batches(chosen, data)})


def held_out(data: Dataset, num_train: int, num_val: int, seed: int) -> tuple[Dataset, Dataset]:
    """Some train images with a few of val to train on, and the same with all of val to be scored.

    Args:
        data: Its train and val splits are drawn from; its test split is left out.
        num_train: Train images.
        num_val: Held out, at most.
        seed: Of the draw.
    """
    both = np.concatenate([data.indices["train"], data.indices["val"]])
    drawn = np.random.default_rng(seed).permutation(both)
    train, val = np.sort(drawn[:num_train]), np.sort(drawn[num_train : num_train + num_val])
    nothing = np.empty(0, dtype=np.int64)
    name = Provenance(data.provenance.source, f"{len(train):,} of train", is_official=False)
    few, all_of_it = (
        Dataset(
            data.images,
            data.labels,
            data.taxonomy,
            {"train": train, "val": each, "test": nothing},
            name,
            needs=("train",),
        )
        for each in (val[:_FEW], val)
    )
    return few, all_of_it


def measured(data: tuple[Dataset, Dataset], length: Length, seed: int, hardware: Hardware) -> dict[str, Any]:
    """Accuracies on what was held out, in per cent, and CPU seconds of the training."""
    few, scored = data
    chosen = length.of(few)
    architecture = catalogue(list(few.taxonomy.level_names))[_ARCHITECTURE]
    began = time.process_time()
    network, history = train(architecture, few, chosen, seed, hardware, listener=silent)
    seconds = time.process_time() - began
    logits = predict_logits(network, scored, "val", hardware)
    labels = scored.labels_of("val")
    hits = np.stack([each.argmax(1) == labels[:, i] for i, each in enumerate(logits)], axis=1)
    accuracies = dict(zip(few.taxonomy.level_names, hits.mean(0), strict=True))
    percent = {name: round(100 * float(value), 1) for name, value in accuracies.items()}
    return {
        "recipe": length.recipe,
        "batch": length.batch_size,
        "steps": history[-1].step,
        "rate": length.rate,
        "seed": seed,
        "val": percent,
        "full_path": round(100 * float(hits.all(1).mean()), 1),
        "train_loss": round(history[-1].train_loss, 2),
        "cpu_seconds": round(seconds, 1),
    }


def runs(lengths: list[Length], data: tuple[Dataset, Dataset], seeds: int) -> Iterator[dict[str, Any]]:
    """Trains them all, one thread each."""
    hardware = choose_hardware("cpu", 1)
    for length, seed in itertools.product(lengths, range(seeds)):
        yield measured(data, length, seed, hardware)


def main(  # noqa: PLR0913 - options of the command line
    name: Annotated[str, typer.Argument(metavar="DATA", help="What `load` takes.")],
    data_dir: Path | None = None,
    size: int | None = None,
    num_train: int = 2000,
    num_val: int = 4000,
    recipes: str = "quick",
    batches: str = "64",
    steps: str = "1500",
    rates: str = "",
    seeds: int = 1,
) -> None:
    """Prints a line of JSON a run."""
    data = load(name, data_dir=data_dir, **({} if size is None else {"size": size}))
    both = held_out(data, num_train, num_val, 0)
    lengths = [
        Length(each, int(batch), int(count), float(rate) if rate else None)
        for each, batch, count, rate in itertools.product(
            recipes.split(","), batches.split(","), steps.split(","), rates.split(",")
        )
    ]
    for line in runs(lengths, both, seeds):
        say_json({"data": name, "train": len(both[0].indices["train"]), **line})


if __name__ == "__main__":
    run_main(main)
