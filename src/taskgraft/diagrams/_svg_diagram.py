"""An architecture drawn as an inline SVG, for pages light and dark."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from taskgraft.architecture import Architecture, Flow
from taskgraft.diagrams import _svg_shapes as shapes
from taskgraft.diagrams._layout import Layout, Wire, lay_out
from taskgraft.diagrams._measures import FORK, Block, Measures
from taskgraft.diagrams._mixed import mixed_in_words
from taskgraft.diagrams._svg_drawing import (
    COLUMN,
    MARGIN,
    PAD,
    PORT,
    PORT_COLUMNS,
    Drawing,
    columns,
    draw_blocks,
    draw_head,
)
from taskgraft.diagrams._svg_shapes import HALF
from taskgraft.diagrams._trunk import Trunk, placed
from taskgraft.legible import one_line, shortened

_SEPARATE = "A separate trunk for each level"
# A page may make a diagram smaller, but not so small that its words cannot be read.
_LEAST_SCALE = 0.6
_LEGEND_ROW = 22
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
    measures, built = Measures(columns, entries=(3,), port=PORT_COLUMNS), architecture.without_derived
    of_branches = [labels[place] for place in reversed(architecture.branched_places)]
    layout = lay_out(built, of_branches, placed(Trunk.of(built, num_stages), measures), measures)
    assert layout is not None  # Without a limit of columns it always fits.
    drawing = Drawing(architecture, layout, _sums(architecture, labels, layout, measures))
    svg = _root(drawing)
    if layout.trunk.common:
        _draw_common(svg, drawing)
    # Flows go under the branches: where one ends, its block stays clean.
    for wire in layout.wires:
        _draw_flow(svg, drawing, wire)
    for row in range(len(layout.branches)):
        _draw_row(drawing.group(svg, row), drawing, row)
    for place, level in enumerate(reversed(architecture.derived)):
        _draw_sum(svg, drawing, place, level)
    _draw_legend(svg, drawing)
    indent(svg)
    return tostring(svg, encoding="unicode")


def _sums(
    architecture: Architecture, labels: Sequence[str], layout: Layout, measures: Measures
) -> tuple[tuple[Block, ...], ...]:
    """For each derived level, finest first: the finest level, a sum, and its head."""
    start, finest = layout.branches[0].head.start, labels[-1]
    places = [architecture.levels.index(level) for level in reversed(architecture.derived)]
    return tuple(
        measures.row(start, ("head", finest), ("concat", "sum"), ("head", labels[place])) for place in places
    )


def _root(drawing: Drawing) -> Element:
    architecture = drawing.architecture
    width = drawing.width
    height = drawing.bottom + MARGIN + _LEGEND_ROW * len(drawing.legend)
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
    summed = ", ".join(map(one_line, architecture.derived))
    sums = f" Summed from {one_line(architecture.levels[-1])}: {summed}." if summed else ""
    mixed = "".join(f" {one_line(line).capitalize()}." for line in mixed_in_words(architecture))
    return f"{_trunk_words(architecture)}.{mixed} Levels, coarsest first: {levels}. Flows: {flows}.{sums}"


def _trunk_words(architecture: Architecture) -> str:
    if architecture.experts is not None:
        fork = max(architecture.forks, default=0)
        return f"One trunk whose stages behind {fork} are experts" if fork else "A trunk of experts"
    if architecture.trunk != "forked":
        shared = architecture.trunk == "shared"
        alone = len(architecture.branched) == 1
        separate = f"One trunk for {one_line(architecture.levels[-1])}" if alone else _SEPARATE
        return "One shared trunk" if shared else separate
    forks = zip(architecture.branched, architecture.forks, strict=True)
    shares = ", ".join(f"{one_line(level)} {fork}" for level, fork in forks)
    return f"A trunk that forks; stages shared: {shares}"


def _flow_words(flow: Flow) -> str:
    gradient = "gradient passes" if flow.passes_gradient else "gradient stopped"
    return f"{one_line(flow.source)} to {one_line(flow.target)} ({flow.carries}, {gradient})"


def _draw_common(svg: Element, drawing: Drawing) -> None:
    """The common trunk in the finest row that goes through all of it, or between all rows."""
    trunk, rows = drawing.layout.trunk, drawing.y
    y = rows[trunk.row] if len(set(trunk.leaves)) > 1 else (rows[0] + rows[-1]) / 2
    draw_blocks(SubElement(svg, "g"), drawing, y, trunk.common, "block neutral")
    for row, leaves in enumerate(trunk.leaves):
        left = trunk.common[leaves]
        end = drawing.span(drawing.layout.blocks(row)[0])[0], rows[row]
        shapes.fork(svg, drawing.span(left)[1], y, drawing.x(left.end + FORK) - PAD, end)


def _draw_row(group: Element, drawing: Drawing, row: int) -> None:
    branch, y = drawing.layout.branches[row], drawing.y[row]
    draw_blocks(group, drawing, y, drawing.layout.blocks(row))
    for wire in branch.wires:
        ((source, flow),) = wire.flows.items()
        x, half = drawing.x(wire.column), PORT_COLUMNS * COLUMN / 2
        top, low = (HALF, HALF + PORT) if source > row else (-HALF - PORT, -HALF)
        port = drawing.group(group, source)
        shapes.block(port, (x - half, x + half), (y + top, y + low), radius=3)
        shapes.text(port, x, y + (top + low) / 2, flow.carries, "small")
    draw_head(group, drawing, branch.head, branch.level, y)


def _draw_sum(svg: Element, drawing: Drawing, place: int, level: str) -> None:
    """A derived level: the finest one again, a sum of its classes, and what comes of it."""
    finest, added, head = drawing.sums[place]
    y, group = drawing.sum_y(place), drawing.group_of(svg, level)
    source = drawing.group_of(group, drawing.architecture.levels[-1])
    draw_head(source, drawing, finest, drawing.architecture.levels[-1], y)
    draw_blocks(group, drawing, y, (added, head))
    shapes.arrow(group, drawing.span(finest)[1], y, drawing.span(added)[0])
    draw_head(group, drawing, head, level, y)


def _draw_flow(svg: Element, drawing: Drawing, wire: Wire) -> None:
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


def _draw_legend(svg: Element, drawing: Drawing) -> None:
    """A line of words each: what is mixed, and what dashes mean."""
    for place, line in enumerate(drawing.legend):
        x, y = float(MARGIN), drawing.bottom + 20 + place * _LEGEND_ROW
        if drawing.has_dashes and place == len(drawing.legend) - 1:
            shapes.line(svg, f"M{MARGIN} {y:g}h40", "line stopped")
            x += 50
        shapes.text(svg, x, y, line, "small").set("style", "text-anchor: start")
