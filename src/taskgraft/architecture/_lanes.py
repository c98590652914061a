"""The lanes of every stage of a trunk: which levels look through each, what it goes on, what leaves it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from taskgraft.architecture._spec import Architecture
from taskgraft.errors import ArchitectureError, Phrase

Levels = tuple[int, ...]
"""Levels by place among all."""

Mixed = Literal["lanes", "experts", "one lane"]
"""What a mixer sees: lanes that go on, experts to choose from, or the one lane of a shared trunk."""


@dataclass(frozen=True)
class StageLanes:
    """The lanes of one stage.

    Attributes:
        lanes: For each lane, the levels that look through it.
        copies: For each lane, which copy of the trunk's layers it has.
        sources: For each lane, which stream of those before the stage it goes on.
        streams: What leaves the stage, its mixer included: for each stream, the levels that it serves.
        mixer: The name of the mixer behind it, if there is one.
        entered: What its mixer may look back to: the streams that the mixer before it gave or, if there is
            none, those that went into the experts, or else the pixels.
        entered_behind: Behind which stage these are; 0 for the pixels.
    """

    lanes: tuple[Levels, ...]
    copies: tuple[int, ...]
    sources: tuple[int, ...]
    streams: tuple[Levels, ...]
    mixer: str | None
    entered: tuple[Levels, ...]
    entered_behind: int


def what_is_mixed(architecture: Architecture) -> Mixed:
    """What the mixers of an architecture see."""
    if architecture.experts is not None:
        return "experts"
    return "one lane" if architecture.trunk == "shared" else "lanes"


def stage_lanes(architecture: Architecture, num_stages: int) -> tuple[StageLanes, ...]:
    """The lanes of each stage, the first stage first.

    First the lane of the levels that are still together, then one for each level that left, coarsest first;
    of experts the shared ones, then those of each level. A derived level looks through none.

    Args:
        architecture: Any.
        num_stages: Stages of the recipe's trunk.

    Raises:
        ArchitectureError: If a level is to share, or a mixer stands behind, more stages than the trunk has,
            or one that has to stand behind the last stage does not.

    Example:
        >>> forked = Architecture("mine", ("a", "b", "c"), "forked", forks=(0, 1, 2))
        >>> [stage.lanes for stage in stage_lanes(forked, 2)]
        [((1, 2), (0,)), ((2,), (0,), (1,))]
    """
    _check_mixers(architecture, num_stages)
    shared = architecture.stages_shared(num_stages)
    mixers = {mixing.stage: mixing.mixer for mixing in architecture.mixers}
    has_experts = architecture.experts is not None
    lanes_of = [_lanes(architecture, shared, stage) for stage in range(num_stages)]
    stages: list[StageLanes] = []
    streams: tuple[Levels, ...] = (architecture.branched_places,)
    entered = streams
    entered_behind = 0
    for number, lanes in enumerate(lanes_of, start=1):
        # Experts go on side by side until a mixer looks at them.
        goes_on = number > 1 and lanes == lanes_of[number - 2] and number - 1 not in mixers
        if number - 1 in mixers or (has_experts and not goes_on):
            entered, entered_behind = streams, number - 1
        sources = [place if goes_on else _source(each, streams) for place, each in enumerate(lanes)]
        copies = [
            place if has_experts else _holding(each[0], lanes_of[-1]) for place, each in enumerate(lanes)
        ]
        mixer = mixers.get(number)
        streams = lanes
        if mixer is not None:
            streams = _streams(architecture, lanes, is_last=number == num_stages)
        stages.append(
            StageLanes(lanes, tuple(copies), tuple(sources), streams, mixer, entered, entered_behind)
        )
    return tuple(stages)


def _lanes(architecture: Architecture, shared: Sequence[int], stage: int) -> tuple[Levels, ...]:
    """The levels of each lane at a stage, counted from 0."""
    forks = dict(zip(architecture.branched_places, shared, strict=True))
    together = tuple(level for level, fork in forks.items() if fork > stage)
    alone = [(level,) for level, fork in forks.items() if fork <= stage]
    experts = architecture.experts
    if experts is None or not alone:
        return (together, *alone) if together else tuple(alone)
    return (*[tuple(forks)] * experts.shared, *(level for level in alone for _ in range(experts.specific)))


def _streams(architecture: Architecture, lanes: tuple[Levels, ...], *, is_last: bool) -> tuple[Levels, ...]:
    """What a mixer gives: as many as its lanes, or one for each level and one in common."""
    if what_is_mixed(architecture) == "lanes":
        return lanes
    places = architecture.branched_places
    alone = tuple((level,) for level in places)
    goes_on_in_common = not is_last and (architecture.experts is None or architecture.experts.shared > 0)
    return (places, *alone) if goes_on_in_common else alone


def _source(levels: Levels, streams: Sequence[Levels]) -> int:
    """Which stream a lane goes on: that of just its levels, or the first that serves them."""
    return streams.index(levels) if levels in streams else _holding(levels[0], streams)


def _holding(level: int, lanes: Sequence[Levels]) -> int:
    return next(place for place, lane in enumerate(lanes) if level in lane)


def _check_mixers(architecture: Architecture, num_stages: int) -> None:
    for mixing in architecture.mixers:
        if mixing.stage > num_stages:
            raise ArchitectureError.expected(
                f"the stage before the mixer {mixing.mixer!r} of {architecture.name!r}",
                f"at most {num_stages}, the recipe's stages",
                mixing.stage,
                "Mix earlier, or use a recipe of more stages.",
            )
    if architecture.experts is not None:
        _check_experts(architecture, num_stages)
    stages, mixed = [mixing.stage for mixing in architecture.mixers], what_is_mixed(architecture)
    if num_stages not in stages and (mixed == "experts" or (mixed == "one lane" and stages)):
        raise ArchitectureError.expected(
            f"the last mixer of {architecture.name!r}",
            f"behind stage {num_stages}, the recipe's last",
            Phrase(f"behind stage {max(stages)}" if stages else "none"),
            "Levels continue with what it gives them.",
        )


def _check_experts(architecture: Architecture, num_stages: int) -> None:
    fork, stages = architecture.stages_shared(num_stages)[0], [each.stage for each in architecture.mixers]
    if fork == num_stages:
        raise ArchitectureError.expected(
            f"the fork of {architecture.name!r}, which has experts,",
            f"below {num_stages}, the recipe's stages",
            fork,
            "Experts are copies of the stages behind it.",
        )
    if any(stage <= fork for stage in stages):
        raise ArchitectureError.expected(
            f"the stages before the mixers of {architecture.name!r}",
            f"above {fork}, behind which its experts begin",
            tuple(stages),
            "Mix where experts are.",
        )
