"""What prediction costs: several networks measured in turns, so that a noisy minute meets all of them."""

from __future__ import annotations

import time
from collections.abc import Mapping

import numpy as np
import torch

from taskgraft.hardware import Hardware, synchronise
from taskgraft.inference._predict import prediction_batch
from taskgraft.inference._predictor import TorchEngine
from taskgraft.inference_cost import InferenceCost
from taskgraft.network import Network

_NUM_ROUNDS = 3
_CALLS_A_ROUND = 20


def measure_inference(
    networks: Mapping[str, Network], image_shape: tuple[int, int, int], hardware: Hardware
) -> dict[str, InferenceCost]:
    """Times single images and batches on every network, a few calls of each in turn.

    Args:
        networks: By name.
        image_shape: Channels, height and width.
        hardware: Where and in which precision to compute.
    """
    engines = {name: TorchEngine(network, hardware) for name, network in networks.items()}
    images = torch.randint(0, 256, (prediction_batch(image_shape), *image_shape), dtype=torch.uint8)
    single: dict[str, list[float]] = {name: [] for name in engines}
    batch: dict[str, list[float]] = {name: [] for name in engines}
    for _ in range(_NUM_ROUNDS):
        for name, engine in engines.items():
            _seconds(engine, images[:1], hardware)
            single[name] += [_seconds(engine, images[:1], hardware) for _ in range(_CALLS_A_ROUND)]
            _seconds(engine, images, hardware)
            batch[name].append(_seconds(engine, images, hardware))
    return {
        name: InferenceCost(
            latency_p50_milliseconds=1000 * float(np.percentile(single[name], 50)),
            latency_p99_milliseconds=1000 * float(np.percentile(single[name], 99)),
            images_per_second=len(images) / float(np.median(batch[name])),
        )
        for name in engines
    }


def _seconds(engine: TorchEngine, images: torch.Tensor, hardware: Hardware) -> float:
    started = time.perf_counter()
    engine(images)
    synchronise(hardware.device)
    return time.perf_counter() - started
