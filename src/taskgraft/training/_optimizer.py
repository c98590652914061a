"""Makes a recipe's optimizer and the learning rate of each step."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

import torch
from torch import Tensor, nn

from taskgraft.recipe import Muon, Recipe, Sgd
from taskgraft.training._muon import MuonAndSgd, sgd

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


def tensors_of(optimizer: Optimizer) -> dict[str, Tensor]:
    """What an optimizer remembers of its steps, as `<part>.<number of the weight>.<name>`.

    Rates and decays are not among it: they follow from the recipe and the step.
    """
    return {
        f"{part}.{number}.{name}": tensor
        for part, own in _parts(optimizer).items()
        for number, remembered in own.state_dict()["state"].items()
        for name, tensor in remembered.items()
        if tensor is not None
    }


def restore_optimizer(optimizer: Optimizer, tensors: Mapping[str, Tensor]) -> None:
    """Gives an optimizer that has made no step yet what `tensors_of` gave of one of the same weights.

    Raises:
        ValueError: If the weights are others.
    """
    remembered: dict[str, dict[int, dict[str, Tensor]]] = defaultdict(lambda: defaultdict(dict))
    for path, tensor in tensors.items():
        part, number, name = path.split(".")
        remembered[part][int(number)][name] = tensor
    parts = _parts(optimizer)
    if not remembered.keys() <= parts.keys():
        raise ValueError("the state of another optimizer")
    for part, own in parts.items():
        weights = [weight for group in own.param_groups for weight in group["params"]]
        for index, known in remembered[part].items():
            # A count of steps is one number; all else is shaped as its weight.
            if any(tensor.ndim and tensor.shape != weights[index].shape for tensor in known.values()):
                raise ValueError("the state of other weights")
        groups = own.state_dict()["param_groups"]
        own.load_state_dict({"state": dict(remembered[part]), "param_groups": groups})


def _parts(optimizer: Optimizer) -> dict[str, torch.optim.Optimizer]:
    return optimizer.parts if isinstance(optimizer, MuonAndSgd) else {"all": optimizer}
