"""What a balancer is, and all of them by name."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from torch import Tensor, nn

from taskgraft.hardware import ALONE, Team
from taskgraft.registry import Registry


class Balancer(ABC):
    """How the losses of the levels become the gradients of one step.

    Not to be confused with the `balance` of a recipe, which makes classes of unequal size count the same.

    Args:
        weights: Weight of each level's loss in the recipe, coarsest first: f32 of shape (L,). Levels that
            are derived have no loss, and do not count here.
        seed: The run's. What a balancer draws, it draws from streams of its own that this seed begins.

    Attributes:
        weights: As given.
        seed: As given.
        looks_again: Whether it wants the losses of the same batch once more behind the step.
        last_weights: By what each loss, times the recipe's weight, was multiplied in the last step, f32 of
            shape (L,), 0 for a level without a label; None where that never changes.
        team: The processes that make the run together. Losses are of the whole batch for each of them, and
            gradients of its rows alone: they are added up behind `backward`.
        last_ratio: Norm of the gradient of what is shared that the last step made of the levels', as a share
            of that of their sum, a number; None where nothing but weights is chosen.
    """

    looks_again: ClassVar[bool] = False

    def __init__(self, weights: Tensor, seed: int) -> None:
        self.weights = weights
        self.seed = seed
        self.last_weights: Tensor | None = None
        self.last_ratio: Tensor | None = None
        self.team: Team = ALONE

    @classmethod
    def check(cls, num_levels: int, settings: Mapping[str, Any]) -> None:
        """Refuses what cannot work here before anything is trained.

        Args:
            num_levels: How many levels have a loss.
            settings: The keywords that it would be made with.

        Raises:
            RequestError: If a library is missing, or there are too few levels.
        """
        return

    @abstractmethod
    def backward(
        self, losses: Tensor, features: Sequence[Tensor], shared_parameters: Sequence[nn.Parameter]
    ) -> None:
        """Adds the gradient of this step to `.grad` of every trainable parameter that a loss reaches.

        Args:
            losses: One a level, coarsest first, with their graph: f32 of shape (L,). 0 for a level of which
                no image of the batch is known; no gradient comes from it.
            features: What leaves the trunk's lanes: each of shape (B, D), a part of the graph. All that one
                level has to say to its trunk passes through here, which makes balancing here cheap.
            shared_parameters: Those of the trunk that more than one loss reaches; none while it is frozen.
        """

    def look_again(self, losses: Tensor) -> None:
        """What the step made of the losses of its batch, where `looks_again`.

        Args:
            losses: Those of `backward`, computed with the moved weights: f32 of shape (L,), without a graph.
        """
        return

    def end_epoch(self) -> None:
        """An epoch has ended: for those that compare epochs."""
        return

    def state_dict(self) -> dict[str, Tensor]:
        """What it remembers between two steps, by name; a checkpoint keeps it."""
        return {}

    def load_state_dict(self, state: Mapping[str, Tensor]) -> None:
        """Takes up what `state_dict` gave: the steps that follow are the same, to the bit.

        Raises:
            ValueError: If it is the state of another kind of balancer.
        """
        if state:
            raise ValueError(f"{type(self).__name__} remembers nothing, but got {', '.join(state)}")


BALANCERS: Registry[type[Balancer]] = Registry("balancing")


def require(state: Mapping[str, Tensor], *names: str) -> None:
    """Refuses the state of another kind of balancer.

    Raises:
        ValueError: If it does not have exactly these names.
    """
    if state.keys() != set(names):
        raise ValueError(f"Expected {', '.join(names)}, but got {', '.join(state) or 'nothing'}")
