"""Cosines, conflicts, affinities and CKA of a probe, against formulas by hand in double precision."""

from __future__ import annotations

from functools import partial

import numpy as np
import pytest
import torch
from torch import nn

from taskgraft.training.diagnosis._affinity import _STEP_RATIO, affinities
from taskgraft.training.diagnosis._gradients import cosines, level_gradients, products
from taskgraft.training.diagnosis._similarity import Similarity, hsic
from taskgraft.training.diagnosis._stages import StageSums


def _weights() -> list[nn.Parameter]:
    generator = torch.Generator().manual_seed(3)
    return [nn.Parameter(torch.randn(shape, generator=generator)) for shape in ((3, 2), (4,), (2,))]


def _losses(weights: list[nn.Parameter]) -> torch.Tensor:
    """Two levels that share the first weight; the others have one each."""
    first, second, third = weights
    return torch.stack(
        [(first.sum() ** 2 + (second**2).sum()) / 3, ((first[0] - 1) ** 2).sum() + (third**3).sum() ** 2]
    )


def test_gradients_are_those_of_each_loss_and_zero_where_it_does_not_reach() -> None:
    weights = _weights()
    rows = level_gradients(_losses(weights), weights)
    first, second, third = (w.detach().double() for w in weights)
    by_first = torch.zeros(3, 2, dtype=torch.float64)
    by_first[0] = 2 * (first[0] - 1)
    expected = [
        [(2 * first.sum() / 3).expand(3, 2), 2 * second / 3, torch.zeros(2)],
        [by_first, torch.zeros(4), 2 * (third**3).sum() * 3 * third**2],
    ]
    for row, its in zip(rows, expected, strict=True):
        for one, other in zip(row, its, strict=True):
            torch.testing.assert_close(one.double(), other.double(), rtol=1e-5, atol=1e-6)


def test_cosines_are_of_the_weights_that_count_alone() -> None:
    weights = _weights()
    rows = level_gradients(_losses(weights), weights)
    a, b = (row[0].double().flatten() for row in rows)
    angle = float(a @ b / (a.norm() * b.norm()))
    assert cosines(products(rows, [0]))[0, 1] == pytest.approx(angle, rel=1e-5)
    assert cosines(products(rows, [1, 2]))[0, 1] == 0


def test_a_stage_counts_conflicts_and_leaves_batches_without_labels_out() -> None:
    sums = StageSums([0], [0], num_levels=2, num_lanes=1)
    one, against, nothing = (torch.tensor(v) for v in ([3.0, 4.0], [-1.0, 0.0], [0.0, 0.0]))
    for row in (one, against, nothing):
        sums.add([[one], [row]], [torch.zeros(4, 2)])
    probe = sums.probe()
    assert probe.norms == pytest.approx((5.0, (5 + 1 + 0) / 3))
    assert probe.cosines is not None
    assert probe.conflicts is not None
    assert probe.cosines[0][1] == pytest.approx((1 - 0.6) / 2)
    assert probe.conflicts[0][1] == 0.5
    assert probe.similarities is None


def test_nothing_shared_has_no_cosines() -> None:
    sums = StageSums([0], [], num_levels=2, num_lanes=1)
    sums.add([[torch.ones(2)], [torch.ones(2)]], [torch.zeros(4, 2)])
    assert sums.probe().cosines is None
    assert sums.probe().conflicts is None


def test_affinities_are_those_of_a_step_and_the_weights_are_put_back() -> None:
    weights = _weights()
    shared = weights[:1]
    before = [weight.detach().clone() for weight in weights]
    losses = _losses(weights)
    rows = [row[:1] for row in level_gradients(losses, weights)]
    seen = affinities(partial(_losses, weights), losses.detach(), shared, rows)
    for weight, was in zip(weights, before, strict=True):
        assert torch.equal(weight, was)
    for place, row in enumerate(rows):
        gradient = row[0].double()
        moved = before[0].double() - _STEP_RATIO * before[0].double().norm() * gradient / gradient.norm()
        after = _losses([nn.Parameter(moved), *(nn.Parameter(each.double()) for each in before[1:])])
        expected = 1 - after.detach() / losses.detach().double()
        torch.testing.assert_close(seen[place], expected, rtol=0, atol=1e-5)
        assert seen[place, place] > 0


def test_a_level_without_a_gradient_moves_nothing() -> None:
    weights = _weights()
    losses = _losses(weights)
    rows = [[torch.zeros_like(weights[0])] for _ in range(2)]
    assert not affinities(partial(_losses, weights), losses.detach(), weights[:1], rows).any()


def test_cka_is_one_of_what_is_turned_and_scaled_and_near_zero_of_strangers() -> None:
    generator = torch.Generator().manual_seed(0)
    maps = torch.randn(64, 8, generator=generator)
    turn = torch.linalg.qr(torch.randn(8, 8, generator=generator))[0]
    similarity = Similarity(3)
    similarity.add([maps, 3 * maps @ turn + 1, torch.randn(64, 8, generator=generator)])
    matrix = similarity.matrix()
    assert matrix[0, 1] == pytest.approx(1, abs=1e-5)
    assert abs(matrix[0, 2]) < 0.15
    assert torch.equal(matrix, matrix.T)


def test_hsic_is_the_mean_over_all_fours_of_different_images() -> None:
    """Song et al. (2012): an unbiased estimator is a U-statistic of order four."""
    rng = np.random.default_rng(1)
    a, b = (x @ x.T for x in rng.normal(size=(2, 6, 2)))
    np.fill_diagonal(a, 0)
    np.fill_diagonal(b, 0)
    n = len(a)
    places = [(i, j, q, r) for i in range(n) for j in range(n) for q in range(n) for r in range(n)]
    fours = [place for place in places if len(set(place)) == 4]
    expected = np.mean([a[i, j] * (b[i, j] + b[q, r] - 2 * b[i, q]) for i, j, q, r in fours])
    assert hsic(torch.from_numpy(a), torch.from_numpy(b)) == pytest.approx(float(expected))


def test_cka_of_maps_that_do_not_vary_is_zero() -> None:
    similarity = Similarity(2)
    similarity.add([torch.zeros(8, 3), torch.randn(8, 3, generator=torch.Generator().manual_seed(0))])
    assert similarity.matrix()[0].tolist() == [0.0, 0.0]
