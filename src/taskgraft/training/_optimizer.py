"""Makes a recipe's optimizer and the learning rate of each step."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import torch
from torch import Tensor, nn

from taskgraft.hardware import ALONE, Team
from taskgraft.network import Group, Part, parameter_groups
from taskgraft.recipe import Adam, AdamW, Muon, Recipe, Sgd
from taskgraft.training._freezing import trunk_ramp
from taskgraft.training._update_rules import AdamRule, Moved, MuonRule, SgdRule, State, UpdateRule


@dataclass
class WeightGroup:
    """Weights that one rule moves.

    Attributes:
        name: Of the group, in checkpoints.
        part: Of the network.
        weights: The trainable ones.
        rule: How they move.
        peak_learning_rate: The recipe's.
        learning_rate: Of the next step.
        states: What the rule remembers of each weight's steps.
    """

    name: str
    part: Part
    weights: Sequence[nn.Parameter]
    rule: UpdateRule
    peak_learning_rate: float
    learning_rate: float = 0.0
    states: list[State] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.learning_rate = self.peak_learning_rate
        self.states = [{} for _ in self.weights]

    @torch.no_grad()
    def step(self, team: Team = ALONE) -> None:
        """Moves every weight that has a gradient, alike in all processes of a team."""
        moved = [
            (weight.detach(), _laid_out_as(weight, weight.grad), state)
            for weight, state in zip(self.weights, self.states, strict=True)
            if weight.grad is not None
        ]
        if moved:
            self.rule.step(Moved(*zip(*moved, strict=True)), self.learning_rate, team)


class Optimizer:
    """All weights of a network, each moved by the rule of its group.

    Args:
        groups: Each weight is in one of them.

    Attributes:
        team: The processes that move the same weights by the same gradients.
    """

    def __init__(self, groups: Sequence[WeightGroup]) -> None:
        self.groups = list(groups)
        self.team = ALONE

    def gradients(self) -> list[Tensor]:
        """Those that there are, in the order of the weights."""
        return [weight.grad for group in self.groups for weight in group.weights if weight.grad is not None]

    def step(self) -> None:
        """Moves every weight along its gradient."""
        for group in self.groups:
            group.step(self.team)

    def zero_grad(self) -> None:
        """Forgets every gradient."""
        for group in self.groups:
            for weight in group.weights:
                weight.grad = None


def build_optimizer(network: nn.Module, recipe: Recipe) -> Optimizer:
    """The recipe's optimizer over a network's trainable weights, by what its modules declared.

    Raises:
        ArchitectureError: If a weight is not declared.
    """
    rules, groups = _rules(recipe.optimizer), parameter_groups(network)
    ratios: Mapping[Part, float] = {"heads": 1.0, "trunk": recipe.trunk_rate_ratio}
    return Optimizer(
        [
            WeightGroup(f"{part}-{group}", part, weights, rules[group][0], ratios[part] * rules[group][1])
            for (part, group), weights in groups.items()
        ]
    )


def _rules(spec: Sgd | Adam | AdamW | Muon) -> Mapping[Group, tuple[UpdateRule, float]]:
    """For each group what moves its weights, and the highest rate."""
    if isinstance(spec, Adam):
        adam = AdamRule(spec.epsilon), spec.learning_rate
        return {"hidden": adam, "matrix": adam, "plain": adam}
    if isinstance(spec, AdamW):
        drawn = AdamRule(spec.epsilon, spec.weight_decay), spec.learning_rate
        return {"hidden": drawn, "matrix": drawn, "plain": (AdamRule(spec.epsilon), spec.learning_rate)}
    rest = spec.rest if isinstance(spec, Muon) else spec
    matrix = SgdRule(rest.momentum, rest.weight_decay), rest.learning_rate
    plain = SgdRule(rest.momentum, 0.0), rest.learning_rate
    if isinstance(spec, Muon):
        turned = MuonRule(spec.momentum, spec.num_iterations), spec.learning_rate
        return {"hidden": turned, "matrix": matrix, "plain": plain}
    return {"hidden": matrix, "matrix": matrix, "plain": plain}


def rate_share(recipe: Recipe, step: int, num_steps: int) -> float:
    """Learning rate of a step, counted from 0, of a run of `num_steps`, as a share of the peak rate.

    A schedule that is not constant peaks at the step nearest to `warmup_ratio` of the run, and never reaches
    zero: the steps before the first and after the last would.
    """
    if recipe.schedule == "constant":
        return 1.0
    top = round(recipe.warmup_ratio * num_steps)
    if step < top:
        return (step + 1) / (top + 1)
    left = (num_steps - step) / (num_steps - top)
    return left if recipe.schedule == "triangular" else 0.5 - 0.5 * math.cos(math.pi * left)


def set_learning_rate(optimizer: Optimizer, recipe: Recipe, step: int, num_steps: int) -> float:
    """Sets every group's learning rate for a step, and returns that of the recipe."""
    share, ramp = rate_share(recipe, step, num_steps), trunk_ramp(recipe, step, num_steps)
    for group in optimizer.groups:
        group.learning_rate = share * group.peak_learning_rate * (ramp if group.part == "trunk" else 1.0)
    return share * recipe.optimizer.learning_rate


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
