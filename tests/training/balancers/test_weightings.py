"""Weights of losses, each against a formula written apart or TorchJD's class of the same name."""

from collections.abc import Callable
from functools import partial

import pytest
import torch
from torch import Tensor
from torchjd import scalarization

from balancer_laws import WEIGHTS, Problem
from taskgraft.training.balancers import (
    Balancer,
    Dwa,
    Equal,
    Famo,
    Geometric,
    GradNorm,
    ImtlL,
    RandomWeights,
    Stch,
    Uncertainty,
)

ONES = torch.ones(3)


def check_same_as(total: Callable[[Tensor], Tensor], balancer: Balancer, step: int = 0) -> None:
    """The gradients are those of a total of the losses."""
    problem = Problem()
    ours = problem.gradients(balancer, step)
    losses, _ = problem.losses(step)
    theirs = torch.autograd.grad(total(losses), [problem.trunk, *problem.heads])
    for one, other in zip(ours, theirs, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-7)


def test_equal_is_the_sum_whatever_the_recipe_weighs() -> None:
    check_same_as(torch.sum, Equal(WEIGHTS, 0))


def test_geometric_is_torchjds() -> None:
    check_same_as(scalarization.GeometricMean(), Geometric(ONES, 0))


@pytest.mark.parametrize("mu", [0.01, 0.1, 1.0])
def test_smooth_tchebycheff_is_torchjds(mu: float) -> None:
    check_same_as(scalarization.STCH(mu), Stch(ONES, 0, mu=mu))


def test_random_weights_sum_to_one_and_differ_in_each_step() -> None:
    balancer = RandomWeights(ONES, 0)
    draws = torch.stack([balancer.weights_of(ONES) for _ in range(2_000)])
    torch.testing.assert_close(draws.sum(1), torch.ones(2_000))
    # Of a softmax of three normal draws, written apart: mean 1/3 and this standard deviation.
    independent = torch.randn(100_000, 3, generator=torch.Generator().manual_seed(1)).softmax(1)
    torch.testing.assert_close(draws.mean(0), torch.full((3,), 1 / 3), atol=0.02, rtol=0)
    torch.testing.assert_close(draws.std(0), independent.std(0), atol=0.02, rtol=0)


def test_dwa_is_torchjds_over_epochs() -> None:
    ours, theirs = Dwa(ONES, 0, temperature=1.5), scalarization.DWA(temperature=1.5)
    problem = Problem()
    for epoch in range(4):
        for step in (2 * epoch, 2 * epoch + 1):
            check_same_as(theirs, ours, step % 8)
        # The reference has seen each batch twice: its mean is the same.
        ours.end_epoch()
        theirs.step()
    losses, _ = problem.losses()
    assert not torch.allclose(ours.weights_of(losses.detach()), ONES)


@pytest.mark.parametrize("kind", [Uncertainty, ImtlL])
def test_learned_scales_follow_their_objective(kind: type[Balancer]) -> None:
    """Against the objective as published, with torch's own Adam on its numbers."""
    ours = kind(ONES, 0, learning_rate=0.1)
    numbers = torch.zeros(3, requires_grad=True)
    adam = torch.optim.Adam([numbers], lr=0.1)

    def objective(losses: Tensor) -> Tensor:
        if kind is Uncertainty:
            return ((-numbers).exp() * losses + numbers / 2).sum()
        return (numbers.exp() * losses - numbers).sum()

    for step in range(6):
        check_same_as(objective, ours, step)
        adam.zero_grad()
        objective(Problem().losses(step)[0].detach()).backward()
        adam.step()
    torch.testing.assert_close(ours.learned, numbers.detach(), rtol=1e-4, atol=1e-6)


def test_famo_is_torchjds() -> None:
    ours = Famo(ONES, 0, learning_rate=0.1, weight_decay=0.01)
    theirs = scalarization.FAMO(3, lr=0.1, weight_decay=0.01)
    for step in range(6):
        check_same_as(theirs, ours, step)
        after = Problem().losses(step)[0].detach() * torch.tensor([0.9, 0.5, 1.1])
        ours.look_again(after)
        theirs.update(after)
        torch.testing.assert_close(ours.learned, theirs._w.detach(), rtol=1e-4, atol=1e-6)


def test_gradnorm_follows_its_objective() -> None:
    """The published objective by autograd: the distance of each length from its aim, which is held fixed."""
    ours = GradNorm(ONES, 0, alpha=1.0, learning_rate=0.05)
    weights = torch.ones(3, requires_grad=True)
    adam = torch.optim.Adam([weights], lr=0.05)
    first = None
    for step in range(6):
        losses, features = Problem().losses(step)
        check_same_as(partial(torch.dot, weights.detach()), ours, step)
        lengths = torch.stack(
            [torch.autograd.grad(loss, features, retain_graph=True)[0].norm() for loss in losses]
        )
        losses = losses.detach()
        first = losses if first is None else first
        pace = losses / first / (losses / first).mean()
        norms = weights * lengths
        aim = (norms.mean() * pace).detach()
        adam.zero_grad()
        (norms - aim).abs().sum().backward()
        adam.step()
        with torch.no_grad():
            weights *= 3 / weights.sum()
        torch.testing.assert_close(ours.learned, weights.detach(), rtol=1e-3, atol=1e-5)


def test_gradnorm_gives_long_gradients_less_weight() -> None:
    ours = GradNorm(torch.tensor([1.0, 1.0, 20.0]), 0, alpha=0.0)
    for step in range(8):
        Problem().gradients(ours, step)
    assert ours.learned[2] < ours.learned[0]
    assert ours.learned.sum() == pytest.approx(3)


@pytest.mark.parametrize("kind", [Geometric, Stch, RandomWeights, Uncertainty, ImtlL, Dwa, GradNorm])
def test_a_level_of_weight_two_counts_as_a_loss_twice_as_large(kind: type[Balancer]) -> None:
    doubled = torch.tensor([1.0, 1.0, 2.0])
    problem = Problem()
    ours = problem.gradients(kind(doubled, 0))
    losses, features = problem.losses()
    for weight in (problem.trunk, *problem.heads):
        weight.grad = None
    kind(ONES, 0).backward(losses * doubled, [features], [problem.trunk])
    for one, other in zip(ours, (problem.trunk, *problem.heads), strict=True):
        torch.testing.assert_close(one, other.grad)
