"""A network as PyTorch runs it when nothing is done about it: eager, f32, NCHW."""

from __future__ import annotations

import time

import torch

from taskgraft.architecture import Architecture
from taskgraft.data import Dataset
from taskgraft.hardware import Hardware, synchronise
from taskgraft.network import Network
from taskgraft.recipe import Recipe
from taskgraft.training import Job, untrained_network


def plain_network(architecture: Architecture, data: Dataset, recipe: Recipe, device: str) -> Network:
    """An untrained network in f32 and NCHW; a trained one takes as long."""
    plain = Hardware(device, "f32", channels_last=False, num_threads=torch.get_num_threads())
    return untrained_network(Job(architecture, data, recipe, plain), 0)


class EagerNetwork:
    """The eager network, ready to be timed.

    Args:
        architecture: What predicts.
        data: Where images come from.
        recipe: Whose network.
        device: Where it computes.
    """

    def __init__(self, architecture: Architecture, data: Dataset, recipe: Recipe, device: str) -> None:
        self._device = device
        self._network = plain_network(architecture, data, recipe, device).eval()
        self._images = torch.from_numpy(data.images)

    @torch.inference_mode()
    def seconds(self, batch_size: int, num_calls: int) -> list[float]:
        """Seconds of each of some calls; one more is made before and not counted."""
        images, measured = self._images[:batch_size], []
        self._network(images.to(self._device))
        for _ in range(num_calls):
            started = time.perf_counter()
            self._network(images.to(self._device))
            synchronise(self._device)
            measured.append(time.perf_counter() - started)
        return measured
