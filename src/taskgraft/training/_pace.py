"""How fast this machine trains a network now: real steps, on the clock, for less than a second."""

from __future__ import annotations

import itertools
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch

from taskgraft.hardware import synchronise, using_threads
from taskgraft.network import Cost, cost
from taskgraft.training._batches import Batch, Batches, num_steps
from taskgraft.training._begin import state_of
from taskgraft.training._build import new_network
from taskgraft.training._freezing import num_frozen
from taskgraft.training._job import Job
from taskgraft.training._optimizer import Optimizer, set_learning_rate
from taskgraft.training._state import TrainingState
from taskgraft.training._step import Step
from taskgraft.training._work import operations, train_pflop

_LEAST_SECONDS, _MOST_STEPS, _WARM_UP = 0.15, 20, 1
# Multiply-accumulates of a step forward: of larger batches a part is measured.
_MOST_MACS = 5e9


@dataclass(frozen=True)
class Pace:
    """What training takes on this machine, as busy as it is.

    Attributes:
        seconds_per_pflop: Of forward and backward, the serving of batches included.
        seconds_per_step: What a step takes however large its batch is.
    """

    seconds_per_pflop: float
    seconds_per_step: float

    def seconds(self, job: Job) -> float:
        """What a run takes, its scores on the val split included.

        Args:
            job: The run.
        """
        steps = num_steps(job.recipe, job.data)
        scored = job.recipe.epochs * job.data.num_images["val"] * 2 * _cost(job).macs / 1e15
        pflop = train_pflop(job.architecture, job.recipe, job.data) + scored
        return pflop * self.seconds_per_pflop + steps * self.seconds_per_step


def measure_pace(job: Job) -> Pace:
    """Trains a network of the job for a moment, from weights of no run, and throws it away.

    Args:
        job: What is to be trained. Published weights are not fetched for it.
    """
    batch_size = min(job.batch_size, max(2, int(_MOST_MACS / _cost(job).macs)))
    part = replace(job, recipe=job.recipe.model_copy(update={"batch_size": batch_size}))
    with torch.random.fork_rng(devices=[]), using_threads(job.hardware.num_threads):
        state = state_of(new_network(part), part.recipe, 0)
        total, moving = _timed(state, part)
    of_images = operations(_cost(job), is_frozen=_is_never_moved(job)) * batch_size / 1e15
    return Pace((total - moving) / of_images, moving)


def _timed(state: TrainingState, job: Job) -> tuple[float, float]:
    """Seconds of a step, and those of them in which the optimizer moved the weights."""
    device, last = job.hardware.device, num_steps(job.recipe, job.data)
    is_frozen = _is_never_moved(job)
    optimizer = _TimedOptimizer(state.optimizer.groups)
    step = Step(state.network.train(), state.balancer, optimizer, job)
    set_learning_rate(optimizer, job.recipe, 0, last)
    began, steps = time.perf_counter(), -_WARM_UP
    for batch in _served(job):
        if steps == 0:
            began, optimizer.seconds = time.perf_counter(), 0.0
        step(batch, is_frozen=is_frozen)
        synchronise(device)
        steps += 1
        seconds = time.perf_counter() - began
        if steps >= _MOST_STEPS or (steps > 0 and seconds >= _LEAST_SECONDS):
            break
    # What an accelerator is still to do when the optimizer has returned is in the whole alone.
    return seconds / steps, optimizer.seconds / steps


def _served(job: Job) -> Iterator[Batch]:
    batches = Batches(job.data, job.recipe, 0, job.hardware.device, job.architecture.branched_places)
    return itertools.chain.from_iterable(batches.epoch(number) for number in itertools.count())


class _TimedOptimizer(Optimizer):
    """Counts the seconds in which it moves weights."""

    seconds = 0.0

    def step(self) -> None:
        """Moves every weight."""
        began = time.perf_counter()
        super().step()
        self.seconds += time.perf_counter() - began


def _is_never_moved(job: Job) -> bool:
    steps = num_steps(job.recipe, job.data)
    return num_frozen(job.recipe, steps) == steps


def _cost(job: Job) -> Cost:
    data = job.data
    return cost(job.architecture, job.recipe.network, data.taxonomy.num_classes, data.image_shape)
