"""The loop that a PyTorch user writes from the tutorials, to be compared with ours on the same network."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torch.utils.data import DataLoader
from torch.utils.data import Dataset as TorchDataset

from benchmarks.eager import plain_network
from taskgraft.architecture import Architecture
from taskgraft.data import Dataset
from taskgraft.hardware import synchronise
from taskgraft.recipe import Adam, Recipe

# As in the image classification tutorial of pytorch.org.
_NUM_WORKERS = 2
_PADDING = 4


class TutorialLoop:
    """Trains a network in f32 and NCHW from a `DataLoader` over transforms of single images.

    The network has the weights, the batch size and the full image size of the recipe; the optimizer is Adam,
    or SGD with momentum for a recipe that uses anything else.

    Args:
        architecture: What is trained.
        data: What on.
        recipe: Network, batch size and learning rate.
        device: Where it computes.
    """

    def __init__(self, architecture: Architecture, data: Dataset, recipe: Recipe, device: str) -> None:
        self._device = device
        self._network = plain_network(architecture, data, recipe, device).train()
        is_adam = isinstance(recipe.optimizer, Adam)
        self._optimizer: torch.optim.Optimizer = (
            torch.optim.Adam(self._network.parameters(), lr=1e-3)
            if is_adam
            else torch.optim.SGD(self._network.parameters(), lr=0.01, momentum=0.9)
        )
        self._criterion = nn.CrossEntropyLoss()
        self._batch_size = min(recipe.batch_size, data.num_images["train"])
        self._loader = DataLoader(
            _Images(data),
            self._batch_size,
            shuffle=True,
            num_workers=_NUM_WORKERS,
            drop_last=True,
            persistent_workers=_NUM_WORKERS > 0,
        )
        self._batches: Iterator[list[Tensor]] = iter(self._loader)
        self.running_loss = 0.0
        self.step()

    def images_per_second(self, num_steps: int) -> float:
        """Trains for some steps and measures them; the very first step was made before."""
        synchronise(self._device)
        started = time.perf_counter()
        for _ in range(num_steps):
            self.step()
        synchronise(self._device)
        return num_steps * self._batch_size / (time.perf_counter() - started)

    def step(self) -> None:
        """One step, as the tutorials write it."""
        batch = next(self._batches, None)
        if batch is None:
            self._batches = iter(self._loader)
            batch = next(self._batches)
        images, targets = (part.to(self._device) for part in batch)
        self._optimizer.zero_grad()
        outputs = self._network(images)
        losses = [self._criterion(level, target) for level, target in zip(outputs, targets.T, strict=True)]
        loss = torch.stack(losses).sum()
        loss.backward()  # type: ignore[no-untyped-call]
        self._optimizer.step()
        self.running_loss += loss.item()


class _Images(TorchDataset[tuple[Tensor, Tensor]]):
    """The train split, image by image: random crop of the padded image, random flip, normalise."""

    def __init__(self, data: Dataset) -> None:
        self._images = torch.from_numpy(data.images)
        self._labels = torch.from_numpy(data.labels)
        self._indices = data.indices["train"]

    def __len__(self) -> int:
        return len(self._indices)

    def __getitem__(self, number: int) -> tuple[Tensor, Tensor]:
        index = int(self._indices[number])
        image = F.pad(self._images[index].float() / 255, [_PADDING] * 4)
        top, left = random.randrange(2 * _PADDING + 1), random.randrange(2 * _PADDING + 1)
        height, width = self._images.shape[2:]
        image = image[:, top : top + height, left : left + width]
        if random.random() < 0.5:
            image = image.flip(2)
        # Our networks normalise by themselves and want pixels; the tutorial's transform does the like.
        return (image - 0.5) / 0.25 * 64 + 128, self._labels[index]
