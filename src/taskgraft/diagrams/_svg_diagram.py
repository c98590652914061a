"""An architecture drawn as an inline SVG, for pages light and dark."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from taskgraft.architecture import Architecture, Flow
from taskgraft.diagrams._svg_layout import CHANNEL, CONCAT, DENSE, HALF, PORT, Layout
from taskgraft.diagrams._svg_shapes import arrow, block, curve, level_group, named_block, text
from taskgraft.diagrams._svg_trunk_layout import GAP, IMAGE, MARGIN
from taskgraft.diagrams._svg_trunks import draw_trunks
from taskgraft.legible import one_line

# A page may make a diagram smaller, but not so small that its words cannot be read.
_LEAST_SCALE = 0.6
# Radius of the corner at which features turn into their row.
_CORNER = 5
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

    A level has one colour throughout; what no single level owns is grey. Curves are flows, in the colour
    of the level they come from, dashed where the gradient is stopped. Features leave their dense block,
    logits and probabilities their level's head.

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
    layout = Layout(architecture, None if num_classes is None else tuple(num_classes), num_stages)
    svg = _root(layout)
    draw_trunks(svg, layout)
    # Flows go under the branches: where a curve ends, its block stays clean.
    for flow in architecture.flows:
        _draw_flow(svg, layout, flow)
    for level in reversed(architecture.levels):
        _draw_branch(svg, layout, level)
    if any(not flow.passes_gradient for flow in architecture.flows):
        _draw_legend(svg, layout)
    indent(svg)
    return tostring(svg, encoding="unicode")


def _root(layout: Layout) -> Element:
    architecture = layout.architecture
    width = layout.x[-1][1] + MARGIN
    stopped = any(not flow.passes_gradient for flow in architecture.flows)
    height = layout.bottom + MARGIN + (22 if stopped else 0)
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


def _draw_branch(svg: Element, layout: Layout, level: str) -> None:
    group = level_group(svg, layout, level)
    y = layout.y[level]
    flows = layout.architecture.sources_of(level)
    named_block(group, layout.dense_x, y, DENSE, "fc_1" if flows else "fc")
    end = layout.dense_x + DENSE
    if flows:
        left = layout.x[layout.depth[level]][0]
        arrow(group, end, y, left)
        named_block(group, left, y, CONCAT, "concat", "block neutral", radius=3)
        for flow in flows:
            source = level_group(group, layout, flow.source)
            block(source, left, layout.port_y(flow) - PORT / 2, CONCAT, PORT, "block", radius=3)
            text(source, left + CONCAT / 2, layout.port_y(flow), flow.carries, "small")
        arrow(group, left + CONCAT, y, left + CONCAT + GAP)
        named_block(group, left + CONCAT + GAP, y, DENSE, "fc_2")
        end = left + CONCAT + GAP + DENSE
    arrow(group, end, y, layout.head_x(level))
    _draw_head(group, layout, level)


def _draw_head(group: Element, layout: Layout, level: str) -> None:
    left, y, width = layout.head_x(level), layout.y[level], layout.head_width(level)
    name, count = layout.label(level)
    head = block(group, left, y - HALF, width, 2 * HALF, "block", radius=HALF)
    SubElement(head, "title").text = one_line(level)
    text(group, left + width / 2, y - (7 if count else 0), name, "name")
    if count:
        text(group, left + width / 2, y + 8, count, "small")


def _draw_flow(svg: Element, layout: Layout, flow: Flow) -> None:
    """Along the source's row, and through the channel before the target's column."""
    group = level_group(svg, layout, flow.source)
    SubElement(group, "title").text = _flow_words(flow)
    kind = "flow" if flow.passes_gradient else "flow stopped"
    y = layout.y[flow.source]
    left = layout.head_x(flow.source) + layout.head_width(flow.source)
    start = f"M{left:g} {y:g}"
    if flow.carries == "features":
        left, y = layout.dense_x + DENSE / 2, layout.lane_y(flow.source)
        start = f"M{left:g} {layout.y[flow.source] + HALF:g}V{y - _CORNER:g}q0 {_CORNER} {_CORNER} {_CORNER}"
    right = layout.x[layout.depth[flow.target]][0]
    turn = max(left, right - CHANNEL)
    curve(group, start, (turn, y), (right, layout.port_y(flow)), right, kind)


def _draw_legend(svg: Element, layout: Layout) -> None:
    y = layout.bottom + 20
    SubElement(svg, "path", {"class": "line stopped", "d": f"M{MARGIN} {y:g}h{IMAGE}"})
    words = text(svg, MARGIN + IMAGE + 10, y, "gradient stopped", "small")
    words.set("style", "text-anchor: start")
