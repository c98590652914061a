"""A trained network as a function of images, on the engine that is fastest here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

import torch
from torch import Tensor

from taskgraft.hardware import Hardware
from taskgraft.inference._fold import folded
from taskgraft.inference._openvino import has_openvino
from taskgraft.inference._openvino_engine import OpenVinoEngine
from taskgraft.network import Network

Engine = Literal["auto", "torch", "openvino"]

# Up to here OpenVINO was the faster one for both recipes measured (`docs/performance.md`).
_LARGEST_SMALL_BATCH = 64


def predictor(
    network: Network,
    hardware: Hardware,
    batch_size: int,
    image_shape: tuple[int, int, int],
    engine: Engine = "auto",
) -> Callable[[Tensor], list[Tensor]]:
    """Makes a network ready to predict batches of one size; takes from milliseconds to a few seconds.

    Args:
        network: Left as it is.
        hardware: Where and in which precision to compute.
        batch_size: Images a call.
        image_shape: Channels, height and width.
        engine: `torch` (batch norms folded), `openvino` (an extra, on CPUs), or `auto`: OpenVINO for small
            batches on a CPU where it is installed, torch otherwise.

    Returns:
        A function from uint8 images of shape (B, C, H, W) to f32 logits (B, K) of each level, coarsest first.

    Example:
        >>> from taskgraft.architecture import catalogue
        >>> from taskgraft.hardware import choose_hardware
        >>> from taskgraft.recipe import recipe
        >>> network = Network(catalogue(["a", "b"])["shared"], recipe("quick").network, (2, 4), (3, 32, 32))
        >>> predict = predictor(network, choose_hardware(), 1, (3, 32, 32), engine="torch")
        >>> [tuple(logits.shape) for logits in predict(torch.zeros(1, 3, 32, 32, dtype=torch.uint8))]
        [(1, 2), (1, 4)]
    """
    if engine == "auto":
        is_small = batch_size <= _LARGEST_SMALL_BATCH and hardware.device == "cpu"
        engine = "openvino" if is_small and has_openvino() else "torch"
    if engine == "openvino":
        return OpenVinoEngine(network, hardware, batch_size, image_shape)
    return TorchEngine(network, hardware)


class TorchEngine:
    """A network folded and rounded once, run by torch; batches of any size.

    Args:
        network: Left as it is.
        hardware: Where and in which precision to compute.
        flip: Whether logits are averaged over each image and its mirror image; those of derived levels are
            summed from the average.
    """

    def __init__(self, network: Network, hardware: Hardware, *, flip: bool = False) -> None:
        self._hardware = hardware
        self._flip = flip
        self._network = folded(network, hardware.dtype, hardware.memory_format).to(hardware.device)

    @torch.inference_mode()
    def __call__(self, images: Tensor) -> list[Tensor]:
        """Images, uint8 of shape (B, C, H, W) on any device, to f32 logits (B, K) of each level."""
        logits = self._logits(images)
        if not self._flip:
            return logits
        both = zip(logits, self._logits(images.flip(3)), strict=True)
        return self._network.completed({place: (a + b) / 2 for place, (a, b) in enumerate(both)})

    def _logits(self, images: Tensor) -> list[Tensor]:
        batch = images.to(self._hardware.device).contiguous(memory_format=self._hardware.memory_format)
        return [logits.float() for logits in self._network(batch)]
