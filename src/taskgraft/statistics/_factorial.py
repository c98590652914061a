"""What sharing does, what a flow does, and whether they interact: effects as weights of architectures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from taskgraft.errors import RequestError

NO_FLOW = "none"
TRUNKS = ("separate", "shared")

Cell = tuple[str, str]
Weights = dict[str, float]


def factorial_effects(cells: Mapping[str, Cell]) -> dict[str, Weights]:
    """Contrast weights of every effect of a complete factorial of trunk and flow.

    With y[trunk, flow] the score of a cell and F flows, "none" among them:

        sharing           = mean over flows of  y[shared, flow] - y[separate, flow]
        <flow>            = mean over trunks of y[trunk, flow] - y[trunk, none]
        sharing x <flow>  = (y[shared, flow] - y[shared, none]) - (y[separate, flow] - y[separate, none])

    The weights of an effect sum to 0; the effect is the weighted sum of the architectures' scores. They are
    the coefficients of least squares on all cells, with the trunk coded -1/2, +1/2.

    Args:
        cells: For each architecture its trunk, "separate" or "shared", and its flow's name or "none".

    Returns:
        For each effect the weight of each architecture that takes part in it.

    Raises:
        RequestError: When a cell is empty or taken twice, or when there is no flow.

    Source:
        Montgomery, *Design and Analysis of Experiments*, chapter 5.

    Example:
        >>> cells = {"independent": ("separate", "none"), "shared": ("shared", "none"),
        ...          "down": ("separate", "coarse-to-fine"), "shared-down": ("shared", "coarse-to-fine")}
        >>> effects = factorial_effects(cells)
        >>> list(effects)
        ['sharing', 'coarse-to-fine', 'sharing x coarse-to-fine']
        >>> effects["sharing"]
        {'shared': 0.5, 'independent': -0.5, 'shared-down': 0.5, 'down': -0.5}
    """
    names = _named(cells)
    flows = list(dict.fromkeys(flow for _, flow in cells.values()))
    effects = {"sharing": _mean(_difference(names, ("shared", f), ("separate", f)) for f in flows)}
    used = [flow for flow in flows if flow != NO_FLOW]
    for flow in used:
        effects[flow] = _mean(_difference(names, (trunk, flow), (trunk, NO_FLOW)) for trunk in TRUNKS)
    for flow in used:
        with_sharing = _difference(names, ("shared", flow), ("shared", NO_FLOW))
        without = _difference(names, ("separate", NO_FLOW), ("separate", flow))
        effects[f"sharing x {flow}"] = with_sharing | without
    return effects


def _named(cells: Mapping[str, Cell]) -> dict[Cell, str]:
    """The architecture in each cell, when the factorial is complete."""
    names: dict[Cell, str] = {}
    for name, cell in cells.items():
        if cell in names:
            raise RequestError.expected(
                f"the trunk and flow of {name!r}",
                f"other than those of {names[cell]!r}",
                cell,
                "Leave one out.",
            )
        names[cell] = name
    flows = {flow for _, flow in cells.values()}
    trunks = {trunk for trunk, _ in cells.values()}
    wanted = {(trunk, flow) for trunk in {*TRUNKS, *trunks} for flow in {NO_FLOW, *flows}}
    missing = sorted(wanted - set(names))
    if missing or trunks != set(TRUNKS) or flows <= {NO_FLOW}:
        raise RequestError.expected(
            "a factorial",
            f"each of the trunks {', '.join(TRUNKS)} with no flow and with every flow there is",
            "one without " + (", ".join(" + ".join(cell) for cell in missing) or "any flow"),
            "Add what is missing, or ask for differences between pairs only.",
        )
    return names


def _difference(names: Mapping[Cell, str], plus: Cell, minus: Cell) -> Weights:
    return {names[plus]: 1.0, names[minus]: -1.0}


def _mean(contrasts: Iterable[Weights]) -> Weights:
    listed = list(contrasts)
    total: Weights = {}
    for weights in listed:
        for name, weight in weights.items():
            total[name] = total.get(name, 0.0) + weight / len(listed)
    return total
