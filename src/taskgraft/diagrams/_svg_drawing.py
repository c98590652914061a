"""A diagram's layout in pixels, and its blocks as SVG."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from xml.etree.ElementTree import Element, SubElement

from taskgraft.architecture import Architecture
from taskgraft.diagrams import _svg_shapes as shapes
from taskgraft.diagrams._layout import Layout
from taskgraft.diagrams._measures import Block, Kind
from taskgraft.diagrams._mixed import mixed_in_words
from taskgraft.diagrams._svg_shapes import HALF
from taskgraft.legible import one_line, shortened

MARGIN = 10
# Pixels of a column, how far a block reaches beyond its columns, and columns of what docks on a concat.
COLUMN, PAD, PORT_COLUMNS = 9, 5, 7
# Half the height of a trunk, the heights of what docks on a concat and of a lane, the room between rows.
_TALLEST, PORT, _LANE, _ROW_GAP = 23, 19, 16, 20
_LONGEST_LEGEND = 80
# A row of a derived level, with the room above it.
_SUM_ROW = 2 * HALF + 14


def columns(kind: Kind, words: str) -> int:
    """Width of a block; pads are not counted."""
    if kind == "conv":
        return max(6, len(words) - 1)
    if kind == "head":
        name, _, count = words.partition("\n")
        return math.ceil((18 + max(_text_width(name, 8.6), _text_width(count, 6.3), 26)) / COLUMN)
    return {"image": 4, "dense": 4, "concat": 6}[kind]


def _text_width(words: str, pixels: float) -> float:
    """Room for a text, at so many pixels a character; East Asian wide ones take two."""
    return sum(pixels * (2 if unicodedata.east_asian_width(c) in "WF" else 1) for c in words)


@dataclass(frozen=True)
class Drawing:
    """A layout in pixels.

    Attributes:
        architecture: What is drawn.
        layout: Of its levels that have a branch.
        sums: For each derived level, finest first, the blocks that make it of the finest level.
    """

    architecture: Architecture
    layout: Layout
    sums: tuple[tuple[Block, ...], ...] = ()

    @property
    def has_dashes(self) -> bool:
        """Whether a line says what dashes mean."""
        return any(not flow.passes_gradient for flow in self.architecture.flows)

    @cached_property
    def legend(self) -> tuple[str, ...]:
        """Words below the drawing, a line each; what dashes mean is the last."""
        mixed = [shortened(one_line(line), _LONGEST_LEGEND) for line in mixed_in_words(self.architecture)]
        words = tuple(re.sub(r"(?<=\d)-(?=\d)", "\N{EN DASH}", line) for line in mixed)
        return (*words, "gradient stopped") if self.has_dashes else words

    @property
    def width(self) -> float:
        """Of the drawing with its margins."""
        legend = max((_text_width(words, 6.3) for words in self.legend), default=0)
        return max(self.x(self.end) + PAD, MARGIN + legend) + MARGIN

    def group(self, parent: Element, row: int) -> Element:
        """A group in the colour of a row's level."""
        return self.group_of(parent, self.layout.branches[row].level)

    def group_of(self, parent: Element, level: str) -> Element:
        """A group in the colour of a level."""
        return shapes.level_group(parent, self.architecture.levels.index(level))

    def x(self, column: float) -> float:
        """Left end of a column."""
        return MARGIN + PAD + COLUMN * column

    def span(self, block: Block) -> tuple[float, float]:
        """Left and right end of a block."""
        return self.x(block.start) - PAD, self.x(block.end) + PAD

    @cached_property
    def y(self) -> tuple[float, ...]:
        """Centre of each row."""
        centres: list[float] = []
        bottom = float(MARGIN - _ROW_GAP)
        for row in range(len(self.layout.branches)):
            centres.append(bottom + _ROW_GAP + self.reach(row, -1))
            bottom = centres[-1] + self.reach(row, 1)
        return tuple(centres)

    @property
    def bottom(self) -> float:
        """Lower end of the last row."""
        return self._bottom_of_branches + len(self.sums) * _SUM_ROW

    def sum_y(self, place: int) -> float:
        """Centre of the row of a derived level."""
        return self._bottom_of_branches + (place + 1) * _SUM_ROW - HALF

    @property
    def _bottom_of_branches(self) -> float:
        return self.y[-1] + self.reach(-1 + len(self.y), 1)

    @property
    def end(self) -> int:
        """The last column of all."""
        wires = [wire.column for wire in self.layout.wires]
        heads = [branch.head.end for branch in self.layout.branches]
        return max([*wires, *heads, *(blocks[-1].end for blocks in self.sums)])

    def port_end(self, row: int, step: int) -> float:
        """How far a row's `concat` reaches from its centre with what docks on it, up (-1) or down (1)."""
        ends = (
            (source - row) * step > 0 for wire in self.layout.branches[row].wires for source in wire.flows
        )
        return HALF + (PORT if any(ends) else 0)

    def reach(self, row: int, step: int) -> float:
        """How far a row reaches from its centre, up (-1) or down (1)."""
        lane = _LANE if self.layout.lane(row, step) is not None else 0
        return max(_TALLEST, self.port_end(row, step) + lane)

    def lane_y(self, row: int, step: int) -> float:
        """Height at which a row's features run to their wires."""
        return self.y[row] + step * (self.port_end(row, step) + _LANE / 2)


def draw_blocks(
    group: Element, drawing: Drawing, y: float, blocks: Sequence[Block], style: str = "block"
) -> None:
    """Blocks of one row, and an arrow from each to the next."""
    for block in blocks:
        left, right = drawing.span(block)
        words = block.words.replace("-", "\N{EN DASH}") if block.kind == "conv" else block.words
        if block.kind == "image":
            shapes.image(group, left, y, right - left)
        elif block.kind == "conv":
            shapes.funnel(group, (left, right), (y - _TALLEST, y + _TALLEST), words, style)
        elif block.kind != "head":
            look, radius = ("block neutral", 3) if block.kind == "concat" else ("block", 6)
            shapes.block(group, (left, right), (y - HALF, y + HALF), look, radius)
            shapes.text(group, (left + right) / 2, y, words)
    for block, after in pairwise(blocks):
        shapes.arrow(group, drawing.span(block)[1], y, drawing.span(after)[0])


def draw_head(group: Element, drawing: Drawing, head: Block, level: str, y: float) -> None:
    """A level's prediction: a block with round ends."""
    span = drawing.span(head)
    name, _, count = head.words.partition("\n")
    outline = shapes.block(group, span, (y - HALF, y + HALF), radius=HALF)
    SubElement(outline, "title").text = one_line(level)
    shapes.text(group, sum(span) / 2, y - (7 if count else 0), name, "name")
    if count:
        shapes.text(group, sum(span) / 2, y + 8, count, "small")
