from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from taskgraft.errors import RequestError
from taskgraft.statistics import Factor, factorial_effects

SHARING = Factor("sharing", ("separate", "shared"), ("sharing",))
FLOW = Factor("flow", ("none", "down", "up"), ("down", "up"))
SIX = {
    "independent": ("separate", "none"),
    "shared": ("shared", "none"),
    "down": ("separate", "down"),
    "up": ("separate", "up"),
    "shared-down": ("shared", "down"),
    "shared-up": ("shared", "up"),
}


def factors_of(num_levels: list[int]) -> list[Factor]:
    """Factors named by letters, with levels such as `a0`; a level's effect has its name."""
    levels = [tuple(f"{letter}{k}" for k in range(n)) for letter, n in zip("abcd", num_levels, strict=False)]
    return [Factor(own[0][0], own, own[1:]) for own in levels]


def least_squares(
    cells: list[tuple[str, ...]], factors: list[Factor], scores: np.ndarray
) -> dict[str, float]:
    """Coefficients of a dummy less its mean for each level but the first, and of the products of two."""
    columns = {}
    for i, factor in enumerate(factors):
        for level, label in zip(factor.levels[1:], factor.labels, strict=True):
            dummy = np.array([float(cell[i] == level) for cell in cells])
            columns[label] = (i, dummy - 1 / len(factor.levels))
    names = [*columns]
    design = [column for _, column in columns.values()]
    for (a, (i, first)), (b, (j, second)) in product(columns.items(), repeat=2):
        if i < j:
            names.append(f"{a} x {b}")
            design.append(first * second)
    coefficients = np.linalg.lstsq(np.column_stack([np.ones(len(cells)), *design]), scores, rcond=None)[0]
    return dict(zip(names, coefficients[1:], strict=True))


@given(st.lists(st.integers(2, 4), min_size=1, max_size=4), st.integers(0, 2**32 - 1))
def test_the_effects_are_the_coefficients_of_least_squares(num_levels: list[int], seed: int) -> None:
    factors = factors_of(num_levels)
    rng = np.random.default_rng(seed)
    cells = [tuple(cell) for cell in rng.permutation(list(product(*(f.levels for f in factors)))).tolist()]
    scores = rng.normal(size=len(cells))
    by_name = {"+".join(cell): score for cell, score in zip(cells, scores, strict=True)}
    effects = {
        effect.name: sum(weight * by_name[name] for name, weight in effect.weights.items())
        for effect in factorial_effects({"+".join(cell): cell for cell in cells}, factors)
    }
    assert effects == pytest.approx(least_squares(cells, factors, scores))


def test_the_effects_are_those_of_the_definition() -> None:
    y = dict(zip(SIX, np.random.default_rng(1).normal(size=6), strict=True))
    effects = {
        effect.name: sum(weight * y[name] for name, weight in effect.weights.items())
        for effect in factorial_effects(SIX, [SHARING, FLOW])
    }
    assert list(effects) == ["sharing", "down", "up", "sharing x down", "sharing x up"]
    sharing = [y["shared"] - y["independent"], y["shared-down"] - y["down"], y["shared-up"] - y["up"]]
    assert effects["sharing"] == pytest.approx(np.mean(sharing))
    down = [y["down"] - y["independent"], y["shared-down"] - y["shared"]]
    assert effects["down"] == pytest.approx(np.mean(down))
    assert effects["sharing x down"] == pytest.approx(sharing[1] - sharing[0])
    assert effects["sharing x up"] == pytest.approx(sharing[2] - sharing[0])


def test_an_effect_says_which_levels_it_compares() -> None:
    effects = {effect.name: effect for effect in factorial_effects(SIX, [SHARING, FLOW])}
    assert effects["up"].parts == ((FLOW, "up"),)
    assert effects["sharing x up"].parts == ((SHARING, "shared"), (FLOW, "up"))


def test_weights_cancel_and_no_effect_of_equal_scores_is_left() -> None:
    for effect in factorial_effects(SIX, [SHARING, FLOW]):
        assert sum(effect.weights.values()) == pytest.approx(0)


def test_the_order_of_the_cells_does_not_matter() -> None:
    turned = factorial_effects(dict(reversed(SIX.items())), [SHARING, FLOW])
    assert turned == factorial_effects(SIX, [SHARING, FLOW])


@pytest.mark.parametrize("left_out", SIX)
def test_a_missing_cell_is_named(left_out: str) -> None:
    cells = {name: cell for name, cell in SIX.items() if name != left_out}
    with pytest.raises(RequestError, match=" \\+ ".join(SIX[left_out])):
        factorial_effects(cells, [SHARING, FLOW])


def test_a_cell_taken_twice_is_refused() -> None:
    with pytest.raises(
        RequestError, match="Expected the cell of 'twin' to be another than that of 'shared-up'"
    ):
        factorial_effects({**SIX, "twin": ("shared", "up")}, [SHARING, FLOW])


def test_a_cell_of_another_level_is_refused() -> None:
    with pytest.raises(RequestError, match="1 cells of other levels"):
        factorial_effects({**SIX, "partly": ("until stage 2", "none")}, [SHARING, FLOW])
