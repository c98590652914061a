import numpy as np
import pytest

from taskgraft.errors import RequestError
from taskgraft.statistics import factorial_effects

CELLS = {
    "independent": ("separate", "none"),
    "shared": ("shared", "none"),
    "down": ("separate", "down"),
    "up": ("separate", "up"),
    "shared-down": ("shared", "down"),
    "shared-up": ("shared", "up"),
}


def test_the_effects_are_the_coefficients_of_least_squares() -> None:
    # Trunk coded -1/2, +1/2; each flow by a dummy less its mean: then each column is one effect.
    names, flows = list(CELLS), ["down", "up"]
    trunk = np.array([0.5 if CELLS[name][0] == "shared" else -0.5 for name in names])
    dummies = np.array([[float(CELLS[name][1] == flow) - 1 / 3 for flow in flows] for name in names])
    design = np.column_stack([np.ones(6), trunk, dummies, trunk[:, None] * dummies])
    scores = np.random.default_rng(0).normal(size=6)
    coefficients = np.linalg.lstsq(design, scores, rcond=None)[0][1:]
    effects = factorial_effects(CELLS)
    weighted = [sum(w * scores[names.index(name)] for name, w in e.items()) for e in effects.values()]
    assert list(effects) == ["sharing", "down", "up", "sharing x down", "sharing x up"]
    assert weighted == pytest.approx(coefficients)


def test_the_effects_are_those_of_the_definition() -> None:
    y = dict(zip(CELLS, np.random.default_rng(1).normal(size=6), strict=True))
    effects = {
        name: sum(weight * y[architecture] for architecture, weight in weights.items())
        for name, weights in factorial_effects(CELLS).items()
    }
    sharing = [y["shared"] - y["independent"], y["shared-down"] - y["down"], y["shared-up"] - y["up"]]
    assert effects["sharing"] == pytest.approx(np.mean(sharing))
    down = [y["down"] - y["independent"], y["shared-down"] - y["shared"]]
    assert effects["down"] == pytest.approx(np.mean(down))
    assert effects["sharing x down"] == pytest.approx(sharing[1] - sharing[0])
    assert effects["sharing x up"] == pytest.approx(sharing[2] - sharing[0])


def test_weights_cancel_and_no_effect_of_equal_scores_is_left() -> None:
    for weights in factorial_effects(CELLS).values():
        assert sum(weights.values()) == pytest.approx(0)


def test_the_order_of_the_architectures_does_not_matter() -> None:
    turned = factorial_effects(dict(reversed(CELLS.items())))
    assert {name: dict(sorted(w.items())) for name, w in turned.items()} == {
        name: pytest.approx(dict(sorted(w.items()))) for name, w in factorial_effects(CELLS).items()
    }


@pytest.mark.parametrize("left_out", CELLS)
def test_a_missing_cell_is_named(left_out: str) -> None:
    cells = {name: cell for name, cell in CELLS.items() if name != left_out}
    with pytest.raises(RequestError, match=" \\+ ".join(CELLS[left_out])):
        factorial_effects(cells)


def test_a_cell_taken_twice_is_refused() -> None:
    with pytest.raises(RequestError, match="'twin'"):
        factorial_effects({**CELLS, "twin": ("shared", "up")})


@pytest.mark.parametrize(
    "cells",
    [
        {},
        {"independent": ("separate", "none"), "shared": ("shared", "none")},
        {**CELLS, "partly": ("until stage 2", "none")},
    ],
)
def test_what_is_no_factorial_is_refused(cells: dict[str, tuple[str, str]]) -> None:
    with pytest.raises(RequestError, match="a factorial"):
        factorial_effects(cells)
