"""Which weights of a trunk the losses of several levels reach."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from torch import nn

from taskgraft.network._stage import Stage

Losses = frozenset[int]
"""Levels, by place, whose losses arrive somewhere."""

Part = tuple[Iterable[nn.Parameter], Losses]
"""Weights, and what reaches them."""


def shared_weights(
    stages: Sequence[Stage], pools: Sequence[nn.Module], reached: Sequence[Losses]
) -> list[nn.Parameter]:
    """The trainable weights of a trunk that more than one loss reaches, those of the first stage first.

    Args:
        stages: All stages of the trunk.
        pools: Behind the last stage, one for each of its streams.
        reached: For each of these streams, the losses that send a gradient to its features.
    """
    parts: list[Part] = [(pool.parameters(), losses) for pool, losses in zip(pools, reached, strict=True)]
    entered: Sequence[Losses] = ()
    for place in reversed(range(len(stages))):
        stage, of_lanes = stages[place], reached
        if (mixer := stage.mixer) is not None:
            parts = [*((mixer.weights_of(i), losses) for i, losses in enumerate(reached)), *parts]
            streams = range(len(reached))
            of_lanes = _behind(map(mixer.lanes_of, streams), reached, len(stage.sources))
            entered = _behind(map(mixer.entered_of, streams), reached, len(mixer.place.entered))
        lanes = zip(stage.lanes, of_lanes, strict=True)
        parts = [*((lane.parameters(), losses) for lane, losses in lanes), *parts]
        num_before = stages[place - 1].num_streams if place else 1
        reached = _behind(((source,) for source in stage.sources), of_lanes, num_before)
        if stage.is_entry and entered:
            reached = [losses | others for losses, others in zip(reached, entered, strict=True)]
            entered = ()
    return _by_several(parts)


def _behind(made_of: Iterable[Sequence[int]], reached: Sequence[Losses], num_before: int) -> list[Losses]:
    """What reaches each of some streams, from what reaches those that are made of them."""
    back = [set[int]() for _ in range(num_before)]
    for places, losses in zip(made_of, reached, strict=True):
        for place in places:
            back[place] |= losses
    return [frozenset(losses) for losses in back]


def _by_several(parts: Sequence[Part]) -> list[nn.Parameter]:
    reached: dict[nn.Parameter, Losses] = {}
    for weights, losses in parts:
        for weight in weights:
            reached[weight] = reached.get(weight, frozenset()) | losses
    return [weight for weight, losses in reached.items() if len(losses) > 1 and weight.requires_grad]
