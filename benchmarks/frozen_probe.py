"""`python -m benchmarks.frozen_probe`: what a logistic regression makes of features that nobody tuned.

The free rival of every tuned trunk: features of each whole picture, standardised on train, and scikit-learn's
logistic regression of the finest level, whose strength val chooses. The coarser levels follow from the class.
Beside it stands how often the most alike train picture is of the right class: where that is much rarer on val
and test than within train, these were taken elsewhere.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]
from sklearn.pipeline import make_pipeline  # type: ignore[import-untyped]
from sklearn.preprocessing import StandardScaler, normalize  # type: ignore[import-untyped]
from torch import nn

from benchmarks.command import run_main
from benchmarks.plain_finetune import SPLITS, Plain, Split
from taskgraft.data import Dataset
from taskgraft.data.sources import load
from taskgraft.hardware import choose_hardware
from taskgraft.printing import say_json

_STRENGTHS = tuple(10.0**power for power in range(-5, 2))
_AT_ONCE = 64
Floats = NDArray[np.floating]


@torch.no_grad()
def pooled_features(model: Plain, data: Dataset, split: Split) -> Floats:
    """What leaves the trunk for every picture of a split, (N, D)."""
    indices = data.indices[split]
    parts = np.array_split(indices, 1 + len(indices) // _AT_ONCE)
    return torch.cat([model(torch.from_numpy(data.images[part])) for part in parts]).numpy()


def accuracies(classes: NDArray[np.integer], data: Dataset, split: Split) -> dict[str, float]:
    """Accuracy of every level, the coarser ones those of the finest class, and of the full path."""
    targets, taxonomy = data.labels_of(split), data.taxonomy
    hits = np.stack(
        [taxonomy.ancestors(level)[classes] == targets[:, level] for level in range(taxonomy.num_levels)]
    )
    shares: list[float] = [*hits.mean(1).tolist(), float(hits.all(0).mean())]
    names = [*taxonomy.level_names, "path"]
    return dict(zip(names, shares, strict=True))


def nearest_accuracies(features: Mapping[Split, Floats], data: Dataset) -> dict[Split, float]:
    """How often the train picture whose features are most alike is of the right class, for each split.

    Alike is the cosine of features standardised on train; a train picture is compared with all others.
    """
    scaler = StandardScaler().fit(features["train"])
    directions = {split: normalize(scaler.transform(each)) for split, each in features.items()}
    classes = data.labels_of("train")[:, -1]
    right: dict[Split, float] = {}
    for split, each in directions.items():
        cosines = each @ directions["train"].T
        if split == "train":
            np.fill_diagonal(cosines, -np.inf)
        right[split] = float((classes[cosines.argmax(axis=1)] == data.labels_of(split)[:, -1]).mean())
    return right


def main(data: Path, weights: Path, trunk: str = "timm/tf_efficientnet_lite0", size: int = 96) -> None:
    """Fits one regression a strength and prints the accuracies of the best one on val as JSON."""
    choose_hardware("cpu", 1)
    pictures = load(data, size=size, levels=["kind", "variety"])
    model = Plain(trunk, str(weights), pictures)
    model.head = nn.Identity()  # type: ignore[assignment]
    model.to(memory_format=torch.channels_last).eval()  # type: ignore[call-overload]
    splits: tuple[Split, ...] = ("train", *SPLITS)
    features = {split: pooled_features(model, pictures, split) for split in splits}
    targets = pictures.labels_of("train")[:, -1]
    tried: list[dict[str, Any]] = []
    for strength in _STRENGTHS:
        probe = make_pipeline(StandardScaler(), LogisticRegression(C=strength, max_iter=2_000))
        probe.fit(features["train"], targets)
        scores: dict[str, Any] = {
            split: accuracies(probe.predict(features[split]), pictures, split) for split in SPLITS
        }
        tried.append({"trunk": trunk, "size": size, "C": strength, **scores})
    best = max(tried, key=lambda each: each["val"][pictures.taxonomy.level_names[-1]])
    say_json({**best, "nearest": nearest_accuracies(features, pictures)})


if __name__ == "__main__":
    run_main(main)
