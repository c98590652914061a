import pytest
import torch
from torch import nn

from taskgraft.errors import ArchitectureError
from taskgraft.network import Group, as_trunk, batch_norm_2d, declare
from taskgraft.recipe import AdamW, Muon, Recipe, Sgd, quick
from taskgraft.recipe._recipes import fast, original
from taskgraft.training._optimizer import build_optimizer, rate_share, set_learning_rate
from taskgraft.training._update_rules import AdamRule, MuonRule, SgdRule, UpdateRule


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


def test_a_cosine_falls_slowly_at_first_and_at_last() -> None:
    recipe = fast().model_copy(update={"warmup_ratio": 0.2, "schedule": "cosine"})
    rates = [rate_share(recipe, step, 100) for step in range(100)]
    triangular = fast().model_copy(update={"warmup_ratio": 0.2})
    assert rates[:21] == [rate_share(triangular, step, 100) for step in range(21)]
    assert rates[60] == pytest.approx(0.5)
    falls = [before - after for before, after in zip(rates[20:], rates[21:], strict=False)]
    assert falls.index(max(falls)) in (39, 40)
    assert 0 < rates[-1] < falls[40]


def test_a_constant_schedule_is_constant() -> None:
    assert {rate_share(original(), step, 10) for step in range(10)} == {1}


def test_every_group_follows_the_schedule_from_its_own_peak() -> None:
    muon = Muon(learning_rate=2.0, momentum=0.6, rest=Sgd(learning_rate=8.0, momentum=0.9))
    recipe = quick().model_copy(update={"warmup_ratio": 0.5, "optimizer": muon})
    optimizer = build_optimizer(declare(nn.Linear(2, 2), "hidden"), recipe)
    rates = [set_learning_rate(optimizer, recipe, step, 4) for step in range(4)]
    assert rates == pytest.approx([2 / 3, 4 / 3, 2, 1])
    assert optimizer.groups[1].learning_rate == 4


def test_decay_spares_biases_batch_norm_and_what_is_declared_plain() -> None:
    plain = declare(nn.Bilinear(2, 2, 2, bias=False), "plain")
    dense = [declare(nn.Linear(2, 2), group) for group in ("hidden", "matrix")]
    network = nn.ModuleList([*dense, batch_norm_2d(2), plain])
    spec = quick().optimizer
    assert isinstance(spec, Sgd)
    decay = {}
    for group in build_optimizer(network, quick()).groups:
        assert isinstance(group.rule, SgdRule)
        decay[group.name] = (len(group.weights), group.rule.weight_decay)
    assert decay == {
        "heads-hidden": (1, spec.weight_decay),
        "heads-matrix": (1, spec.weight_decay),
        "heads-plain": (5, 0.0),
    }


def test_muon_turns_what_is_declared_hidden_and_nothing_else() -> None:
    names = {name: rule_of(name) for name in ("hidden", "matrix", "plain")}
    assert names == {"hidden": MuonRule, "matrix": SgdRule, "plain": SgdRule}


def rule_of(group: Group) -> type[UpdateRule]:
    """What moves a 2x2 weight of a group in `fast`."""
    (only,) = build_optimizer(declare(nn.Linear(2, 2, bias=False), group), fast()).groups
    return type(only.rule)


def test_a_weight_that_nobody_declared_is_refused() -> None:
    network = nn.Sequential(declare(nn.Linear(2, 2), "hidden"), nn.Linear(2, 2))
    with pytest.raises(ArchitectureError, match="weight of Linear at 1 to be declared"):
        build_optimizer(network, fast())


def test_original_steps_as_adam_does_by_hand() -> None:
    layer = declare(nn.Linear(1, 1, bias=False), "hidden")
    start = layer.weight.item()
    optimizer = build_optimizer(layer, original())
    layer.weight.grad = torch.full((1, 1), 3.0)
    optimizer.step()
    # The first step of Adam moves by the learning rate against the sign of the gradient.
    assert layer.weight.item() == pytest.approx(start - 5e-4, abs=1e-7)


def gentle(**values: object) -> Recipe:
    """A recipe that moves the trunk at a tenth of the rate, behind three of ten steps."""
    adam = AdamW(learning_rate=0.5, weight_decay=0.1)
    known = {"optimizer": adam, "trunk_rate_ratio": 0.1, "frozen_ratio": 0.3, "warmup_ratio": 0.2}
    return quick().model_copy(update={**known, **values})


def rates_of(recipe: Recipe) -> dict[str, list[float]]:
    """For each part the learning rates of a run of ten steps."""
    parts = nn.ModuleList(declare(nn.Linear(2, 2, bias=False), "matrix") for _ in range(2))
    as_trunk(parts[0])
    optimizer = build_optimizer(parts, recipe)
    rates: dict[str, list[float]] = {group.part: [] for group in optimizer.groups}
    for step in range(10):
        assert set_learning_rate(optimizer, recipe, step, 10) == rate_share(recipe, step, 10) * 0.5
        for group in optimizer.groups:
            rates[group.part].append(group.learning_rate)
    return rates


def test_the_trunk_rises_from_zero_once_more_behind_its_frozen_steps() -> None:
    recipe = gentle()
    rates = rates_of(recipe)
    shares = [rate_share(recipe, step, 10) for step in range(10)]
    assert rates["heads"] == pytest.approx([0.5 * share for share in shares])
    ramp = [0, 0, 0, 1 / 3, 2 / 3, 1, 1, 1, 1, 1]
    assert rates["trunk"] == pytest.approx([0.05 * a * b for a, b in zip(shares, ramp, strict=True)])


@pytest.mark.parametrize("values", [{"frozen_ratio": 0.0}, {"frozen_ratio": 0.0, "schedule": "constant"}])
def test_a_trunk_that_was_never_frozen_has_its_share_of_the_rate_throughout(
    values: dict[str, object],
) -> None:
    rates = rates_of(gentle(**values))
    assert rates["trunk"] == pytest.approx([0.1 * rate for rate in rates["heads"]])


def test_decay_apart_from_the_gradient_spares_the_same_weights() -> None:
    network = nn.ModuleList([as_trunk(declare(nn.Linear(2, 2), "matrix")), batch_norm_2d(2)])
    decay = {}
    for group in build_optimizer(network, gentle()).groups:
        assert isinstance(group.rule, AdamRule)
        decay[group.name] = (len(group.weights), group.rule.weight_decay)
    assert decay == {"heads-plain": (2, 0.0), "trunk-matrix": (1, 0.1), "trunk-plain": (1, 0.0)}
