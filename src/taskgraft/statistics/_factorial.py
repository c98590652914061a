"""What each factor of a full factorial does, and which of them interact: effects as weights of cells."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, product

from taskgraft.errors import RequestError

Cell = tuple[str, ...]
Weights = dict[str, float]


@dataclass(frozen=True)
class Factor:
    """One way in which the cells of a factorial differ.

    Attributes:
        name: What it is, such as `sharing`.
        levels: Its levels, two or more; the first is the baseline that the others are compared with.
        labels: For each level after the first, what its effect is called.
    """

    name: str
    levels: tuple[str, ...]
    labels: tuple[str, ...]


@dataclass(frozen=True)
class FactorialEffect:
    """A main effect, or the interaction of two factors.

    Attributes:
        name: Its label, or two labels with ` x ` between them.
        parts: The factors that take part, each with the level that is compared with its baseline.
        weights: Of each cell that takes part, by its name; they sum to 0. The effect is the weighted sum of
            the cells' scores.
    """

    name: str
    parts: tuple[tuple[Factor, str], ...]
    weights: Weights


def factorial_effects(cells: Mapping[str, Cell], factors: Sequence[Factor]) -> list[FactorialEffect]:
    """Main effects and two-factor interactions of a full factorial.

    With y the score of a cell, a and b levels of two factors, 0 their baselines:

        main effect of a  = mean over all other factors of  y[a] - y[0]
        interaction a x b = mean over all other factors of (y[a, b] - y[a, 0]) - (y[0, b] - y[0, 0])

    They are the coefficients of least squares on all cells, each factor coded by a dummy a level, less its
    mean. Interactions of three factors and more are left out: each is a difference of four differences or
    more, known much less well, and every further question makes Holm's correction of the others harder.

    Args:
        cells: For each cell's name the level of each factor.
        factors: In the order of the levels in a cell.

    Returns:
        First the main effects, factor by factor, then the interactions.

    Raises:
        RequestError: When a cell is empty or taken twice.

    Source:
        Montgomery, *Design and Analysis of Experiments*, chapter 5.

    Example:
        >>> cells = {"independent": ("separate", "none"), "shared": ("shared", "none"),
        ...          "down": ("separate", "coarse-to-fine"), "shared-down": ("shared", "coarse-to-fine")}
        >>> sharing = Factor("sharing", ("separate", "shared"), ("sharing",))
        >>> flow = Factor("flow", ("none", "coarse-to-fine"), ("coarse-to-fine",))
        >>> effects = factorial_effects(cells, [sharing, flow])
        >>> [effect.name for effect in effects]
        ['sharing', 'coarse-to-fine', 'sharing x coarse-to-fine']
        >>> effects[0].weights
        {'shared': 0.5, 'independent': -0.5, 'shared-down': 0.5, 'down': -0.5}
    """
    names = _checked(cells, factors)
    effects = [
        _main_effect(names, factors, (i, level, label))
        for i, factor in enumerate(factors)
        for level, label in _compared(factor)
    ]
    effects += [
        _interaction(names, factors, (i, *first), (j, *second))
        for (i, a), (j, b) in combinations(enumerate(factors), 2)
        for first in _compared(a)
        for second in _compared(b)
    ]
    return effects


# A factor's position, one of its levels, and the label of that level's effect.
_Part = tuple[int, str, str]


def _compared(factor: Factor) -> Iterator[tuple[str, str]]:
    return zip(factor.levels[1:], factor.labels, strict=True)


def _main_effect(names: Mapping[Cell, str], factors: Sequence[Factor], part: _Part) -> FactorialEffect:
    i, level, label = part
    baseline = factors[i].levels[0]
    contrasts = (
        {names[_with(rest, {i: level})]: 1.0, names[_with(rest, {i: baseline})]: -1.0}
        for rest in _rest(factors, (i,))
    )
    return FactorialEffect(label, ((factors[i], level),), _mean(contrasts))


def _interaction(
    names: Mapping[Cell, str], factors: Sequence[Factor], first: _Part, second: _Part
) -> FactorialEffect:
    (i, a, a_label), (j, b, b_label) = first, second
    no_a, no_b = factors[i].levels[0], factors[j].levels[0]
    signs = {(a, b): 1.0, (a, no_b): -1.0, (no_a, no_b): 1.0, (no_a, b): -1.0}
    contrasts = (
        {names[_with(rest, {i: one, j: other})]: sign for (one, other), sign in signs.items()}
        for rest in _rest(factors, (i, j))
    )
    parts = ((factors[i], a), (factors[j], b))
    return FactorialEffect(f"{a_label} x {b_label}", parts, _mean(contrasts))


def _rest(factors: Sequence[Factor], taken: Sequence[int]) -> Iterator[Cell]:
    """All combinations of the levels of the other factors; the taken ones are empty."""
    return product(*(("",) if i in taken else factor.levels for i, factor in enumerate(factors)))


def _with(cell: Cell, levels: Mapping[int, str]) -> Cell:
    return tuple(levels.get(i, level) for i, level in enumerate(cell))


def _checked(cells: Mapping[str, Cell], factors: Sequence[Factor]) -> dict[Cell, str]:
    """The name in each cell, when the factorial is full."""
    names: dict[Cell, str] = {}
    for name, cell in cells.items():
        if cell in names:
            raise RequestError.expected(
                f"the cell of {name!r}", f"another than that of {names[cell]!r}", cell, "Leave one out."
            )
        names[cell] = name
    full = list(product(*(factor.levels for factor in factors)))
    missing = [cell for cell in full if cell not in names]
    if missing or len(names) > len(full):
        raise RequestError.expected(
            "a factorial",
            f"every combination of {', '.join(factor.name for factor in factors)} and nothing else",
            f"one without {', '.join(map(' + '.join, missing))}"
            if missing
            else f"{len(names) - len(full)} cells of other levels",
            "Add what is missing, or compare pairs only.",
        )
    return names


def _mean(contrasts: Iterable[Weights]) -> Weights:
    listed = list(contrasts)
    total: Weights = {}
    for weights in listed:
        for name, weight in weights.items():
            total[name] = total.get(name, 0.0) + weight / len(listed)
    return total
