"""An architecture drawn as an inline SVG, for pages light and dark."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from taskgraft.architecture.spec import Architecture, Flow
from taskgraft.architecture.svg_layout import (
    CHANNEL,
    CONCAT,
    DENSE,
    GAP,
    HALF,
    IMAGE,
    MARGIN,
    PORT,
    TALLEST,
    TRUNK,
    TRUNK_X,
    Layout,
    visible,
)

_TIP = 9
# Mid-tones that keep 3:1 contrast on white and on near-black; a page may override each as a variable.
_COLOURS = ("#d97706", "#3b82f6", "#db2777", "#0d9488", "#8b5cf6", "#65a30d")
_STYLE = """
.taskgraft-diagram { font: 13px system-ui, sans-serif; max-width: 100%; height: auto; --tint: currentColor; }
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


def svg_diagram(architecture: Architecture, num_classes: Sequence[int] | None = None) -> str:
    """Draws an architecture as one self-contained `<svg>` element, to stand in an HTML page.

    A level has one colour throughout; what no single level owns is grey. Curves are flows, in the colour
    of the level they come from, dashed where the gradient is stopped.

    Args:
        architecture: Any, with any number of levels.
        num_classes: Classes of each level, coarsest first, to be shown under their names.

    Returns:
        Well-formed XML; no scripts, no references. Text and lines take the page's `color`; the page
        may set the colour of the i-th level, coarsest first, as `--taskgraft-level-<i>`.

    Example:
        >>> from taskgraft.architecture.catalogue import catalogue
        >>> svg_diagram(catalogue(["coarse", "fine"])["shared"]).startswith("<svg ")
        True
    """
    layout = Layout(architecture, None if num_classes is None else tuple(num_classes))
    svg = _root(layout)
    _draw_trunks(svg, layout)
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
    svg = Element("svg", {
        "xmlns": "http://www.w3.org/2000/svg", "class": "taskgraft-diagram", "role": "img",
        "aria-labelledby": f"{key}-title {key}-desc",
        "viewBox": f"0 0 {width:g} {height:g}", "width": f"{width:g}", "height": f"{height:g}",
    })  # fmt: skip
    SubElement(svg, "title", {"id": f"{key}-title"}).text = visible(architecture.name)
    SubElement(svg, "desc", {"id": f"{key}-desc"}).text = _description(architecture)
    SubElement(svg, "style").text = _STYLE
    return svg


def _description(architecture: Architecture) -> str:
    trunk = "One shared trunk" if architecture.trunk == "shared" else "A separate trunk for each level"
    levels = ", ".join(map(visible, architecture.levels))
    flows = "; ".join(map(_flow_words, architecture.flows)) or "none"
    return f"{trunk}. Levels, coarsest first: {levels}. Flows: {flows}."


def _flow_words(flow: Flow) -> str:
    gradient = "gradient passes" if flow.passes_gradient else "gradient stopped"
    return f"{visible(flow.source)} to {visible(flow.target)} ({flow.carries}, {gradient})"


def _draw_trunks(svg: Element, layout: Layout) -> None:
    levels = layout.architecture.levels
    if not layout.shared:
        for level in reversed(levels):
            _draw_trunk(_level_group(svg, layout, level), layout.y[level])
            _arrow(svg, TRUNK_X + TRUNK, layout.y[level], layout.dense_x)
        return
    middle = (layout.y[levels[0]] + layout.y[levels[-1]]) / 2
    _draw_trunk(SubElement(svg, "g"), middle, "block neutral")
    for level in reversed(levels):
        _curve(svg, TRUNK_X + TRUNK, middle, layout.dense_x, layout.y[level])


def _draw_trunk(group: Element, y: float, kind: str = "block") -> None:
    """An image, an arrow and a funnel: convolutions make maps smaller."""
    left, top = MARGIN, y - IMAGE / 2
    _block(group, left, top, IMAGE, IMAGE, "block neutral", radius=5)
    hills = f"M{left + 4:g} {top + 34:g}l11 -15l8 10l6 -7l7 12z"
    SubElement(group, "path", {"class": "tip", "d": hills})
    SubElement(group, "circle", {"class": "tip", "cx": f"{left + 28:g}", "cy": f"{top + 12:g}", "r": "4"})
    _arrow(group, left + IMAGE, y, TRUNK_X)
    funnel = f"M{TRUNK_X} {y - TALLEST:g}l{TRUNK} 10v{2 * TALLEST - 20}l-{TRUNK} 10z"
    SubElement(group, "path", {"class": kind, "stroke-linejoin": "round", "d": funnel})
    _text(group, TRUNK_X + TRUNK / 2, y, "conv")


