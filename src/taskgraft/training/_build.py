"""Networks built for a dataset as a recipe wants them, before the first step."""

from __future__ import annotations

import torch

from taskgraft.data import Dataset
from taskgraft.network import Network, initialise, stream_generator, trunk_family, whiten_stems
from taskgraft.recipe import Recipe
from taskgraft.training._job import Job
from taskgraft.training._pixels import images_to_whiten, pixel_statistics
from taskgraft.training._start import start_from


def new_network(job: Job) -> Network:
    """Builds an untrained network for a dataset, on the hardware's device and in its layout."""
    data, network_spec = job.data, job.recipe.network
    mean, std = _normalisation(data, job.recipe)
    network = Network(
        job.architecture,
        network_spec,
        data.taxonomy.num_classes,
        data.image_shape,
        mean=mean,
        std=std,
        parents=data.taxonomy.parents,
    )
    # torch's stubs do not know that `to` takes a memory format.
    network.to(memory_format=job.hardware.memory_format)  # type: ignore[call-overload]
    return network.to(job.hardware.device)


def untrained_network(job: Job, seed: int) -> Network:
    """Builds a network with the weights that a seed begins with."""
    # What a part draws while it is built comes from torch's stream, which others have drawn from before.
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(stream_generator(seed, "built").initial_seed())
        network = new_network(job)
    initialise(network, seed)
    if job.recipe.network.trunk.is_whitened:
        whiten_stems(network, torch.from_numpy(images_to_whiten(job.data)))
    if job.recipe.start is not None:
        start_from(network, job.recipe.start, job.data.taxonomy)
    return network


def _normalisation(data: Dataset, recipe: Recipe) -> tuple[list[float], list[float]]:
    """Mean and standard deviation of each channel, or one for all of them, in units of pixels (0 to 255)."""
    trunk = recipe.network.trunk
    as_trained = trunk_family(trunk).normalisation(trunk, data.image_shape[0])
    if as_trained is not None:
        return as_trained
    return pixel_statistics(data) if recipe.normalisation == "standard" else ([0.0], [255.0])
