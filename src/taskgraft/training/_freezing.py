"""A trunk that stays as it began, for the first share of the steps or for all of them."""

from __future__ import annotations

import torch
from torch import Tensor

from taskgraft.network import Network, batch_norms
from taskgraft.recipe import Recipe


def num_frozen(recipe: Recipe, num_steps: int) -> int:
    """How many steps, from the first, of a run of `num_steps` leave the trunk as it is.

    Example:
        >>> from taskgraft.recipe import recipe
        >>> num_frozen(recipe("finetune", {"frozen_ratio": 0.25}), 10), num_frozen(recipe("quick"), 10)
        (2, 0)
    """
    return round(recipe.frozen_ratio * num_steps)


def trunk_ramp(recipe: Recipe, step: int, num_steps: int) -> float:
    """What the trunk's rate is multiplied by in a step, counted from 0.

    A trunk that was frozen rises from zero as the heads did at the start, from the step on in which it begins
    to learn: the first steps of Adam are as long as its rate, whatever the gradient.
    """
    frozen = num_frozen(recipe, num_steps)
    rising = round(recipe.warmup_ratio * num_steps) if frozen and recipe.schedule != "constant" else 0
    return max(0.0, min(1.0, (step - frozen + 1) / (rising + 1)))


class TrainedTrunk:
    """The trunk of a network in training, as a recipe wants it run.

    Args:
        network: In training mode but for its trunk, whose mode is set here.
        recipe: Whether batch norms of the trunk keep their statistics.
    """

    def __init__(self, network: Network, recipe: Recipe) -> None:
        self._network = network
        self._kept = batch_norms(network.trunk) if recipe.trunk_statistics == "kept" else []

    def features(self, images: Tensor, *, is_frozen: bool) -> list[Tensor]:
        """What leaves the trunk for images (B, C, H, W), 0 to 255: features (B, D) of each lane.

        A frozen trunk is run as for a prediction: batch norms use the statistics that they have and leave
        them, nothing is dropped, and no graph is kept. Its features are leaves of the graph: a gradient at
        the border of trunk and branches is there for whoever balances by it.

        Args:
            images: The batch.
            is_frozen: Whether this step leaves the trunk as it is.
        """
        trunk = self._network.trunk
        if trunk.training == is_frozen:
            trunk.train(not is_frozen)
        for norm in self._kept:
            norm.eval()
        if not is_frozen:
            return self._network.features(images)
        with torch.no_grad():
            features = self._network.features(images)
        return [each.requires_grad_() for each in features]
