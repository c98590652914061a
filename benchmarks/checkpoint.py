"""What it costs to keep the state of a run: a real save, as often as the default rule makes one."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from taskgraft.architecture import Architecture
from taskgraft.data import Dataset
from taskgraft.errors import StudyError
from taskgraft.file_writing import write_bytes
from taskgraft.hardware import Hardware
from taskgraft.recipe import Recipe
from taskgraft.training import INTERVAL_SECONDS, MOST_SHARE, Checkpoints, num_batches, num_steps, train

_NUM_STEPS = 2


@contextmanager
def scratch_folder(directory: Path) -> Iterator[Path]:
    """A folder that is gone afterwards, on the disk in question.

    Args:
        directory: Where to make it: in memory, as many systems keep their temporary files, a save costs less.

    Raises:
        StudyError: If it cannot be made there.
    """
    try:
        made = tempfile.TemporaryDirectory(
            prefix=".taskgraft-bench-", dir=directory, ignore_cleanup_errors=True
        )
    except OSError as error:
        raise StudyError.expected(
            str(directory.absolute()),
            "writable",
            error.strerror or error,
            "The bench times saves there: start it in a directory where studies are kept.",
        ) from error
    with made as folder:
        yield Path(folder)


def save_seconds(
    architecture: Architecture, data: Dataset, recipe: Recipe, hardware: Hardware, folder: Path
) -> float:
    """Seconds to save a run whose optimizer has momenta, until it is on the disk.

    Args:
        architecture: What is trained, for two steps.
        data: What on; its val split is scored once.
        recipe: How.
        hardware: Where and how to compute.
        folder: On the disk in question; nothing is left there.
    """
    epochs = _NUM_STEPS / num_batches(recipe, data)
    short = recipe.model_copy(update={"epochs": epochs, "early_stop": None})
    # After each step; the last save counts.
    write = partial(write_bytes, make_parents=False)
    kept = Checkpoints(folder, "bench", write, interval_seconds=0.0, most_share=1e9)
    train(architecture, data, short, 0, hardware, kept)
    kept.remove()
    return kept.save_seconds


def checkpoint_share(seconds: float, step_seconds: float, recipe: Recipe, data: Dataset) -> float:
    """Time that a run of full length saves, over the time that it trains, with the default settings.

    Args:
        seconds: Of a save.
        step_seconds: Of a step.
        recipe: How many epochs.
        data: How many steps in one.
    """
    steps = num_steps(recipe, data)
    count = num_saves(seconds, step_seconds, steps, num_batches(recipe, data))
    return count * seconds / (steps * step_seconds)


def num_saves(seconds: float, step_seconds: float, steps: int, steps_per_epoch: int) -> int:
    """How often a run saves its state with the default settings, all steps and all saves alike.

    Args:
        seconds: Of a save.
        step_seconds: Of a step.
        steps: Of the run.
        steps_per_epoch: Of an epoch.

    Example:
        Ten epochs of a minute: each is saved; every second one, where a save takes a second.

        >>> num_saves(0.5, 1.0, 600, 60), num_saves(1.0, 1.0, 600, 60)
        (10, 5)
    """
    count, since, least = 0, 0.0, 0.0
    for step in range(1, steps + 1):
        since += step_seconds
        has_ended = step % steps_per_epoch == 0 or step == steps
        if since >= least and (has_ended or since >= INTERVAL_SECONDS):
            count, since, least = count + 1, 0.0, seconds / MOST_SHARE
    return count
