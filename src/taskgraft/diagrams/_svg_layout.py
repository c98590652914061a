"""Where the parts of an architecture's SVG diagram stand, in pixels."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from functools import cached_property

from taskgraft.architecture import Architecture, Flow
from taskgraft.diagrams._svg_trunk_layout import GAP, MARGIN, TrunkLayout
from taskgraft.diagrams._text_diagram import shortened
from taskgraft.legible import one_line

CHANNEL, DENSE, CONCAT = 64, 46, 58
# Half the height of a block and of a trunk, the height of what docks on a concat, the room between rows.
HALF, TALLEST, PORT, ROW_GAP = 17, 23, 19, 20
# Room for what flows from a dense block, below all else in its row, and how far below its line is.
LANE, LANE_Y = 16, 9
# What stands before the head in a column of targets: concat and fc_2.
BEFORE_HEAD = CONCAT + GAP + DENSE + GAP


@dataclass(frozen=True)
class Layout:
    """Rows are levels, finest on top; columns are depths.

    A level without flows has depth 0, any other one more than its deepest source, whose head must stand
    before it; features are there before any head is. Between two columns runs a channel free of blocks, in
    which flows change rows.
    """

    architecture: Architecture
    num_classes: tuple[int, ...] | None
    num_stages: int | None = None

    @cached_property
    def trunks(self) -> TrunkLayout:
        """Where images and convolutions stand."""
        return TrunkLayout.of(self.architecture, self.num_stages)

    @cached_property
    def depth(self) -> dict[str, int]:
        """Column of each level's head."""
        found: dict[str, int] = {}
        for level in self.architecture.order:
            found[level] = max(
                (
                    1 if flow.carries == "features" else found[flow.source] + 1
                    for flow in self.architecture.sources_of(level)
                ),
                default=0,
            )
        return found

    @cached_property
    def y(self) -> dict[str, float]:
        """Centre of each level's row."""
        centres: dict[str, float] = {}
        bottom = float(MARGIN - ROW_GAP)
        for level in reversed(self.architecture.levels):
            above = max(TALLEST, HALF + PORT * len(self.ports(level)[0]))
            centres[level] = bottom + ROW_GAP + above
            bottom = centres[level] + self._below(level)
        return centres

    @cached_property
    def x(self) -> list[tuple[float, float]]:
        """Left and right end of each depth's column."""
        columns: list[tuple[float, float]] = []
        left = self.dense_x + DENSE + GAP
        for depth in range(max(self.depth.values()) + 1):
            heads = [self.head_width(level) for level, d in self.depth.items() if d == depth]
            right = left + max(heads) + (BEFORE_HEAD if depth else 0)
            columns.append((left, right))
            left = right + CHANNEL
        return columns

    @property
    def dense_x(self) -> float:
        """Left end of the first dense block of every branch."""
        return self.trunks.dense_x

    @property
    def bottom(self) -> float:
        """Lower end of the last row, which is the coarsest level's."""
        coarsest = self.architecture.levels[0]
        return self.y[coarsest] + self._below(coarsest)

    def _below(self, level: str) -> float:
        """How far a row reaches below its centre."""
        hands_on = any(f.source == level and f.carries == "features" for f in self.architecture.flows)
        return max(TALLEST, HALF + PORT * len(self.ports(level)[1]) + (LANE if hands_on else 0))

    def lane_y(self, level: str) -> float:
        """Height of the line in which a level's features leave its dense block."""
        return self.y[level] + HALF + PORT * len(self.ports(level)[1]) + LANE_Y

    def ports(self, level: str) -> tuple[list[Flow], list[Flow]]:
        """Flows into a level that come from above and from below, each nearest source first."""
        rank = self.architecture.levels.index
        flows = sorted(
            self.architecture.sources_of(level), key=lambda f: abs(rank(f.source) - rank(f.target))
        )
        finer = [flow for flow in flows if rank(flow.source) > rank(level)]
        return finer, [flow for flow in flows if flow not in finer]

    def port_y(self, flow: Flow) -> float:
        """Centre of what docks on the target's `concat` for a flow: outward from it, nearest first."""
        above, below = self.ports(flow.target)
        centre = self.y[flow.target]
        if flow in above:
            return centre - HALF - PORT * (above.index(flow) + 0.5)
        return centre + HALF + PORT * (below.index(flow) + 0.5)

    def label(self, level: str) -> tuple[str, str]:
        """A level's name and, under it, its number of classes."""
        name = shortened(one_line(level), 24)
        if self.num_classes is None:
            return name, ""
        return name, f"{self.num_classes[self.architecture.levels.index(level)]:,} classes"

    def head_x(self, level: str) -> float:
        """Left end of a level's head."""
        depth = self.depth[level]
        return self.x[depth][0] + (BEFORE_HEAD if depth else 0)

    def head_width(self, level: str) -> float:
        """Width of a level's head, which holds its label."""
        name, count = self.label(level)
        return 28 + max(_text_width(name, 8.6), _text_width(count, 6.3), 26)


def _text_width(text: str, pixels: float) -> float:
    """Room for a text, at so many pixels a character; East Asian wide ones take two."""
    return sum(pixels * (2 if unicodedata.east_asian_width(c) in "WF" else 1) for c in text)
