"""Whether the memory is enough for a batch, and the largest one that fits: measured, not guessed."""

from __future__ import annotations

import re

import torch
from torch import Tensor

from taskgraft.architecture import Architecture
from taskgraft.data import Dataset
from taskgraft.errors import OutOfMemoryError
from taskgraft.hardware import (
    Hardware,
    available_bytes,
    give_back_memory,
    is_out_of_memory,
    spare_address_space,
)
from taskgraft.history import Epoch, Observer
from taskgraft.network import Network
from taskgraft.recipe import Recipe
from taskgraft.training._build import new_network, untrained_network
from taskgraft.training._checkpoint import Checkpoints
from taskgraft.training._loss import level_losses
from taskgraft.training._optimizer import build_optimizer
from taskgraft.training._train import train

# With `auto_batch` a batch is halved this often at most.
MOST_HALVINGS = 4
# Batch norm needs something to compare with.
FEWEST = 2
# What a step holds at its peak over what it keeps for the backward pass: 1.3 to 2.2 in six networks of the
# recipes at batch 512, optimizer and weights included.
_PEAK_RATIO = 2
# Two small batches: what grows between them grows with every image.
_FEW, _MORE = 4, 8
# Where in torch's sources an allocation failed.
_WHERE = re.compile(r"^\[enforce fail at [^\]]*\] (err == 0\. )?")
_LONGEST_TOLD = 200


def train_within_memory(
    architecture: Architecture,
    data: Dataset,
    recipe: Recipe,
    seed: int,
    hardware: Hardware,
    observer: Observer,
    checkpoints: Checkpoints | None = None,
) -> tuple[Network, list[Epoch]]:
    """`train`, of the same arguments; where the memory is not enough it says which batch size would fit.

    What is sure not to fit is refused before it is begun: many systems promise any amount of memory, and
    then end the process that makes use of it.

    Raises:
        OutOfMemoryError: If the memory is not enough.
    """
    wanted = min(recipe.batch_size, data.num_images["train"])
    try:
        reason = _lacking(wanted, architecture, data, recipe, hardware)
        if reason is None:
            with spare_address_space():
                return train(architecture, data, recipe, seed, hardware, observer, checkpoints)
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        reason = _first_line(error)
    # Here, and not above: the error held on to every tensor of the step.
    raise OutOfMemoryError.expected(
        f"the memory for {architecture.name}",
        f"enough for batches of {wanted:,} images",
        reason,
        _remedy(wanted, _largest_that_fits(wanted, architecture, data, recipe, hardware)),
    )


def kept_bytes_per_image(network: Network, image_shape: tuple[int, int, int], hardware: Hardware) -> int:
    """What a training step keeps of each image until the backward pass has used it.

    Args:
        network: One that nobody trains: its batch-norm statistics move.
        image_shape: Channels, height and width.
        hardware: Precision and layout.
    """
    network.train()
    with torch.random.fork_rng(devices=[]):
        few, more = (_kept_bytes(network, count, image_shape, hardware) for count in (_FEW, _MORE))
    return max(0, more - few) // (_MORE - _FEW)


def _kept_bytes(
    network: Network, num_images: int, image_shape: tuple[int, int, int], hardware: Hardware
) -> int:
    storages: dict[int, int] = {}

    def note(kept: Tensor) -> Tensor:
        storage = kept.untyped_storage()
        storages[storage.data_ptr()] = storage.nbytes()
        return kept

    # The logits hold the graph, and so all that is kept, until every storage is noted.
    with torch.autograd.graph.saved_tensors_hooks(note, lambda kept: kept), hardware.autocast():
        logits = network(_images(num_images, image_shape, hardware))
    del logits
    return sum(storages.values())


def _lacking(
    batch_size: int,
    architecture: Architecture,
    data: Dataset,
    recipe: Recipe,
    hardware: Hardware,
) -> str | None:
    """Says so where even what is kept for the backward pass is more than there is."""
    there = available_bytes(hardware.device)
    if there is None:
        return None
    network = new_network(architecture, data, recipe, hardware)
    kept = batch_size * kept_bytes_per_image(network, data.image_shape, hardware)
    if kept <= there:
        return None
    return f"{_gigabytes(there)} free, of which a step needs {_gigabytes(kept)} or more"


def _largest_that_fits(
    refused: int, architecture: Architecture, data: Dataset, recipe: Recipe, hardware: Hardware
) -> int | None:
    """The first of the halves of a batch size with which a step goes through; None if none does."""
    size = refused // 2
    while size >= FEWEST:
        give_back_memory()
        if _goes_through(size, architecture, data, recipe, hardware):
            return size
        size //= 2
    return None


def _goes_through(
    batch_size: int, architecture: Architecture, data: Dataset, recipe: Recipe, hardware: Hardware
) -> bool:
    """Whether one whole training step of so many images finds the memory it needs."""
    try:
        network = untrained_network(architecture, data, recipe, 0, hardware)
        kept = batch_size * kept_bytes_per_image(network, data.image_shape, hardware)
        there = available_bytes(hardware.device)
        if there is not None and _PEAK_RATIO * kept > there:
            # Not even tried where a system could end the process for it.
            return False
        images = _images(batch_size, data.image_shape, hardware)
        targets = torch.zeros(batch_size, data.taxonomy.num_levels, dtype=torch.long, device=hardware.device)
        optimizer = build_optimizer(network, recipe)
        with hardware.autocast():
            logits = network(images)
        level_losses(logits, targets, recipe.label_smoothing).sum().backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    except (MemoryError, RuntimeError) as error:
        if not is_out_of_memory(error):
            raise
        return False
    return True


def _images(num_images: int, image_shape: tuple[int, int, int], hardware: Hardware) -> Tensor:
    """Images of noise: batch norm divides by how much they vary."""
    images = torch.rand(num_images, *image_shape, device=hardware.device).mul_(255)
    return images.contiguous(memory_format=hardware.memory_format)


def _remedy(wanted: int, fitting: int | None) -> str:
    if fitting is None:
        return "No smaller batch went through a step in this process: free memory, or use smaller images."
    if fitting < wanted >> MOST_HALVINGS:
        return f"Batches of {fitting:,} fit (tried): use a recipe with such batches, or free memory."
    # Recorded, and read by either: in both spellings.
    return (
        f"Batches of {fitting:,} fit (tried): add --auto-batch (in Python auto_batch=True), or free memory."
    )


def _first_line(error: BaseException) -> str:
    lines = _WHERE.sub("", str(error)).strip().splitlines()
    return lines[0][:_LONGEST_TOLD] if lines else type(error).__name__


def _gigabytes(count: int) -> str:
    return f"{count / 1e9:.3g} GB"
