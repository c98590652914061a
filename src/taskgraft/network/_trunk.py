"""The trunk of a network: stages x lanes, with mixers between the stages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn

from taskgraft.architecture import Architecture, StageLanes, stage_lanes, what_is_mixed
from taskgraft.errors import ArchitectureError, RequestError
from taskgraft.network._declared import as_trunk, begin_apart
from taskgraft.network._mac_count import MacCount, zeros
from taskgraft.network._mixer import Mixer, MixerPlace, build_mixer
from taskgraft.network._reach import shared_weights
from taskgraft.network._stage import Stage
from taskgraft.network._trunk_family import Lane, trunk_family, wrong_size
from taskgraft.recipe import TrunkSpec


class Trunk(nn.Module):
    """Stages x lanes: pixels in, the features of every stream out.

    Args:
        architecture: Says which levels look through one lane at each stage, and where lanes are mixed.
        spec: Of its family, scaled.
        image_shape: Channels, height and width.

    Attributes:
        lanes: Which levels, by place, each stream behind the last stage serves.
        num_features: D, features of each stream.

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
        plans = stage_lanes(architecture, spec.num_stages)
        self.lanes = plans[-1].streams
        built = [trunk_family(spec).lane(spec, image_shape) for _ in plans[-1].lanes]
        *shapes, (self.num_features,) = _shapes(built[0], spec, image_shape)
        if architecture.experts is not None:
            _set_apart(built)
        self.stages = nn.ModuleList()
        for number, plan in enumerate(plans, start=1):
            mixer = _mixer(architecture, plan, number, [image_shape, *shapes])
            lanes = [built[copy].stages[number - 1] for copy in plan.copies]
            is_entry = plan.entered_behind == number - 1
            self.stages.append(Stage(lanes, plan.sources, mixer, is_entry=is_entry))
        # Where a level reads several lanes, there may be more streams than pools, which hold no weights then.
        self.pools = nn.ModuleList(built[min(i, len(built) - 1)].pool for i in range(len(self.lanes)))

    def forward(self, pixels: Tensor) -> list[Tensor]:
        """Normalised pixels (B, C, H, W) to features (B, D) of each stream."""
        streams = entered = [pixels]
        for stage in self.each_stage():
            if stage.is_entry:
                entered = streams
            streams = stage(streams, entered)
        return [pool(last) for pool, last in zip(self.pools, streams, strict=True)]

    def one_lane(self) -> list[nn.Module]:
        """The modules that pixels of one lane go through, from the first stage to the pool; no mixers."""
        return [stage.lanes[0] for stage in self.each_stage()] + [self.pools[0]]

    def mixers(self) -> list[nn.Module]:
        """All mixers, that of the earliest stage first."""
        return [stage.mixer for stage in self.each_stage() if stage.mixer is not None]

    def shared_parameters(self, losses_reaching: Sequence[frozenset[int]]) -> list[nn.Parameter]:
        """The trainable weights that several losses reach.

        Args:
            losses_reaching: For each level, the levels whose losses send a gradient to its features.
        """
        reached = [frozenset[int]().union(*(losses_reaching[i] for i in levels)) for levels in self.lanes]
        return shared_weights(list(self.each_stage()), list(self.pools), reached)

    def each_stage(self) -> Iterator[Stage]:
        """The stages, in order."""
        for stage in self.stages:
            assert isinstance(stage, Stage)
            yield stage


def _mixer(
    architecture: Architecture, plan: StageLanes, number: int, shapes: Sequence[tuple[int, ...]]
) -> Mixer | None:
    """The mixer behind a stage.

    Args:
        architecture: Of the trunk.
        plan: Of the stage.
        number: Of the stage, counted from 1.
        shapes: Of one image, and of its maps behind each stage.
    """
    if plan.mixer is None:
        return None
    place = MixerPlace(
        mixed=what_is_mixed(architecture),
        lanes=plan.lanes,
        streams=plan.streams,
        entered=plan.entered,
        shape=shapes[number],
        entered_shape=shapes[plan.entered_behind],
        key=f"mixer.{number}",
    )
    return build_mixer(plan.mixer, place, f"behind stage {number} of {architecture.name!r}")


def _set_apart(copies: Sequence[Lane]) -> None:
    """Has experts begin with different weights: of equal ones a gate has nothing to choose."""
    for place, lane in enumerate(copies):
        for part in (*lane.stages, lane.pool):
            begin_apart(part, place)


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
