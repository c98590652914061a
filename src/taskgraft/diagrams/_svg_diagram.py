"""An architecture drawn as an inline SVG, for pages light and dark."""

from __future__ import annotations

import hashlib
import math
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from taskgraft.architecture import Architecture, Flow
from taskgraft.diagrams import _svg_shapes as shapes
from taskgraft.diagrams._layout import Branch, Layout, Wire, lay_out
from taskgraft.diagrams._measures import FORK, Block, Kind, Measures
from taskgraft.diagrams._svg_shapes import HALF
from taskgraft.diagrams._trunk import Trunk, placed
from taskgraft.legible import one_line, shortened

MARGIN = 10
# Pixels of a column, how far a block reaches beyond its columns, and columns of what docks on a concat.
_COLUMN, _PAD, _PORT_COLUMNS = 9, 5, 7
# Half the height of a trunk, the heights of what docks on a concat and of a lane, the room between rows.
_TALLEST, _PORT, _LANE, _ROW_GAP = 23, 19, 16, 20
# A page may make a diagram smaller, but not so small that its words cannot be read.
_LEAST_SCALE = 0.6
_STYLE = """
.taskgraft-diagram { font: 13px system-ui, sans-serif; max-width: 100%; height: auto; --tint: currentColor; }
.taskgraft-diagram { min-width: var(--least); }
@media print { .taskgraft-diagram { min-width: 0; } }
.taskgraft-diagram text { fill: currentColor; text-anchor: middle; dominant-baseline: central; }
.taskgraft-diagram .block { fill: var(--tint); fill-opacity: .13; stroke: var(--tint); stroke-width: 1.5; }
.taskgraft-diagram .neutral { --tint: currentColor; stroke-opacity: .55; fill-opacity: .07; }
.taskgraft-diagram .line { fill: none; stroke: currentColor; stroke-width: 1.5; stroke-opacity: .55; }
.taskgraft-diagram .tip { fill: currentColor; fill-opacity: .55; }
.taskgraft-diagram .flow { fill: none; stroke: var(--tint); stroke-width: 2.5; }
.taskgraft-diagram .flow-tip { fill: var(--tint); }
.taskgraft-diagram .stopped { stroke-dasharray: 6 5; }
.taskgraft-diagram .name { font-weight: 600; }
.taskgraft-diagram .small { font-size: 11px; }
"""


def svg_diagram(
    architecture: Architecture, num_classes: Sequence[int] | None = None, num_stages: int | None = None
) -> str:
    """Draws an architecture as one self-contained `<svg>` element, to stand in an HTML page.

    A level has one colour throughout; what no single level owns is grey. Coloured lines are flows, in the
    colour of the level they come from, dashed where the gradient is stopped. Features leave their dense
    block, logits and probabilities their level's head.

    Args:
        architecture: Any, with any number of levels.
        num_classes: Classes of each level, coarsest first, to be shown under their names.
        num_stages: Stages of the recipe's trunk, if known; they say which a forked trunk leaves to a level.

    Returns:
        Well-formed XML; no scripts, no references. Text and lines take the page's `color`; the page
        may set the colour of the i-th level, coarsest first, as `--taskgraft-level-<i>`.

    Example:
        >>> from taskgraft.architecture import catalogue
        >>> svg_diagram(catalogue(["coarse", "fine"])["shared"]).startswith("<svg ")
        True
    """
    labels = [shortened(one_line(level), 24) for level in architecture.levels]
    if num_classes is not None:
        labels = [f"{name}\n{count:,} classes" for name, count in zip(labels, num_classes, strict=True)]
    measures = Measures(_columns, entries=(3,), port=_PORT_COLUMNS)
    layout = lay_out(
        architecture, labels[::-1], placed(Trunk.of(architecture, num_stages), measures), measures
    )
    assert layout is not None  # Without a limit of columns it always fits.
    drawing = _Drawing(architecture, layout)
    svg = _root(drawing)
    if layout.trunk.common:
        _draw_common(svg, drawing)
    # Flows go under the branches: where one ends, its block stays clean.
    for wire in layout.wires:
        _draw_flow(svg, drawing, wire)
    for row in range(len(layout.branches)):
        _draw_row(drawing.group(svg, row), drawing, row)
    if drawing.has_legend:
        _draw_legend(svg, drawing)
    indent(svg)
    return tostring(svg, encoding="unicode")


