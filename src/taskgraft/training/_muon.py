"""Muon for the hidden matrices of a network, SGD for everything else, as one optimizer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

from taskgraft.recipe import Muon, Sgd


class MuonAndSgd:
    """Orthogonalised steps for convolutions and hidden dense layers, plain ones for biases, norms and heads.

    `torch.optim.Muon` (Jordan et al., 2024) takes matrices: a convolution is seen as one of shape
    (O, 9 C), without a copy. After each step a matrix is scaled back to the norm of its start, the root of
    its rows: a batch norm follows it, so its length means nothing but how far the next step turns it.

    Args:
        network: Its hidden matrices are the weights of two axes or more, but for heads.
        spec: Rates, momentum and iterations.
    """

    def __init__(self, network: nn.Module, spec: Muon) -> None:
        named = [(name, p) for name, p in network.named_parameters() if p.requires_grad]
        hidden = [p for name, p in named if p.ndim > 1 and ".head." not in name]
        is_hidden = {id(p) for p in hidden}
        # A view of the weight's own memory, so that a step of the matrix is a step of the weight.
        self._hidden = [(p, nn.Parameter(_as_matrix(p.detach(), _is_channels_last(p)))) for p in hidden]
        self._muon = torch.optim.Muon(
            [matrix for _, matrix in self._hidden],
            lr=spec.learning_rate,
            momentum=spec.momentum,
            weight_decay=0.0,
            ns_steps=spec.num_iterations,
        )
        self._sgd = sgd([p for _, p in named if id(p) not in is_hidden], spec.rest)

    @property
    def param_groups(self) -> list[dict[str, Any]]:
        """The groups of both, whose `lr` may be set: the hidden matrices first."""
        return [*self._muon.param_groups, *self._sgd.param_groups]

    @property
    def parts(self) -> dict[str, torch.optim.Optimizer]:
        """Both, each with what it remembers of its steps."""
        return {"muon": self._muon, "sgd": self._sgd}

    @torch.no_grad()
    def step(self) -> None:
        """Moves every weight along its gradient."""
        for weight, matrix in self._hidden:
            if weight.grad is not None:
                matrix.grad = _as_matrix(weight.grad, _is_channels_last(weight))
        self._muon.step()  # type: ignore[no-untyped-call]
        self._sgd.step()
        for _, matrix in self._hidden:
            matrix.mul_(math.sqrt(len(matrix)) / matrix.norm())

    def zero_grad(self) -> None:
        """Forgets every gradient."""
        for weight, matrix in self._hidden:
            weight.grad = matrix.grad = None
        self._sgd.zero_grad()


def sgd(parameters: Sequence[Tensor], spec: Sgd) -> torch.optim.SGD:
    """SGD in its fused implementation; decay draws matrices towards zero, not biases and batch norms."""
    groups = [
        {"params": [p for p in parameters if p.ndim > 1], "weight_decay": spec.weight_decay},
        {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
    ]
    return torch.optim.SGD(
        [group for group in groups if group["params"]],
        lr=spec.learning_rate,
        momentum=spec.momentum,
        nesterov=spec.momentum > 0,
        fused=True,
    )


def _is_channels_last(weight: Tensor) -> bool:
    return weight.ndim == 4 and not weight.is_contiguous()


def _as_matrix(weight: Tensor, channels_last: bool) -> Tensor:
    """A weight of shape (O, C, k, k) or (O, D) as a matrix of O rows, columns as in its memory."""
    return (weight.permute(0, 2, 3, 1) if channels_last else weight).flatten(1)
