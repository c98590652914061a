"""A twin: an architecture with its widths scaled until it costs what another one costs.

A shared trunk halves the network. Its twin, as costly as separate trunks, tells sharing from size.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from taskgraft.architecture import Architecture, twin_name
from taskgraft.choices import Measure
from taskgraft.errors import RequestError
from taskgraft.network._cost import Cost, cost
from taskgraft.recipe import NetworkSpec

TOLERANCE = 0.01

_NARROWEST, _WIDEST = 1 / 32, 32.0
_NUM_HALVINGS = 50
# Ratios tried on the stretch that costs the same within the tolerance.
_NUM_TRIED = 61
# Channels in multiples of this fill the processor's registers.
_LANES = 8


def is_matched(one: Cost, other: Cost, measure: Measure) -> bool:
    """Whether two costs agree within 1 %."""
    return abs(_measured(one, measure) / _measured(other, measure) - 1) <= TOLERANCE


def twin(
    architecture: Architecture,
    reference: Architecture,
    measure: Measure,
    spec: NetworkSpec,
    num_classes: tuple[int, ...],
    image_shape: tuple[int, int, int],
) -> Architecture:
    """The twin of an architecture that costs what a reference costs, within 1 %.

    Of the ratios that do, the one is taken that makes most widths multiples of 8, then the closest.

    Args:
        architecture: Whose widths are scaled.
        reference: Whose cost is wanted.
        measure: `macs` (of one image, forward) or `parameters`.
        spec: Widths of the recipe.
        num_classes: Classes of each level, coarsest first.
        image_shape: Channels, height and width.

    Raises:
        RequestError: If no ratio from 1/32 to 32 comes within 1 %.
    """
    wanted = _measured(cost(reference, spec, num_classes, image_shape), measure)
    # Many ratios round to the same widths, and so to one network.
    shares: dict[tuple[int, ...], float] = {}

    def share(ratio: float) -> float:
        widths = spec.scaled(ratio).widths
        if widths not in shares:
            scaled = replace(architecture, width_ratio=ratio)
            shares[widths] = _measured(cost(scaled, spec, num_classes, image_shape), measure) / wanted
        return shares[widths]

    low, high = (_reach(share, 1 + sign * TOLERANCE) for sign in (-1, 1))
    tried = [round(float(ratio), 5) for ratio in np.linspace(low, high, _NUM_TRIED)]
    ratios = [ratio for ratio in tried if abs(share(ratio) - 1) <= TOLERANCE]
    name = twin_name(architecture.name, reference.name, measure)
    if not ratios:
        raise RequestError.expected(
            f"{name!r}",
            f"within {TOLERANCE:.0%} of the {measure} of {reference.name!r}",
            f"{share(low):.1%} at best",
            "Match another measure, or use a recipe with wider layers.",
        )

    def merit(ratio: float) -> tuple[int, float]:
        aligned = sum(width % _LANES == 0 for width in spec.scaled(ratio).widths)
        return aligned, -abs(share(ratio) - 1)

    return replace(architecture, name=name, width_ratio=max(ratios, key=merit))


def _measured(of: Cost, measure: Measure) -> int:
    return of.macs if measure == "macs" else of.num_parameters


def _reach(share: Callable[[float], float], goal: float) -> float:
    """The ratio at which a share that grows with the ratio reaches a goal, by halving."""
    low, high = _NARROWEST, _WIDEST
    for _ in range(_NUM_HALVINGS):
        middle = (low * high) ** 0.5
        low, high = (middle, high) if share(middle) < goal else (low, middle)
    return high
