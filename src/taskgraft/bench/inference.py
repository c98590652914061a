"""Prediction on our engine against the network as PyTorch runs it: eager, f32, NCHW."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from taskgraft.architecture.spec import Architecture
from taskgraft.bench.ceiling import synchronise
from taskgraft.data.dataset import Dataset
from taskgraft.hardware.device import Hardware
from taskgraft.inference.predictor import predictor
from taskgraft.training.recipe import Recipe
from taskgraft.training.train import untrained_network


@dataclass(frozen=True)
class Latency:
    """Seconds of single calls, ours and eager, taken in alternation.

    Attributes:
        ours: Of our engine.
        eager: Of the f32 network.
        start_seconds: What it took to make our engine ready, its first call included.
    """

    ours: list[float]
    eager: list[float]
    start_seconds: float

    def speedup(self) -> float:
        """Median of the eager calls over the median of ours."""
        return float(np.median(self.eager) / np.median(self.ours))

    def percentile(self, percent: float) -> float:
        """Seconds that this share of our calls stays below."""
        return float(np.percentile(self.ours, percent))


class InferenceBench:
    """Both ways of predicting, ready to be measured again and again.

    Args:
        architecture: What predicts; its weights are the untrained ones, which cost the same.
        data: Where images come from.
        recipe: Whose network.
        hardware: Where and how ours computes.
        batch_size: Images a call.
    """

    def __init__(
        self, architecture: Architecture, data: Dataset, recipe: Recipe, hardware: Hardware, batch_size: int
    ) -> None:
        self._device = hardware.device
        plain = Hardware(hardware.device, "f32", channels_last=False, num_threads=hardware.num_threads)
        self._eager = untrained_network(architecture, data, recipe, 0, plain).eval()
        self._images = torch.from_numpy(data.images[:batch_size])
        started = time.perf_counter()
        self._ours = predictor(self._eager, hardware, batch_size, data.image_shape)
        self._ours(self._images)
        self.start_seconds = time.perf_counter() - started
        self._eager_call(self._images)

    def measure(self, num_calls: int) -> Latency:
        """Times calls of both in turn."""
        ours, eager = [], []
        for _ in range(num_calls):
            ours.append(self._time(self._ours))
            eager.append(self._time(self._eager_call))
        return Latency(ours, eager, self.start_seconds)

    def _time(self, call: Callable[[Tensor], object]) -> float:
        started = time.perf_counter()
        call(self._images)
        synchronise(self._device)
        return time.perf_counter() - started

    @torch.inference_mode()
    def _eager_call(self, images: Tensor) -> list[Tensor]:
        logits: list[Tensor] = self._eager(images.to(self._device))
        return logits
