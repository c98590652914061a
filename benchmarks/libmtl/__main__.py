"""`python -m benchmarks.libmtl SOURCE`: the same methods in LibMTL's trainer and in ours, seed by seed.

SOURCE is a checkout of LibMTL. Both train ResNet-18 of timm with one linear head a level, from the same
weights, on the same batches, with SGD at one rate. Printed is the accuracy of every level, a mean over seeds
with its 95 % interval, and the interval of the difference between both.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch

from benchmarks.command import run_main
from benchmarks.libmtl.rows import ROWS, Length, Logits, Row, trained_by_us
from benchmarks.libmtl.theirs import import_libmtl, trained_by_libmtl
from taskgraft.data import Dataset
from taskgraft.data.sources import load
from taskgraft.printing import say, say_json
from taskgraft.scores import accuracy
from taskgraft.statistics import across_interval

Accuracies = npt.NDArray[np.float64]


def main(
    source: Path,
    seeds: int = 5,
    num_train: int = 2_000,
    num_test: int = 2_000,
    epochs: int = Length.epochs,
    only: str = "",
) -> None:
    """Train each row with both.

    Args:
        source: A checkout of LibMTL.
        seeds: How many.
        num_train: Images of `shapes` to train and choose on.
        num_test: Images to score on.
        epochs: Of each run.
        only: Rows whose names contain this.
    """
    torch.set_num_threads(1)
    library = import_libmtl(source)
    data = load("shapes", num_train=num_train, num_test=num_test)
    length = Length(epochs)
    for row in (row for row in ROWS if only in row.name):
        pairs = []
        for seed in range(seeds):
            ours = accuracies(trained_by_us(row, length, data, seed), data)
            theirs = accuracies(trained_by_libmtl(library, row, length, data, seed), data)
            pairs.append((ours, theirs))
            say(f"{row.name}, seed {seed}: ours {_percent(ours)}, LibMTL {_percent(theirs)}")
        say_json(figures(row, pairs, data.taxonomy.level_names))


def accuracies(logits: Logits, data: Dataset) -> Accuracies:
    """Of each level on the test split."""
    targets = data.labels_of("test")
    return np.array([accuracy(level.argmax(axis=1), targets[:, place]) for place, level in enumerate(logits)])


def figures(
    row: Row, pairs: Sequence[tuple[Accuracies, Accuracies]], level_names: Sequence[str]
) -> dict[str, Any]:
    """In points, by level: ours, LibMTL's and the difference, each a mean with its interval.

    Example:
        >>> pairs = [(np.array([0.50]), np.array([0.49])), (np.array([0.52]), np.array([0.53]))]
        >>> figures(ROWS[0], pairs, ["shape"])["shape"]["difference"]
        [0.0, -12.7, 12.7]
    """
    ours, theirs = (100 * np.stack(each) for each in zip(*pairs, strict=True))
    table: dict[str, Any] = {"row": row.name, "seeds": len(pairs)}
    for place, name in enumerate(level_names):
        columns = {"ours": ours, "libmtl": theirs, "difference": ours - theirs}
        table[name] = {key: _interval(values[:, place]) for key, values in columns.items()}
    return table


def _interval(values: Accuracies) -> list[float]:
    interval = across_interval(values.tolist())
    return [round(float(each), 1) for each in (interval.estimate, interval.low, interval.high)]


def _percent(values: Accuracies) -> str:
    return " ".join(f"{100 * value:.1f}" for value in values)


if __name__ == "__main__":
    run_main(main)
