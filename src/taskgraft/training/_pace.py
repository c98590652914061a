"""How fast this machine trains a network now: real steps, on the clock, for less than a second."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import torch

from taskgraft.hardware import synchronise, using_threads
from taskgraft.network import Cost, cost
from taskgraft.training._batches import Batch, Batches, num_steps
from taskgraft.training._begin import state_of
from taskgraft.training._build import new_network
from taskgraft.training._freezing import num_frozen
from taskgraft.training._job import Job
from taskgraft.training._optimizer import Optimizer, WeightGroup, set_learning_rate
from taskgraft.training._state import TrainingState
from taskgraft.training._step import Step
from taskgraft.training._work import operations, train_pflop

_LEAST_SECONDS, _MOST_STEPS, _WARM_UP = 0.15, 20, 1
_FINE_SECONDS = 1e-3
# Of a large batch a part is measured: at first one of so many multiply-accumulates, then larger ones, until a
# step without its optimizer takes so long. A line through both says what a step costs whatever its batch, at
# most a half of the last: the clock is no exact one.
_FIRST_MACS, _LONG_STEP, _GROWTH, _MOST_FIXED = 2e9, 0.5, 8, 0.5


Clock = Callable[[], float]


@dataclass(frozen=True)
class Pace:
    """What training takes on this machine, as busy as it is.

    Attributes:
        seconds_per_pflop: Of forward and backward, the serving of batches included.
        seconds_per_step: What a step takes however large its batch is.
        busy: How much longer both take by the clock, as others compute beside it.
    """

    seconds_per_pflop: float
    seconds_per_step: float
    busy: float = 1.0

    def seconds(self, job: Job) -> float:
        """What a run takes, its scores on the val split included.

        Args:
            job: The run.
        """
        steps = num_steps(job.recipe, job.data)
        scored = job.recipe.epochs * job.data.num_images["val"] * 2 * _cost(job).macs / 1e15
        shared = train_pflop(job.architecture, job.recipe, job.data) / job.hardware.num_processes
        return self.busy * ((shared + scored) * self.seconds_per_pflop + steps * self.seconds_per_step)


def measure_pace(job: Job) -> Pace:
    """Trains a network of the job for a moment, from weights of no run, and throws it away.

    Args:
        job: What is to be trained. Published weights are not fetched for it.
    """
    num_images = min(job.batch_size, max(2, int(_FIRST_MACS / _cost(job).macs)))
    with torch.random.fork_rng(devices=[]), using_threads(job.hardware.num_threads):
        state = state_of(new_network(job), job.recipe, 0)
        # What a step takes is counted in CPU seconds, which others hardly lengthen; how busy they keep the
        # CPU, by the clock over all steps together.
        clock = _clock(job.hardware.device)
        began = clock(), time.perf_counter()
        first = last = _timed(state, job, num_images, clock)
        while last.num_images < job.batch_size and last.seconds < _LONG_STEP:
            last = _timed(state, job, min(job.batch_size, _GROWTH * last.num_images), clock)
        busy = (time.perf_counter() - began[1]) / (clock() - began[0])
    fixed = _fixed_seconds(first, last)
    pflop = operations(_cost(job), is_frozen=_is_never_moved(job)) * last.num_images / 1e15
    return Pace((last.seconds - fixed) / pflop, fixed + last.moving_seconds, busy)


def _clock(device: str) -> Clock:
    """CPU seconds; those of the wall for an accelerator, and where a system counts a CPU's coarsely."""
    is_fine = time.get_clock_info("process_time").resolution <= _FINE_SECONDS
    return time.process_time if device == "cpu" and is_fine else time.perf_counter


@dataclass(frozen=True)
class _Timed:
    """Steps on the clock: images and seconds of one, without and with nothing but the optimizer's."""

    num_images: int
    seconds: float
    moving_seconds: float


def _fixed_seconds(first: _Timed, last: _Timed) -> float:
    """What a step takes however many images it has, by the line through a small batch and a larger one."""
    if last.num_images == first.num_images:
        return 0.0
    an_image = (last.seconds - first.seconds) / (last.num_images - first.num_images)
    return min(max(0.0, last.seconds - an_image * last.num_images), _MOST_FIXED * last.seconds)


def _timed(state: TrainingState, job: Job, num_images: int, clock: Clock) -> _Timed:
    """Some steps of as many images, the first left out."""
    job = replace(job, recipe=job.recipe.model_copy(update={"batch_size": num_images}))
    device, last = job.hardware.device, num_steps(job.recipe, job.data)
    is_frozen = _is_never_moved(job)
    optimizer = _TimedOptimizer(state.optimizer.groups, clock)
    step = Step(state.network.train(), state.balancer, optimizer, job)
    set_learning_rate(optimizer, job.recipe, 0, last)
    began, steps = clock(), -_WARM_UP
    for batch in _served(job):
        if steps == 0:
            began, optimizer.seconds = clock(), 0.0
        step(batch, is_frozen=is_frozen)
        synchronise(device)
        steps += 1
        seconds = clock() - began
        if steps >= _MOST_STEPS or (steps > 0 and seconds >= _LEAST_SECONDS):
            break
    # What an accelerator is still to do when the optimizer has returned is in the whole alone.
    return _Timed(num_images, (seconds - optimizer.seconds) / steps, optimizer.seconds / steps)


def _served(job: Job) -> Iterator[Batch]:
    batches = Batches(job.data, job.recipe, 0, job.hardware.device, job.architecture.branched_places)
    return itertools.chain.from_iterable(batches.epoch(number) for number in itertools.count())


class _TimedOptimizer(Optimizer):
    """Counts the seconds in which it moves weights."""

    def __init__(self, groups: Sequence[WeightGroup], clock: Clock) -> None:
        super().__init__(groups)
        self.seconds, self._clock = 0.0, clock

    def step(self) -> None:
        """Moves every weight."""
        began = self._clock()
        super().step()
        self.seconds += self._clock() - began


def _is_never_moved(job: Job) -> bool:
    steps = num_steps(job.recipe, job.data)
    return num_frozen(job.recipe, steps) == steps


def _cost(job: Job) -> Cost:
    data = job.data
    return cost(job.architecture, job.recipe.network, data.taxonomy.num_classes, data.image_shape)
