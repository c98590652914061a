"""Prediction on our engine, timed beside the network as PyTorch runs it and as onnxruntime does."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from benchmarks.eager import plain_network
from taskgraft.architecture import Architecture
from taskgraft.data import Dataset
from taskgraft.export import Runtime
from taskgraft.hardware import Hardware, synchronise
from taskgraft.inference import predictor
from taskgraft.recipe import Recipe

# Few enough that a noisy minute meets both, many enough that a core's idle threads have gone to sleep.
_CALLS_IN_TURN = 10


@dataclass(frozen=True)
class Latency:
    """Seconds of single calls.

    Attributes:
        ours: Of our engine.
        eager: Of the f32 network.
        onnx: Of its exported file, in onnxruntime: all that the file computes, decisions too.
        start_seconds: What it took to make our engine ready, its first call included.
    """

    ours: list[float]
    eager: list[float]
    onnx: list[float]
    start_seconds: float

    def speedup(self) -> float:
        """Median of the eager calls over the median of ours."""
        return float(np.median(self.eager) / np.median(self.ours))

    def onnx_median(self) -> float:
        """Median seconds of the exported file."""
        return float(np.median(self.onnx))

    def percentile(self, percent: float) -> float:
        """Seconds that this share of our calls stays below."""
        return float(np.percentile(self.ours, percent))


class InferenceBench:
    """Our engine for one batch size, ready to be measured again and again.

    Args:
        architecture: What predicts; its weights are the untrained ones, which cost the same.
        data: Where images come from.
        recipe: Whose network.
        hardware: Where and how to compute.
        batch_size: Images a call.
        exported: The same network in onnxruntime.
    """

    def __init__(
        self,
        architecture: Architecture,
        data: Dataset,
        recipe: Recipe,
        hardware: Hardware,
        batch_size: int,
        exported: Runtime,
    ) -> None:
        self._device, self._exported = hardware.device, exported
        self._images = torch.from_numpy(data.images[:batch_size])
        network = plain_network(architecture, data, recipe, hardware.device).eval()
        started = time.perf_counter()
        self._predict = predictor(network, hardware, batch_size, data.image_shape)
        self._predict(self._images)
        self.start_seconds = time.perf_counter() - started

    def measure(self, num_calls: int, eager: Callable[[int], list[float]]) -> Latency:
        """Times calls of both, a few in turn.

        Args:
            num_calls: Of each.
            eager: Gives the seconds of some calls of the eager network.
        """
        ours: list[float] = []
        theirs: list[float] = []
        onnx: list[float] = []
        while len(ours) < num_calls:
            count = min(_CALLS_IN_TURN, num_calls - len(ours))
            self._predict(self._images)
            ours += [self._seconds() for _ in range(count)]
            theirs += eager(count)
            onnx += self._onnx_seconds(count)
        return Latency(ours, theirs, onnx, self.start_seconds)

    def _onnx_seconds(self, count: int) -> list[float]:
        """Of some calls; one more is made before and not counted."""
        pixels, seconds = self._images.numpy(), []
        self._exported(pixels)
        for _ in range(count):
            started = time.perf_counter()
            self._exported(pixels)
            seconds.append(time.perf_counter() - started)
        return seconds

    def _seconds(self) -> float:
        started = time.perf_counter()
        self._predict(self._images)
        synchronise(self._device)
        return time.perf_counter() - started
