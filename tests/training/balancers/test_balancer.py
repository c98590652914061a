"""The family: what each of its members obeys, and how one is chosen."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from balancer_laws import LAWS, Problem
from drifting import Drifting
from taskgraft.errors import RequestError
from taskgraft.recipe import BALANCING_SPECS, RECIPES, BalancingSpec, recipe
from taskgraft.training.balancers import BALANCERS, Balancer

KINDS = [*(BALANCERS[name] for name in BALANCERS), Drifting]


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.__name__)
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_balancer_obeys_the_laws(kind: type[Balancer], law: Callable[[type[Balancer]], None]) -> None:
    law(kind)


def test_every_recipe_names_one() -> None:
    assert {recipe(name).balancing.kind for name in RECIPES} == {"fixed"}
    assert "fixed" in BALANCERS


def test_a_name_that_there_is_not_is_one_line() -> None:
    with pytest.raises(
        RequestError, match=r"balancing to be one of .*fixed.*, but got 'fixde'\. Did you mean"
    ):
        BALANCERS["fixde"]


def steps_of(spec: BalancingSpec, finest_weight: float) -> list[Tensor]:
    """The gradients of all weights as one vector, of each of four steps in two epochs."""
    problem, steps = Problem(), []
    balancer = BALANCERS[spec.kind](torch.tensor([1.0, 1.0, finest_weight]), 0, **spec.settings)
    for step in range(4):
        steps.append(torch.cat([grad.flatten() for grad in problem.gradients(balancer, step)]).double())
        balancer.look_again(problem.losses(step + 1)[0].detach())
        if step % 2:
            balancer.end_epoch()
    return steps


@pytest.mark.parametrize("name", BALANCING_SPECS)
def test_weights_decide_what_the_record_says(name: str) -> None:
    spec = recipe("quick", {"balancing": name}).balancing
    pairs = list(zip(steps_of(spec, 1.0), steps_of(spec, 3.0), strict=True))
    if spec.weights_decide == "nothing":
        assert all(torch.equal(one, other) for one, other in pairs)
        return
    turned = [1 - float(torch.cosine_similarity(one, other, dim=0)) for one, other in pairs]
    if spec.weights_decide == "length":
        assert max(turned) < 1e-9
        assert all(other.norm() > 1.05 * one.norm() for one, other in pairs)
    else:
        assert min(turned) > 1e-3
