"""What SVG diagrams are made of: blocks, words and arrows, in the colour of a level."""

from __future__ import annotations

from xml.etree.ElementTree import Element, SubElement

# Half the height of a block.
HALF = 17
_TIP, _CORNER = 9, 8
# Mid-tones that keep 3:1 contrast on white and on near-black; a page may override each as a variable.
_COLOURS = ("#d97706", "#3b82f6", "#db2777", "#0d9488", "#8b5cf6", "#65a30d", "#dc2626", "#0891b2")


def level_group(parent: Element, index: int) -> Element:
    """A group whose tint is that of a level, 0 the coarsest."""
    colour = _COLOURS[index % len(_COLOURS)]
    return SubElement(parent, "g", {"style": f"--tint: var(--taskgraft-level-{index + 1}, {colour})"})


def block(
    parent: Element, x: tuple[float, float], y: tuple[float, float], kind: str = "block", radius: float = 6
) -> Element:
    """A rectangle with round corners, from left to right and from top to bottom."""
    return SubElement(
        parent,
        "rect",
        {
            "class": kind,
            "x": f"{x[0]:g}",
            "y": f"{y[0]:g}",
            "width": f"{x[1] - x[0]:g}",
            "height": f"{y[1] - y[0]:g}",
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
    line(parent, f"M{left:g} {y:g}H{right - _TIP:g}")
    tip(parent, right, y, f"l-{_TIP} -4.5v9z")


def fork(parent: Element, left: float, y: float, turn: float, end: tuple[float, float]) -> None:
    """An arrow that changes rows on its first part, up to a column, and goes on level."""
    middle = (left + turn) / 2
    reached = min(turn, end[0] - _TIP)
    line(
        parent,
        f"M{left:g} {y:g}C{middle:g} {y:g} {middle:g} {end[1]:g} {reached:g} {end[1]:g}H{end[0] - _TIP:g}",
    )
    tip(parent, *end, f"l-{_TIP} -4.5v9z")


def wire(parent: Element, start: str, x: float, y: tuple[float, float], kind: str) -> None:
    """An arrow that climbs or falls.

    Args:
        parent: Where it is drawn.
        start: Path up to the row it begins in; a level line towards the column goes on from there. Empty
            where it begins right in its column.
        x: Its column.
        y: Where it begins and ends.
        kind: Class of the line.
    """
    step = 1 if y[1] > y[0] else -1
    begin = f"{start}H{x - _CORNER:g}q{_CORNER} 0 {_CORNER} {step * _CORNER}" if start else f"M{x:g} {y[0]:g}"
    line(parent, f"{begin}V{y[1] - step * _TIP:g}", kind)
    tip(parent, x, y[1], f"l-4.5 {-step * _TIP}h9z", "flow-tip")


def line(parent: Element, path: str, kind: str = "line") -> None:
    """A line along a path."""
    SubElement(parent, "path", {"class": kind, "d": path})


def tip(parent: Element, x: float, y: float, outline: str, kind: str = "tip") -> None:
    """The head of an arrow that ends at (x, y)."""
    SubElement(parent, "path", {"class": kind, "d": f"M{x:g} {y:g}{outline}"})


def image(parent: Element, left: float, y: float, width: float) -> None:
    """A landscape in a frame."""
    top = y - width / 2
    block(parent, (left, left + width), (top, top + width), "block neutral", radius=5)
    hills = f"M{left + 5:g} {top + 38:g}l12 -17l9 11l7 -8l8 14z"
    SubElement(parent, "path", {"class": "tip", "d": hills})
    SubElement(parent, "circle", {"class": "tip", "cx": f"{left + 32:g}", "cy": f"{top + 14:g}", "r": "4.5"})


def funnel(parent: Element, x: tuple[float, float], y: tuple[float, float], words: str, kind: str) -> None:
    """Convolutions make maps smaller."""
    width, height = x[1] - x[0], y[1] - y[0]
    outline = f"M{x[0]:g} {y[0]:g}l{width:g} 10v{height - 20:g}l-{width:g} 10z"
    SubElement(parent, "path", {"class": kind, "stroke-linejoin": "round", "d": outline})
    text(parent, sum(x) / 2, sum(y) / 2, words, "small" if len(words) > len("conv 1") else "")
