"""Studies in no time: nothing is trained, and what is predicted of a picture can be told from its pixels."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

from taskgraft.data import Dataset
from taskgraft.events import TrainingStarted, silent
from taskgraft.execution import compare
from taskgraft.history import Epoch
from taskgraft.recipe import Recipe
from taskgraft.study import Study
from taskgraft.training import Job, new_network


def picture_of(identity: int) -> np.ndarray:
    """A picture of 16 x 16 in one colour, whose red says which it is: shape (3, 16, 16)."""
    colour = np.array([identity, identity * 7 % 256, 255 - identity], dtype=np.uint8)
    return np.broadcast_to(colour[:, None, None], (3, 16, 16)).copy()


def logits_of(identities: np.ndarray, level: int, num_classes: int) -> np.ndarray:
    """What the oracle says of pictures at a level: another class and another confidence for each."""
    logits = np.zeros((len(identities), num_classes), dtype=np.float32)
    logits[np.arange(len(identities)), (identities * 5 + level) % num_classes] = 1 + identities / 64
    return logits


def oracle_study(
    data: Dataset,
    recipe: Recipe,
    out: Path,
    listener: Callable[[Any], None] | None = None,
    names: str = "shared",
) -> Study:
    """A study whose runs were never trained and predict what `logits_of` says."""
    with (
        patch("taskgraft.execution._run.training_events", _untrained),
        patch("taskgraft.execution._run.predict_logits", _predict),
        patch("taskgraft.execution._compare.measure_predictions"),
    ):
        return compare(data, names, recipe, 1, out=out, num_threads=1, listener=listener or silent)


def _untrained(job: Job, *_: Any) -> Any:
    nothing = dict.fromkeys(job.data.taxonomy.level_names, 0.0)
    epoch = Epoch(
        epoch=1,
        step=1,
        seconds=0.1,
        learning_rate=0.1,
        train_loss=0.0,
        train_losses=nothing,
        val_losses=nothing,
        val_accuracies=nothing,
    )
    yield TrainingStarted(1)
    return new_network(job).eval(), [epoch]


def _predict(network: Any, data: Dataset, split: Any, hardware: Any, **_: Any) -> list[Any]:
    identities = data.images[data.indices[split], 0, 0, 0].astype(np.int64)
    return [logits_of(identities, i, num) for i, num in enumerate(data.taxonomy.num_classes)]
