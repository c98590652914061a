"""A run before its first step, or where its newest checkpoint left it."""

from __future__ import annotations

from collections.abc import Generator

import torch

from taskgraft.events import Note, RunEvent, TrainingResumed
from taskgraft.network import Network, stream_generator
from taskgraft.probe import Probe
from taskgraft.recipe import Recipe
from taskgraft.training._batches import num_batches, num_steps
from taskgraft.training._build import new_network, untrained_network
from taskgraft.training._checkpoint import Checkpoints, UnfitError
from taskgraft.training._job import Job
from taskgraft.training._loss import level_weights
from taskgraft.training._optimizer import build_optimizer
from taskgraft.training._state import TrainingState
from taskgraft.training.balancers import BALANCERS


def begin(
    job: Job, seed: int, checkpoints: Checkpoints | None, probes: list[Probe]
) -> Generator[RunEvent, None, TrainingState]:
    """The state of the newest checkpoint that fits the run, or that before the first step.

    Args:
        job: What is trained.
        seed: Of the run.
        checkpoints: Of the run, if it has any.
        probes: Where its probes stand, and those of the checkpoint come to stand.

    Yields:
        A note for each checkpoint that is not used, and the step behind which training goes on.

    Raises:
        RequestError: If the recipe names a balancer that does not exist.
        UnreadableError: If a checkpoint cannot be read now.
    """
    notes: list[str] = []
    for snapshot in checkpoints.snapshots(notes.append) if checkpoints is not None else ():
        state = state_of(new_network(job), job.recipe, seed)
        state.probes = probes
        try:
            state.take_up(snapshot, num_steps(job.recipe, job.data), num_batches(job.recipe, job.data))
        except UnfitError as error:
            notes.append(f"A checkpoint of {job.architecture.name} is {error}, and is not used.")
        else:
            yield from map(Note, notes)
            yield TrainingResumed(state.step, tuple(state.history))
            return state
    yield from map(Note, notes)
    state = first_state(job, seed)
    state.probes = probes
    return state


def first_state(job: Job, seed: int) -> TrainingState:
    """The state before the first step; the global random stream is set to where a run's dropout begins."""
    state = state_of(untrained_network(job, seed), job.recipe, seed)
    # Dropout draws from the global stream; its masks differ in shape between architectures anyway.
    torch.manual_seed(stream_generator(seed, "dropout").initial_seed())
    return state


def state_of(network: Network, recipe: Recipe, seed: int) -> TrainingState:
    """The state of a network before its first step, with the recipe's optimizer and balancer."""
    weights = level_weights(len(network.architecture.branched), recipe.finest_weight)
    kind, settings = BALANCERS[recipe.balancing.kind], recipe.balancing.settings
    balancer = kind(weights.to(network.pixel_mean.device), seed, **settings)
    return TrainingState.of(network, build_optimizer(network, recipe), balancer)
