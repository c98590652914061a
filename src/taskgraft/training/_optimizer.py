"""Makes a recipe's optimizer and the learning rate of each step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from taskgraft.network import parameter_groups
from taskgraft.recipe import Adam, Muon, Recipe
from taskgraft.training._update_rules import AdamRule, Moved, MuonRule, SgdRule, State, UpdateRule


@dataclass
class WeightGroup:
    """Weights that one rule moves.

    Attributes:
        name: Of the group, in checkpoints.
        weights: The trainable ones.
        rule: How they move.
        peak_learning_rate: The recipe's.
        learning_rate: Of the next step.
        states: What the rule remembers of each weight's steps.
    """

    name: str
    weights: Sequence[nn.Parameter]
    rule: UpdateRule
    peak_learning_rate: float
    learning_rate: float = 0.0
    states: list[State] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.learning_rate = self.peak_learning_rate
        self.states = [{} for _ in self.weights]

    @torch.no_grad()
    def step(self) -> None:
        """Moves every weight that has a gradient."""
        moved = [
            (weight.detach(), _laid_out_as(weight, weight.grad), state)
            for weight, state in zip(self.weights, self.states, strict=True)
            if weight.grad is not None
        ]
        if moved:
            self.rule.step(Moved(*zip(*moved, strict=True)), self.learning_rate)


class Optimizer:
    """All weights of a network, each moved by the rule of its group.

    Args:
        groups: Each weight is in one of them.
    """

    def __init__(self, groups: Sequence[WeightGroup]) -> None:
        self.groups = [group for group in groups if group.weights]

    def step(self) -> None:
        """Moves every weight along its gradient."""
        for group in self.groups:
            group.step()

    def zero_grad(self) -> None:
        """Forgets every gradient."""
        for group in self.groups:
            for weight in group.weights:
                weight.grad = None


def build_optimizer(network: nn.Module, recipe: Recipe) -> Optimizer:
    """The recipe's optimizer over a network's trainable weights, by the groups that its modules declared.

    Raises:
        ArchitectureError: If a weight is not declared.
    """
    spec, groups = recipe.optimizer, parameter_groups(network)
    hidden: tuple[UpdateRule, float]
    matrix: tuple[UpdateRule, float]
    plain: tuple[UpdateRule, float]
    if isinstance(spec, Adam):
        hidden = matrix = plain = AdamRule(spec.epsilon), spec.learning_rate
    else:
        rest = spec.rest if isinstance(spec, Muon) else spec
        hidden = matrix = SgdRule(rest.momentum, rest.weight_decay), rest.learning_rate
        plain = SgdRule(rest.momentum, 0.0), rest.learning_rate
        if isinstance(spec, Muon):
            hidden = MuonRule(spec.momentum, spec.num_iterations), spec.learning_rate
    rules = {"hidden": hidden, "matrix": matrix, "plain": plain}
    return Optimizer([WeightGroup(name, groups[name], *rules[name]) for name in groups])


def rate_share(recipe: Recipe, step: int, num_steps: int) -> float:
    """Learning rate of a step, counted from 0, of a run of `num_steps`, as a share of the peak rate.

    A triangular schedule peaks at the step nearest to `warmup_ratio` of the run, and never reaches zero: the
    steps before the first and after the last would.
    """
    if recipe.schedule == "constant":
        return 1.0
    top = round(recipe.warmup_ratio * num_steps)
    return (step + 1) / (top + 1) if step < top else (num_steps - step) / (num_steps - top)


def set_learning_rate(optimizer: Optimizer, recipe: Recipe, step: int, num_steps: int) -> float:
    """Sets every group's learning rate for a step, and returns the first group's."""
    share = rate_share(recipe, step, num_steps)
    for group in optimizer.groups:
        group.learning_rate = share * group.peak_learning_rate
    return optimizer.groups[0].learning_rate


def tensors_of(optimizer: Optimizer) -> dict[str, Tensor]:
    """What an optimizer remembers of its steps, as `<group>.<number of the weight>.<name>`.

    Rates and decays are not among it: they follow from the recipe and the step.
    """
    return {
        f"{group.name}.{number}.{name}": tensor
        for group in optimizer.groups
        for number, state in enumerate(group.states)
        for name, tensor in state.items()
    }


def restore_optimizer(optimizer: Optimizer, tensors: Mapping[str, Tensor]) -> None:
    """Gives an optimizer that has made no step yet what `tensors_of` gave of one of the same weights.

    Raises:
        ValueError, LookupError: If the weights are others.
    """
    groups = {group.name: group for group in optimizer.groups}
    for path, tensor in tensors.items():
        name, number, part = path.split(".")
        group = groups[name]
        weight = group.weights[int(number)]
        # A count of steps is one number; all else is shaped as its weight.
        if tensor.ndim and tensor.shape != group.rule.state_shape(weight):
            raise ValueError("the state of other weights")
        group.states[int(number)][part] = tensor.to(weight.device)


def _laid_out_as(weight: Tensor, gradient: Tensor) -> Tensor:
    """The gradient in the weight's layout: the fused kernels walk through the memory of both together."""
    return gradient if gradient.stride() == weight.stride() else torch.empty_like(weight).copy_(gradient)