def _columns(kind: Kind, words: str) -> int:
    """Width of a block; pads are not counted."""
    if kind == "conv":
        return max(6, len(words) - 1)
    if kind == "head":
        name, _, count = words.partition("\n")
        return math.ceil((18 + max(_text_width(name, 8.6), _text_width(count, 6.3), 26)) / _COLUMN)
    return {"image": 4, "dense": 4, "concat": 6}[kind]


def _text_width(words: str, pixels: float) -> float:
    """Room for a text, at so many pixels a character; East Asian wide ones take two."""
    return sum(pixels * (2 if unicodedata.east_asian_width(c) in "WF" else 1) for c in words)


@dataclass(frozen=True)
class _Drawing:
    """A layout in pixels."""

    architecture: Architecture
    layout: Layout

    @property
    def has_legend(self) -> bool:
        """Whether a line says what dashes mean."""
        return any(not flow.passes_gradient for flow in self.architecture.flows)

    def group(self, parent: Element, row: int) -> Element:
        """A group in the colour of a row's level."""
        return shapes.level_group(parent, len(self.layout.branches) - 1 - row)

    def x(self, column: float) -> float:
        """Left end of a column."""
        return MARGIN + _PAD + _COLUMN * column

    def span(self, block: Block) -> tuple[float, float]:
        """Left and right end of a block."""
        return self.x(block.start) - _PAD, self.x(block.end) + _PAD

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
        return self.y[-1] + self.reach(-1 + len(self.y), 1)

    def port_end(self, row: int, step: int) -> float:
        """How far a row's `concat` reaches from its centre with what docks on it, up (-1) or down (1)."""
        ends = (
            (source - row) * step > 0 for wire in self.layout.branches[row].wires for source in wire.flows
        )
        return HALF + (_PORT if any(ends) else 0)

    def reach(self, row: int, step: int) -> float:
        """How far a row reaches from its centre, up (-1) or down (1)."""
        lane = _LANE if self.layout.lane(row, step) is not None else 0
        return max(_TALLEST, self.port_end(row, step) + lane)

    def lane_y(self, row: int, step: int) -> float:
        """Height at which a row's features run to their wires."""
        return self.y[row] + step * (self.port_end(row, step) + _LANE / 2)


def _root(drawing: _Drawing) -> Element:
    architecture = drawing.architecture
    columns = [wire.column for wire in drawing.layout.wires] + [b.head.end for b in drawing.layout.branches]
    width = drawing.x(max(columns)) + _PAD + MARGIN
    height = drawing.bottom + MARGIN + (22 if drawing.has_legend else 0)
    key = "diagram-" + hashlib.sha256(architecture.name.encode(errors="replace")).hexdigest()[:12]
    svg = Element(
        "svg",
        {
            "xmlns": "http://www.w3.org/2000/svg",
            "class": "taskgraft-diagram",
            "role": "img",
            "aria-labelledby": f"{key}-title {key}-desc",
            "style": f"--least: {width * _LEAST_SCALE:.0f}px",
            "viewBox": f"0 0 {width:g} {height:g}",
            "width": f"{width:g}",
            "height": f"{height:g}",
        },
    )
    SubElement(svg, "title", {"id": f"{key}-title"}).text = one_line(architecture.name)
    SubElement(svg, "desc", {"id": f"{key}-desc"}).text = _description(architecture)
    SubElement(svg, "style").text = _STYLE
    return svg


def _description(architecture: Architecture) -> str:
    levels = ", ".join(map(one_line, architecture.levels))
    flows = "; ".join(map(_flow_words, architecture.flows)) or "none"
    return f"{_trunk_words(architecture)}. Levels, coarsest first: {levels}. Flows: {flows}."


def _trunk_words(architecture: Architecture) -> str:
    if architecture.trunk != "forked":
        shared = architecture.trunk == "shared"
        return "One shared trunk" if shared else "A separate trunk for each level"
    forks = zip(architecture.levels, architecture.forks, strict=True)
    shares = ", ".join(f"{one_line(level)} {fork}" for level, fork in forks)
    return f"A trunk that forks; stages shared: {shares}"


