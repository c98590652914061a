"""What an architecture is made of: how a trunk is shared, flows between branches, mixers behind stages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from taskgraft.errors import ArchitectureError
from taskgraft.kinds import NAME, TRUTH, check_kinds

Sharing = Literal["separate", "shared", "forked"]
Carried = Literal["logits", "probs", "features"]

# Of either kind; a file may ask for any number.
MOST_EXPERTS = 16


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

    Behind lanes of separate or forked trunks it gives as many. Behind a shared trunk, or experts, it makes
    of them what each level continues with.

    Attributes:
        stage: Behind which stage it stands, counted from 1.
        mixer: Its name in `taskgraft.network.MIXERS`.
    """

    stage: int
    mixer: str


@dataclass(frozen=True)
class Experts:
    """Copies of the stages behind the fork of a trunk, for mixers to choose from.

    Attributes:
        shared: Copies that every level's gate sees.
        specific: Copies for each level, which its gate alone sees.

    Raises:
        ArchitectureError: If a number is none from 0 to 16, or a level has no two to choose from.

    Example:
        >>> Experts(shared=1, specific=1)
        Experts(shared=1, specific=1)
    """

    shared: int
    specific: int = 0

    def __post_init__(self) -> None:
        for kind, count in vars(self).items():
            # In Python True is a number.
            if isinstance(count, bool) or not isinstance(count, int) or not 0 <= count <= MOST_EXPERTS:
                raise ArchitectureError.expected(
                    f"the number of {kind} experts",
                    f"a whole number from 0 to {MOST_EXPERTS}",
                    count,
                    "Write it in digits.",
                )
        if self.shared + self.specific < 2:
            raise ArchitectureError.expected(
                "the experts of a level",
                "two or more, shared and specific ones together",
                self.shared + self.specific,
                "Add one.",
            )
