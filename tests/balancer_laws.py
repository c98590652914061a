"""What holds for every balancer, as helpers: each takes a class and asserts one law."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F

from taskgraft.training.balancers import Balancer

NUM_LEVELS = 3
WEIGHTS = torch.tensor([1.0, 1.0, 2.0])


class Problem:
    """A trunk of one layer, a head a level, and a batch for each step; the same for every balancer.

    Args:
        order: In which order the levels come.
        unknown: A level of which no image of the batch is known.
    """

    def __init__(self, order: Sequence[int] = range(NUM_LEVELS), unknown: int | None = None) -> None:
        generator = torch.Generator().manual_seed(0)
        self._images = [torch.randn(16, 6, generator=generator) for _ in range(8)]
        self._targets = torch.randint(4, (NUM_LEVELS, 16), generator=generator)
        self.trunk = nn.Parameter(torch.randn(5, 6, generator=generator))
        self.heads = [nn.Parameter(torch.randn(4, 5, generator=generator)) for _ in range(NUM_LEVELS)]
        self._order, self._unknown = list(order), unknown

    def gradients(self, balancer: Balancer, step: int = 0) -> list[Tensor]:
        """What a balancer gives trunk and heads in a step; the weights do not move."""
        for weight in (self.trunk, *self.heads):
            weight.grad = None
        losses, features = self.losses(step)
        balancer.backward(losses, [features], [self.trunk])
        grads = [weight.grad for weight in (self.trunk, *self.heads)]
        return [torch.zeros(0) if grad is None else grad.clone() for grad in grads]

    def losses(self, step: int = 0) -> tuple[Tensor, Tensor]:
        """The losses (L,) of a step with their graph, and the features."""
        features = (self._images[step] @ self.trunk.T).tanh()
        losses = [self._loss(features, level) for level in self._order]
        return torch.stack(losses), features

    def _loss(self, features: Tensor, level: int) -> Tensor:
        loss = F.cross_entropy(features @ self.heads[level].T, self._targets[level])
        return loss * 0 if level == self._unknown else loss


def assert_gradients_equal_weighted_sum(kind: type[Balancer], weights: Tensor = WEIGHTS) -> None:
    """To the bit what the plain weighted sum of the losses gives."""
    problem = Problem()
    ours = problem.gradients(kind(weights, 0))
    losses, _ = problem.losses()
    plain = torch.autograd.grad(torch.dot(losses, weights), [problem.trunk, *problem.heads])
    assert all(torch.equal(one, other) for one, other in zip(ours, plain, strict=True))


def assert_every_weight_has_a_gradient(kind: type[Balancer]) -> None:
    """Whatever is balanced, nothing that a loss reaches is left without."""
    for grad in Problem().gradients(kind(WEIGHTS, 0)):
        assert grad.numel()
        assert grad.isfinite().all()
        assert grad.any()


def assert_gradients_are_added(kind: type[Balancer]) -> None:
    """What stands in `.grad` stays: as with any backward pass of torch."""
    problem = Problem()
    alone = problem.gradients(kind(WEIGHTS, 0))
    problem.trunk.grad = torch.ones_like(problem.trunk)
    losses, features = problem.losses()
    kind(WEIGHTS, 0).backward(losses, [features], [problem.trunk])
    torch.testing.assert_close(problem.trunk.grad, alone[0] + 1)


def assert_order_of_levels_is_no_matter(kind: type[Balancer]) -> None:
    """Levels that change places, with their weights, change no gradient."""
    order = [2, 0, 1]
    plain = Problem().gradients(kind(WEIGHTS, 0))
    other = Problem(order).gradients(kind(WEIGHTS[order], 0))
    for one, two in zip(plain, other, strict=True):
        torch.testing.assert_close(one, two)


def assert_unknown_level_is_no_matter(kind: type[Balancer]) -> None:
    """A level of which no image is known has loss 0, and no gradient comes from it, nor anything worse."""
    trunk, *heads = Problem(unknown=1).gradients(kind(WEIGHTS, 0))
    assert trunk.isfinite().all()
    assert not heads[1].any()
    assert heads[0].any()


def assert_a_batch_without_a_label_moves_nothing(kind: type[Balancer]) -> None:
    """Nor does it spoil what is remembered: the next step has gradients that are numbers."""
    problem, balancer = Problem(), kind(WEIGHTS, 0)
    losses, features = problem.losses()
    balancer.backward(losses * 0, [features], [problem.trunk])
    assert all(w.grad is None or not w.grad.any() for w in (problem.trunk, *problem.heads))
    assert all(grad.isfinite().all() for grad in problem.gradients(balancer, 1))


def assert_same_seed_same_gradients(kind: type[Balancer]) -> None:
    """Two of the same seed do the same, to the bit, and draw nothing from the global stream."""
    before = torch.get_rng_state()
    runs = [_steps(kind(WEIGHTS, 7), range(8)) for _ in range(2)]
    assert _are_equal(*runs)
    assert torch.equal(before, torch.get_rng_state())


def assert_state_round_trips(kind: type[Balancer]) -> None:
    """A new one that takes up the state of another goes on as that one does, to the bit, at every step."""
    for cut in range(8):
        one, other = kind(WEIGHTS, 7), kind(WEIGHTS, 7)
        _steps(one, range(cut))
        state = {name: tensor.clone() for name, tensor in one.state_dict().items()}
        other.load_state_dict(state)
        assert _are_equal(_steps(one, range(cut, 8)), _steps(other, range(cut, 8)))


def assert_foreign_state_is_refused(kind: type[Balancer]) -> None:
    """The state of another kind is a ValueError, which makes a checkpoint that is not used."""
    with pytest.raises(ValueError, match=r"\w"):
        kind(WEIGHTS, 0).load_state_dict({"of something else": torch.zeros(2)})


LAWS = (
    assert_every_weight_has_a_gradient,
    assert_gradients_are_added,
    assert_unknown_level_is_no_matter,
    assert_a_batch_without_a_label_moves_nothing,
    assert_same_seed_same_gradients,
    assert_state_round_trips,
    assert_foreign_state_is_refused,
)
"""Those that every balancer obeys; of the others, each where it does."""


def _steps(balancer: Balancer, steps: range) -> list[list[Tensor]]:
    problem = Problem()
    return [problem.gradients(balancer, step) for step in steps]


def _are_equal(one: list[list[Tensor]], other: list[list[Tensor]]) -> bool:
    return all(
        torch.equal(a, b)
        for step, again in zip(one, other, strict=True)
        for a, b in zip(step, again, strict=True)
    )