def _flow_words(flow: Flow) -> str:
    gradient = "gradient passes" if flow.passes_gradient else "gradient stopped"
    return f"{one_line(flow.source)} to {one_line(flow.target)} ({flow.carries}, {gradient})"


def _draw_common(svg: Element, drawing: _Drawing) -> None:
    """The common trunk in the finest row that goes through all of it, or between all rows."""
    trunk, rows = drawing.layout.trunk, drawing.y
    y = rows[trunk.row] if len(set(trunk.leaves)) > 1 else (rows[0] + rows[-1]) / 2
    _draw_blocks(SubElement(svg, "g"), drawing, y, trunk.common, "block neutral")
    for row, leaves in enumerate(trunk.leaves):
        left = trunk.common[leaves]
        end = drawing.span(drawing.layout.blocks(row)[0])[0], rows[row]
        shapes.fork(svg, drawing.span(left)[1], y, drawing.x(left.end + FORK) - _PAD, end)


def _draw_blocks(
    group: Element, drawing: _Drawing, y: float, blocks: Sequence[Block], style: str = "block"
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


def _draw_row(group: Element, drawing: _Drawing, row: int) -> None:
    branch, y = drawing.layout.branches[row], drawing.y[row]
    _draw_blocks(group, drawing, y, drawing.layout.blocks(row))
    for wire in branch.wires:
        ((source, flow),) = wire.flows.items()
        x, half = drawing.x(wire.column), _PORT_COLUMNS * _COLUMN / 2
        top, low = (HALF, HALF + _PORT) if source > row else (-HALF - _PORT, -HALF)
        port = drawing.group(group, source)
        shapes.block(port, (x - half, x + half), (y + top, y + low), radius=3)
        shapes.text(port, x, y + (top + low) / 2, flow.carries, "small")
    _draw_head(group, drawing, branch)


def _draw_head(group: Element, drawing: _Drawing, branch: Branch) -> None:
    span, y = drawing.span(branch.head), drawing.y[branch.row]
    name, _, count = branch.head.words.partition("\n")
    head = shapes.block(group, span, (y - HALF, y + HALF), radius=HALF)
    SubElement(head, "title").text = one_line(branch.level)
    shapes.text(group, sum(span) / 2, y - (7 if count else 0), name, "name")
    if count:
        shapes.text(group, sum(span) / 2, y + 8, count, "small")


def _draw_flow(svg: Element, drawing: _Drawing, wire: Wire) -> None:
    """Along the source's row, or its lane, and up or down into the target."""
    ((row, flow),) = wire.flows.items()
    group = drawing.group(svg, row)
    SubElement(group, "title").text = _flow_words(flow)
    branch, y, step = drawing.layout.branches[row], drawing.y[row], 1 if wire.target > row else -1
    start = f"M{drawing.span(branch.head)[1]:g} {y:g}"
    if wire.takes(row, features=True):
        x, edge, y = sum(drawing.span(branch.dense)) / 2, y + step * HALF, drawing.lane_y(row, step)
        start = f"M{x:g} {edge:g}V{y - step * 5:g}q0 {step * 5} 5 {step * 5}"
    elif branch.touches(wire):
        start, y = "", y + step * _edge(drawing.span(branch.head), drawing.x(wire.column))
    end = drawing.y[wire.target] - step * drawing.port_end(wire.target, -step)
    kind = "flow" if flow.passes_gradient else "flow stopped"
    shapes.wire(group, start, drawing.x(wire.column), (y, end), kind)


def _edge(span: tuple[float, float], x: float) -> float:
    """How far a head reaches up and down from its centre, whose ends are round."""
    beyond = max(span[0] + HALF - x, x - (span[1] - HALF), 0)
    return math.sqrt(HALF**2 - beyond**2)


def _draw_legend(svg: Element, drawing: _Drawing) -> None:
    y = drawing.bottom + 20
    shapes.line(svg, f"M{MARGIN} {y:g}h40", "line stopped")
    words = shapes.text(svg, MARGIN + 50, y, "gradient stopped", "small")
    words.set("style", "text-anchor: start")
