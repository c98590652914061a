"""Makes a recipe's optimizer and the learning rate of each step."""

from __future__ import annotations

import torch
from torch import nn

from taskgraft.training.muon import MuonAndSgd, sgd
from taskgraft.training.recipe import Muon, Recipe, Sgd

Optimizer = torch.optim.Optimizer | MuonAndSgd


def build_optimizer(network: nn.Module, recipe: Recipe) -> Optimizer:
    """The recipe's optimizer over a network's parameters, in its fused implementation."""
    spec = recipe.optimizer
    trainable = [p for p in network.parameters() if p.requires_grad]
    if isinstance(spec, Sgd):
        return sgd(trainable, spec)
    if isinstance(spec, Muon):
        return MuonAndSgd(network, spec)
    return torch.optim.Adam(trainable, lr=spec.learning_rate, eps=spec.epsilon, fused=True)


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
    for group in optimizer.param_groups:
        group["lr"] = share * group.setdefault("peak_lr", group["lr"])
    rate: float = optimizer.param_groups[0]["lr"]
    return rate
