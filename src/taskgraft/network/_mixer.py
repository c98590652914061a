"""A mixer: what stands behind a stage and sees the maps of all lanes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from taskgraft.errors import ArchitectureError
from taskgraft.network._mac_count import MacCount, zeros
from taskgraft.registry import Registry


@dataclass(frozen=True)
class MixerPlace:
    """Where a mixer stands.

    Attributes:
        num_lanes: Lanes it sees, two or more.
        shape: Of one image's maps in every lane, (C, H, W) or what else a stage gives. Height and width are
            those of full-size images; a recipe may train on smaller ones.
        key: What the keys of its weights begin with.
    """

    num_lanes: int
    shape: tuple[int, ...]
    key: str


class Mixer(nn.Module, ABC):
    """Mixes lanes: the place where another kind of soft sharing is added.

    Register a subclass in `MIXERS`; it is built with its place, and declares its weights (`declare`). See
    `docs/extension.md`.

    Args:
        place: Where it stands.
    """

    def __init__(self, place: MixerPlace) -> None:
        super().__init__()
        self.place = place

    @abstractmethod
    def forward(self, lanes: list[Tensor]) -> list[Tensor]:
        """The maps of all lanes to as many maps of the same shapes, in the same order."""


MIXERS: Registry[type[Mixer]] = Registry("the mixer")


def build_mixer(name: str, place: MixerPlace, where: str) -> Mixer:
    """Builds a mixer and sees that it keeps the number of lanes and the shape of their maps.

    Args:
        name: Under which it is registered.
        place: Where it stands.
        where: The same in words, for an error.

    Raises:
        ArchitectureError: If there is nothing to mix, or it does not keep numbers and shapes.
        RequestError: If no mixer has that name.
    """
    if place.num_lanes < 2:
        raise ArchitectureError.expected(
            f"the lanes at the mixer {where}",
            "two or more",
            place.num_lanes,
            "Fork the trunk earlier, or leave the mixer out.",
        )
    mixer = MIXERS[name](place)
    with torch.no_grad(), torch.device("cpu"), MacCount():
        mixed = mixer.eval()([zeros((1, *place.shape)) for _ in range(place.num_lanes)])
    shapes = [tuple(maps.shape[1:]) for maps in mixed]
    if shapes != [place.shape] * place.num_lanes:
        raise ArchitectureError.expected(
            f"what the mixer {name!r} gives {where}",
            f"{place.num_lanes} maps of shape {place.shape}",
            str(shapes),
            "Return as many maps as came in, in their shapes.",
        )
    mixer.train()
    return mixer
