"""A mixer: what stands behind a stage and sees the maps of all lanes."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from taskgraft.architecture import Levels, Mixed
from taskgraft.errors import ArchitectureError
from taskgraft.network._mac_count import MacCount, zeros
from taskgraft.registry import Registry


@dataclass(frozen=True)
class MixerPlace:
    """Where a mixer stands.

    Attributes:
        mixed: What it sees: `lanes` of separate or forked trunks, `experts`, or the `one lane` of a shared
            trunk.
        lanes: For each lane it sees, the levels that look through it, by place.
        streams: For each stream that it gives, the levels that continue with it; of `lanes` they are these.
        entered: For each stream that came out of the mixer before it, or went into the experts, its levels.
        shape: Of one image's maps in every lane, (C, H, W) or what else a stage gives. Height and width are
            those of full-size images; a recipe may train on smaller ones.
        entered_shape: The same of what entered.
        key: What the keys of its weights begin with.
    """

    mixed: Mixed
    lanes: tuple[Levels, ...]
    streams: tuple[Levels, ...]
    entered: tuple[Levels, ...]
    shape: tuple[int, ...]
    entered_shape: tuple[int, ...]
    key: str

    @property
    def num_lanes(self) -> int:
        """Lanes it sees."""
        return len(self.lanes)

    def lanes_seen(self, stream: int) -> tuple[int, ...]:
        """The lanes that serve any level of a stream."""
        levels = set(self.streams[stream])
        return tuple(place for place, lane in enumerate(self.lanes) if levels & set(lane))

    def entered_for(self, stream: int) -> int:
        """Which of what entered a stream continues: that of just its levels, or else what all have."""
        levels = self.streams[stream]
        if levels in self.entered:
            return self.entered.index(levels)
        return next(place for place, entered in enumerate(self.entered) if levels[0] in entered)


class Mixer(nn.Module, ABC):
    """Mixes lanes: the place where another kind of soft sharing is added.

    Register a subclass in `MIXERS`; it is built with its place, and declares its weights (`declare`). See
    `docs/extension.md`.

    Args:
        place: Where it stands.

    Attributes:
        mixes: What it can stand behind.
    """

    mixes: ClassVar[Mixed] = "lanes"

    def __init__(self, place: MixerPlace) -> None:
        super().__init__()
        self.place = place

    @abstractmethod
    def forward(self, lanes: list[Tensor], entered: list[Tensor]) -> list[Tensor]:
        """The maps of all lanes to those of its streams, all of one shape.

        Args:
            lanes: Maps (B, C, H, W), or what else a stage gives, of each lane.
            entered: Of each stream that came out of the mixer before it, or went into the experts.
        """

    def lane_shares(self, lanes: list[Tensor], entered: list[Tensor]) -> Tensor | None:
        """How much each stream takes of each lane, for a diagnosis: of shape (streams, lanes).

        None unless a mixer has numbers that say so; their meaning is the mixer's.

        Args:
            lanes: As for `forward`.
            entered: As for `forward`.
        """
        del lanes, entered
        return None

    def lanes_of(self, stream: int) -> Sequence[int]:
        """The lanes that a stream is made of: all, unless a mixer knows better."""
        del stream
        return range(self.place.num_lanes)

    def entered_of(self, stream: int) -> Sequence[int]:
        """What else a stream is made of: none of what entered, unless a mixer knows better."""
        del stream
        return ()

    def weights_of(self, stream: int) -> Iterable[nn.Parameter]:
        """The weights that make a stream: all, unless a mixer knows better."""
        del stream
        return self.parameters()


MIXERS: Registry[type[Mixer]] = Registry("the mixer")


def build_mixer(name: str, place: MixerPlace, where: str) -> Mixer:
    """Builds a mixer and sees that it gives the streams that its place wants.

    Args:
        name: Under which it is registered.
        place: Where it stands.
        where: The same in words, for an error.

    Raises:
        ArchitectureError: If there is nothing to mix, or it does not keep numbers and shapes.
        RequestError: If no mixer has that name.
    """
    kind = MIXERS[name]
    if kind.mixes == "lanes" and place.num_lanes < 2:
        raise ArchitectureError.expected(
            f"the lanes at the mixer {where}",
            "two or more",
            place.num_lanes,
            "Fork the trunk earlier, or leave the mixer out.",
        )
    if kind.mixes != place.mixed:
        fitting = [other for other in MIXERS if MIXERS[other].mixes == place.mixed]
        raise ArchitectureError.expected(
            f"the mixer {where}",
            f"one of {place.mixed}, such as {' or '.join(fitting)}",
            f"{name}, which is one of {kind.mixes}",
            "Name another, or change the trunk.",
        )
    mixer = kind(place)
    with torch.no_grad(), torch.device("cpu"), MacCount():
        lanes = [zeros((1, *place.shape)) for _ in place.lanes]
        mixed = mixer.eval()(lanes, [zeros((1, *place.entered_shape)) for _ in place.entered])
    shapes = [tuple(maps.shape[1:]) for maps in mixed]
    if shapes != [place.shape] * len(place.streams):
        raise ArchitectureError.expected(
            f"what the mixer {name!r} gives {where}",
            f"{len(place.streams)} maps of shape {place.shape}",
            str(shapes),
            "Return maps of the shape that came in, one for each stream.",
        )
    mixer.train()
    return mixer
