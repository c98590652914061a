"""Where the convolutions of an architecture's SVG diagram stand, in pixels from the left."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from taskgraft.architecture import Architecture
from taskgraft.diagrams._text_trunks import span

MARGIN, GAP, IMAGE, TRUNK = 10, 26, 40, 68
# Room for a line to change rows between two parts of a trunk.
TURN = 2 * GAP


@dataclass(frozen=True)
class Part:
    """A part of the common trunk, from fork to fork.

    Attributes:
        fork: Levels that share this many stages leave behind it.
        left: Its left end.
        words: What is written on it.
    """

    fork: int
    left: float
    words: str


@dataclass(frozen=True)
class TrunkLayout:
    """Common parts first, then what levels have for themselves.

    Attributes:
        parts: Of the common trunk, from left to right; none if there is none.
        forks: By level, the fork of the part it leaves behind; 0 leaves behind the image.
        own: By level, the words on what it has for itself; left out where it has nothing.
        own_x: Left end of that.
        dense_x: Left end of the first dense block of every branch.
    """

    parts: tuple[Part, ...]
    forks: Mapping[str, int]
    own: Mapping[str, str]
    own_x: float
    dense_x: float

    @classmethod
    def of(cls, architecture: Architecture, num_stages: int | None) -> TrunkLayout:
        """The layout of an architecture in a recipe of so many stages, if they are known."""
        levels, first_x = architecture.levels, MARGIN + IMAGE + GAP
        forks = dict(zip(levels, architecture.forks or (0,) * len(levels), strict=True))
        if architecture.trunk == "shared" or set(forks.values()) == {num_stages}:
            gap = TURN if len(levels) > 1 else GAP
            part = Part(1, first_x, "conv")
            return cls((part,), dict.fromkeys(levels, 1), {}, first_x, first_x + TRUNK + gap)
        if not any(forks.values()):
            return cls((), forks, dict.fromkeys(levels, "conv"), first_x, first_x + TRUNK + GAP)
        stops = sorted(set(forks.values()) - {0})
        left = MARGIN + IMAGE + (TURN if 0 in forks.values() else GAP)
        parts = tuple(
            Part(stop, left + i * (TRUNK + TURN), _words(start + 1, stop))
            for i, (start, stop) in enumerate(zip([0, *stops], stops, strict=False))
        )
        own_x = parts[-1].left + TRUNK + TURN
        own = {level: _words(fork + 1, num_stages) for level, fork in forks.items() if fork != num_stages}
        return cls(parts, forks, own, own_x, own_x + TRUNK + GAP)

    @property
    def straight_on(self) -> list[str]:
        """The levels that leave behind the last common part, coarsest first."""
        return [level for level, fork in self.forks.items() if fork == self.parts[-1].fork]


def _words(first: int, last: int | None) -> str:
    return f"conv {span(first, last)}".replace("-", "\N{EN DASH}")
