"""How weights move along their gradients: SGD, Adam and Muon, on torch's fused kernels.

torch's own classes (`torch.optim`) compute the same to the bit; to make one of them imports the compiler of
torch, which takes a second and 70 MB.
"""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from taskgraft.hardware import ALONE, Team, multiplies_bf16

State = dict[str, Tensor]

_ADAM_BETAS = (0.9, 0.999)
# Coefficients of the quintic iteration of Muon (Jordan et al., 2024), and what keeps it from dividing by 0.
_A, _B, _C = 3.4445, -4.7750, 2.0315
_MUON_EPSILON = 1e-7


class Moved(NamedTuple):
    """Weights that a rule moves together.

    Attributes:
        weights: On one device.
        gradients: Of each, laid out in memory as its weight.
        states: What the rule remembers of the steps of each; empty before the first.
    """

    weights: Sequence[Tensor]
    gradients: Sequence[Tensor]
    states: Sequence[State]


class UpdateRule(ABC):
    """Moves some weights by one step."""

    @abstractmethod
    def step(self, moved: Moved, learning_rate: float, team: Team = ALONE) -> None:
        """Moves each weight, in place.

        Args:
            moved: The weights, with all that moves them.
            learning_rate: Of this step.
            team: Whose processes move like weights alike, and may share out what that takes.
        """

    def state_shape(self, weight: Tensor) -> torch.Size:
        """Shape of what is remembered of a weight, single numbers apart."""
        return weight.shape


@dataclass(frozen=True)
class SgdRule(UpdateRule):
    """Stochastic gradient descent with Nesterov momentum.

    Attributes:
        momentum: 0 for none.
        weight_decay: Draws weights towards zero.
    """

    momentum: float
    weight_decay: float

    def step(self, moved: Moved, learning_rate: float, team: Team = ALONE) -> None:
        """Moves each weight; the momentum of a first step is its gradient."""
        weights, gradients, states = moved
        for is_first_step in (False, True):
            chosen = [i for i, state in enumerate(states) if ("momentum" not in state) == is_first_step]
            if not chosen:
                continue
            if is_first_step and self.momentum:
                for i in chosen:
                    states[i]["momentum"] = torch.empty_like(gradients[i])
            torch._fused_sgd_(
                [weights[i] for i in chosen],
                [gradients[i] for i in chosen],
                [states[i]["momentum"] for i in chosen] if self.momentum else [],
                weight_decay=self.weight_decay,
                momentum=self.momentum,
                lr=learning_rate,
                dampening=0.0,
                nesterov=self.momentum > 0,
                maximize=False,
                is_first_step=is_first_step and self.momentum > 0,
            )


@dataclass(frozen=True)
class AdamRule(UpdateRule):
    """Adam (Kingma and Ba, 2015).

    Attributes:
        epsilon: Added to the root of the second moment.
        weight_decay: Draws weights towards zero, apart from the gradient: by this share of the rate (AdamW;
            Loshchilov and Hutter, 2019).
    """

    epsilon: float
    weight_decay: float = 0.0

    def step(self, moved: Moved, learning_rate: float, team: Team = ALONE) -> None:
        """Moves each weight."""
        weights, gradients, states = moved
        for weight, state in zip(weights, states, strict=True):
            if not state:
                state["step"] = torch.zeros((), device=weight.device)
                state["mean"], state["square"] = torch.zeros_like(weight), torch.zeros_like(weight)
        steps = [state["step"] for state in states]
        torch._foreach_add_(steps, 1)
        # Without decay they compute the same.
        torch._fused_adamw_(
            list(weights),
            list(gradients),
            [state["mean"] for state in states],
            [state["square"] for state in states],
            [],
            steps,
            lr=learning_rate,
            beta1=_ADAM_BETAS[0],
            beta2=_ADAM_BETAS[1],
            weight_decay=self.weight_decay,
            eps=self.epsilon,
            amsgrad=False,
            maximize=False,
        )


