"""A batch for which the memory is not enough, and the largest one for which it is: tried, not computed."""

from __future__ import annotations

import re
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import torch
from torch import Tensor

from taskgraft.errors import OutOfMemoryError, Phrase
from taskgraft.hardware import (
    ALONE,
    available_bytes,
    give_back_memory,
    is_out_of_memory,
    spare_address_space,
)
from taskgraft.network import Network
from taskgraft.parameter import Parameter
from taskgraft.recipe import FEWEST_IMAGES, MOST_HALVINGS
from taskgraft.training._batches import Batch, num_steps
from taskgraft.training._begin import first_state
from taskgraft.training._build import new_network
from taskgraft.training._freezing import TrainedTrunk, num_frozen
from taskgraft.training._job import Job
from taskgraft.training._step import Step

# What a step holds at its peak over what it keeps for the backward pass: 1.3 to 2.2 in six networks of the
# recipes at batch 512, optimizer and weights included.
_PEAK_RATIO = 2
# Two small batches: what grows between them grows with every image.
_FEW, _MORE = 4, 8
# Where in torch's sources an allocation failed.
_WHERE = re.compile(r"^\[enforce fail at [^\]]*\] (err == 0\. )?")
_LONGEST_REASON = 200


@contextmanager
def within_memory(job: Job) -> Iterator[None]:
    """Where the memory is not enough for the training within, says which batch size would fit.

    What is sure not to fit is refused before it is begun: Linux promises any amount of memory, and ends the
    process that then uses it.

    Args:
        job: What is trained within.

    Raises:
        OutOfMemoryError: If the memory is not enough.
    """
    wanted = job.batch_size
    reason = _shortage(wanted, job)
    if reason is None:
        try:
            with spare_address_space():
                yield
        except (MemoryError, RuntimeError) as error:
            if not is_out_of_memory(error):
                raise
            reason = _first_line(error)
            # They hold every tensor of the step.
            traceback.clear_frames(error.__traceback__)
        else:
            return
    raise OutOfMemoryError.expected(
        f"the memory for {job.architecture.name}",
        f"enough for batches of {wanted:,} images",
        reason,
        _remedy(wanted, _largest_that_fits(wanted, job)),
    )


def kept_bytes_per_image(job: Job) -> int:
    """What a training step keeps of each image until the backward pass has used it."""
    network = new_network(job).train()
    with torch.random.fork_rng(devices=[]), job.hardware.autocast():
        few, more = (_kept_bytes(network, _noise(count, job), job) for count in (_FEW, _MORE))
    return max(0, more - few) // (_MORE - _FEW)


def step_bytes(job: Job) -> int:
    """About what a training step holds at its peak: twice what it keeps for the backward pass."""
    return _PEAK_RATIO * job.batch_size * kept_bytes_per_image(job)


def _is_frozen_throughout(job: Job) -> bool:
    steps = num_steps(job.recipe, job.data)
    return num_frozen(job.recipe, steps) == steps


def _kept_bytes(network: Network, images: Tensor, job: Job) -> int:
    trunk, is_frozen = TrainedTrunk(network, job.recipe), _is_frozen_throughout(job)
    storages: dict[int, int] = {}

    def note(kept: Tensor) -> Tensor:
        storage = kept.untyped_storage()
        storages[storage.data_ptr()] = storage.nbytes()
        return kept

    with torch.autograd.graph.saved_tensors_hooks(note, lambda kept: kept):
        # The logits hold the graph, and so all that is kept, until every storage is noted.
        logits = network.branch_logits(trunk.features(images, is_frozen=is_frozen))
    del logits
    return sum(storages.values())


def _shortage(batch_size: int, job: Job, peak_ratio: int = 1) -> str | None:
    """A phrase for it where `peak_ratio` times what a step keeps is more than is left; else None."""
    left = available_bytes(job.hardware.device)
    if left is None:
        return None
    needed = peak_ratio * batch_size * kept_bytes_per_image(job)
    if needed <= left:
        return None
    return Phrase(f"{left / 1e9:.3g} GB where a step needs {needed / 1e9:.3g} GB or more")


def _largest_that_fits(refused: int, job: Job) -> int | None:
    """The first of the halves of a batch size with which a step goes through; None if none does."""
    size = refused // 2
    while size >= FEWEST_IMAGES:
        give_back_memory()
        try:
            # A step that the system could end the process for is not tried.
            if _shortage(size, job, _PEAK_RATIO) is None:
                _make_one_step(size, job)
                return size
        except (MemoryError, RuntimeError) as error:
            if not is_out_of_memory(error):
                raise
        size //= 2
    return None


def _make_one_step(batch_size: int, job: Job) -> None:
    # By itself, as the others of a team do not try it.
    job = replace(job, team=ALONE)
    state = first_state(job, 0)
    step = Step(state.network.train(), state.balancer, state.optimizer, job)
    num_trained, device = len(job.architecture.branched), job.hardware.device
    targets = torch.zeros(batch_size, num_trained, dtype=torch.long, device=device)
    step(Batch(_noise(batch_size, job), targets), is_frozen=_is_frozen_throughout(job))


def _noise(num_images: int, job: Job) -> Tensor:
    """Images of noise: batch norm divides by how much they vary."""
    images = torch.rand(num_images, *job.data.image_shape, device=job.hardware.device).mul_(255)
    return images.contiguous(memory_format=job.hardware.memory_format)


def _remedy(wanted: int, fitting: int | None) -> str:
    if fitting is None:
        return "No smaller batch went through a step in this process: free memory, or use smaller images."
    if fitting < wanted >> MOST_HALVINGS:
        return f"Batches of {fitting:,} fit (tried): use a recipe with such batches, or free memory."
    return f"Batches of {fitting:,} fit (tried): add {Parameter('auto_batch', True)}, or free memory."


def _first_line(error: BaseException) -> str:
    lines = _WHERE.sub("", str(error)).strip().splitlines()
    return lines[0][:_LONGEST_REASON] if lines else type(error).__name__
