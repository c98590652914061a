"""A network's logits for a split, without gradients."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import torch

from taskgraft.data import Dataset, Split
from taskgraft.data.store import release
from taskgraft.hardware import Hardware
from taskgraft.inference._predictor import TorchEngine
from taskgraft.network import Network

# Large enough to keep the cores busy, small enough to stay in their cache.
_BATCH_SIZE = 250


def predict_logits(
    network: Network, data: Dataset, split: Split, hardware: Hardware, *, flip: bool = False
) -> list[npt.NDArray[np.float32]]:
    """Runs a network over one split.

    Args:
        network: Left as it is.
        data: Where the images are.
        split: Which of them.
        hardware: Precision and layout.
        flip: Average the logits over each image and its mirror image.

    Returns:
        Logits of each level, coarsest first: float32 of shape (num_images, K).
    """
    predict = TorchEngine(network, hardware)
    images = torch.from_numpy(data.images)
    indices = torch.from_numpy(data.indices[split])
    batches: list[list[torch.Tensor]] = []
    for chosen in torch.split(indices, _BATCH_SIZE):
        batch = images[chosen]
        logits = predict(batch)
        if flip:
            logits = [(a + b) / 2 for a, b in zip(logits, predict(batch.flip(3)), strict=True)]
        batches.append([level.cpu() for level in logits])
        release(data.images)
    return [torch.cat(level).numpy() for level in zip(*batches, strict=True)]
