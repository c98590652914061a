"""What an architecture is made of: how a trunk is shared, flows between branches, mixers behind stages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from taskgraft.kinds import NAME, TRUTH, check_kinds

Sharing = Literal["separate", "shared", "forked"]
Carried = Literal["logits", "probs", "features"]


@dataclass(frozen=True)
class Flow:
    """What one level's branch hands to another's, between its `fc_1` and its `fc_2`.

    Attributes:
        source: Level whose output flows.
        target: Level whose branch it is concatenated into.
        carries: `logits` (before the softmax), `probs` (after it) or `features` (what the source's `fc_1`
            gives; where a recipe has no `fc_1`, what its trunk gives).
        passes_gradient: Whether the target's loss also trains the source's branch.
    """

    source: str
    target: str
    carries: Carried = "logits"
    passes_gradient: bool = True

    def __post_init__(self) -> None:
        check_kinds(vars(self), {"source": NAME, "target": NAME, "carries": NAME, "passes_gradient": TRUTH})


@dataclass(frozen=True)
class Mixing:
    """A mixer behind a stage, which sees the maps of all its lanes.

    Attributes:
        stage: Behind which stage it stands, counted from 1.
        mixer: Its name in `taskgraft.network.MIXERS`.
    """

    stage: int
    mixer: str