@dataclass(frozen=True)
class MuonRule(UpdateRule):
    """Muon (Jordan et al., 2024): every step is made orthogonal, or nearly so.

    A convolution is seen as a matrix of shape (O, 9 C), without a copy. After each step a matrix is scaled
    back to the norm of its start, the root of its rows: a batch norm follows it, so its length means nothing
    but how far the next step turns it.

    Attributes:
        momentum: Nesterov momentum.
        num_iterations: Newton-Schulz iterations.
    """

    momentum: float
    num_iterations: int

    def step(self, moved: Moved, learning_rate: float, team: Team = ALONE) -> None:
        """Turns each weight; of a team each process makes some of the turns for all."""
        made_here = _shared_out(moved.weights, team)
        turns: list[tuple[Tensor, Tensor]] = []
        for number, (weight, gradient, state) in enumerate(zip(*moved, strict=True)):
            is_last = _is_channels_last(weight)
            matrix, slope = _as_matrix(weight, is_last), _as_matrix(gradient, is_last)
            if not state:
                state["momentum"] = torch.zeros_like(slope)
            momentum = state["momentum"].lerp_(slope, 1 - self.momentum)
            if number in made_here:
                turn = _orthogonal(slope.lerp(momentum, self.momentum), self.num_iterations)
            else:
                turn = torch.zeros_like(matrix)
            if team.is_alone:
                _turn(matrix, turn, learning_rate)
            else:
                turns.append((matrix, turn.float()))
        team.add_up([turn for _, turn in turns])
        for matrix, turn in turns:
            _turn(matrix, turn, learning_rate)
        for weight in moved.weights:
            matrix = _as_matrix(weight, _is_channels_last(weight))
            matrix.mul_(math.sqrt(len(matrix)) / matrix.norm())

    def state_shape(self, weight: Tensor) -> torch.Size:
        """That of the matrix that a weight is seen as."""
        return weight.flatten(1).shape


def _turn(matrix: Tensor, turn: Tensor, learning_rate: float) -> None:
    rows, columns = matrix.shape
    matrix.add_(turn, alpha=-learning_rate * math.sqrt(max(1, rows / columns)))


def _shared_out(weights: Sequence[Tensor], team: Team) -> set[int]:
    """Places of the weights whose turns this process makes: the costly ones dealt out first."""

    def cost(number: int) -> int:
        rows, columns = weights[number].flatten(1).shape
        return rows * columns * min(rows, columns)

    return set(sorted(range(len(weights)), key=cost, reverse=True)[team.rank :: team.size])


def _orthogonal(matrix: Tensor, num_iterations: int) -> Tensor:
    """The matrix with singular values near 1, in bf16 where the hardware has it.

    Imitated, products in bf16 made whole steps more than twenty times as slow (`LOG.md`, 2026-11-30).
    """
    is_tall = matrix.shape[0] > matrix.shape[1]
    dtype = torch.bfloat16 if multiplies_bf16(matrix.device.type) else torch.float32
    # A copy: the gradient that came in stays as it is.
    wide = matrix.to(dtype, copy=True)
    wide = wide.T if is_tall else wide
    wide.div_(wide.norm().clamp(min=_MUON_EPSILON))
    for _ in range(num_iterations):
        gram = wide @ wide.T
        wide = torch.addmm(wide, torch.addmm(gram, gram, gram, beta=_B, alpha=_C), wide, beta=_A)
    return wide.T if is_tall else wide


def _is_channels_last(weight: Tensor) -> bool:
    return weight.ndim == 4 and not weight.is_contiguous()


def _as_matrix(weight: Tensor, is_channels_last: bool) -> Tensor:
    """A weight of shape (O, C, k, k) or (O, D) as a matrix of O rows, columns as in its memory."""
    return (weight.permute(0, 2, 3, 1) if is_channels_last else weight).flatten(1)
