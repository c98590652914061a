"""One run attempted: finished, or failed with a record that says why. The study goes on either way."""

from __future__ import annotations

import contextlib

from taskgraft.errors import RunError
from taskgraft.execution._plan import Plan, PlannedRun, halved
from taskgraft.execution._run import execute_run
from taskgraft.history import Observer
from taskgraft.study import (
    FAILURE,
    FailureRecord,
    RunRecord,
    describe_environment,
    run_directory,
    write_record,
)
from taskgraft.training import remove_checkpoints


def attempt_run(run: PlannedRun, plan: Plan, observer: Observer) -> RunRecord | FailureRecord:
    """Does a run, with smaller batches where the plan allows them and the memory asks for them.

    Args:
        run: Whose lock is held.
        plan: What it is of.
        observer: Told of its progress, and of batches that are halved.

    Returns:
        The record of the run, which is finished; or that of its failure.

    Raises:
        StudyError: If a file cannot be written.
    """
    name, recipe = run.architecture.name, plan.request.recipe
    directory = run_directory(plan.directory, name, run.seed)
    batch_size: int | None = plan.first_batch_size(run)
    if batch_size is not None:
        observer.on_note(
            f"{name} seed {run.seed}: was out of memory before; begins with batches of {batch_size:,}."
        )
    while True:
        chosen = recipe if batch_size is None else recipe.model_copy(update={"batch_size": batch_size})
        try:
            record = execute_run(
                run.architecture,
                plan.data,
                chosen,
                run.seed,
                plan.hardware,
                directory,
                observer,
                plan.request.identity(name),
                batch_size,
            )
        except RunError as error:
            failure = FailureRecord.of(
                error,
                name,
                run.seed,
                batch_size=min(chosen.batch_size, plan.data.num_images["train"]),
                environment=describe_environment(plan.hardware),
                identity=plan.request.identity(name),
            )
        else:
            with contextlib.suppress(OSError):
                (directory / FAILURE).unlink(missing_ok=True)
            return record
        write_record(directory / FAILURE, failure, make_parents=False)
        if failure.kind == "diverged":
            # Gone on with, it would diverge again; what was only short of memory can go on.
            remove_checkpoints(directory)
        batch_size = halved(failure, recipe) if plan.auto_batch else None
        if batch_size is None:
            return failure
        observer.on_note(
            f"{name} seed {run.seed}: out of memory with batches of {failure.batch_size:,} images; "
            f"begins anew with {batch_size:,}, at the same learning rate."
        )
