"""One run attempted: finished, or failed with a record that says why. The study goes on either way."""

from __future__ import annotations

import contextlib
from dataclasses import replace

from taskgraft.data import Dataset
from taskgraft.errors import RunError
from taskgraft.execution._run import execute_run
from taskgraft.execution._run_spec import RunSpec
from taskgraft.hardware import Hardware
from taskgraft.history import Observer
from taskgraft.recipe import Recipe
from taskgraft.study import FAILURE, FailureRecord, RunRecord, describe_environment, write_record
from taskgraft.training import FEWEST, MOST_HALVINGS, remove_checkpoints


def attempt_run(
    spec: RunSpec, data: Dataset, hardware: Hardware, observer: Observer
) -> RunRecord | FailureRecord:
    """Does a run, with smaller batches where the spec allows them and the memory needs them.

    Args:
        spec: The run, whose lock is held.
        data: What it is on, open.
        hardware: Where and how to compute, set up.
        observer: Hears of its progress, and of batches that are halved.

    Returns:
        The record of the run, which is finished; or that of its failure.

    Raises:
        StudyError: If a file cannot be written.
    """
    label = f"{spec.variant.name} seed {spec.seed}"
    if spec.batch_size is not None:
        observer.on_note(f"{label}: was out of memory before; begins with batches of {spec.batch_size:,}.")
    while True:
        try:
            record = execute_run(spec, data, hardware, observer)
        except RunError as error:
            failure = _failure(error, spec, data, hardware)
        else:
            with contextlib.suppress(OSError):
                (spec.directory / FAILURE).unlink(missing_ok=True)
            return record
        write_record(spec.directory / FAILURE, failure, make_parents=False)
        if failure.kind == "diverged":
            # Resumed, it would diverge again; what was only short of memory can go on.
            remove_checkpoints(spec.directory)
        batch_size = halved(failure, spec.variant.recipe) if spec.auto_batch else None
        if batch_size is None:
            return failure
        spec = replace(spec, batch_size=batch_size)
        observer.on_note(
            f"{label}: out of memory with batches of {failure.batch_size:,} images; "
            f"begins again with {batch_size:,}, at the same learning rate."
        )


def halved(failure: FailureRecord, recipe: Recipe) -> int | None:
    """Half the batch size that a run had not the memory for; None if it failed of something else.

    None, too, below a 16th of the recipe's: training would hardly be the same any more.
    """
    half = failure.batch_size // 2
    is_short = failure.kind == "out of memory" and half >= max(FEWEST, recipe.batch_size >> MOST_HALVINGS)
    return half if is_short else None


def _failure(error: RunError, spec: RunSpec, data: Dataset, hardware: Hardware) -> FailureRecord:
    return FailureRecord.of(
        error,
        variant=spec.variant.name,
        seed=spec.seed,
        batch_size=min(spec.recipe.batch_size, data.num_images["train"]),
        environment=describe_environment(hardware),
        identity=spec.identity,
    )
