"""The training loop, from the first step to the last."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager
from itertools import islice

from taskgraft.architecture import Architecture
from taskgraft.data import Dataset
from taskgraft.events import (
    BatchServed,
    EpochDone,
    RunEvent,
    StepDone,
    TrainingStarted,
    WeightsMoved,
    drained,
    silent,
)
from taskgraft.failpoint import failpoint
from taskgraft.hardware import Hardware
from taskgraft.history import Epoch
from taskgraft.network import Network
from taskgraft.recipe import Recipe
from taskgraft.stopping import STOP, Stopped
from taskgraft.training._batches import Batches, num_steps
from taskgraft.training._begin import begin
from taskgraft.training._checkpoint import Checkpoints
from taskgraft.training._epoch_end import epoch_row, has_stalled
from taskgraft.training._freezing import num_frozen
from taskgraft.training._growth import shrink, side_ratio
from taskgraft.training._job import Job
from taskgraft.training._optimizer import set_learning_rate
from taskgraft.training._state import TrainingState
from taskgraft.training._step import Step
from taskgraft.training.diagnosis import Diagnosis

Trained = tuple[Network, list[Epoch]]


def train(
    architecture: Architecture,
    data: Dataset,
    recipe: Recipe,
    seed: int,
    hardware: Hardware,
    checkpoints: Checkpoints | None = None,
    listener: Callable[[RunEvent], None] = silent,
) -> Trained:
    """Trains one architecture from one seed.

    The same seed, machine, threads and versions give bit-identical weights, cut off and resumed or not.
    Neither the test split nor the validation scores have a say in the result.

    Args:
        architecture: What to train.
        data: Its train split is trained on, its val split scored after each epoch.
        recipe: Every number of the run.
        seed: Decides initial weights, order, augmentation and dropout.
        hardware: Device, precision and layout.
        checkpoints: Of this run: it resumes from the newest, and saves its state into them.
        listener: Called with each event.

    Returns:
        The network in evaluation mode on the hardware's device, and a row for each epoch.

    Raises:
        DivergedError: If a loss stops being a finite number; at the end of its epoch at the latest.
        RequestError: If the recipe names a balancer that does not exist.
        StudyError: If a checkpoint cannot be written.
        Stopped: If the process is to stop: behind the step under way, with its state saved.
    """
    job = Job(architecture, data, recipe, hardware)
    return drained(training_events(job, seed, checkpoints), listener)


def training_events(
    job: Job, seed: int, checkpoints: Checkpoints | None = None, diagnosis: Diagnosis | None = None
) -> Generator[RunEvent, None, Trained]:
    """The training of `train`, as a generator that continues to its next event on request.

    What must not be left half done lies between two events and holds a stop back, the time of whoever
    listens included: a stop then comes behind the step, and the state is saved.

    Args:
        job: What is trained, on what, how and where.
        seed: As for `train`.
        checkpoints: As for `train`.
        diagnosis: Of this run: it looks at epochs that have ended.

    Yields:
        What happens, in order.

    Returns:
        What `train` returns.
    """
    recipe = job.recipe
    last_step = num_steps(recipe, job.data)
    frozen = num_frozen(recipe, last_step)
    yield TrainingStarted(last_step)
    state = yield from begin(job, seed, checkpoints, [] if diagnosis is None else diagnosis.probes)
    step = Step(state.network, state.balancer, state.optimizer, job)
    # The others of a team go on from the same checkpoint, and leave it to the first to save.
    checkpoints = checkpoints if job.team.is_first else None
    places = job.architecture.branched_places
    batches = Batches(job.data, recipe, seed, job.hardware.device, places, job.team)
    with _saved_when_stopped(state, checkpoints):
        while not _is_over(state, recipe, last_step):
            state.network.train()
            with state.timed():
                rest = batches.epoch(len(state.history), state.step_in_epoch)
                for served in islice(rest, last_step - state.step):
                    images = shrink(served.images, side_ratio(recipe.growth, state.step, last_step))
                    batch = served._replace(images=images)
                    with STOP.held():
                        yield BatchServed()
                        set_learning_rate(state.optimizer, recipe, state.step, last_step)
                        losses = step(batch, is_frozen=state.step < frozen)
                        yield WeightsMoved()
                        state.end_step(losses, batch.targets)
                        yield StepDone(state.step)
                    failpoint("train.step")
                    if _is_due(checkpoints, epoch_ended=False):
                        break
                # It waits for the device, so that the clock is right.
                state.check_finite()
            has_ended = state.step == last_step or state.step_in_epoch == batches.num_batches
            if has_ended:
                failpoint("train.validate")
                row = epoch_row(state, job)
                with STOP.held():
                    if diagnosis is not None and state.step > frozen:
                        diagnosis.end_epoch(state.network, batches, state.step, len(state.history) + 1)
                    state.end_epoch(row)
                    yield EpochDone(row)
            if checkpoints is not None and _is_due(checkpoints, epoch_ended=has_ended):
                checkpoints.save(state.snapshot())
                failpoint("train.saved")
    return state.network.eval(), state.history


def _is_over(state: TrainingState, recipe: Recipe, last_step: int) -> bool:
    # A run that was stopped while its last epoch was validated has that left to do.
    has_steps_left = state.step < last_step or state.step_in_epoch > 0
    return not has_steps_left or has_stalled(state.history, recipe.early_stop)


@contextmanager
def _saved_when_stopped(state: TrainingState, checkpoints: Checkpoints | None) -> Iterator[None]:
    """Saves the state when the work within is stopped, which it is between two steps."""
    try:
        yield
    except Stopped as stopped:
        # Whoever stops it a second time stops it within a step, perhaps, and does not want to wait.
        if checkpoints is not None and not stopped.is_at_once:
            checkpoints.save(state.snapshot())
        raise


def _is_due(checkpoints: Checkpoints | None, *, epoch_ended: bool) -> bool:
    return checkpoints is not None and checkpoints.is_due(epoch_ended=epoch_ended)