def _draw_branch(svg: Element, layout: Layout, level: str) -> None:
    group = _level_group(svg, layout, level)
    y = layout.y[level]
    flows = layout.architecture.sources_of(level)
    _named_block(group, layout.dense_x, y, DENSE, "fc_1" if flows else "fc")
    end = layout.dense_x + DENSE
    if flows:
        left = layout.x[layout.depth[level]][0]
        _arrow(group, end, y, left)
        _named_block(group, left, y, CONCAT, "concat", "block neutral", radius=3)
        for flow in flows:
            source = _level_group(group, layout, flow.source)
            _block(source, left, layout.port_y(flow) - PORT / 2, CONCAT, PORT, "block", radius=3)
            _text(source, left + CONCAT / 2, layout.port_y(flow), flow.carries, "small")
        _arrow(group, left + CONCAT, y, left + CONCAT + GAP)
        _named_block(group, left + CONCAT + GAP, y, DENSE, "fc_2")
        end = left + CONCAT + GAP + DENSE
    _arrow(group, end, y, layout.head_x(level))
    _draw_head(group, layout, level)


def _draw_head(group: Element, layout: Layout, level: str) -> None:
    left, y, width = layout.head_x(level), layout.y[level], layout.head_width(level)
    name, count = layout.label(level)
    block = _block(group, left, y - HALF, width, 2 * HALF, "block", radius=HALF)
    SubElement(block, "title").text = visible(level)
    _text(group, left + width / 2, y - (7 if count else 0), name, "name")
    if count:
        _text(group, left + width / 2, y + 8, count, "small")


def _draw_flow(svg: Element, layout: Layout, flow: Flow) -> None:
    """From the source's head along its own row, and through the channel before the target's column."""
    group = _level_group(svg, layout, flow.source)
    SubElement(group, "title").text = _flow_words(flow)
    left = layout.head_x(flow.source) + layout.head_width(flow.source)
    right = layout.x[layout.depth[flow.target]][0]
    kind = "flow" if flow.passes_gradient else "flow stopped"
    straight = max(left, right - CHANNEL)
    _curve(group, left, layout.y[flow.source], right, layout.port_y(flow), kind, straight)


def _draw_legend(svg: Element, layout: Layout) -> None:
    y = layout.bottom + 20
    SubElement(svg, "path", {"class": "line stopped", "d": f"M{MARGIN} {y:g}h{IMAGE}"})
    text = _text(svg, MARGIN + IMAGE + 10, y, "gradient stopped", "small")
    text.set("style", "text-anchor: start")


def _level_group(parent: Element, layout: Layout, level: str) -> Element:
    index = layout.architecture.levels.index(level)
    colour = _COLOURS[index % len(_COLOURS)]
    return SubElement(parent, "g", {"style": f"--tint: var(--taskgraft-level-{index + 1}, {colour})"})


def _named_block(
    parent: Element, left: float, y: float, width: float, text: str, kind: str = "block", radius: float = 6
) -> None:
    _block(parent, left, y - HALF, width, 2 * HALF, kind, radius)
    _text(parent, left + width / 2, y, text)


def _block(
    parent: Element, left: float, top: float, width: float, height: float, kind: str, radius: float
) -> Element:
    return SubElement(parent, "rect", {
        "class": kind, "x": f"{left:g}", "y": f"{top:g}", "width": f"{width:g}", "height": f"{height:g}",
        "rx": f"{radius:g}",
    })  # fmt: skip


def _text(parent: Element, x: float, y: float, words: str, kind: str = "") -> Element:
    element = SubElement(parent, "text", {"x": f"{x:g}", "y": f"{y:g}", **({"class": kind} if kind else {})})
    element.text = words
    return element


def _arrow(parent: Element, left: float, y: float, right: float) -> None:
    _curve(parent, left, y, right, y)


def _curve(
    parent: Element,
    left: float,
    y: float,
    right: float,
    end_y: float,
    kind: str = "line",
    straight: float = 0,
) -> None:
    """An arrow from (left, y) to (right, end_y), level at both ends and straight up to `straight`."""
    start, end = max(left, straight), right - _TIP
    middle = (start + end) / 2
    path = f"M{left:g} {y:g}H{start:g}C{middle:g} {y:g} {middle:g} {end_y:g} {end:g} {end_y:g}"
    SubElement(parent, "path", {"class": kind, "d": path})
    tip = "tip" if kind == "line" else "flow-tip"
    SubElement(parent, "path", {"class": tip, "d": f"M{right:g} {end_y:g}l-{_TIP} -4.5v9z"})
