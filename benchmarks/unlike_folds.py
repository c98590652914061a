"""`python -m benchmarks.unlike_folds DATA WEIGHTS OUT`: val splits that look unlike train, made of train.

Photographs of one session are next to copies of each other: a val split that is drawn among them is too easy
to choose by. Here each class is cut into eight groups by how its pictures look to a trunk that nobody tuned,
and whole groups are held out, in three folds. Every fold is a folder that `taskgraft` reads: `train` and
`val` are parts of the train split of DATA, and `test` is its val split; its test split is nowhere.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.cluster import AgglomerativeClustering  # type: ignore[import-untyped]
from sklearn.preprocessing import StandardScaler, normalize  # type: ignore[import-untyped]
from torch import nn

from benchmarks.command import run_main
from benchmarks.frozen_probe import Floats, pooled_features
from benchmarks.plain_finetune import Plain
from taskgraft.data.sources import load
from taskgraft.hardware import choose_hardware
from taskgraft.printing import say_json

NUM_FOLDS, NUM_GROUPS = 3, 8
Integers = NDArray[np.integer]


def folds(features: Floats, classes: Integers) -> Integers:
    """The fold of each picture, (N,).

    Args:
        features: Of the pictures, (N, D).
        classes: Of the pictures, (N,).
    """
    directions = normalize(StandardScaler().fit_transform(features))
    generator = np.random.default_rng(0)
    result = np.zeros(len(classes), dtype=np.int64)
    for each in np.unique(classes):
        places = np.flatnonzero(classes == each)
        for fold, group in _held_out(directions[places], generator):
            result[places[group]] = fold
    return result


def _held_out(directions: Floats, generator: np.random.Generator) -> Iterator[tuple[int, Integers]]:
    """The groups of one class, each with its fold: the largest first, to the fold that has the fewest."""
    if len(directions) < 2:
        yield 0, np.arange(len(directions))
        return
    clusters = AgglomerativeClustering(min(NUM_GROUPS, len(directions)), metric="cosine", linkage="complete")
    labels = clusters.fit_predict(directions)
    sizes, order = np.zeros(NUM_FOLDS), generator.permutation(NUM_FOLDS)
    for label in np.argsort(-np.bincount(labels), kind="stable"):
        fold = int(order[np.argmin(sizes[order])])
        group = np.flatnonzero(labels == label)
        sizes[fold] += len(group)
        yield fold, group


def main(
    data: Path,
    weights: Path,
    out: Path,
    trunk: str = "timm/tf_efficientnet_lite0",
    size: int = 96,
) -> None:
    """Writes the folds, and prints how many pictures each holds out."""
    choose_hardware("cpu", 1)
    pictures = load(data, size=size, levels=["kind", "variety"])
    model = Plain(trunk, str(weights), pictures)
    model.head = nn.Identity()  # type: ignore[assignment]
    model.to(memory_format=torch.channels_last).eval()  # type: ignore[call-overload]
    held_out = folds(pooled_features(model, pictures, "train"), pictures.labels_of("train")[:, -1])
    names = [pictures.name_of(int(place)) for place in pictures.indices["train"]]
    for fold in range(NUM_FOLDS):
        root = out / f"fold-{fold}"
        for name, its in zip(names, held_out, strict=True):
            path = root / ("val" if its == fold else "train") / Path(name).relative_to("train")
            path.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(data / name, path)
        shutil.copytree(data / "val", root / "test")
    say_json({"held_out": np.bincount(held_out, minlength=NUM_FOLDS).tolist()})


if __name__ == "__main__":
    run_main(main)
