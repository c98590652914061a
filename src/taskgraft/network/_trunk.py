"""The trunk of a network: stages x lanes, with mixers between the stages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn

from taskgraft.architecture import Architecture
from taskgraft.errors import ArchitectureError, RequestError
from taskgraft.network._declared import as_trunk
from taskgraft.network._mac_count import MacCount, zeros
from taskgraft.network._mixer import MixerPlace, build_mixer
from taskgraft.network._trunk_family import Lane, trunk_family, wrong_size
from taskgraft.recipe import TrunkSpec

Levels = Sequence[int]


class Stage(nn.Module):
    """One stage in all its lanes, and the mixer behind it.

    Args:
        lanes: The stage's layers, once for each lane.
        sources: For each lane, which lane of the stage before it goes on.
        mixer: Sees the maps of all lanes, if there is one.
    """

    def __init__(self, lanes: Sequence[nn.Module], sources: Sequence[int], mixer: nn.Module | None) -> None:
        super().__init__()
        self.lanes = nn.ModuleList(lanes)
        self.sources = tuple(sources)
        self.mixer = mixer

    def forward(self, maps: list[Tensor]) -> list[Tensor]:
        """Maps of the lanes before it to maps of its lanes."""
        out = [lane(maps[source]) for lane, source in zip(self.lanes, self.sources, strict=True)]
        if self.mixer is not None:
            out = self.mixer(out)
        return out


class Trunk(nn.Module):
    """Stages x lanes: pixels in, the features of every lane out.

    Args:
        architecture: Says which levels look through one lane at each stage, and where lanes are mixed.
        spec: Of its family, scaled.
        image_shape: Channels, height and width.

    Attributes:
        lanes: Which levels, by place, each lane of the last stage serves.
        num_features: D, features of each lane.

    Raises:
        RequestError: If the family cannot look at such images.
        ArchitectureError: If the architecture forks or mixes behind more stages than there are.
    """

    def __init__(
        self, architecture: Architecture, spec: TrunkSpec, image_shape: tuple[int, int, int]
    ) -> None:
        super().__init__()
        as_trunk(self)
        _check_side(spec, image_shape)
        lanes_of_stage = architecture.lanes(spec.num_stages)
        self.lanes = lanes_of_stage[-1]
        family = trunk_family(spec)
        built = [family.lane(spec, image_shape) for _ in self.lanes]
        *shapes, (self.num_features,) = _shapes(built[0], spec, image_shape)
        mixers = {mixing.stage: mixing.mixer for mixing in architecture.mixers}
        self.stages = nn.ModuleList()
        before: Sequence[Levels] = [range(len(architecture.levels))]
        for number, lanes in enumerate(lanes_of_stage, start=1):
            place = MixerPlace(len(lanes), shapes[number - 1], f"mixer.{number}")
            where = f"behind stage {number} of {architecture.name!r}"
            self.stages.append(
                Stage(
                    [built[_place_of(levels, self.lanes)].stages[number - 1] for levels in lanes],
                    [_place_of(levels, before) for levels in lanes],
                    build_mixer(mixers[number], place, where) if number in mixers else None,
                )
            )
            before = lanes
        self.pools = nn.ModuleList(lane.pool for lane in built)

    def forward(self, pixels: Tensor) -> list[Tensor]:
        """Normalised pixels (B, C, H, W) to features (B, D) of each lane."""
        maps = [pixels]
        for stage in self.stages:
            maps = stage(maps)
        return [pool(last) for pool, last in zip(self.pools, maps, strict=True)]

    def one_lane(self) -> list[nn.Module]:
        """The modules that pixels of one lane go through, from the first stage to the pool; no mixers."""
        return [stage.lanes[0] for stage in self.each_stage()] + [self.pools[0]]

    def mixers(self) -> list[nn.Module]:
        """All mixers, that of the earliest stage first."""
        return [stage.mixer for stage in self.each_stage() if stage.mixer is not None]

    def shared_parameters(self, losses_reaching: Sequence[frozenset[int]]) -> list[nn.Parameter]:
        """The trainable weights that several losses reach.

        Args:
            losses_reaching: For each level, the levels whose losses send a gradient to its features. A mixer
                is taken to mix all lanes.
        """
        reached = [frozenset[int]().union(*(losses_reaching[i] for i in levels)) for levels in self.lanes]
        shared = [pool for pool, losses in zip(self.pools, reached, strict=True) if len(losses) > 1]
        for stage in reversed(list(self.each_stage())):
            if stage.mixer is not None:
                reached = [frozenset[int]().union(*reached)] * len(reached)
                shared = [stage.mixer, *shared] if len(reached[0]) > 1 else shared
            of_lane = zip(stage.lanes, reached, strict=True)
            shared = [*(lane for lane, losses in of_lane if len(losses) > 1), *shared]
            reached = [
                frozenset[int]().union(
                    *(losses for at, losses in zip(stage.sources, reached, strict=True) if at == source)
                )
                for source in range(max(stage.sources) + 1)
            ]
        return [weight for part in shared for weight in part.parameters() if weight.requires_grad]

    def each_stage(self) -> Iterator[Stage]:
        """The stages, in order."""
        for stage in self.stages:
            assert isinstance(stage, Stage)
            yield stage


def _place_of(levels: Levels, lanes: Sequence[Levels]) -> int:
    """Which lane has the first of some levels."""
    return next(place for place, lane in enumerate(lanes) if levels[0] in lane)


def _check_side(spec: TrunkSpec, image_shape: tuple[int, int, int]) -> None:
    _, height, width = image_shape
    if min(height, width) < spec.smallest_side:
        raise RequestError.expected(
            "images",
            f"at least {spec.smallest_side} pixels a side for this recipe",
            f"{height}x{width}",
            "Use larger images or a recipe with fewer stages.",
        )


def _shapes(lane: Lane, spec: TrunkSpec, image_shape: tuple[int, int, int]) -> list[tuple[int, ...]]:
    """Shapes of one image's maps behind each stage, and of its features; found by a pass of one image."""
    if len(lane.stages) != spec.num_stages:
        raise ArchitectureError.expected(
            f"a lane of the family {spec.family!r}",
            f"{spec.num_stages} stages long, as its spec says",
            f"{len(lane.stages)}",
            "Give a module for each stage.",
        )
    parts = [*lane.stages, lane.pool]
    shapes: list[tuple[int, ...]] = []
    maps = zeros((1, *image_shape))
    try:
        # The count is of no interest; nothing else runs weights that have no memory.
        with torch.no_grad(), torch.device("cpu"), MacCount():
            for part in parts:
                maps = part.eval()(maps)
                shapes.append(tuple(maps.shape[1:]))
    # What a family's layers raise where a map is too small for them.
    except (RuntimeError, AssertionError, ValueError) as error:
        raise wrong_size(spec, image_shape) from error
    for part in parts:
        part.train()
    if len(shapes[-1]) != 1:
        raise ArchitectureError.expected(
            f"the features of the family {spec.family!r}",
            "of shape (B, D)",
            str(("B", *shapes[-1])),
            "Pool the last maps.",
        )
    return shapes
