"""A trained network as plain data that any process can make predictions with."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Self

import numpy as np
import numpy.typing as npt
import torch

from taskgraft.architecture import Architecture
from taskgraft.hardware import Hardware
from taskgraft.inference import TorchEngine
from taskgraft.network import Network
from taskgraft.recipe import Recipe

Images = npt.NDArray[np.uint8]
Logits = list[npt.NDArray[np.float32]]


@dataclass(frozen=True)
class TrainedNetwork:
    """What a network is built of, and its weights, without torch.

    Attributes:
        architecture: What is shared and what flows.
        recipe: What it was trained with.
        num_classes: Classes of each level, coarsest first.
        image_shape: Channels, height and width.
        weights: The network's state by name.
    """

    architecture: Architecture
    recipe: Recipe
    num_classes: tuple[int, ...]
    image_shape: tuple[int, int, int]
    weights: dict[str, npt.NDArray[Any]] = field(repr=False)

    @classmethod
    def of(
        cls, network: Network, recipe: Recipe, num_classes: tuple[int, ...], image_shape: tuple[int, int, int]
    ) -> Self:
        """Takes a network's weights out of torch."""
        weights = {name: w.cpu().contiguous().numpy().copy() for name, w in network.state_dict().items()}
        return cls(network.architecture, recipe, num_classes, image_shape, weights)

    def open(self, hardware: Hardware) -> Callable[[Images], Logits]:
        """Builds the network; returns a function from images (N, C, H, W) to logits (N, K) of each level."""
        statistics = {name: self.weights[f"pixel_{name}"].ravel().tolist() for name in ("mean", "std")}
        network = Network(
            self.architecture, self.recipe.network, self.num_classes, self.image_shape, **statistics
        )
        network.load_state_dict({name: torch.from_numpy(w.copy()) for name, w in self.weights.items()})
        engine = TorchEngine(network.eval(), hardware)

        def predict(images: Images) -> Logits:
            batch = torch.from_numpy(images)
            logits = engine(batch)
            if self.recipe.test_time_flip:
                logits = [(a + b) / 2 for a, b in zip(logits, engine(batch.flip(3)), strict=True)]
            return [level.cpu().numpy() for level in logits]

        return predict
