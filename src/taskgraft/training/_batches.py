"""The train split as augmented batches, the same for every architecture of a seed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from taskgraft.data import Dataset
from taskgraft.data.augmentation import Mixing, alternated, augmenter
from taskgraft.data.sources import larger_images
from taskgraft.data.store import release
from taskgraft.hardware import ALONE, Team
from taskgraft.network import stream_generator
from taskgraft.recipe import Crop, FlipShift, Recipe
from taskgraft.training._balance import even_draw


class Batch(NamedTuple):
    """What a step is made from.

    Attributes:
        images: Shape (B, C, H, W), 0 to 255.
        targets: Of the T chosen levels, int64 of shape (B, T); -1 where a class is not known.
        shares: Where images are mixed, what of image i is itself, the rest being image B - 1 - i, whose
            targets count as much: f32 of shape (B,). None where they are not.
        rows: Whose images these are, where targets and shares are of a larger batch; None where of all.
    """

    images: Tensor
    targets: Tensor
    shares: Tensor | None = None
    rows: slice | None = None


class Batches:
    """Serves the train split in the order, and with the augmentation, that a seed decides.

    Order and draws come from streams named by seed and epoch alone: architectures are paired, and an
    epoch can be served without having served the ones before.

    Args:
        data: Its images are used where they are, or copied to the device once if they are in memory.
        recipe: Batch size, augmentation and sampler.
        seed: The run's seed.
        device: Where batches are wanted.
        places: Of the levels whose classes are targets; None for all.
        team: Serves the images of this process alone, with the targets of all.
    """

    def __init__(
        self,
        data: Dataset,
        recipe: Recipe,
        seed: int,
        device: str,
        places: Sequence[int] | None = None,
        team: Team = ALONE,
    ) -> None:
        self._device = device
        self._scored = data.images
        self._mapped = images_served(data, recipe)
        # A memory map may be larger than any memory: its batches are gathered here and travel one by one.
        home = "cpu" if isinstance(self._mapped, np.memmap) else device
        self._images = torch.from_numpy(self._mapped).to(home)
        targets = torch.from_numpy(data.labels)
        self._targets = (targets if places is None else targets[:, list(places)]).to(device)
        self._indices = torch.from_numpy(data.indices["train"])
        self._image_shape = data.image_shape
        self._spec = recipe.augmentation
        self._augmenter = None if self._spec is None else augmenter(self._spec, data.image_shape[1:])
        self._mixing = Mixing(self._spec) if self._spec is not None and self._spec.is_mixing else None
        self._even_draw = even_draw(data, recipe)
        self._seed = seed
        self._rows = None if team.is_alone else team.rows
        self.batch_size = min(recipe.batch_size, len(self._indices))
        self.num_batches = num_batches(recipe, data)

    def epoch(self, number: int, first: int = 0) -> Iterator[Batch]:
        """Serves one epoch.

        Args:
            number: Of the epoch, counted from 0.
            first: Batch to begin with, as if those before had been served.
        """
        order = self._order(number)
        chosen = self._indices[order].to(self._images.device)
        draws, mixes = self._draw(number, order), self._draw_mixes(number)
        for start in range(first * self.batch_size, self.num_batches * self.batch_size, self.batch_size):
            batch = slice(start, start + self.batch_size)
            indices, drawn = chosen[batch], None if draws is None else draws[batch]
            images, shares = self._varied(indices, drawn), None
            if self._mixing is not None and mixes is not None:
                partners = None if self._rows is None else self._varied(indices, drawn, mirrored=True)
                images = self._mixing.apply(images, self._its(mixes[batch]), partners).images
                shares = self._mixing.shares(mixes[batch], *images.shape[2:]).to(self._device)
            release(self._mapped)
            targets = self._targets[indices.to(self._device)]
            yield Batch(images.to(self._device), targets, shares, self._rows)

    def _varied(self, indices: Tensor, draws: Tensor | None, *, mirrored: bool = False) -> Tensor:
        """The images of this process, augmented; with `mirrored`, those that they are mixed with.

        Args:
            indices: Of the whole batch.
            draws: Of the whole batch; None without augmentation.
            mirrored: Whether the batch is taken from its end.
        """
        if mirrored:
            indices, draws = indices.flip(0), None if draws is None else draws.flip(0)
        if self._augmenter is None or draws is None:
            return self._images[self._its(indices)]
        return self._augmenter.apply(self._images, self._its(indices), self._its(draws))

    def _its(self, batch: Tensor) -> Tensor:
        """Of a batch what this process computes on."""
        return batch if self._rows is None else batch[self._rows]

    def plain(self, number: int, batch_size: int) -> Iterator[Batch]:
        """The images of an epoch in their order, as they are scored: neither augmented nor mixed.

        Args:
            number: Of the epoch, counted from 0.
            batch_size: B; whole batches alone are served.
        """
        order = self._order(number)
        for start in range(0, len(order) - batch_size + 1, batch_size):
            indices = self._indices[order[start : start + batch_size]]
            images = torch.from_numpy(self._scored[indices.numpy()])
            release(self._scored)
            yield Batch(images.to(self._device), self._targets[indices.to(self._device)])

    def _order(self, number: int) -> Tensor:
        """Positions in the train split in the order they are served."""
        if self._even_draw is not None:
            return self._even_draw.draw(stream_generator(self._seed, "balance", number))
        return torch.randperm(len(self._indices), generator=stream_generator(self._seed, "order", number))

    def _draw(self, number: int, order: Tensor) -> Tensor | None:
        """What the augmentation draws for each image of an epoch, in the order they are served."""
        if self._augmenter is None:
            return None
        generator = stream_generator(self._seed, "augmentation", number)
        drawn = self._augmenter.draw(len(self._indices), self._image_shape, generator)
        if isinstance(self._spec, FlipShift) and self._spec.alternate:
            # Of the same stream in every epoch, by image and not by place.
            first = torch.randint(2, (len(self._indices),), generator=stream_generator(self._seed, "flips"))
            drawn = alternated(drawn, first[order], number)
        return drawn.to(self._images.device)

    def _draw_mixes(self, number: int) -> Tensor | None:
        """How the images of an epoch are mixed, in the order they are served."""
        if self._mixing is None:
            return None
        generator = stream_generator(self._seed, "mixing", number)
        return self._mixing.draw(len(self._indices), generator).to(self._images.device)


def images_served(data: Dataset, recipe: Recipe) -> npt.NDArray[np.uint8]:
    """The images that batches are made of: the data's, or larger ones of the same pictures.

    Raises:
        RequestError: If the recipe wants larger ones, and the data have none.
        DataError: If the pictures cannot be read again.
    """
    spec = recipe.augmentation
    ratio = spec.stored_ratio if isinstance(spec, Crop) else 1.0
    return larger_images(data, ratio, "augmentation.stored_ratio")


def num_batches(recipe: Recipe, data: Dataset) -> int:
    """Whole batches in an epoch; a train split smaller than a batch is one."""
    num_train = data.num_images["train"]
    return num_train // min(recipe.batch_size, num_train)


def num_steps(recipe: Recipe, data: Dataset) -> int:
    """Steps of a whole run, at least one."""
    return max(1, round(recipe.epochs * num_batches(recipe, data)))
