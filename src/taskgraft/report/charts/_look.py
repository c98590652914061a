"""What a variant looks like in the charts: its colour, its marker and its line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from taskgraft.recipe import Variant

# Okabe and Ito's colour-blind-safe hues, darkened to 3:1 on white. A page may set its own as
# --taskgraft-series-1 and so on, say for a dark background.
_COLOURS = ("#0072b2", "#cc5500", "#008060", "#aa3d92", "#8a6d00", "#5d6673")
# One path a marker, centred on 0 0: circle, square, triangle, diamond, cross.
_MARKERS = (
    "M-3.4 0a3.4 3.4 0 1 0 6.8 0a3.4 3.4 0 1 0 -6.8 0z",
    "M-3 -3h6v6h-6z",
    "M0 -4.3l4.1 7.1h-8.2z",
    "M0 -4.5l4.5 4.5l-4.5 4.5l-4.5 -4.5z",
    "M-4.5 -1.4h3.1v-3.1h2.8v3.1h3.1v2.8h-3.1v3.1h-2.8v-3.1h-3.1z",
)


@dataclass(frozen=True)
class Look:
    """How one variant is drawn.

    Attributes:
        hue: Number of its colour, from 0; colour and marker go together.
        is_dashed: Whether its line is.
    """

    hue: int
    is_dashed: bool

    @property
    def style(self) -> str:
        """CSS that sets the colour."""
        hue = self.hue % len(_COLOURS)
        return f"color: var(--taskgraft-series-{hue + 1}, {_COLOURS[hue]})"

    @property
    def marker(self) -> str:
        """Path of the marker, centred on the origin, some 8 pixels wide."""
        return _MARKERS[self.hue % len(_MARKERS)]


def looks(variants: Sequence[Variant]) -> dict[str, Look]:
    """A look for each variant, by name: colour and marker tell its flows, a dashed line a shared trunk.

    Two that agree in both (twins of another width, say) are given different colours all the same.

    Example:
        >>> from taskgraft.architecture import catalogue
        >>> from taskgraft.recipe import recipe
        >>> six = catalogue(["coarse", "fine"]).values()
        >>> found = looks([Variant(each.name, each, recipe("quick")) for each in six])
        >>> found["coarse-to-fine"], found["shared-coarse-to-fine"]
        (Look(hue=1, is_dashed=False), Look(hue=1, is_dashed=True))
    """
    hues: dict[object, int] = {}
    chosen: dict[str, Look] = {}
    for variant in variants:
        architecture = variant.architecture
        is_dashed = architecture.trunk == "shared"
        look = Look(hues.setdefault(frozenset(architecture.flows), len(hues)), is_dashed)
        if look in chosen.values():
            look = Look(hues.setdefault(variant.name, len(hues)), is_dashed)
        chosen[variant.name] = look
    return chosen
