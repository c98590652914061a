"""The family: what each of its members obeys, and how one is chosen."""

from collections.abc import Callable

import pytest

from balancer_laws import LAWS
from drifting import Drifting
from taskgraft.errors import RequestError
from taskgraft.recipe import RECIPES, recipe
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
