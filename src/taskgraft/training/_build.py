"""Networks built for a dataset as a recipe wants them, before the first step."""

from __future__ import annotations

import torch

from taskgraft.architecture import Architecture
from taskgraft.data import Dataset
from taskgraft.hardware import Hardware
from taskgraft.network import Network, initialise, stream_generator, trunk_family, whiten_stems
from taskgraft.recipe import Recipe
from taskgraft.training._pixels import images_to_whiten, pixel_statistics


def new_network(architecture: Architecture, data: Dataset, recipe: Recipe, hardware: Hardware) -> Network:
    """Builds an untrained network for a dataset, on the hardware's device and in its layout."""
    mean, std = _normalisation(data, recipe)
    network = Network(
        architecture, recipe.network, data.taxonomy.num_classes, data.image_shape, mean=mean, std=std
    )
    # torch's stubs do not know that `to` takes a memory format.
    network.to(memory_format=hardware.memory_format)  # type: ignore[call-overload]
    return network.to(hardware.device)


def untrained_network(
    architecture: Architecture, data: Dataset, recipe: Recipe, seed: int, hardware: Hardware
) -> Network:
    """Builds a network with the weights that a seed begins with."""
    # What a part draws while it is built comes from torch's stream, which others have drawn from before.
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(stream_generator(seed, "built").initial_seed())
        network = new_network(architecture, data, recipe, hardware)
    initialise(network, seed)
    if recipe.network.trunk.is_whitened:
        whiten_stems(network, torch.from_numpy(images_to_whiten(data)))
    return network


def _normalisation(data: Dataset, recipe: Recipe) -> tuple[list[float], list[float]]:
    """Mean and standard deviation of each channel, or one for all of them, in units of pixels (0 to 255)."""
    trunk = recipe.network.trunk
    as_trained = trunk_family(trunk).normalisation(trunk, data.image_shape[0])
    if as_trained is not None:
        return as_trained
    return pixel_statistics(data) if recipe.normalisation == "standard" else ([0.0], [255.0])
