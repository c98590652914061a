"""What it costs to keep the state of a run."""

from __future__ import annotations

import tempfile
from functools import partial
from pathlib import Path

from taskgraft.architecture.spec import Architecture
from taskgraft.data.dataset import Dataset
from taskgraft.hardware.device import Hardware
from taskgraft.study.files import write_whole
from taskgraft.training.batches import num_batches
from taskgraft.training.checkpoint import INTERVAL_SECONDS, MOST_SHARE, Checkpoints
from taskgraft.training.history import Silent
from taskgraft.training.recipe import Recipe
from taskgraft.training.train import train

_NUM_STEPS = 2


def save_seconds(
    architecture: Architecture, data: Dataset, recipe: Recipe, hardware: Hardware, directory: Path
) -> float:
    """Seconds to save a run whose optimizer has momenta, until it is on the disk.

    Args:
        architecture: What is trained, for two steps.
        data: What on; its val split is scored once.
        recipe: How.
        hardware: Where and how to compute.
        directory: On the disk in question; nothing is left there.
    """
    epochs = _NUM_STEPS / num_batches(recipe, data)
    short = recipe.model_copy(update={"epochs": epochs, "early_stop": None})
    with tempfile.TemporaryDirectory(dir=directory) as folder:
        # After each step; the last save is told.
        write = partial(write_whole, make_parents=False)
        kept = Checkpoints(Path(folder), "bench", write, interval_seconds=0.0, most_share=1e9)
        train(architecture, data, short, 0, hardware, Silent(), kept)
    return kept.save_seconds


def checkpoint_share(seconds: float, epoch_seconds: float) -> float:
    """Share of a run's time that saving takes with the default settings.

    Args:
        seconds: Of a save.
        epoch_seconds: Of an epoch.

    Example:
        >>> checkpoint_share(0.12, 60.0), checkpoint_share(0.12, 600.0), checkpoint_share(0.12, 1.0)
        (0.002, 0.001, 0.01)
    """
    return seconds / max(min(epoch_seconds, INTERVAL_SECONDS), seconds / MOST_SHARE)
