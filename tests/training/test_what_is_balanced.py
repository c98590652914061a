"""What a balancing makes of each architecture, said before anything is trained."""

from dataclasses import replace

import pytest

from taskgraft.architecture import Architecture, catalogue, flat
from taskgraft.errors import RequestError
from taskgraft.recipe import BalancingSpec, quick, recipe
from taskgraft.training import check_balancing, unbalanced

LEVELS = ("kind", "thing")
KNOWN = {**catalogue(LEVELS), **flat(LEVELS)}


@pytest.mark.parametrize(
    ("name", "balancing", "line"),
    [
        ("shared", "pcgrad", []),
        ("coarse-to-fine", "pcgrad", []),
        (
            "independent",
            "pcgrad",
            ["independent shares no weights: balancing=pcgrad is the weighted sum of the losses"],
        ),
        (
            "independent",
            "gradnorm",
            ["independent shares no weights: balancing=gradnorm is the weighted sum of the losses"],
        ),
        ("independent", "uncertainty", []),
        ("flat", "dwa", ["flat has one loss: balancing=dwa has nothing to balance"]),
        ("flat", "fixed", []),
    ],
)
def test_a_balancing_with_nothing_to_do_is_said(name: str, balancing: str, line: list[str]) -> None:
    assert list(unbalanced(KNOWN[name], recipe("quick", {"balancing": balancing}))) == line


@pytest.mark.parametrize(("share", "is_said"), [(1.0, True), (0.5, False)])
def test_a_trunk_that_never_moves_has_nothing_to_balance(share: float, is_said: bool) -> None:
    balanced = recipe("quick", {"balancing": "upgrad"}).model_copy(update={"frozen_ratio": share})
    lines = list(unbalanced(KNOWN["shared"], balanced))
    text = "shared has a frozen trunk: balancing=upgrad is the weighted sum of the losses"
    assert lines == [text] * is_said


def test_a_flow_that_passes_no_gradient_joins_nothing() -> None:
    flow = replace(KNOWN["coarse-to-fine"].flows[0], passes_gradient=False)
    stopped = Architecture("stopped", LEVELS, flows=(flow,))
    assert len(list(unbalanced(stopped, recipe("quick", {"balancing": "upgrad"})))) == 1


def test_a_balancing_that_does_not_exist_is_refused_by_name() -> None:
    mistaken = quick().model_copy(update={"balancing": BalancingSpec(kind="pcgradd")})
    with pytest.raises(RequestError, match=r"one of .*, but got 'pcgradd'\. Did you mean 'pcgrad'\?"):
        check_balancing(KNOWN["shared"], mistaken)
