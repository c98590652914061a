import pytest
import torch
from torch import nn

from taskgraft.recipe import Sgd, quick
from taskgraft.recipe._recipes import fast, original
from taskgraft.training._optimizer import build_optimizer, rate_share, set_learning_rate


def test_a_triangular_schedule_rises_to_its_peak_and_falls_towards_zero() -> None:
    recipe = fast().model_copy(update={"warmup_ratio": 0.25})
    rates = [rate_share(recipe, step, 100) for step in range(100)]
    assert rates.index(max(rates)) == 25
    assert max(rates) == 1
    assert rates[:25] == sorted(rates[:25])
    assert rates[25:] == sorted(rates[25:], reverse=True)
    assert 0 < rates[0] < 0.1
    assert 0 < rates[-1] < 0.1


@pytest.mark.parametrize("num_steps", [1, 2, 3])
def test_the_shortest_runs_have_a_learning_rate(num_steps: int) -> None:
    for step in range(num_steps):
        assert 0 < rate_share(fast(), step, num_steps) <= 1


def test_a_constant_schedule_is_constant() -> None:
    assert {rate_share(original(), step, 10) for step in range(10)} == {1}


def test_every_group_follows_the_schedule_from_its_own_peak() -> None:
    layer = nn.Linear(1, 1)
    recipe = quick().model_copy(update={"warmup_ratio": 0.5})
    optimizer = torch.optim.SGD([{"params": [layer.weight]}, {"params": [layer.bias], "lr": 8.0}], lr=2.0)
    told = [set_learning_rate(optimizer, recipe, step, 4) for step in range(4)]
    assert told == pytest.approx([2 / 3, 4 / 3, 2, 1])
    assert optimizer.param_groups[1]["lr"] == 4


def test_decay_spares_biases_and_batch_norm() -> None:
    network = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Flatten(), nn.Linear(2, 2))
    groups = build_optimizer(network, quick()).param_groups
    assert isinstance(quick().optimizer, Sgd)
    decay = {p.ndim > 1: group["weight_decay"] for group in groups for p in group["params"]}
    assert decay == {True: quick().optimizer.weight_decay, False: 0.0}
    assert sum(len(group["params"]) for group in groups) == 6


def test_original_steps_as_adam_does_by_hand() -> None:
    layer = nn.Linear(1, 1, bias=False)
    start = layer.weight.item()
    optimizer = build_optimizer(layer, original())
    layer.weight.grad = torch.full((1, 1), 3.0)
    optimizer.step()
    # The first step of Adam moves by the learning rate against the sign of the gradient.
    assert layer.weight.item() == pytest.approx(start - 5e-4, abs=1e-7)
