"""Makes a recipe's optimizer and the learning rate of each step."""

from __future__ import annotations

import torch
from torch import nn

from taskgraft.training.recipe import Recipe, Sgd


def build_optimizer(network: nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    """The recipe's optimizer over a network's parameters, in its fused implementation."""
    spec = recipe.optimizer
    trainable = [p for p in network.parameters() if p.requires_grad]
    if isinstance(spec, Sgd):
        # Decay draws weights towards zero; biases and batch-norm scales have no business there.
        matrices = [p for p in trainable if p.ndim > 1]
        vectors = [p for p in trainable if p.ndim <= 1]
        groups = [
            {"params": matrices, "weight_decay": spec.weight_decay},
            {"params": vectors, "weight_decay": 0.0},
        ]
        return torch.optim.SGD(
            groups, lr=spec.learning_rate, momentum=spec.momentum, nesterov=spec.momentum > 0, fused=True
        )
    return torch.optim.Adam(trainable, lr=spec.learning_rate, eps=spec.epsilon, fused=True)


def learning_rate(recipe: Recipe, step: int, num_steps: int) -> float:
    """Learning rate of a step, counted from 0, of a run of `num_steps`.

    A triangular schedule peaks at the step nearest to `warmup_ratio` of the run, and never reaches zero: the
    steps before the first and after the last would.
    """
    peak = recipe.optimizer.learning_rate
    if recipe.schedule == "constant":
        return peak
    top = round(recipe.warmup_ratio * num_steps)
    share = (step + 1) / (top + 1) if step < top else (num_steps - step) / (num_steps - top)
    return peak * share


def set_learning_rate(optimizer: torch.optim.Optimizer, recipe: Recipe, step: int, num_steps: int) -> float:
    """Sets every group's learning rate for a step, and returns it."""
    rate = learning_rate(recipe, step, num_steps)
    for group in optimizer.param_groups:
        group["lr"] = rate
    return rate
