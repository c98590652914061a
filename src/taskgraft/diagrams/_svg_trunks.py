"""The images and convolutions of an SVG diagram."""

from __future__ import annotations

from xml.etree.ElementTree import Element, SubElement

from taskgraft.diagrams._svg_layout import TALLEST, Layout
from taskgraft.diagrams._svg_shapes import arrow, block, curve, level_group, text
from taskgraft.diagrams._svg_trunk_layout import IMAGE, MARGIN, TRUNK, TURN

# More characters than this are written smaller.
_MOST_LARGE = 9


def draw_trunks(svg: Element, layout: Layout) -> None:
    """Draws what stands before the branches: for each level, or in common up to where levels leave."""
    trunks = layout.trunks
    for level in reversed(layout.architecture.levels):
        if level in trunks.own:
            group, y = level_group(svg, layout, level), layout.y[level]
            if not trunks.parts:
                _draw_image(group, y, trunks.own_x)
            _draw_funnel(group, trunks.own_x, y, trunks.own[level])
            arrow(group, trunks.own_x + TRUNK, y, trunks.dense_x)
    if trunks.parts:
        _draw_common(svg, layout)


def _draw_common(svg: Element, layout: Layout) -> None:
    """The common trunk in the row of the finest level that goes through all of it, or between all levels."""
    trunks, levels = layout.trunks, layout.architecture.levels
    on = trunks.straight_on
    y = layout.y[on[-1]] if len(on) < len(levels) else (layout.y[on[0]] + layout.y[on[-1]]) / 2
    group = SubElement(svg, "g")
    _draw_image(group, y, trunks.parts[0].left)
    for part in trunks.parts:
        _draw_funnel(group, part.left, y, part.words, "block neutral")
        if part is not trunks.parts[-1]:
            arrow(group, part.left + TRUNK, y, part.left + TRUNK + TURN)
    ends = {0: float(MARGIN + IMAGE)} | {part.fork: part.left + TRUNK for part in trunks.parts}
    for level in reversed(levels):
        left = ends[trunks.forks[level]]
        right = trunks.own_x if level in trunks.own else trunks.dense_x
        row = layout.y[level]
        curve(svg, f"M{left:g} {y:g}", (left, y), (left + TURN, row), right)


def _draw_image(group: Element, y: float, right: float) -> None:
    """A landscape in a frame, and an arrow from it."""
    left, top = MARGIN, y - IMAGE / 2
    block(group, left, top, IMAGE, IMAGE, "block neutral", radius=5)
    hills = f"M{left + 4:g} {top + 34:g}l11 -15l8 10l6 -7l7 12z"
    SubElement(group, "path", {"class": "tip", "d": hills})
    SubElement(group, "circle", {"class": "tip", "cx": f"{left + 28:g}", "cy": f"{top + 12:g}", "r": "4"})
    arrow(group, left + IMAGE, y, right)


def _draw_funnel(group: Element, left: float, y: float, words: str, kind: str = "block") -> None:
    """Convolutions make maps smaller."""
    funnel = f"M{left:g} {y - TALLEST:g}l{TRUNK} 10v{2 * TALLEST - 20}l-{TRUNK} 10z"
    SubElement(group, "path", {"class": kind, "stroke-linejoin": "round", "d": funnel})
    text(group, left + TRUNK / 2, y, words, "small" if len(words) > _MOST_LARGE else "")
