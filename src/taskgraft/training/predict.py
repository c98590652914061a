"""A network's logits for a split, without gradients."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch

from taskgraft.data.dataset import Dataset, Split
from taskgraft.model.network import Network
from taskgraft.training.device import Hardware

# Large enough to keep the cores busy, small enough to stay in their cache.
_BATCH_SIZE = 250


def predict_logits(
    network: Network, data: Dataset, split: Split, hardware: Hardware, *, flip: bool = False
) -> list[npt.NDArray[np.float32]]:
    """Runs a network over one split.

    Args:
        network: Already on the hardware's device; left in evaluation mode.
        data: Where the images are.
        split: Which of them.
        hardware: Precision and layout.
        flip: Average the logits over each image and its mirror image.

    Returns:
        Logits of each level, coarsest first: float32 of shape (num_images, K).
    """
    network.eval()
    images = torch.from_numpy(data.images)
    indices = torch.from_numpy(data.indices[split])
    batches: list[list[torch.Tensor]] = []
    with torch.inference_mode(), hardware.autocast():
        for chosen in torch.split(indices, _BATCH_SIZE):
            batch = images[chosen].to(hardware.device).contiguous(memory_format=hardware.memory_format)
            logits = [level.float() for level in network(batch)]
            if flip:
                mirrored = network(batch.flip(3))
                logits = [(a + b.float()) / 2 for a, b in zip(logits, mirrored, strict=True)]
            batches.append([level.cpu() for level in logits])
    return [torch.cat(level).numpy() for level in zip(*batches, strict=True)]
