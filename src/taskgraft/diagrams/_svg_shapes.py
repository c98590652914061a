"""What SVG diagrams are made of: blocks, words and arrows, in the colour of a level."""

from __future__ import annotations

from xml.etree.ElementTree import Element, SubElement

from taskgraft.diagrams._svg_layout import HALF, Layout

_TIP = 9
# Mid-tones that keep 3:1 contrast on white and on near-black; a page may override each as a variable.
_COLOURS = ("#d97706", "#3b82f6", "#db2777", "#0d9488", "#8b5cf6", "#65a30d", "#dc2626", "#0891b2")


def level_group(parent: Element, layout: Layout, level: str) -> Element:
    """A group whose tint is the level's."""
    index = layout.architecture.levels.index(level)
    colour = _COLOURS[index % len(_COLOURS)]
    return SubElement(parent, "g", {"style": f"--tint: var(--taskgraft-level-{index + 1}, {colour})"})


def named_block(
    parent: Element, left: float, y: float, width: float, words: str, kind: str = "block", radius: float = 6
) -> None:
    """A block centred on y, with words in its middle."""
    block(parent, left, y - HALF, width, 2 * HALF, kind, radius)
    text(parent, left + width / 2, y, words)


def block(
    parent: Element, left: float, top: float, width: float, height: float, kind: str, radius: float
) -> Element:
    """A rectangle with round corners."""
    return SubElement(
        parent,
        "rect",
        {
            "class": kind,
            "x": f"{left:g}",
            "y": f"{top:g}",
            "width": f"{width:g}",
            "height": f"{height:g}",
            "rx": f"{radius:g}",
        },
    )


def text(parent: Element, x: float, y: float, words: str, kind: str = "") -> Element:
    """Words centred on (x, y)."""
    element = SubElement(parent, "text", {"x": f"{x:g}", "y": f"{y:g}", **({"class": kind} if kind else {})})
    element.text = words
    return element


def arrow(parent: Element, left: float, y: float, right: float) -> None:
    """A level arrow."""
    SubElement(parent, "path", {"class": "line", "d": f"M{left:g} {y:g}H{right - _TIP:g}"})
    tip(parent, right, y, "tip")


def tip(parent: Element, right: float, y: float, kind: str) -> None:
    """The head of an arrow that ends at (right, y)."""
    SubElement(parent, "path", {"class": kind, "d": f"M{right:g} {y:g}l-{_TIP} -4.5v9z"})


def bend(left: float, y: float, right: float, end_y: float) -> str:
    """The part of a path from (left, y), where it is, to (right, end_y), level at both ends."""
    middle = (left + right) / 2
    return f"C{middle:g} {y:g} {middle:g} {end_y:g} {right:g} {end_y:g}"


def curve(
    parent: Element,
    start: str,
    turn: tuple[float, float],
    end: tuple[float, float],
    right: float,
    kind: str = "line",
) -> None:
    """An arrow that goes on level from where `start` ends, changes rows in between, and goes on level.

    Args:
        parent: Where it is drawn.
        start: Path up to the row it begins in.
        turn: Where it leaves that row.
        end: Where it has reached its own; x is at most `right`.
        right: Where it ends.
        kind: Class of the line.
    """
    reached = min(end[0], right - _TIP)
    path = f"{start}H{turn[0]:g}{bend(*turn, reached, end[1])}H{right - _TIP:g}"
    SubElement(parent, "path", {"class": kind, "d": path})
    tip(parent, right, end[1], "tip" if kind == "line" else "flow-tip")
